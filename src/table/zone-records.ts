// SPDX-License-Identifier: Apache-2.0
/**
 * All records of a zone, read back from the table: for transfers, dumps and differences.
 *
 * The table is the one place that surely holds what is served, whatever it was made of, so nobody
 * keeps a second copy for these. One shard at a time is unfolded: a zone of a million records passes
 * through a few hundred kilobytes.
 */

import { mixHash, nameHash } from "../base/hash.ts";
import { Type } from "../dns/iana.ts";
import type { RRset } from "../zone/records.ts";
import { findZoneHeader } from "./find-zone.ts";
import type { TableViews } from "./reader.ts";
import { readDenial, readShard, readShardNode, type ShardNode } from "./shard-nodes.ts";
import { shardOf } from "./slots.ts";
import { readZoneHeader, type ZoneHeader } from "./table-image.ts";

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

/** One owner, lower case, of a zone; null if it is no node. */
export function zoneNode(views: TableViews, zone: ZonePlace, owner: Uint8Array): ShardNode | null {
  const shard = shardOf(mixHash(nameHash(owner, 0, owner.length)), zone.shardBits);
  return readShardNode(views, zone.shardRefs[shard]!, zone.apex, owner);
}

/** The header of a zone in the table of `root`; null if it is not there, or has no data. */
export function servedZone(views: TableViews, root: number, apex: Uint8Array): ZoneHeader | null {
  const ref = findZoneHeader(views, root, apex);
  const header = ref === 0 ? null : readZoneHeader(views, ref);
  return header === null || header.negativeSoa.length === 0 ? null : header;
}

/** The SOA of a zone with data. */
export function zoneSoa(views: TableViews, zone: ZonePlace): RRset {
  return zoneNode(views, zone, zone.apex)!.rrsets.get(Type.SOA)!;
}
