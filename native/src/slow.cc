// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/slow.ts: what is said to a request that nobody behind the kernel takes.
#include "src/kernel.hh"

namespace azimuth {

void refuse_slow(Kernel& k, PacketSlot& slot) noexcept {
  constexpr uint32_t mask_opcode = 0x78;
  Lane& lane = k.lanes[0];
  uint8_t* message = reinterpret_cast<uint8_t*>(&slot) + sizeof(PacketSlot);
  const std::span<const uint8_t> request = {message, slot.size_in};
  parse(request, lane.name, lane.question);
  const bool foreign = (message[2] & mask_opcode) != 0;
  if (foreign) parse_foreign(request, lane.question);
  begin(k.out, message, lane.question.end);
  k.out.rcode = foreign ? rcode_notimp : rcode_refused;
  if (lane.question.edns != 0) {
    k.name = &lane.name;
    k.question = &lane.question;
    k.slot = &slot;
    k.out.limit = slot.room;
    k.picked.scope = 0;
    begin_opt(k, Verdict::Slow);
    write_opt(k.out, lane.question, 0, k.answer_size_max, 0);
    append_options(k);
  }
  slot.size_out = finish(k.out, lane.question);
  k.count(foreign ? offsetof(Counters, notimp) : offsetof(Counters, refused));
  k.count(offsetof(Counters, octets_out), slot.size_out);
}

}  // namespace azimuth
