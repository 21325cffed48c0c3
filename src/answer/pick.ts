// SPDX-License-Identifier: Apache-2.0
/**
 * Chooses endpoints for a steered RRset: client → region → plan → candidates → pick.
 *
 * All thought was done before: the plan's words hold ranks, weights and TTL. What is left are the
 * four steps of ARCHITECTURE "Plans", and the scope, which must cover everything they looked at.
 *
 * Invariants
 *   D1  The decision is a function of (table, plans, client, chance, cursor); with picker
 *       `rendezvous` of (table, plans, client) alone.
 *   D2  The scope is the leaf's prefix length; longer, if a hash of the truncated client decided
 *       among several. It is 0 if the client subnet was not used (RFC 7871 §7.2.1).
 *   D3  A private or unroutable client subnet decides nothing: the resolver's address does, and the
 *       scope covers the private block, so that its clients share one cache entry (G04).
 *
 * Twin: native/src/pick.cc. The pickers stand in src/answer/choose.ts.
 */
import {
  ALL_DOWN_ALL,
  ALL_DOWN_SERVFAIL,
  ENDPOINT_FLAG_CNAME,
  ENDPOINT_FLAG_V4,
  ENDPOINT_FLAG_V6,
  LEAF_LAYER_PRIVATE,
  PICKER_RENDEZVOUS,
  POLICY_FLAG_IGNORE_ECS,
} from "../layout/gen/enums.ts";
import {
  PLAN_ENTRY_ENDPOINT,
  PLAN_ENTRY_SHARE,
  PLAN_ENTRY_SIZE,
  PLAN_SETTINGS,
  PLAN_SIZE,
  PLAN_TTL,
} from "../layout/gen/plan.ts";
import {
  DIRECTORY_MAPS,
  DIRECTORY_PLAN_ROWS,
  DIRECTORY_STEERING,
  ENDPOINT_FLAGS,
  ENDPOINT_SIZE,
  POLICY_FLAGS,
  POLICY_HASH_SEED,
  POLICY_MAP,
  POLICY_SIZE,
  POLICY_STICKY_V4_BITS,
  POLICY_STICKY_V6_BITS,
  SEGMENT_SIZE,
  STEERING_ENDPOINTS,
  STEERING_POLICIES,
  ZONE_POLICIES,
} from "../layout/gen/table.ts";
import { PLAN_CANDIDATES_MAX } from "../layout/limits.ts";
import { PLAN_ROW_WORDS } from "../table/plans.ts";
import { choose, clientKey } from "./choose.ts";
import { TYPE_A, TYPE_AAAA } from "./codes.ts";
import { locate, setClient } from "./locate.ts";
import type { Kernel } from "./scratch.ts";

const ENTRY_WORDS = PLAN_ENTRY_SIZE >> 2;
const FIRST_ENTRY = PLAN_SIZE >> 2;

export const PICK_OK = 0;
/** No candidate can answer this type: NODATA. */
export const PICK_NONE = 1;
export const PICK_SERVFAIL = 2;

/**
 * Fills `k.picked` for the steered RRset with zone-local policy number `local`.
 * `client` of `family` (4, 6) at `addressAt` of `address` is the resolver.
 */
export function pick(
  k: Kernel,
  local: number,
  type: number,
  address: Uint8Array,
  addressAt: number,
  family: number,
  random: number,
): number {
  const { table, picked } = k;
  const zone = k.found.zone;
  const policies = zone + table.u32[(zone + SEGMENT_SIZE + ZONE_POLICIES) >> 2]!;
  picked.policy = table.u32[(policies + local * 4) >> 2]!;
  const steering = table.u32[(k.root + SEGMENT_SIZE + DIRECTORY_STEERING) >> 2]!;
  const policy =
    steering +
    table.u32[(steering + SEGMENT_SIZE + STEERING_POLICIES) >> 2]! +
    picked.policy * POLICY_SIZE;
  const tailored = findRegion(k, policy, address, addressAt, family);

  const rows = k.root + table.u32[(k.root + SEGMENT_SIZE + DIRECTORY_PLAN_ROWS) >> 2]!;
  picked.row = table.u32[(rows + picked.policy * 4) >> 2]! + picked.region;
  const plan = picked.row * PLAN_ROW_WORDS;
  picked.planAt = plan;
  picked.ttl = k.plans[plan + (PLAN_TTL >> 2)]!;
  const settings = k.plans[plan + (PLAN_SETTINGS >> 2)]!;
  const endpoints = steering + table.u32[(steering + SEGMENT_SIZE + STEERING_ENDPOINTS) >> 2]!;
  const flag =
    type === TYPE_A
      ? ENDPOINT_FLAG_V4
      : type === TYPE_AAAA
        ? ENDPOINT_FLAG_V6
        : ENDPOINT_FLAG_CNAME;

  const eligible = findEligible(k, endpoints, flag, plan, settings >>> 24);
  if (eligible === 0) return PICK_NONE;
  if (picked.allDown !== 0 && ((settings >> 16) & 0xff) !== ALL_DOWN_ALL) {
    return ((settings >> 16) & 0xff) === ALL_DOWN_SERVFAIL ? PICK_SERVFAIL : PICK_NONE;
  }
  const picker = settings & 0xff;
  const sticky =
    k.client.family === 4
      ? table.u8[policy + POLICY_STICKY_V4_BITS]!
      : table.u8[policy + POLICY_STICKY_V6_BITS]!;
  if (tailored && picker === PICKER_RENDEZVOUS && (eligible & (eligible - 1)) !== 0) {
    // Never wider than the key that decided, nor than the leaf (D2).
    const keyed = sticky + k.client.scopeBase;
    if (keyed > picked.scope) picked.scope = keyed;
  }
  const seed = table.i32[(policy + POLICY_HASH_SEED) >> 2]!;
  const key = picker === PICKER_RENDEZVOUS ? clientKey(k.client, sticky, seed) : random;
  choose(k, picker, (settings >> 8) & 0xff, eligible, endpoints, key);
  return PICK_OK;
}

/** Region and scope of the client; true if its subnet decided. RFC 7871 §7.2.1 and D3. */
function findRegion(
  k: Kernel,
  policy: number,
  address: Uint8Array,
  addressAt: number,
  family: number,
): boolean {
  const { table, question: q, picked, client } = k;
  const maps = k.root + table.u32[(k.root + SEGMENT_SIZE + DIRECTORY_MAPS) >> 2]!;
  const map = table.u32[(maps + table.u16[(policy + POLICY_MAP) >> 1]! * 4) >> 2]!;
  const ignore = (table.u16[(policy + POLICY_FLAGS) >> 1]! & POLICY_FLAG_IGNORE_ECS) !== 0;
  picked.scope = 0;
  if (q.ecsFamily !== 0 && q.ecsSource !== 0 && !ignore) {
    setClient(client, q.ecsAddress, 0, q.ecsFamily === 1 ? 4 : 6, q.ecsSource);
    picked.leaf = locate(table, map, client);
    picked.scope = ((picked.leaf >> 16) & 0xff) + client.scopeBase;
    picked.region = picked.leaf & 0xffff;
    if (picked.leaf >>> 24 !== LEAF_LAYER_PRIVATE) return true;
    setClient(client, address, addressAt, family, family === 4 ? 32 : 128);
    picked.region = locate(table, map, client) & 0xffff;
    return false;
  }
  setClient(client, address, addressAt, family, family === 4 ? 32 : 128);
  picked.leaf = locate(table, map, client);
  picked.region = picked.leaf & 0xffff;
  return false;
}

/**
 * Bits of the plan's entries that may answer: weight above 0, the family asked for, best rank.
 * If none has weight, all of the best rank with weight 1, and `picked.allDown` says so.
 */
function findEligible(
  k: Kernel,
  endpoints: number,
  flag: number,
  plan: number,
  count: number,
): number {
  const { table, plans, picked } = k;
  const entries = Math.min(count, PLAN_CANDIDATES_MAX);
  for (let ignoreWeight = 0; ignoreWeight < 2; ignoreWeight += 1) {
    let best = 0x10000;
    let bits = 0;
    for (let i = 0; i < entries; i += 1) {
      const at = plan + FIRST_ENTRY + i * ENTRY_WORDS;
      const share = plans[at + (PLAN_ENTRY_SHARE >> 2)]!;
      const weight = share & 0xffff;
      if (weight === 0 && ignoreWeight === 0) continue;
      const endpoint = endpoints + plans[at + (PLAN_ENTRY_ENDPOINT >> 2)]! * ENDPOINT_SIZE;
      if ((table.u16[(endpoint + ENDPOINT_FLAGS) >> 1]! & flag) === 0) continue;
      const rank = share >>> 16;
      if (rank > best) continue;
      if (rank < best) bits = 0;
      best = rank;
      bits |= 1 << i;
      k.weight[i] = ignoreWeight === 0 ? weight : 1;
    }
    picked.allDown = ignoreWeight;
    picked.rank = best;
    picked.eligible = bits;
    if (bits !== 0) return bits;
  }
  picked.allDown = 0;
  return 0;
}
