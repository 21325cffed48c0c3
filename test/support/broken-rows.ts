// SPDX-License-Identifier: Apache-2.0
/** The ways in which the tables of broken.ts are broken, one row each. */

import type { FaultKey } from "../../src/base/faults.ts";
import { mixHash } from "../../src/base/hash.ts";
import * as enums from "../../src/layout/gen/enums.ts";
import * as at from "../../src/layout/gen/table.ts";
import { signaturesAt } from "../../src/table/reader.ts";
import { type BrokenRow, ownerAt, type Sites } from "./broken.ts";

const SEG = at.SEGMENT_SIZE;
const set32 = (s: Sites, offset: number, value: number): void => {
  s.v.u32[offset >> 2] = value;
};
const add32 = (s: Sites, offset: number, delta: number): void => {
  s.v.u32[offset >> 2]! += delta;
};
const set16 = (s: Sites, offset: number, value: number): void => {
  s.v.u16[offset >> 1] = value;
};
const target32 = (s: Sites, ref: number, field: number): number =>
  ref + s.v.u32[(ref + SEG + field) >> 2]!;

type Breaker = (s: Sites) => void;
const row = (
  opener: BrokenRow["opener"],
  name: string,
  key: FaultKey,
  breaker: Breaker,
  base: BrokenRow["base"] = "plain",
): BrokenRow => ({ name, base, key, opener, break: breaker });

const A = 1;
const NS = 2;
const CNAME = 5;
const SOA = 6;
const MX = 15;
const AAAA = 28;
const SRV = 33;
const HTTPS = 65;
/** First RR behind the head of an RRset. */
const RR = at.RRSET_SIZE;

export const brokenRows: readonly BrokenRow[] = [
  row("open", "kind", "TABLE_SEGMENT", (s) => set32(s, s.directory, enums.SEGMENT_KIND_ZONE)),
  row("open", "length-odd", "TABLE_SEGMENT", (s) => add32(s, s.directory + 4, 2)),
  row("open", "length-huge", "TABLE_SEGMENT", (s) => set32(s, s.zone + 4, 0xfffffff0)),
  row("open", "length-short", "TABLE_SEGMENT", (s) => set32(s, s.zone + 4, SEG)),
  row("open", "fingerprint", "TABLE_FINGERPRINT", (s) => add32(s, s.directory + SEG, 1)),
  row("open", "index-bits", "TABLE_DIRECTORY", (s) =>
    set32(s, s.directory + SEG + at.DIRECTORY_INDEX_BITS, 31),
  ),
  row("open", "index-list", "TABLE_DIRECTORY", (s) =>
    set32(s, s.directory + SEG + at.DIRECTORY_INDEX_SHARDS, s.v.u32[(s.directory + 4) >> 2]!),
  ),
  row("open", "zone-count", "TABLE_DIRECTORY", (s) =>
    add32(s, s.directory + SEG + at.DIRECTORY_ZONE_COUNT, 1),
  ),
  row("open", "apex-depths", "TABLE_DIRECTORY", (s) =>
    set32(s, s.directory + SEG + at.DIRECTORY_APEX_DEPTHS0, 2),
  ),
  row("open", "policies-without-steering", "TABLE_DIRECTORY", (s) =>
    set32(s, s.directory + SEG + at.DIRECTORY_POLICY_COUNT, 1),
  ),
  row("open", "zone-of-another-hash", "TABLE_SLOTS", (s) => {
    const [a, b] = s.slots(s.index, at.INDEX_SHARD_SIZE);
    s.v.u32[(a! + 4) >> 2] = s.v.u32[(b! + 4) >> 2]!;
  }),
  row("open", "apex-hash", "TABLE_SLOTS", (s) => {
    const slots = s.slots(s.index, at.INDEX_SHARD_SIZE);
    // The low bits choose the slot; a high bit of the unmixed hash moves it, so empty the others.
    for (const slot of slots.slice(1)) s.v.u32.fill(0, slot >> 2, (slot + 8) >> 2);
    add32(s, slots[0]!, 1);
  }),
  row("open", "shard-crooked", "TABLE_SEGMENT", (s) =>
    add32(s, target32(s, s.zone, at.ZONE_SHARDS), 4),
  ),
  row("open", "shard-outside", "TABLE_SEGMENT", (s) =>
    set32(s, target32(s, s.zone, at.ZONE_SHARDS), 0x7ffffff0),
  ),
  row("open", "shard-null", "TABLE_SEGMENT", (s) =>
    set32(s, target32(s, s.zone, at.ZONE_SHARDS), 0),
  ),
  row(
    "open",
    "map-null",
    "TABLE_SEGMENT",
    (s) => set32(s, target32(s, s.directory, at.DIRECTORY_MAPS), 0),
    "steered",
  ),
  row(
    "open",
    "plan-rows",
    "TABLE_DIRECTORY",
    (s) => set32(s, target32(s, s.directory, at.DIRECTORY_PLAN_ROWS), 3),
    "steered",
  ),
  row(
    "open",
    "zone-policy",
    "TABLE_REF",
    (s) => set32(s, target32(s, s.zone, at.ZONE_POLICIES), 2),
    "steered",
  ),

  row("open-zone", "shard-bits", "TABLE_ZONE", (s) =>
    set32(s, s.zone + SEG + at.ZONE_SHARD_BITS, 1),
  ),
  row("open-zone", "owner-count", "TABLE_ZONE", (s) =>
    add32(s, s.zone + SEG + at.ZONE_OWNER_COUNT, 1),
  ),
  row("open-zone", "policies", "TABLE_ZONE", (s) => set32(s, s.zone + SEG + at.ZONE_POLICIES, 60)),
  row("open-zone", "apex-case", "TABLE_NAME", (s) => {
    s.v.u8[target32(s, s.zone, at.ZONE_APEX) + 1]! -= 32;
  }),
  row("open-zone", "apex-size", "TABLE_NAME", (s) => {
    s.v.u8[s.zone + SEG + at.ZONE_APEX_SIZE]! -= 1;
  }),
  row("open-zone", "apex-labels", "TABLE_ZONE", (s) => {
    s.v.u8[s.zone + SEG + at.ZONE_APEX_LABELS] = 3;
  }),
  row("open-zone", "soa-outside", "TABLE_RRSET", (s) =>
    set32(s, s.zone + SEG + at.ZONE_NEGATIVE_SOA, 0xfffffffc),
  ),
  row("open-zone", "soa-null", "TABLE_RRSET", (s) =>
    set32(s, s.zone + SEG + at.ZONE_NEGATIVE_SOA, 0),
  ),
  row("open-zone", "zone-flags", "TABLE_ZONE", (s) => set16(s, s.zone + SEG + at.ZONE_FLAGS, 32)),
  row("open-zone", "expired-with-data", "TABLE_ZONE", (s) =>
    set16(s, s.zone + SEG + at.ZONE_FLAGS, enums.ZONE_FLAG_EXPIRED),
  ),
  row("open-zone", "expired-with-owners", "TABLE_ZONE", (s) => {
    set16(s, s.zone + SEG + at.ZONE_FLAGS, enums.ZONE_FLAG_EXPIRED);
    set32(s, s.zone + SEG + at.ZONE_NEGATIVE_SOA, 0);
  }),
  row("open-zone", "expired-shard-with-owners", "TABLE_ZONE", (s) => {
    set16(s, s.zone + SEG + at.ZONE_FLAGS, enums.ZONE_FLAG_EXPIRED);
    set32(s, s.zone + SEG + at.ZONE_NEGATIVE_SOA, 0);
    set32(s, s.zone + SEG + at.ZONE_OWNER_COUNT, 0);
  }),
  row("open-zone", "slot-count", "TABLE_SLOTS", (s) => set32(s, s.shard + SEG, 12)),
  row("open-zone", "slot-count-huge", "TABLE_SLOTS", (s) => set32(s, s.shard + SEG, 0x80000000)),
  row("open-zone", "probe-max", "TABLE_SLOTS", (s) => add32(s, s.shard + SEG + 4, 1)),
  row("open-zone", "probe-max-huge", "TABLE_SLOTS", (s) => set32(s, s.shard + SEG + 4, 25)),
  row("open-zone", "node-count", "TABLE_SLOTS", (s) => add32(s, s.shard + SEG + 8, -1)),
  row("open-zone", "slot-hash", "TABLE_SLOTS", (s) => {
    for (const slot of s.slots(s.shard, at.ZONE_SHARD_SIZE)) set32(s, slot, 0);
  }),
  row("open-zone", "slot-stray-hash", "TABLE_SLOTS", (s) => {
    const first = s.shard + SEG + at.ZONE_SHARD_SIZE;
    for (let i = 0; ; i += 1) {
      const slot = first + i * at.SLOT_SIZE;
      if (s.v.u32[(slot + 4) >> 2] === 0) return set32(s, slot, 1);
    }
  }),
  row("open-zone", "node-outside", "TABLE_NODE", (s) =>
    set32(s, s.slots(s.shard, at.ZONE_SHARD_SIZE)[0]! + 4, s.v.u32[(s.shard + 4) >> 2]!),
  ),
  row("open-zone", "node-crooked", "TABLE_NODE", (s) =>
    add32(s, s.slots(s.shard, at.ZONE_SHARD_SIZE)[0]! + 4, 2),
  ),
  row("open-zone", "node-flags", "TABLE_NODE", (s) => set16(s, s.node("ns1"), 64)),
  row("open-zone", "node-apex", "TABLE_NODE", (s) => set16(s, s.node("ns1"), enums.NODE_FLAG_APEX)),
  row("open-zone", "node-cut", "TABLE_NODE", (s) => set16(s, s.node("sub"), 0)),
  row("open-zone", "node-alias", "TABLE_NODE", (s) => set16(s, s.node("al"), 0)),
  row("open-zone", "owner-octet", "TABLE_NODE", (s) => {
    s.v.u8[ownerAt(s.v, s.node("ns1")) + 1]! ^= 1;
  }),
  row("open-zone", "owner-label", "TABLE_NAME", (s) => {
    s.v.u8[ownerAt(s.v, s.node("ns1"))] = 4;
  }),
  row("open-zone", "types-descend", "TABLE_NODE", (s) => set16(s, s.ref("", SOA), NS)),
  row("open-zone", "ref-flags", "TABLE_NODE", (s) => set16(s, s.ref("ns1", A) + 2, 8)),
  row("open-zone", "ref-policy", "TABLE_REF", (s) =>
    set16(s, s.ref("ns1", A) + 2, enums.RRSET_FLAG_STEERED),
  ),
  row("open-zone", "rrset-outside", "TABLE_RRSET", (s) =>
    set32(s, s.ref("ns1", A) + 4, 0x7ffffffc),
  ),
  row("open-zone", "rrset-count-more", "TABLE_RRSET", (s) => set16(s, s.rrset("mail", MX), 3)),
  row("open-zone", "rrset-count-less", "TABLE_RRSET", (s) => set16(s, s.rrset("mail", MX), 1)),
  row("open-zone", "rrset-count-zero", "TABLE_RRSET", (s) => set16(s, s.rrset("ns1", A), 0)),
  row("open-zone", "rrset-length", "TABLE_RRSET", (s) => set16(s, s.rrset("ns1", A) + 2, 65_001)),
  row("open-zone", "rr-owner", "TABLE_RRSET", (s) => {
    s.v.u8[s.rrset("ns1", A) + RR + 1] = 13;
  }),
  row("open-zone", "rr-type", "TABLE_RRSET", (s) => {
    s.v.u8[s.rrset("ns1", A) + RR + 3] = 2;
  }),
  row("open-zone", "rr-class", "TABLE_RRSET", (s) => {
    s.v.u8[s.rrset("ns1", A) + RR + 5] = 3;
  }),
  row("open-zone", "rr-ttl", "TABLE_RRSET", (s) => {
    s.v.u8[s.rrset("ns1", A) + RR + 6] = 0x80;
  }),
  row("open-zone", "rr-rdlength", "TABLE_RRSET", (s) => {
    s.v.u8[s.rrset("ns1", A) + RR + 11] = 5;
  }),
  row("open-zone", "rr-address-size", "TABLE_RRSET", (s) => {
    const rrset = s.rrset("a.b", AAAA);
    s.v.u8[rrset + RR + 11] = 15;
    set16(s, rrset + 2, 27);
  }),
  row("open-zone", "fixup-outside", "TABLE_RRSET", (s) => {
    const rrset = s.rrset("", SOA);
    const length = s.v.u16[(rrset + 2) >> 1]!;
    set16(s, rrset + RR + length + (length & 1) + 2, length);
  }),
  row("open-zone", "fixup-in-the-head", "TABLE_RRSET", (s) => {
    const rrset = s.rrset("al", CNAME);
    const length = s.v.u16[(rrset + 2) >> 1]!;
    set16(s, rrset + RR + length + (length & 1), 0);
  }),
  row("open-zone", "fixup-missing", "TABLE_NAME", (s) => set16(s, s.rrset("al", CNAME) + 4, 0)),
  row("open-zone", "target-label", "TABLE_NAME", (s) => {
    s.v.u8[s.rrset("_s._tcp", SRV) + RR + 12 + 6] = 64;
  }),
  row("open-zone", "target-outside", "TABLE_NAME", (s) =>
    set16(s, s.rrset("_s._tcp", SRV) + 6, 900),
  ),
  // Names that kernels read whether or not a flag says that they do.
  row("open-zone", "alias-target-elsewhere", "TABLE_RRSET", (s) =>
    set16(s, s.rrset("al", CNAME) + 6, 1),
  ),
  row("open-zone", "ns-target-unflagged", "TABLE_NAME", (s) => {
    set16(s, s.ref("sub", NS) + 2, 0);
    // A pointer to itself in place of the first label.
    s.v.u8.set([0xc0, 0x0c], s.rrset("sub", NS) + RR + 12);
  }),

  row("open-hints", "hints-of-srv", "TABLE_RRSET", (s) =>
    set16(s, s.ref("_s._tcp", SRV) + 2, enums.RRSET_FLAG_HINTS | enums.RRSET_FLAG_ADDITIONAL),
  ),
  row("open-hints", "hints-signed", "TABLE_NODE", (s) => {
    s.v.u16[(s.ref("svc", HTTPS) + 2) >> 1]! |= enums.RRSET_FLAG_SIGNED;
  }),
  row("open-hints", "hints-without-target", "TABLE_NODE", (s) =>
    set16(s, s.ref("svc", HTTPS) + 2, enums.RRSET_FLAG_HINTS),
  ),
  row("open-hints", "hints-target-elsewhere", "TABLE_RRSET", (s) =>
    set16(s, s.rrset("svc", HTTPS) + 6, 3),
  ),
  row("open-hints", "hints-compressed", "TABLE_RRSET", (s) => {
    // A pointer in place of `h2`, and its fix-up in the padding behind the RR.
    const rrset = s.rrset("svc", HTTPS);
    s.v.u8.set([0xc0, 0], rrset + RR + 20);
    set16(s, rrset + 4, 1);
    set16(s, rrset + RR + 26, 20);
  }),
  row("open-hints", "hints-value-outside", "TABLE_RRSET", (s) => {
    s.v.u8[s.rrset("svc", HTTPS) + RR + 25] = 1;
  }),
  row("open-hints", "hints-head-cut-off", "TABLE_RRSET", (s) => {
    s.v.u8[s.rrset("svc", HTTPS) + RR + 18] = 4;
  }),

  row("open-chain", "parent-missing", "TABLE_NODE", (s) => {
    // `b` is empty and holds `a.b`: it becomes a node of another name with a hash to match.
    const slot = slotOfNode(s, "b");
    s.v.u32.fill(0, slot >> 2, (slot + 8) >> 2);
    add32(s, s.shard + SEG + 8, -1);
    add32(s, s.zone + SEG + at.ZONE_OWNER_COUNT, -1);
    repairProbeMax(s);
  }),
  row("open-chain", "occluded-unmarked", "TABLE_NODE", (s) => set16(s, s.node("ns.sub"), 0)),
  row("open-chain", "occluded-for-nothing", "TABLE_NODE", (s) =>
    set16(s, s.node("ns1"), enums.NODE_FLAG_OCCLUDED),
  ),
  row("open-chain", "wildcard-unmarked", "TABLE_NODE", (s) => set16(s, s.node("w"), 0)),
  row("open-chain", "wildcard-for-nothing", "TABLE_ZONE", (s) =>
    set16(s, s.node("b"), enums.NODE_FLAG_WILDCARD_CHILD),
  ),

  row(
    "open-map",
    "regions",
    "TABLE_MAP",
    (s) => set32(s, s.map + SEG + at.MAP_REGION_COUNT, 0),
    "steered",
  ),
  row(
    "open-map",
    "region-name",
    "TABLE_MAP",
    (s) => set32(s, target32(s, s.map, at.MAP_REGIONS), 2),
    "steered",
  ),
  row(
    "open-map",
    "region-place",
    "TABLE_MAP",
    (s) => set32(s, target32(s, s.map, at.MAP_REGIONS) + 4, 90_000_001),
    "steered",
  ),
  row(
    "open-map",
    "name",
    "TABLE_MAP",
    (s) => set32(s, target32(s, s.map, at.MAP_NAME), 0xffffffff),
    "steered",
  ),
  row(
    "open-map",
    "v4-count",
    "TABLE_MAP",
    (s) => add32(s, s.map + SEG + at.MAP_V4_COUNT, -1),
    "steered",
  ),
  row(
    "open-map",
    "v4-bucket-falls",
    "TABLE_MAP",
    (s) => set32(s, target32(s, s.map, at.MAP_V4_BUCKETS) + 40, 0),
    "steered",
  ),
  row(
    "open-map",
    "v4-bucket-early",
    "TABLE_MAP",
    (s) => set32(s, target32(s, s.map, at.MAP_V4_BUCKETS) + 0x7fff * 4, 2),
    "steered",
  ),
  row(
    "open-map",
    "v4-gap",
    "TABLE_MAP",
    (s) => set16(s, target32(s, s.map, at.MAP_V4_KEYS) + 2, 4),
    "steered",
  ),
  row(
    "open-map",
    "v4-prefix",
    "TABLE_MAP",
    (s) => add32(s, target32(s, s.map, at.MAP_V4_LEAVES), 1 << 16),
    "steered",
  ),
  row(
    "open-map",
    "v4-region",
    "TABLE_MAP",
    (s) => add32(s, target32(s, s.map, at.MAP_V4_LEAVES), 2),
    "steered",
  ),
  row(
    "open-map",
    "v4-layer",
    "TABLE_MAP",
    (s) => add32(s, target32(s, s.map, at.MAP_V4_LEAVES), 8 << 24),
    "steered",
  ),
  row(
    "open-map",
    "v6-gap",
    "TABLE_MAP",
    (s) => add32(s, target32(s, s.map, at.MAP_V6_LOW) + 4 * 20, 1),
    "steered",
  ),
  row(
    "open-map",
    "v6-bucket",
    "TABLE_MAP",
    (s) => set32(s, target32(s, s.map, at.MAP_V6_BUCKETS) + 4, 0),
    "steered",
  ),
  row(
    "open-map",
    "v6-region",
    "TABLE_MAP",
    (s) => add32(s, target32(s, s.map, at.MAP_V6_LEAVES), 2),
    "steered",
  ),
  row(
    "open-map",
    "v6-prefix",
    "TABLE_MAP",
    (s) => add32(s, target32(s, s.map, at.MAP_V6_LEAVES), 65 << 16),
    "steered",
  ),

  row(
    "open-steering",
    "policy-list",
    "TABLE_STEERING",
    (s) => set32(s, s.steering + SEG, 0x10000000),
    "steered",
  ),
  row(
    "open-steering",
    "policy-map",
    "TABLE_STEERING",
    (s) => set16(s, target32(s, s.steering, at.STEERING_POLICIES) + at.POLICY_MAP, 1),
    "steered",
  ),
  row(
    "open-steering",
    "policy-rows",
    "TABLE_STEERING",
    (s) => set32(s, target32(s, s.steering, at.STEERING_POLICIES) + at.POLICY_REGION_COUNT, 9),
    "steered",
  ),
  row(
    "open-steering",
    "policy-sticky",
    "TABLE_STEERING",
    (s) => {
      s.v.u8[target32(s, s.steering, at.STEERING_POLICIES) + at.POLICY_STICKY_V4_BITS] = 33;
    },
    "steered",
  ),
  row(
    "open-steering",
    "policy-order",
    "TABLE_STEERING",
    (s) => {
      const first = target32(s, s.steering, at.STEERING_POLICIES) + at.POLICY_NAME;
      s.v.u32[first >> 2] = s.v.u32[(first + at.POLICY_SIZE) >> 2]!;
    },
    "steered",
  ),
  row(
    "open-steering",
    "endpoint-flags",
    "TABLE_STEERING",
    (s) => set16(s, target32(s, s.steering, at.STEERING_ENDPOINTS) + at.ENDPOINT_FLAGS, 0),
    "steered",
  ),
  row(
    "open-steering",
    "endpoint-pop",
    "TABLE_STEERING",
    (s) => set16(s, target32(s, s.steering, at.STEERING_ENDPOINTS) + at.ENDPOINT_POP, 2),
    "steered",
  ),
  row(
    "open-steering",
    "endpoint-target",
    "TABLE_STEERING",
    (s) => {
      // web/c is the third; its name loses the root.
      const third = target32(s, s.steering, at.STEERING_ENDPOINTS) + 2 * at.ENDPOINT_SIZE;
      s.v.u16[(third + at.ENDPOINT_TARGET_SIZE) >> 1]! -= 1;
    },
    "steered",
  ),
  row(
    "open-steering",
    "pop-place",
    "TABLE_STEERING",
    (s) => set32(s, target32(s, s.steering, at.STEERING_POPS) + at.POP_LONGITUDE, 180_000_001),
    "steered",
  ),
  row(
    "open-steering",
    "pop-name",
    "TABLE_STEERING",
    (s) => set32(s, target32(s, s.steering, at.STEERING_POPS), 0),
    "steered",
  ),
  ...denialRows(),
];

function slotOfNode(s: Sites, owner: string): number {
  const node = s.node(owner) - s.shard;
  return s
    .slots(s.shard, at.ZONE_SHARD_SIZE)
    .find((slot) => s.v.u32[(slot + at.SLOT_TARGET) >> 2] === node)!;
}

/** Says the longest search anew, after a slot was emptied. */
function repairProbeMax(s: Sites): void {
  const first = s.shard + SEG + at.ZONE_SHARD_SIZE;
  const mask = s.v.u32[(s.shard + SEG) >> 2]! - 1;
  let longest = 0;
  for (const slot of s.slots(s.shard, at.ZONE_SHARD_SIZE)) {
    const home = mixHash(s.v.u32[slot >> 2]!) & mask;
    longest = Math.max(longest, (((slot - first) / at.SLOT_SIZE - home) & mask) + 1);
  }
  set32(s, s.shard + SEG + at.ZONE_SHARD_PROBE_MAX, longest);
}

/** What can be wrong with signatures, and with what proves absence. */
function denialRows(): BrokenRow[] {
  const entry = (s: Sites, i: number): number =>
    s.denials[0]! + SEG + at.DENIAL_SIZE + i * at.DENIAL_ENTRY_SIZE;
  const nsec = (name: string, key: FaultKey, breaker: Breaker): BrokenRow =>
    row("open-denial", name, key, breaker, "nsec");
  const nsec3 = (name: string, key: FaultKey, breaker: Breaker): BrokenRow =>
    row("open-denial", name, key, breaker, "nsec3");
  const zone16 = (s: Sites, field: number, value: number): void =>
    set16(s, s.zone + SEG + field, value);
  const first = (s: Sites): number =>
    s.denials[0]! + s.v.u32[(entry(s, 0) + at.DENIAL_ENTRY_DATA) >> 2]!;
  return [
    nsec("denial-flags-none", "TABLE_ZONE", (s) =>
      zone16(s, at.ZONE_FLAGS, enums.ZONE_FLAG_SIGNED),
    ),
    nsec("denial-flags-both", "TABLE_ZONE", (s) =>
      zone16(s, at.ZONE_FLAGS, enums.ZONE_FLAG_NSEC | enums.ZONE_FLAG_NSEC3),
    ),
    nsec("denial-count-zero", "TABLE_ZONE", (s) =>
      set32(s, s.zone + SEG + at.ZONE_DENIAL_COUNT, 0),
    ),
    nsec("denial-count-huge", "TABLE_ZONE", (s) =>
      set32(s, s.zone + SEG + at.ZONE_DENIAL_COUNT, 0x40000000),
    ),
    nsec("denial-iterations-of-nsec", "TABLE_ZONE", (s) => zone16(s, at.ZONE_NSEC3_ITERATIONS, 1)),
    nsec3("denial-iterations", "TABLE_ZONE", (s) => zone16(s, at.ZONE_NSEC3_ITERATIONS, 51)),
    nsec3("denial-salt-size", "TABLE_ZONE", (s) => zone16(s, at.ZONE_NSEC3_SALT_SIZE, 256)),
    nsec3("denial-salt-outside", "TABLE_ZONE", (s) =>
      set32(s, s.zone + SEG + at.ZONE_NSEC3_SALT, 0x7ffffff0),
    ),
    nsec3("denial-salt-stray", "TABLE_ZONE", (s) => zone16(s, at.ZONE_NSEC3_SALT_SIZE, 0)),
    nsec("denial-null", "TABLE_SEGMENT", (s) => set32(s, target32(s, s.zone, at.ZONE_DENIALS), 0)),
    nsec("denial-twice", "TABLE_DIRECTORY", (s) =>
      set32(s, target32(s, s.zone, at.ZONE_DENIALS) + 4, s.denials[0]!),
    ),
    nsec("denial-segments-descend", "TABLE_DENIAL", (s) => {
      const list = target32(s, s.zone, at.ZONE_DENIALS);
      set32(s, list, s.denials[1]!);
      set32(s, list + 4, s.denials[0]!);
    }),
    nsec("denial-empty", "TABLE_DENIAL", (s) => set32(s, s.denials[0]! + SEG, 0)),
    nsec("denial-entries-outside", "TABLE_DENIAL", (s) =>
      set32(s, s.denials[0]! + SEG, 0x20000000),
    ),
    nsec("denial-key-outside", "TABLE_DENIAL", (s) =>
      set32(s, entry(s, 1) + at.DENIAL_ENTRY_KEY, 0x7ffffff0),
    ),
    nsec("denial-key-long", "TABLE_DENIAL", (s) => set16(s, entry(s, 1), 509)),
    nsec("denial-prefix", "TABLE_DENIAL", (s) =>
      set32(s, entry(s, 1) + at.DENIAL_ENTRY_PREFIX, 0x01010101),
    ),
    nsec("denial-keys-equal", "TABLE_DENIAL", (s) => set16(s, entry(s, 1), 0)),
    nsec("denial-nsec-with-data", "TABLE_DENIAL", (s) =>
      set32(s, entry(s, 0) + at.DENIAL_ENTRY_DATA, 64),
    ),
    nsec("denial-nsec-with-flags", "TABLE_DENIAL", (s) => set16(s, entry(s, 0) + 2, 4)),
    nsec3("denial-hash-short", "TABLE_DENIAL", (s) => set16(s, entry(s, 0), 19)),
    nsec3("denial-entry-flags", "TABLE_DENIAL", (s) => set16(s, entry(s, 0) + 2, 1)),
    nsec3("denial-without-data", "TABLE_RRSET", (s) =>
      set32(s, entry(s, 0) + at.DENIAL_ENTRY_DATA, 0),
    ),
    nsec3("denial-data-type", "TABLE_RRSET", (s) => {
      s.v.u8[first(s) + RR + 3] = A;
    }),
    nsec3("denial-signature-type", "TABLE_RRSET", (s) => {
      s.v.u8[signaturesAt(s.v, first(s)) + RR + 3] = A;
    }),
    nsec("rrset-signature-type", "TABLE_RRSET", (s) => {
      s.v.u8[signaturesAt(s.v, s.rrset("ns1", A)) + RR + 3] = A;
    }),
    nsec("rrset-signed-for-nothing", "TABLE_RRSET", (s) =>
      set16(s, s.ref("ns.sub", A) + 2, enums.RRSET_FLAG_SIGNED),
    ),
    nsec("node-owns-signatures", "TABLE_NODE", (s) => set16(s, s.ref("ns1", 47), 46)),
    nsec("soa-signature-type", "TABLE_RRSET", (s) => {
      const soa = s.zone + s.v.u32[(s.zone + SEG + at.ZONE_NEGATIVE_SOA) >> 2]!;
      s.v.u8[signaturesAt(s.v, soa) + RR + 3] = SOA;
    }),
  ];
}
