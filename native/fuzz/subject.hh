// SPDX-License-Identifier: Apache-2.0
//
// What the fuzzers ask of: the golden images, a kernel over each, and what every answer must have.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "src/image.hh"
#include "test/image.hh"

namespace azimuth {

inline void require(bool condition) {
  if (!condition) std::abort();
}

struct Subject {
  Image image;
  Kernel kernel;
  std::vector<uint64_t> seen;
  std::vector<std::span<uint8_t>> segments;
  std::vector<std::vector<uint8_t>> names;

  explicit Subject(const char* file)
      : image(std::string(AZIMUTH_IMAGES) + file),
        kernel(image.memory(), 1232, 0),
        seen(seen_words(image.table.size())),
        names(names_of(image)) {
    require(sound(open_image(opening(), image.root, plan_rows())));
    image.tell_all(static_cast<uint32_t>(SettingsFlag::ExtendedErrors));
    for (uint32_t place = 0; place < seen.size() * 64; place += 1) {
      if ((seen[place / 64] >> place % 64 & 1) == 0) continue;
      const Table table{image.table.data()};
      const Ref ref = place * segment_align;
      segments.push_back(std::span(image.table).subspan(ref, table.at<Segment>(ref).length));
    }
  }
  ImageMemory opening() { return {image.table, image.plans, seen}; }
  uint32_t plan_rows() const { return static_cast<uint32_t>(image.cursors.size()); }
};

// The golden images, by the low bits of a fuzzer's first octet: the small one oftener.
inline Subject& subject_of(uint8_t choice) {
  static Subject zones("/zones.bin");
  static Subject shards("/shards.bin");
  static Subject steering("/steering.bin");
  static Subject nsec("/signed-nsec.bin");
  static Subject nsec3("/signed-nsec3.bin");
  Subject* const all[] = {&zones, &zones, &shards, &steering, &nsec, &nsec3, &nsec, &nsec3};
  return *all[choice & 7];
}

// Where the name at `at` of a message ends; 0 if it does not, or points forward.
inline size_t name_end(std::span<const uint8_t> message, size_t at) {
  for (size_t here = at; here < message.size(); here += 1u + message[here]) {
    const uint32_t length = message[here];
    if (length == 0) return here + 1;
    if (length >= 0xc0) {
      if (here + 2 > message.size()) return 0;
      return read_u16(&message[here]) - 0xc000 < at ? here + 2 : 0;
    }
    if (length > label_size_max) return 0;
  }
  return 0;
}

// True if the header's counts lead from the question to exactly the end.
inline bool walks(std::span<const uint8_t> message) {
  if (message.size() < header_size) return false;
  size_t at = header_size;
  if (read_u16(&message[4]) == 1) {
    at = name_end(message, at);
    if (at == 0 || at + 4 > message.size()) return false;
    at += 4;
  }
  uint32_t records = read_u16(&message[6]) + read_u16(&message[8]) + read_u16(&message[10]);
  for (; records > 0; records -= 1) {
    const size_t fixed = name_end(message, at);
    if (fixed == 0 || fixed + 10 > message.size()) return false;
    at = fixed + 10 + read_u16(&message[fixed + 8]);
    if (at > message.size()) return false;
  }
  return at == message.size();
}

// Who asks, and how.
struct Asker {
  uint8_t client[16] = {};
  uint8_t family = 4;
  uint8_t transport = 0;
  uint32_t random = 0;
};

// Puts a request to the kernel of a subject, and looks at what every answer has.
inline void ask(Subject& subject, OneSlot& one, const Asker& asker,
                std::span<const uint8_t> request) {
  PacketSlot& slot = one.slot();
  std::copy_n(asker.client, sizeof slot.client, slot.client);
  slot.family = asker.family;
  slot.transport = asker.transport;
  slot.random = asker.random;
  one.put(request);
  answer_batch(subject.kernel, subject.image.root, one.slab(), 0, one.slab().size(), 1);
  require(slot.size_out <= slot.room);
  if (slot.size_out == 0) return;
  const std::span<const uint8_t> message(one.message(), slot.size_out);
  require(walks(message));
  require(message[0] == request[0] && message[1] == request[1] && (message[2] & 0x80) != 0);
  if (asker.transport == 0) {
    require(message.size() <= std::max<size_t>(subject.kernel.answer_size_max, 512));
  }
}

// A slot of the least room or of the largest, so that an octet too many is one beside the memory.
inline OneSlot& slot_of(bool large) {
  static OneSlot least(udp_plain_size_max);
  static OneSlot most(udp_size_max);
  return large ? most : least;
}

// A question without EDNS; `labels` may be cut short by what a name may have.
inline std::vector<uint8_t> compose(std::span<const uint8_t> name, uint32_t type) {
  std::vector<uint8_t> packet = {0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  packet.insert(packet.end(), name.begin(), name.end());
  const uint8_t tail[] = {static_cast<uint8_t>(type >> 8), static_cast<uint8_t>(type), 0, 1};
  packet.insert(packet.end(), tail, tail + 4);
  return packet;
}

}  // namespace azimuth
