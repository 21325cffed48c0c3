// SPDX-License-Identifier: Apache-2.0
//
// Saved tables for native tests, in memories of exactly their size, so that a sanitizer sees every
// read beside them. What is loaded was made by src/table/image.ts and is verified there, not here.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "src/kernel.hh"
#include "test/check.hh"

namespace azimuth {

inline std::vector<uint8_t> read_file(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) std::fprintf(stderr, "%s cannot be read\n", path.c_str());
  CHECK(file != nullptr);
  std::vector<uint8_t> octets;
  uint8_t block[4096];
  for (size_t size = 0; (size = std::fread(block, 1, sizeof block, file)) > 0;) {
    octets.insert(octets.end(), block, block + size);
  }
  std::fclose(file);
  return octets;
}

// One saved table, and a kernel over it.
struct Image {
  std::vector<uint8_t> table;
  std::vector<int32_t> plans;
  std::vector<uint32_t> cursors;
  std::vector<double> counters;
  Ref root = 0;

  // The head is ten words and a digest: IMAGE_HEADER_SIZE of src/table/image.ts.
  explicit Image(const std::string& path) : counters(sizeof(Counters) / sizeof(double)) {
    constexpr size_t head_size = 56;
    const std::vector<uint8_t> file = read_file(path);
    CHECK(file.size() > head_size);
    uint32_t words[10];
    std::memcpy(words, file.data(), sizeof words);
    CHECK(words[3] == layout_fingerprint);
    root = words[4];
    const uint8_t* from = file.data() + head_size;
    CHECK(file.size() == head_size + words[5] + size_t{words[6]} * Plans::row_words * 4);
    table.assign(from, from + words[5]);
    plans.resize(size_t{words[6]} * Plans::row_words);
    if (!plans.empty()) std::memcpy(plans.data(), from + words[5], plans.size() * 4);
    cursors.resize(words[6]);
  }

  KernelMemory memory() { return {table, plans, counters, cursors}; }
};

// A slab of one slot, in memory of exactly its size.
class OneSlot {
 public:
  explicit OneSlot(uint32_t room) : octets_(sizeof(PacketSlot) + room) { slot().room = room; }
  PacketSlot& slot() { return *reinterpret_cast<PacketSlot*>(octets_.data()); }
  uint8_t* message() { return octets_.data() + sizeof(PacketSlot); }
  std::span<uint8_t> slab() { return octets_; }

  // Puts a request in, cut to the room.
  void put(std::span<const uint8_t> request) {
    const size_t size = request.size() < slot().room ? request.size() : slot().room;
    if (size > 0) std::memcpy(message(), request.data(), size);
    slot().size_in = static_cast<uint32_t>(size);
  }

 private:
  std::vector<uint8_t> octets_;
};

}  // namespace azimuth
