// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/choose.ts: the pickers. Its invariants R1 to R3 hold here too: costs below
// 2^46 and sums below 2^20 are exact in a double there and in a u64 here.
#include <algorithm>
#include <bit>

#include "gen/log2.hh"
#include "src/hash.hh"
#include "src/kernel.hh"

namespace azimuth {

namespace {

// 2^32 divided by the golden ratio, made odd.
constexpr uint32_t golden = 0x9e3779b9;

// Candidate `i` of the plan at work: the absolute ref of its endpoint.
Ref endpoint_of(const Kernel& k, Ref endpoints, uint32_t i) noexcept {
  const size_t at = k.picked.plan_at +
                    (sizeof(Plan) + i * sizeof(PlanEntry) + offsetof(PlanEntry, endpoint)) / 4;
  return endpoints + k.plans.word(at) * static_cast<uint32_t>(sizeof(Endpoint));
}

void take(Kernel& k, Ref endpoints, uint32_t i) noexcept {
  k.picked.endpoints[k.picked.count] = endpoint_of(k, endpoints, i);
  k.picked.count += 1;
}

bool in(uint32_t bits, uint32_t i) noexcept { return (bits >> i & 1) != 0; }

uint32_t highest(uint32_t bits) noexcept {
  return 31 - static_cast<uint32_t>(std::countl_zero(bits));
}

void take_all(Kernel& k, uint32_t eligible, Ref endpoints) noexcept {
  for (uint32_t i = 0; i < plan_candidates_max; i += 1) {
    if (in(eligible, i)) take(k, endpoints, i);
  }
}

void rendezvous(Kernel& k, uint32_t answers, uint32_t eligible, Ref endpoints,
                uint32_t key) noexcept {
  for (uint32_t i = 0; i < plan_candidates_max; i += 1) {
    if (!in(eligible, i)) continue;
    const uint32_t seed = k.table.at<Endpoint>(endpoint_of(k, endpoints, i)).hash_seed;
    k.cost[i] = negative_log2(mix_hash(key ^ seed * golden));
  }
  uint32_t left = eligible;
  for (uint32_t n = 0; n < answers && left != 0; n += 1) {
    uint32_t best = plan_candidates_max;
    for (uint32_t i = 0; i < plan_candidates_max; i += 1) {
      if (!in(left, i)) continue;
      // cost[i] / weight[i] < cost[best] / weight[best], without a division.
      if (best == plan_candidates_max || k.cost[i] * k.weight[best] < k.cost[best] * k.weight[i]) {
        best = i;
      }
    }
    take(k, endpoints, best);
    left &= ~(1u << best);
  }
}

// Each candidate for itself with P = weight / greatest weight, so that the heaviest is always in.
void independent(Kernel& k, uint32_t eligible, Ref endpoints, uint32_t key) noexcept {
  uint32_t heaviest = 1;
  for (uint32_t i = 0; i < plan_candidates_max; i += 1) {
    if (in(eligible, i) && k.weight[i] > heaviest) heaviest = k.weight[i];
  }
  for (uint32_t i = 0; i < plan_candidates_max; i += 1) {
    if (!in(eligible, i)) continue;
    const uint64_t draw = mix_hash(key ^ (i + 1) * golden) >> 16;
    if (draw * heaviest < uint64_t{k.weight[i]} * 0x10000) take(k, endpoints, i);
  }
}

// In proportion to the weights, without replacement; `point` says where on a line of 2^32.
void by_share(Kernel& k, uint32_t answers, uint32_t eligible, Ref endpoints,
              uint32_t point) noexcept {
  uint32_t left = eligible;
  uint32_t draw = point;
  for (uint32_t n = 0; n < answers && left != 0; n += 1) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < plan_candidates_max; i += 1) {
      if (in(left, i)) sum += k.weight[i];
    }
    uint64_t at = draw * sum >> 32;
    uint32_t chosen = highest(left);
    for (uint32_t i = 0; i < plan_candidates_max; i += 1) {
      if (!in(left, i)) continue;
#ifdef AZIMUTH_PLANTED_DIFFERENCE
      // For test/parity alone: a slip of the kind that is easily made, and hardly ever seen.
      if (at <= k.weight[i]) {
#else
      if (at < k.weight[i]) {
#endif
        chosen = i;
        break;
      }
      at -= k.weight[i];
    }
    take(k, endpoints, chosen);
    left &= ~(1u << chosen);
    draw = mix_hash(draw ^ golden);
  }
}

// The cursor of the row, one further than before; but all hints of one answer share a step.
uint32_t next_step(Kernel& k) noexcept {
  Hints& hints = k.hints;
  const uint32_t row = k.picked.row;
  if (hints.active) {
    const auto end = hints.rows.begin() + hints.row_count;
    if (std::find(hints.rows.begin(), end, row) != end) return k.cursors[row];
    // There are no more picks than room (hints_max).
    hints.rows[hints.row_count] = row;
    hints.row_count += 1;
  }
  return k.cursors[row] += 1;
}

}  // namespace

// The sticky key: the client cut to `bits`, spread by the policy's seed.
uint32_t client_key(const Client& client, uint32_t bits, uint32_t seed) noexcept {
  const uint32_t high = bits >= 32 ? client.high : bits == 0 ? 0 : client.high & ~0u << (32 - bits);
  const uint32_t low = bits >= 64 ? client.low : bits <= 32 ? 0 : client.low & ~0u << (64 - bits);
  const uint32_t first = mix_hash(high ^ seed);
  return client.family == 4 ? first : mix_hash(first ^ low ^ 0x76360000);
}

// −log2((h or 1) / 2^32) × 2^24, in 0..2^29.
uint32_t negative_log2(uint32_t h) noexcept {
  const uint32_t x = h == 0 ? 1 : h;
  const auto zeros = static_cast<uint32_t>(std::countl_zero(x));
  const uint32_t m = x << zeros;
  const uint32_t step = m >> 21 & 0x3ff;
  const auto low = static_cast<uint32_t>(log2_steps[step]);
  const auto high = static_cast<uint32_t>(log2_steps[step + 1]);
  const uint32_t between = (high - low) * (m >> 5 & 0xffff) >> 16;
  return (zeros + 1) * 0x1000000 - low - between;
}

// Picks `answers` of the candidates in the bits of `eligible` by `picker` into `k.picked`. `key` is
// the client's key for rendezvous, else this packet's chance.
void choose(Kernel& k, uint32_t picker, uint32_t answers, uint32_t eligible, Ref endpoints,
            uint32_t key) noexcept {
  k.picked.count = 0;
  if ((eligible & (eligible - 1)) == 0) {
    take(k, endpoints, highest(eligible));
    return;
  }
  switch (static_cast<Picker>(picker)) {
    case Picker::All:
      return take_all(k, eligible, endpoints);
    case Picker::Rendezvous:
      return rendezvous(k, answers, eligible, endpoints, key);
    case Picker::Independent:
      return independent(k, eligible, endpoints, key);
    case Picker::Wrr:
      return by_share(k, answers, eligible, endpoints, next_step(k) * golden);
    case Picker::Random:
      break;
  }
  by_share(k, answers, eligible, endpoints, key);
}

}  // namespace azimuth
