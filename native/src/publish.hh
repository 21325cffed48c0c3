// SPDX-License-Identifier: Apache-2.0
//
// The reader's half of publication: which epoch it is in, and that it is in none.
//
// Invariants P1 to P4 and their proof stand in src/table/publish.ts, the twin of this file. All
// three words are read and written in one total order (seq_cst), as JavaScript's Atomics are: with
// less, the store of `observed` could be seen after the load of `root`, and P2 would not hold.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "gen/layout.hh"
#include "gen/limits.hh"

namespace azimuth {

// Words of the control block, as the owner of the memory hands them out: Int32Array there.
using ControlWords = std::span<uint32_t>;

constexpr size_t control_words = (sizeof(ControlBlock) + workers_max * sizeof(Reader)) / 4;
static_assert(std::atomic_ref<uint32_t>::is_always_lock_free);
static_assert(std::atomic_ref<uint32_t>::required_alignment == 4);

constexpr size_t observed_word(uint32_t reader) noexcept {
  return (sizeof(ControlBlock) + reader * sizeof(Reader) + offsetof(Reader, observed)) / 4;
}

// Takes the root for one batch, and says so (P2). Reader `reader` only, between batches.
inline uint32_t observe_root(ControlWords control, uint32_t reader) noexcept {
  const uint32_t epoch = std::atomic_ref(control[offsetof(ControlBlock, epoch) / 4]).load();
  std::atomic_ref(control[observed_word(reader)]).store(epoch);
  return std::atomic_ref(control[offsetof(ControlBlock, root) / 4]).load();
}

// Says that the reader holds nothing: before it sleeps (P4).
inline void go_offline(ControlWords control, uint32_t reader) noexcept {
  std::atomic_ref(control[observed_word(reader)]).store(epoch_max);
}

}  // namespace azimuth
