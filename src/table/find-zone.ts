// SPDX-License-Identifier: Apache-2.0
/**
 * A zone's header in the table of a given root, for threads that keep no picture of the table.
 *
 * The transfer thread asks an old root and a new one for the same zone; a picture of each
 * (table-image.ts) would be read for every publication, which with thousands of zones costs more
 * than the publication did. The kernel has a search of its own, over names in packets.
 */
import { mixHash, nameHash } from "../base/hash.ts";
import * as layout from "../layout/gen/table.ts";
import type { TableViews } from "./reader.ts";
import { indexShardOf } from "./table-image.ts";

/** The ref of the header of the zone `apex`, in lower case; 0 if the table of `root` has none. */
export function findZoneHeader(views: TableViews, root: number, apex: Uint8Array): number {
  if (root === 0) return 0;
  const { u8, u32 } = views;
  const directory = root + layout.SEGMENT_SIZE;
  const bits = u32[(directory + layout.DIRECTORY_INDEX_BITS) >> 2]!;
  const list = root + u32[(directory + layout.DIRECTORY_INDEX_SHARDS) >> 2]!;
  const hash = nameHash(apex, 0, apex.length);
  const shard = u32[(list >> 2) + indexShardOf(hash, 2 ** bits)]!;
  const head = shard + layout.SEGMENT_SIZE;
  const slotCount = u32[(head + layout.INDEX_SHARD_SLOT_COUNT) >> 2]!;
  const probeMax = u32[(head + layout.INDEX_SHARD_PROBE_MAX) >> 2]!;
  const slots = head + layout.INDEX_SHARD_SIZE;
  for (let i = 0; i < probeMax; i += 1) {
    const slot = slots + ((mixHash(hash) + i) & (slotCount - 1)) * layout.SLOT_SIZE;
    const zone = u32[(slot + layout.SLOT_TARGET) >> 2]!;
    if (zone === 0) return 0;
    if (u32[(slot + layout.SLOT_HASH) >> 2]! >>> 0 !== hash >>> 0) continue;
    const at = zone + u32[(zone + layout.SEGMENT_SIZE + layout.ZONE_APEX) >> 2]!;
    const size = u8[zone + layout.SEGMENT_SIZE + layout.ZONE_APEX_SIZE]!;
    if (size === apex.length && apex.every((octet, k) => octet === u8[at + k])) return zone;
  }
  return 0;
}
