// SPDX-License-Identifier: Apache-2.0
//
// Any octets as a request to a golden image: lookup, pick and respond stay inside of the memories.
// The first octet chooses the image and the transport, the next 20 are the sender and the chance.
#include <cstdlib>

#include "test/image.hh"

namespace {

using namespace azimuth;

constexpr size_t head_size = 21;

struct Subject {
  Image image;
  Kernel kernel;
  explicit Subject(const char* path) : image(path), kernel(image.memory(), 1232) {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Subject subjects[] = {Subject(AZIMUTH_IMAGES "/zones.bin"),
                               Subject(AZIMUTH_IMAGES "/shards.bin"),
                               Subject(AZIMUTH_IMAGES "/steering.bin")};
  static OneSlot one(udp_size_max);
  if (size < head_size) return 0;
  Subject& subject = subjects[data[0] % 3];
  PacketSlot& slot = one.slot();
  std::memcpy(slot.client, data + 1, sizeof slot.client);
  std::memcpy(&slot.random, data + 17, sizeof slot.random);
  slot.family = (data[0] & 0x40) != 0 ? 6 : 4;
  slot.transport = data[0] >> 7;
  one.put({data + head_size, size - head_size});
  answer_batch(subject.kernel, subject.image.root, one.slab(), 0, one.slab().size(), 1);
  if (slot.size_out > slot.room) std::abort();
  return 0;
}
