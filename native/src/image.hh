// SPDX-License-Identifier: Apache-2.0
//
// Verifies a table once, so that a kernel may trust it ever after: what src/table/open.ts does,
// check by check and in the same order, with the same verdict.
//
// What a second opener is for. A kernel looks at no bound of the table it reads; what it trusts is
// what an opener proved. With a twin in C++ that claim can be tried by a fuzzer in one process: any
// image that is accepted here is put to the kernel, under sanitizers that see one octet too many
// (native/fuzz/image.cc). And it proves a table of millions of records in a fraction of the time.
//
// Invariants
//   O1  No octets make it read outside of the table, loop or allocate; the answer is a verdict.
//   O2  A table that it accepts answers every question without a read out of bounds.
//   O3  Work is linear in the memory: a segment that is reached twice is a fault, not a second walk.
//   O4  The verdict is the first fault of src/table/open.ts, at the same place: test/fuzz/native.
//
// Digests are not looked at: SHA-256 is the caller's, as it is there.
//
// Twin: src/table/open*.ts; readImageHeader of src/table/image.ts.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "gen/limits.hh"
#include "src/kernel.hh"

namespace azimuth {

// What is wrong with a table: the fault of src/base/faults.ts that has this name.
enum class TableFault : uint32_t {
  none,
  image,
  fingerprint,
  segment,
  directory,
  slots,
  node,
  name,
  ref,
  rrset,
  zone,
  map,
  steering,
  denial,
};

// The first thing that is wrong, and where: an offset inside of a segment, or a row of plan memory.
struct Opened {
  TableFault fault = TableFault::none;
  Ref segment = 0;
  uint32_t at = 0;
};

inline bool sound(const Opened& opened) noexcept { return opened.fault == TableFault::none; }

// Words of scratch that a table of that many octets wants: one bit for each place of a segment.
constexpr size_t seen_words(size_t table_size) noexcept {
  return table_size / segment_align / 64 + 1;
}

// A table in memory, with what its opener writes on. The octets lie at a multiple of 4.
struct ImageMemory {
  std::span<const uint8_t> table;
  std::span<const int32_t> plans;
  std::span<uint64_t> seen;  // seen_words of the table's size, or more.
};

// The whole tree under the Directory at `root`; runs of rows must lie in the first `plan_rows`.
Opened open_table(const ImageMemory& memory, Ref root, uint32_t plan_rows) noexcept;

// The plan rows that the directory of a table names that open_table has passed.
Opened open_plans(const ImageMemory& memory, Ref root) noexcept;

// Both: what a table and plans that were read from a disk must pass before a kernel sees them.
Opened open_image(const ImageMemory& memory, Ref root, uint32_t plan_rows) noexcept;

// What the head of a saved table says of the rest of the file.
struct ImageHeader {
  Ref root = 0;
  uint32_t used = 0;       // Octets of table memory behind the head.
  uint32_t plan_rows = 0;  // Rows of plan memory behind those.
};

// Octets of the head: IMAGE_HEADER_SIZE of src/table/image.ts.
constexpr size_t image_header_size = 56;

// Reads the head of a saved table; `file` is the whole of it.
Opened read_image_header(std::span<const uint8_t> file, ImageHeader& header) noexcept;

}  // namespace azimuth
