// SPDX-License-Identifier: Apache-2.0
//
// Holds the generated headers to what they say. Most of the work is done by the compiler: each header
// repeats its offsets and sizes as static_assert. What is left are relations between headers, and a
// look at real octets, because a struct can have the right offsets and still be read the wrong way
// round.
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <type_traits>

// Every header of native/gen, listed by CMake, so that a new one is compiled without being named here.
#include "generated_headers.hh"

namespace azimuth {

// Both readers refuse to start elsewhere.
static_assert(std::endian::native == std::endian::little);

// Segments are copied as octets and read in place.
static_assert(std::is_trivially_copyable_v<Directory> && std::is_standard_layout_v<Directory>);
static_assert(std::is_trivially_copyable_v<Zone> && std::is_standard_layout_v<Zone>);
static_assert(std::is_trivially_copyable_v<PacketSlot> && std::is_standard_layout_v<PacketSlot>);

// Words with different writers stand on cache lines of their own.
static_assert(sizeof(ControlBlock) % cache_line_size == 0);
static_assert(sizeof(Reader) % cache_line_size == 0);
static_assert(sizeof(Counters) % cache_line_size == 0);
static_assert(alignof(Counters) == cache_line_size);

// A pointer to the question's name fits 14 bits, as do the limits that names are held to.
static_assert(label_size_max < 64 && name_size_max == 255);
static_assert(probe_max >= 1 && segment_align % 4 == 0);

static_assert(layout_fingerprint != 0);

// The octets of a segment header, as any writer of the table would leave them.
bool reads_little_endian() {
  const uint8_t octets[sizeof(Segment)] = {0x01, 0x00, 0x5a, 0x41, 0x20, 0x03, 0x00, 0x00};
  Segment segment;
  std::memcpy(&segment, octets, sizeof segment);
  return segment.kind == static_cast<uint32_t>(SegmentKind::Directory) && octets[4] == 0x20;
}

}  // namespace azimuth

int main() {
  if (!azimuth::reads_little_endian()) {
    std::puts("a segment's kind is not read as it was written");
    return 1;
  }
  std::printf("fingerprint 0x%x\n", static_cast<unsigned>(azimuth::layout_fingerprint));
  return 0;
}
