// SPDX-License-Identifier: Apache-2.0
//
// Saved tables for native tests, in memories of exactly their size, so that a sanitizer sees every
// read beside them. What is loaded was made by src/table/image.ts; who mistrusts it calls open_image.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "src/image.hh"
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
  std::vector<int32_t> settings;
  std::vector<int32_t> limits;
  Ref root = 0;

  explicit Image(const std::string& path) : counters(sizeof(Counters) / sizeof(double)), settings(sizeof(Settings) / 4), limits(limit_memory_words) {
    const std::vector<uint8_t> file = read_file(path);
    ImageHeader header;
    CHECK(sound(read_image_header(file, header)));
    root = header.root;
    const uint8_t* from = file.data() + image_header_size;
    table.assign(from, from + header.used);
    plans.resize(size_t{header.plan_rows} * Plans::row_words);
    if (!plans.empty()) std::memcpy(plans.data(), from + header.used, plans.size() * 4);
    cursors.resize(header.plan_rows);
  }

  // Everything that a node can tell is told, so that every option is met.
  void tell_all(uint32_t flags) {
    Settings told = {};
    told.sequence = static_cast<uint32_t>(settings[0]) + 2;
    told.flags = flags;
    told.stale_since_secs = 1;
    told.keepalive_units = 300;
    told.cookie_secret_count = cookie_secrets_max;
    told.nsid_size = identity_size_max;
    told.server_id_size = identity_size_max;
    told.version_size = 7;
    constexpr uint8_t agent[] = {2, 'e', 'r', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
    told.agent_size = sizeof agent;
    std::memcpy(told.agent, agent, sizeof agent);
    std::memcpy(settings.data(), &told, sizeof told);
  }

  KernelMemory memory() { return {table, plans, counters, cursors, settings, limits}; }
};

// Names of all nodes of all zones, uncompressed.
inline std::vector<std::vector<uint8_t>> names_of(const Image& image) {
  std::vector<std::vector<uint8_t>> names;
  const Table table{image.table.data()};
  const auto& directory = table.segment<Directory>(image.root);
  for (uint32_t i = 0; i < 1u << directory.index_bits; i += 1) {
    const Ref index = table.word(image.root + directory.index_shards, i);
    const uint32_t slots = table.segment<IndexShard>(index).slot_count;
    const Ref first = index + segment_size + static_cast<uint32_t>(sizeof(IndexShard));
    for (uint32_t s = 0; s < slots; s += 1) {
      const Ref zone = table.at<Slot>(first + s * static_cast<uint32_t>(sizeof(Slot))).target;
      if (zone == 0) continue;
      const auto& head = table.segment<Zone>(zone);
      const uint8_t* apex = image.table.data() + zone + head.apex;
      for (uint32_t n = 0; n < 1u << head.shard_bits; n += 1) {
        const Ref shard = table.word(zone + head.shards, n);
        const Ref its = shard + segment_size + static_cast<uint32_t>(sizeof(ZoneShard));
        for (uint32_t j = 0; j < table.segment<ZoneShard>(shard).slot_count; j += 1) {
          const Ref target = table.at<Slot>(its + j * static_cast<uint32_t>(sizeof(Slot))).target;
          if (target == 0) continue;
          const auto& node = table.at<Node>(shard + target);
          const uint8_t* owner = image.table.data() + shard + target + sizeof(Node) +
                                 node.rrset_count * sizeof(RRsetRef);
          std::vector<uint8_t> name(owner, owner + node.owner_size);
          name.insert(name.end(), apex, apex + head.apex_size);
          names.push_back(name);
        }
      }
    }
  }
  return names;
}

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
