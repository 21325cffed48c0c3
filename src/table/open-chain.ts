// SPDX-License-Identifier: Apache-2.0
/**
 * Verifies what holds between the nodes of a zone: every node's parent is there, up to the apex, and
 * the flags that speak of others are true.
 *
 * A lookup ends at the first label that is missing (RFC 8020), tells a referral from what it meets on
 * its way and looks for `*` only where a flag says so. A node without its parent would exist and not
 * exist, depending on who asks.
 */
import type { Fault } from "../base/faults.ts";
import { mixHash } from "../base/hash.ts";
import * as enums from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import { hashOwner } from "./open-zone.ts";
import { field, found, half, octet, type Part, word } from "./part.ts";
import { shardOf } from "./slots.ts";

const CLOSED = enums.NODE_FLAG_CUT | enums.NODE_FLAG_DNAME | enums.NODE_FLAG_OCCLUDED;

/** Shards that checkShard has passed, and the zone they belong to. */
interface Zone {
  readonly shards: readonly Part[];
  readonly bits: number;
  readonly apexHash: number;
}

/** A run of labels inside a shard. */
interface Labels {
  readonly part: Part;
  readonly at: number;
  readonly size: number;
}

/** Verifies the nodes of all shards against each other. */
export function checkChains(
  header: Part,
  shards: readonly Part[],
  apexHash: number,
  bits: number,
): Fault | null {
  const zone = { shards, bits, apexHash };
  if (findFlags(zone, { part: header, at: 0, size: 0 }) < 0) {
    return found("TABLE_ZONE", header, 0, "the apex is not among the nodes");
  }
  let wildcards = 0;
  let sources = 0;
  for (const part of shards) {
    const slotCount = field(part, layout.ZONE_SHARD_SLOT_COUNT);
    const slots = layout.SEGMENT_SIZE + layout.ZONE_SHARD_SIZE;
    for (let i = 0; i < slotCount; i += 1) {
      const node = word(part, slots + i * layout.SLOT_SIZE + layout.SLOT_TARGET);
      if (node === 0) continue;
      const flags = half(part, node + layout.NODE_FLAGS);
      if ((flags & enums.NODE_FLAG_WILDCARD_CHILD) !== 0) sources += 1;
      const labels = labelsOf(part, node);
      if (labels.size === 0) continue;
      const first = octet(part, labels.at);
      const parent = findFlags(zone, {
        part,
        at: labels.at + 1 + first,
        size: labels.size - 1 - first,
      });
      if (parent < 0) return found("TABLE_NODE", part, node, "the parent is missing");
      if (((parent & CLOSED) !== 0) !== ((flags & enums.NODE_FLAG_OCCLUDED) !== 0)) {
        return found("TABLE_NODE", part, node, "occluded is what lies below a cut or a DNAME");
      }
      if (first !== 1 || octet(part, labels.at + 1) !== 0x2a) continue;
      wildcards += 1;
      if ((parent & enums.NODE_FLAG_WILDCARD_CHILD) === 0) {
        return found("TABLE_NODE", part, node, "the parent does not know its wildcard");
      }
    }
  }
  // Each wildcard has its own parent, so equal counts leave no parent without one.
  return wildcards === sources
    ? null
    : found("TABLE_ZONE", header, 0, "a node knows of a wildcard that is not there");
}

function labelsOf(part: Part, node: number): Labels {
  const count = octet(part, node + layout.NODE_RRSET_COUNT);
  const at = node + layout.NODE_SIZE + count * layout.RRSET_REF_SIZE;
  return { part, at, size: octet(part, node + layout.NODE_OWNER_SIZE) };
}

/** Flags of the node with these labels in front of the apex; −1 if there is none. */
function findFlags(zone: Zone, name: Labels): number {
  const hash = hashOwner(name.part, name.at, name.size, zone.apexHash);
  const mixed = mixHash(hash);
  const part = zone.shards[shardOf(mixed, zone.bits)]!;
  const mask = field(part, layout.ZONE_SHARD_SLOT_COUNT) - 1;
  const probeMax = field(part, layout.ZONE_SHARD_PROBE_MAX);
  for (let i = 0; i < probeMax; i += 1) {
    const slot =
      layout.SEGMENT_SIZE + layout.ZONE_SHARD_SIZE + ((mixed + i) & mask) * layout.SLOT_SIZE;
    const node = word(part, slot + layout.SLOT_TARGET);
    if (node === 0) return -1;
    if ((word(part, slot + layout.SLOT_HASH) | 0) !== hash) continue;
    if (equalLabels(labelsOf(part, node), name)) return half(part, node + layout.NODE_FLAGS);
  }
  return -1;
}

function equalLabels(a: Labels, b: Labels): boolean {
  if (a.size !== b.size) return false;
  for (let i = 0; i < a.size; i += 1) {
    if (octet(a.part, a.at + i) !== octet(b.part, b.at + i)) return false;
  }
  return true;
}
