// SPDX-License-Identifier: Apache-2.0
//
// The native kernel alone, under the sanitizers: every name of the golden images in many forms, the
// packets of test/fuzz/corpus, and spoiled ones. That the octets are the right ones is shown by
// test/parity; here it is shown that nothing beside the memories is read or written.
//
//   kernel_test <folder of images> <file of packets in hex>
#include <cctype>
#include <initializer_list>

#include "src/hash.hh"
#include "src/sha1.hh"
#include "test/image.hh"

namespace azimuth {

namespace {

uint32_t chance_state = 7;

uint32_t chance() { return mix_hash(chance_state += 0x9e3779b9); }

using Octets = std::vector<uint8_t>;

void put16(Octets& to, uint32_t value) {
  to.push_back(static_cast<uint8_t>(value >> 8));
  to.push_back(static_cast<uint8_t>(value));
}

// Options that ask for something, the last of them a cookie of a client.
constexpr uint8_t asking[] = {0, 3, 0, 0, 0, 9,  0, 0, 0, 11, 0, 0, 0, 12, 0, 0,
                              0, 19, 0, 0, 0, 10, 0, 8, 1, 2,  3, 4, 5, 6,  7, 8};

// A question; `edns` 0 has no OPT, 1 a plain one, 2 and 3 a client subnet of each family, 4 what asks.
Octets compose(const Octets& name, uint32_t type, uint32_t edns, uint32_t payload) {
  Octets packet;
  for (const uint32_t word : {0x1234u, 0u, 1u, 0u, 0u, edns == 0 ? 0u : 1u}) put16(packet, word);
  packet.insert(packet.end(), name.begin(), name.end());
  put16(packet, type);
  put16(packet, 1);
  if (edns == 0) return packet;
  packet.push_back(0);
  for (const uint32_t word : {41u, payload, 0u, 0x8000u}) put16(packet, word);
  if (edns == 4) {
    put16(packet, sizeof asking);
    packet.insert(packet.end(), asking, asking + sizeof asking);
    return packet;
  }
  const uint32_t octets = edns == 2 ? 3 : edns == 3 ? 7 : 0;
  put16(packet, octets == 0 ? 0 : octets + 8);
  if (octets == 0) return packet;
  for (const uint32_t word : {8u, octets + 4, edns - 1, octets << 11}) put16(packet, word);
  for (uint32_t i = 0; i < octets; i += 1) packet.push_back(static_cast<uint8_t>(chance()));
  return packet;
}

// Asks, and looks at what every answer has.
void ask(Kernel& k, Ref root, OneSlot& one, const Octets& packet) {
  PacketSlot& slot = one.slot();
  one.put(packet);
  for (uint8_t& octet : slot.client) octet = static_cast<uint8_t>(chance());
  slot.family = chance() % 2 == 0 ? 4 : 6;
  slot.transport = static_cast<uint8_t>(chance() % 3 == 0 ? chance() % 4 : 0);
  slot.random = chance();
  slot.unix_secs = chance();
  slot.size_out = 0xffff;
  answer_batch(k, root, one.slab(), 0, one.slab().size(), 1);
  CHECK(slot.size_out <= slot.room);
  if (slot.size_out == 0) return;
  CHECK(slot.size_out >= header_size);
  CHECK(one.message()[0] == packet[0] && one.message()[1] == packet[1]);
  CHECK((one.message()[2] & 0x80) != 0);
}

void spoil(Octets& packet) {
  for (uint32_t n = chance() % 3; n < 3 && !packet.empty(); n += 1) {
    const uint32_t at = chance() % static_cast<uint32_t>(packet.size());
    switch (chance() % 4) {
      case 0:
        packet[at] = static_cast<uint8_t>(packet[at] ^ 1u << chance() % 8);
        break;
      case 1:
        packet[at] = static_cast<uint8_t>(chance());
        break;
      case 2:
        packet.resize(at);
        break;
      default:
        packet.insert(packet.begin() + at, static_cast<uint8_t>(chance()));
    }
  }
}

uint32_t ask_about_image(const std::string& path) {
  Image image(path);
  image.tell_all(chance() % 4);
  Kernel kernel(image.memory(), 1232, 0);
  OneSlot least(udp_plain_size_max);
  OneSlot most(udp_size_max);
  uint32_t asked = 0;
  for (const Octets& name : names_of(image)) {
    Octets child = {3, 'a', 'n', 'y'};
    child.insert(child.end(), name.begin(), name.end());
    for (const uint32_t type : {1u, 28u, 2u, 5u, 15u, 16u, 33u, 39u, 43u, 255u}) {
      for (uint32_t edns = 0; edns < 5; edns += 1) {
        for (const Octets* subject : {&name, static_cast<const Octets*>(&child)}) {
          if (subject->size() > name_size_max) continue;
          Octets packet = compose(*subject, type, edns, edns == 1 ? 4096 : 1232);
          ask(kernel, image.root, least, packet);
          ask(kernel, image.root, most, packet);
          spoil(packet);
          ask(kernel, image.root, most, packet);
          asked += 3;
        }
      }
    }
  }
  CHECK(kernel.counters[offsetof(Counters, hit) / sizeof(double)] > 0);
  CHECK(kernel.counters[offsetof(Counters, nxdomain) / sizeof(double)] > 0);
  return asked;
}

// Lines of hex; `#` begins a comment, blanks mean nothing.
uint32_t ask_corpus(const std::string& image_path, const std::string& path) {
  Image image(image_path);
  Kernel kernel(image.memory(), 1232, 0);
  OneSlot one(udp_size_max);
  Octets packet;
  uint32_t digits = 0;
  uint32_t asked = 0;
  bool comment = false;
  for (const uint8_t letter : read_file(path)) {
    if (letter == '\n') {
      if (!packet.empty()) {
        ask(kernel, image.root, one, packet);
        asked += 1;
      }
      packet.clear();
      digits = 0;
      comment = false;
    } else if (letter == '#') {
      comment = true;
    } else if (!comment && std::isxdigit(letter) != 0) {
      const uint32_t low = letter | 0x20u;
      const uint32_t value = low >= 'a' ? low - 'a' + 10 : low - ('0' | 0x20u);
      if (digits % 2 == 0) packet.push_back(0);
      packet.back() = static_cast<uint8_t>(packet.back() << 4 | value);
      digits += 1;
    }
  }
  return asked;
}

// Folds what the pickers compute from any word: a difference in the last bit of a logarithm decides
// one answer in a million, which no stream of questions would find.
uint32_t fold_numbers() {
  uint32_t fold = 0;
  for (uint32_t i = 0; i < 200'000; i += 1) {
    const uint32_t word = i < 64 ? ~0u >> (i & 31) : mix_hash(i);
    fold = mix_hash(fold ^ negative_log2(word));
    const Client client = {i % 3 == 0 ? 6u : 4u, word, mix_hash(word), 0};
    fold = mix_hash(fold ^ client_key(client, i % 129, i));
  }
  return fold;
}

// Both ways to hash say the same, of octets that fill no block, one, and several.
void hashes_alike() {
  constexpr uint8_t text[] = {'a', 'b', 'c'};
  constexpr std::array<uint8_t, sha1_size> abc = {0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81,
                                                  0x6a, 0xba, 0x3e, 0x25, 0x71, 0x78, 0x50,
                                                  0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d};
  std::array<uint8_t, sha1_size> fast = {};
  std::array<uint8_t, sha1_size> portable = {};
  sha1(text, fast);
  sha1_portable(text, portable);
  CHECK(fast == abc && portable == abc);
  Octets octets;
  for (uint32_t size = 0; size < 300; size += 1) {
    sha1(octets, fast);
    sha1_portable(octets, portable);
    CHECK(fast == portable);
    octets.push_back(static_cast<uint8_t>(chance()));
  }
}

// As src/answer/choose.ts gives it: test/parity/numbers.test.ts.
constexpr uint32_t numbers_fold = 0x7e0026d6;

// A slot that says more than it holds is not touched (K4).
void leaves_crooked_slots_alone(const std::string& path) {
  Image image(path);
  Kernel kernel(image.memory(), 1232, 0);
  OneSlot one(udp_plain_size_max);
  PacketSlot& slot = one.slot();
  const auto untouched = [&](size_t first) {
    slot.size_out = 77;
    answer_batch(kernel, image.root, one.slab(), first, 0, 1);
    return slot.size_out == 77;
  };
  slot.room = udp_plain_size_max + 1;
  CHECK(untouched(0));
  slot.room = udp_plain_size_max - 1;
  CHECK(untouched(0));
  slot.room = udp_plain_size_max;
  slot.size_in = udp_plain_size_max + 1;
  CHECK(untouched(0));
  slot.size_in = 0;
  CHECK(untouched(one.slab().size() - 4));
  CHECK(!untouched(0) && slot.size_out == 0);
}

}  // namespace

}  // namespace azimuth

int main(int count, char** arguments) {
  using namespace azimuth;
  CHECK(count == 3);
  const std::string folder = arguments[1];
  uint32_t asked = 0;
  for (const char* name : {"/zones.bin", "/shards.bin", "/steering.bin"}) {
    asked += ask_about_image(folder + name);
  }
  const uint32_t known = ask_corpus(folder + "/zones.bin", arguments[2]);
  CHECK(known > 10);
  CHECK(fold_numbers() == numbers_fold);
  hashes_alike();
  leaves_crooked_slots_alone(folder + "/zones.bin");
  std::printf("%u questions, %u known packets\n", asked, known);
  return 0;
}
