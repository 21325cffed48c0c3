// SPDX-License-Identifier: Apache-2.0
//
// The kernel as the pumps see it: a batch of slots in, a batch of slots out. Twin of
// src/answer/kernel.ts.
//
// Why in groups: a look-up in a large table misses the caches three or four times in a row, each
// time waiting for the address of the next. Within a group the misses of all requests are under way
// together: every request is parsed, then the next line of every request is asked for, and so on.
#include "src/kernel.hh"


namespace azimuth {

namespace {

// The least room: a question and an OPT fit it, so that an error always can be told (K4).
constexpr uint32_t room_min = udp_plain_size_max;
static_assert(header_size + name_size_max + 4 + opt_size_max <= room_min);

// The slot at `at`, if it lies in the slab and holds what it says; else null.
PacketSlot* slot_at(std::span<uint8_t> slab, size_t at) noexcept {
  if (slab.size() < sizeof(PacketSlot) || at > slab.size() - sizeof(PacketSlot)) return nullptr;
  auto* slot = reinterpret_cast<PacketSlot*>(slab.data() + at);
  const size_t left = slab.size() - at - sizeof(PacketSlot);
  if (slot->room < room_min || slot->room > left || slot->size_in > slot->room) return nullptr;
  return slot;
}

void answer_group(Kernel& k, uint32_t count) noexcept {
  const std::span<Lane> lanes(k.lanes.data(), count);
  for (Lane& lane : lanes) accept(k, lane);
  for (Lane& lane : lanes) fetch_shard(k.table, k.root, lane);
  for (const Lane& lane : lanes) fetch_slot(k.table, lane);
  for (Lane& lane : lanes) fetch_node(k.table, lane);
  for (const Lane& lane : lanes) fetch_rrset(k.table, lane);
  for (Lane& lane : lanes) answer(k, lane);
}

}  // namespace

Kernel::Kernel(const KernelMemory& memory, uint32_t udp_answer_max,
               uint32_t worker_number) noexcept
    : table{memory.table.data()},
      plans(memory.plans),
      counters(memory.counters),
      cursors(memory.cursors),
      shared_settings(memory.settings),
      limits(memory.limits),
      answer_size_max(udp_answer_max),
      worker(worker_number) {}

void answer_batch(Kernel& k, Ref root, std::span<uint8_t> slab, size_t first, size_t stride,
                  uint32_t count) noexcept {
  k.root = root;
  observe_settings(k);
  uint32_t filled = 0;
  for (uint32_t i = 0; i < count; i += 1) {
    PacketSlot* slot = slot_at(slab, first + i * stride);
    if (slot == nullptr) continue;
    Lane& lane = k.lanes[filled];
    lane.slot = slot;
    lane.message = reinterpret_cast<uint8_t*>(slot) + sizeof(PacketSlot);
    filled += 1;
    if (filled < lanes_max) continue;
    answer_group(k, filled);
    filled = 0;
  }
  answer_group(k, filled);
}

void refuse_slow_batch(Kernel& k, std::span<uint8_t> slab, size_t first, size_t stride,
                       uint32_t count) noexcept {
  for (uint32_t i = 0; i < count; i += 1) {
    PacketSlot* slot = slot_at(slab, first + i * stride);
    if (slot == nullptr || slot->verdict != static_cast<uint8_t>(Verdict::Slow)) continue;
    if (slot->size_out == 0) refuse_slow(k, *slot);
  }
}

}  // namespace azimuth
