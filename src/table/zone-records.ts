// SPDX-License-Identifier: Apache-2.0
/**
 * All records of a zone, read back from the table: for transfers, dumps and differences.
 *
 * The table is the one place that surely holds what is served, whatever it was made of, so nobody
 * keeps a second copy for these. One shard at a time is unfolded: a zone of a million records passes
 * through a few hundred kilobytes.
 */

import { mixHash, nameHash } from "../base/hash.ts";
import type { RRset } from "../zone/records.ts";
import type { TableViews } from "./reader.ts";
import { readDenial, readShard, type ShardNode } from "./shard-nodes.ts";
import { shardOf } from "./slots.ts";
import { apexKey, type ZoneHeader } from "./table-image.ts";

/** Where a zone lies: what readZoneHeader gives, as far as it is asked for here. */
export type ZonePlace = Pick<ZoneHeader, "apex" | "shardRefs" | "shardBits" | "denialRefs">;

/**
 * The static RRsets of a zone in the order of the table. Steered ones are not among them. Of the
 * RRSIGs of an owner there is an RRset for each type that they cover, since each has its own TTL.
 */
export function* zoneRRsets(views: TableViews, zone: ZonePlace): Generator<RRset> {
  for (const ref of zone.shardRefs) {
    for (const node of readShard(views, ref, zone.apex).values()) {
      yield* node.rrsets.values();
      yield* node.signatures;
    }
  }
  for (const ref of zone.denialRefs) yield* readDenial(views, ref, zone.apex);
}

/** The owners of a zone that take answers from policies. */
export function* steeredNodes(views: TableViews, zone: ZonePlace): Generator<ShardNode> {
  for (const ref of zone.shardRefs) {
    for (const node of readShard(views, ref, zone.apex).values()) {
      if (node.steered.length > 0) yield node;
    }
  }
}

/** One owner, lower case, of a zone; null if it is no node. */
export function zoneNode(views: TableViews, zone: ZonePlace, owner: Uint8Array): ShardNode | null {
  const shard = shardOf(mixHash(nameHash(owner, 0, owner.length)), zone.shardBits);
  return readShard(views, zone.shardRefs[shard]!, zone.apex).get(apexKey(owner)) ?? null;
}
