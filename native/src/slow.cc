// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/slow.ts: what is said to a request that nobody behind the kernel takes.
#include "src/kernel.hh"

namespace azimuth {

void refuse_slow(Kernel& k, PacketSlot& slot) noexcept {
  constexpr uint32_t mask_opcode = 0x78;
  Lane& lane = k.lanes[0];
  uint8_t* message = reinterpret_cast<uint8_t*>(&slot) + sizeof(PacketSlot);
  parse({message, slot.size_in}, lane.name, lane.question);
  begin(k.out, message, lane.question.end);
  const bool foreign = (message[2] & mask_opcode) != 0;
  k.out.rcode = foreign ? rcode_notimp : rcode_refused;
  if (lane.question.edns != 0) write_opt(k.out, lane.question, 0, k.answer_size_max, 0);
  slot.size_out = finish(k.out, lane.question);
  k.count(foreign ? offsetof(Counters, notimp) : offsetof(Counters, refused));
  k.count(offsetof(Counters, octets_out), slot.size_out);
}

}  // namespace azimuth
