// SPDX-License-Identifier: Apache-2.0
//
// Any octets as a request to a golden image: lookup, pick and respond stay inside of the memories,
// and what they write is a message. The first octet chooses the image, the room, the family and the
// transport; the next 20 are the sender and the chance.
#include "fuzz/subject.hh"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace azimuth;
  constexpr size_t head_size = 21;
  if (size < head_size) return 0;
  Asker asker;
  std::memcpy(asker.client, data + 1, sizeof asker.client);
  std::memcpy(&asker.random, data + 17, sizeof asker.random);
  asker.family = (data[0] & 0x40) != 0 ? 6 : 4;
  asker.transport = static_cast<uint8_t>(data[0] >> 7 | (data[0] >> 3 & 2));
  const size_t most = std::min(size - head_size, size_t{udp_size_max});
  ask(subject_of(data[0]), slot_of((data[0] & 0x20) != 0), asker, {data + head_size, most});
  return 0;
}
