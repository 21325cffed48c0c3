// SPDX-License-Identifier: Apache-2.0
/**
 * The pickers: n of the eligible candidates, in the order of the answer.
 *
 * A closed vocabulary, because each needs a twin in C++ that gives the same octets: integers only,
 * chance and cursor as arguments, the logarithm a shared table.
 *
 * Invariants
 *   R1  Rendezvous: the candidate with the least −log2(U) / weight wins, U drawn by a hash of
 *       (client key, endpoint). A weight change of δ moves about δ of the clients, and only between
 *       the endpoints concerned.
 *   R2  Wrr: a Weyl sequence with the golden ratio. After N picks each candidate had its exact share
 *       of N within a small constant, in every window; no state but one counter.
 *   R3  Costs stay below 2^46 and weights sum below 2^20, so doubles and u64 agree.
 *   R4  Hashes pass between functions as signed words: an unsigned one beyond 2^31 would be boxed,
 *       and the hot path allocates nothing.
 *
 * Thaler and Ravishankar 1998 (rendezvous); Mosko et al. and Schindelhauer 2005 (weighted form).
 * Twin: native/src/choose.cc.
 */
import { mixHash } from "../base/hash.ts";
import {
  PICKER_ALL,
  PICKER_INDEPENDENT,
  PICKER_RENDEZVOUS,
  PICKER_WRR,
} from "../layout/gen/enums.ts";
import { LOG2 } from "../layout/gen/log2.ts";
import { PLAN_ENTRY_ENDPOINT, PLAN_ENTRY_SIZE, PLAN_SIZE } from "../layout/gen/plan.ts";
import { ENDPOINT_HASH_SEED, ENDPOINT_SIZE } from "../layout/gen/table.ts";
import { PLAN_CANDIDATES_MAX } from "../layout/limits.ts";
import type { Client, Kernel } from "./scratch.ts";

/** 2^32 divided by the golden ratio, made odd. */
const GOLDEN = 0x9e3779b9;

/** The sticky key: the client cut to `bits`, spread by the policy's seed. Signed (R4). */
export function clientKey(client: Client, bits: number, seed: number): number {
  const high = bits >= 32 ? client.high : bits === 0 ? 0 : client.high & (-1 << (32 - bits));
  const low = bits >= 64 ? client.low : bits <= 32 ? 0 : client.low & (-1 << (64 - bits));
  const first = mixHash(high ^ seed);
  return client.family === 4 ? first | 0 : mixHash(first ^ low ^ 0x76360000) | 0;
}

/** −log2((h or 1) / 2^32) × 2^24, in 0..2^29, for the word `h` read as unsigned. */
export function negativeLog2(h: number): number {
  const x = h === 0 ? 1 : h;
  const zeros = Math.clz32(x);
  const m = x << zeros;
  const step = (m >>> 21) & 0x3ff;
  const low = LOG2[step]!;
  const between = Math.imul(LOG2[step + 1]! - low, (m >>> 5) & 0xffff) >>> 16;
  return (zeros + 1) * 0x1000000 - low - between;
}

/**
 * Picks `answers` of the candidates in the bits of `eligible` by `picker` into `k.picked`.
 * `key` is the client's key for rendezvous, else this packet's chance.
 */
export function choose(
  k: Kernel,
  picker: number,
  answers: number,
  eligible: number,
  endpoints: number,
  key: number,
): void {
  k.picked.count = 0;
  if ((eligible & (eligible - 1)) === 0) {
    take(k, endpoints, 31 - Math.clz32(eligible));
    return;
  }
  if (picker === PICKER_ALL) takeAll(k, eligible, endpoints);
  else if (picker === PICKER_RENDEZVOUS) rendezvous(k, answers, eligible, endpoints, key);
  else if (picker === PICKER_INDEPENDENT) independent(k, eligible, endpoints, key);
  else if (picker === PICKER_WRR) {
    byShare(k, answers, eligible, endpoints, Math.imul(nextStep(k), GOLDEN));
  } else byShare(k, answers, eligible, endpoints, key);
}

/** The cursor of the row, one further than before; but all hints of one answer share a step. */
function nextStep(k: Kernel): number {
  const { cursors, hints } = k;
  const { row } = k.picked;
  if (hints.active !== 0) {
    for (let i = 0; i < hints.rowCount; i += 1) if (hints.rows[i] === row) return cursors[row]!;
    // There are no more picks than room (HINTS_MAX).
    hints.rows[hints.rowCount] = row;
    hints.rowCount += 1;
  }
  cursors[row] = cursors[row]! + 1;
  return cursors[row]!;
}

function take(k: Kernel, endpoints: number, i: number): void {
  const at = k.picked.planAt + (PLAN_SIZE >> 2) + i * (PLAN_ENTRY_SIZE >> 2);
  k.picked.endpoints[k.picked.count] =
    endpoints + k.plans[at + (PLAN_ENTRY_ENDPOINT >> 2)]! * ENDPOINT_SIZE;
  k.picked.count += 1;
}

function takeAll(k: Kernel, eligible: number, endpoints: number): void {
  for (let i = 0; i < PLAN_CANDIDATES_MAX; i += 1) {
    if ((eligible & (1 << i)) !== 0) take(k, endpoints, i);
  }
}

function rendezvous(
  k: Kernel,
  answers: number,
  eligible: number,
  endpoints: number,
  key: number,
): void {
  const first = k.picked.planAt + (PLAN_SIZE >> 2);
  for (let i = 0; i < PLAN_CANDIDATES_MAX; i += 1) {
    if ((eligible & (1 << i)) === 0) continue;
    const at = first + i * (PLAN_ENTRY_SIZE >> 2) + (PLAN_ENTRY_ENDPOINT >> 2);
    const endpoint = endpoints + k.plans[at]! * ENDPOINT_SIZE;
    const seed = k.table.i32[(endpoint + ENDPOINT_HASH_SEED) >> 2]!;
    k.cost[i] = negativeLog2(mixHash(key ^ Math.imul(seed, GOLDEN | 0)) | 0);
  }
  let left = eligible;
  for (let n = 0; n < answers && left !== 0; n += 1) {
    let best = -1;
    for (let i = 0; i < PLAN_CANDIDATES_MAX; i += 1) {
      if ((left & (1 << i)) === 0) continue;
      // cost[i] / weight[i] < cost[best] / weight[best], without a division.
      if (best < 0 || k.cost[i]! * k.weight[best]! < k.cost[best]! * k.weight[i]!) best = i;
    }
    take(k, endpoints, best);
    left &= ~(1 << best);
  }
}

/** Each candidate for itself with P = weight / greatest weight, so that the heaviest is always in. */
function independent(k: Kernel, eligible: number, endpoints: number, key: number): void {
  let heaviest = 1;
  for (let i = 0; i < PLAN_CANDIDATES_MAX; i += 1) {
    if ((eligible & (1 << i)) !== 0 && k.weight[i]! > heaviest) heaviest = k.weight[i]!;
  }
  for (let i = 0; i < PLAN_CANDIDATES_MAX; i += 1) {
    if ((eligible & (1 << i)) === 0) continue;
    const draw = mixHash(key ^ Math.imul(i + 1, GOLDEN | 0)) >>> 16;
    if (draw * heaviest < k.weight[i]! * 0x10000) take(k, endpoints, i);
  }
}

/** In proportion to the weights, without replacement; `point` says where on a line of 2^32. */
function byShare(
  k: Kernel,
  answers: number,
  eligible: number,
  endpoints: number,
  point: number,
): void {
  let left = eligible;
  let draw = point;
  for (let n = 0; n < answers && left !== 0; n += 1) {
    let sum = 0;
    for (let i = 0; i < PLAN_CANDIDATES_MAX; i += 1) {
      if ((left & (1 << i)) !== 0) sum += k.weight[i]!;
    }
    let at = Math.floor(((draw >>> 0) * sum) / 0x100000000);
    let chosen = 31 - Math.clz32(left);
    for (let i = 0; i < PLAN_CANDIDATES_MAX; i += 1) {
      if ((left & (1 << i)) === 0) continue;
      if (at < k.weight[i]!) {
        chosen = i;
        break;
      }
      at -= k.weight[i]!;
    }
    take(k, endpoints, chosen);
    left &= ~(1 << chosen);
    draw = mixHash(draw ^ GOLDEN) | 0;
  }
}
