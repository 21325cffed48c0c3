// SPDX-License-Identifier: Apache-2.0
//
// Golden images with some of their words changed: the opener refuses them, or the kernel answers
// every question from them without a read beside the memories (O2 of src/image.hh).
//
//   octet 0   the image; 0x10 the rest is a whole table, 0x40 the family, 0x80 the transport
//   octet 1   how many changes follow, 8 octets each: width and place, segment, offset, value
//   the rest  a request of any octets, after the questions that are always asked
#include <cstdio>
#include <iterator>

#include "fuzz/subject.hh"
#include "src/hash.hh"

namespace {

using namespace azimuth;

constexpr size_t change_size = 8;
constexpr uint32_t changes_max = 8;

uint64_t opened_count = 0;
uint64_t accepted_count = 0;

// For a test that wants to know that both ways were gone.
const int at_exit = std::atexit([] {
  std::fprintf(stderr, "%llu opened, %llu accepted\n",
               static_cast<unsigned long long>(opened_count),
               static_cast<unsigned long long>(accepted_count));
});

struct Change {
  uint8_t* at = nullptr;
  uint32_t width = 0;
  uint32_t before = 0;
};

// Where a change falls: rows of plan memory, or a segment of the table, counted from its end if the
// top bit of the offset says so.
std::span<uint8_t> place_of(Subject& subject, const uint8_t* data) {
  auto& plans = subject.image.plans;
  if ((data[0] & 0x80) != 0 && !plans.empty()) {
    return {reinterpret_cast<uint8_t*>(plans.data()), plans.size() * 4};
  }
  return subject.segments[data[1] % subject.segments.size()];
}

Change change(Subject& subject, const uint8_t* data) {
  const std::span<uint8_t> place = place_of(subject, data);
  const uint32_t width = 1u << (data[0] & 3) % 3;
  const uint32_t offset = read_u16(data + 2);
  const size_t units = place.size() / width;
  const size_t unit = (offset & 0x7fff) % units;
  Change its;
  its.width = width;
  its.at = place.data() + ((offset & 0x8000) != 0 ? units - 1 - unit : unit) * width;
  std::memcpy(&its.before, its.at, width);
  uint32_t value = 0;
  std::memcpy(&value, data + 4, sizeof value);
  // Small steps: what stands there and a little more is nearly right.
  if ((data[0] & 0x40) != 0) value = its.before + static_cast<uint32_t>(static_cast<int8_t>(value));
  std::memcpy(its.at, &value, width);
  return its;
}

void ask_all(Subject& subject, const Asker& asker, std::span<const uint8_t> request) {
  constexpr uint32_t types[] = {1, 28, 2, 5, 15, 33, 39, 43, 255, 65};
  const size_t step = 1 + subject.names.size() / 16;
  for (size_t i = asker.random % step; i < subject.names.size(); i += step) {
    const auto& name = subject.names[i];
    for (size_t n = 0; n < 4; n += 1) {
      const uint32_t type = n == 0 ? 1 : types[(asker.random + i + n) % std::size(types)];
      ask(subject, slot_of(n % 2 == 0), asker, compose(name, type));
    }
    std::vector<uint8_t> below = {1, 'x'};
    below.insert(below.end(), name.begin(), name.end());
    if (below.size() <= name_size_max) ask(subject, slot_of(true), asker, compose(below, 1));
  }
  ask(subject, slot_of(false), asker, request);
}

// Octets that are not nearly a table: the opener says no, and ends.
void open_raw(std::span<const uint8_t> octets) {
  const std::vector<uint8_t> table(octets.begin(), octets.end());
  std::vector<uint64_t> seen(seen_words(table.size()));
  const ImageMemory memory = {table, {}, seen};
  for (const Ref root : {16u, 32u}) open_image(memory, root, 0);
  ImageHeader header;
  read_image_header(table, header);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  if ((data[0] & 0x10) != 0) {
    open_raw({data + 1, size - 1});
    return 0;
  }
  Subject& subject = subject_of(data[0]);
  Change changes[changes_max];
  uint32_t count = 0;
  size_t at = 2;
  for (; count < data[1] % (changes_max + 1) && at + change_size <= size; at += change_size) {
    changes[count] = change(subject, data + at);
    count += 1;
  }
  opened_count += 1;
  if (sound(open_image(subject.opening(), subject.image.root, subject.plan_rows()))) {
    accepted_count += 1;
    Asker asker;
    asker.family = (data[0] & 0x40) != 0 ? 6 : 4;
    asker.transport = data[0] >> 7;
    for (size_t i = 0; i < size; i += 1) asker.random = mix_hash(asker.random ^ data[i]);
    ask_all(subject, asker, {data + at, std::min(size - at, size_t{udp_plain_size_max})});
  }
  for (; count > 0; count -= 1) {
    const Change& its = changes[count - 1];
    std::memcpy(its.at, &its.before, its.width);
  }
  return 0;
}
