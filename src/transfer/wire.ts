// SPDX-License-Identifier: Apache-2.0
/**
 * A whole zone as messages, straight from the templates of the table.
 *
 * A template is wire form whose owner is a pointer to octet 12 (T4), and in every message of a
 * transfer the apex stands there (pack.ts): the labels in front and the template behind are a record.
 * Reading the records first and packing them again took eight times as long.
 *
 * RFC 5936 §2.2.
 */
import { Type } from "../dns/iana.ts";
import { concat } from "../dns/message.ts";
import * as enums from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import { signaturesAt, type TableViews } from "../table/reader.ts";
import { RR_FIXED_SIZE } from "../table/rrset.ts";
import { readRRset } from "../table/shard-nodes.ts";
import { type ZonePlace, zoneRRsets } from "../table/zone-records.ts";
import type { RRset } from "../zone/records.ts";
import { filledRRset } from "./hints.ts";
import { packed, recordsOf } from "./outgoing.ts";
import type { Packer } from "./pack.ts";
import type { TransferRecord } from "./receive.ts";

const NO_REFS = new Uint32Array(0);

/** The messages of an AXFR but the last, which `packer.end()` gives; `flattened` stands for steered names. */
export function* axfrMessages(
  views: TableViews,
  zone: ZonePlace,
  soa: TransferRecord,
  flattened: readonly RRset[],
  packer: Packer,
): Generator<Uint8Array> {
  yield* packed([soa], packer);
  for (const shard of zone.shardRefs) {
    yield* shardMessages(views, zone, shard, flattened, packer);
  }
  // NSEC3 stands beside the shards, and is rare enough to be read.
  yield* packed(recordsOf(zoneRRsets(views, { ...zone, shardRefs: NO_REFS })), packer);
  yield* packed(recordsOf(flattened), packer);
  yield* packed([soa], packer);
}

function* shardMessages(
  views: TableViews,
  zone: ZonePlace,
  shard: number,
  flattened: readonly RRset[],
  packer: Packer,
): Generator<Uint8Array> {
  const { u8, u16, u32 } = views;
  // What became full; nearly always empty. A generator for each RRset took as long as the packing.
  const full: Uint8Array[] = [];
  const slotCount = u32[(shard + layout.SEGMENT_SIZE + layout.ZONE_SHARD_SLOT_COUNT) >> 2]!;
  const slots = shard + layout.SEGMENT_SIZE + layout.ZONE_SHARD_SIZE;
  for (let i = 0; i < slotCount; i += 1) {
    const target = u32[(slots + i * layout.SLOT_SIZE + layout.SLOT_TARGET) >> 2]!;
    if (target === 0) continue;
    const node = shard + target;
    const count = u8[node + layout.NODE_RRSET_COUNT]!;
    const size = u8[node + layout.NODE_OWNER_SIZE]!;
    const refs = node + layout.NODE_SIZE;
    const labels = refs + count * layout.RRSET_REF_SIZE;
    for (let k = 0; k < count; k += 1) {
      const ref = refs + k * layout.RRSET_REF_SIZE;
      const flags = u16[(ref + layout.RRSET_REF_FLAGS) >> 1]!;
      if ((flags & enums.RRSET_FLAG_STEERED) !== 0) continue;
      const rrset = shard + u32[(ref + layout.RRSET_REF_DATA) >> 2]!;
      if ((flags & enums.RRSET_FLAG_HINTS) !== 0) {
        const owner = concat([u8.subarray(labels, labels + size), zone.apex]);
        const read = readRRset(views, rrset, owner, zone.apex);
        yield* packed(recordsOf([filledRRset(views, zone, read, flattened)]), packer);
        continue;
      }
      const isSoa = u16[(ref + layout.RRSET_REF_TYPE) >> 1]! === Type.SOA;
      if (!isSoa) packSet(views, rrset, labels, size, packer, full);
      if ((flags & enums.RRSET_FLAG_SIGNED) !== 0) {
        packSet(views, signaturesAt(views, rrset), labels, size, packer, full);
      }
      if (full.length > 0) yield* full.splice(0);
    }
  }
}

/** Packs one RRset; messages that it made full are appended to `full`. */
function packSet(
  views: TableViews,
  rrset: number,
  labels: number,
  labelsSize: number,
  packer: Packer,
  full: Uint8Array[],
): void {
  const { u8, u16 } = views;
  const count = u16[(rrset + layout.RRSET_COUNT) >> 1]!;
  const length = u16[(rrset + layout.RRSET_LENGTH) >> 1]!;
  const fixupCount = u16[(rrset + layout.RRSET_FIXUP_COUNT) >> 1]!;
  const first = rrset + layout.RRSET_SIZE;
  const list = (first + length + (length & 1)) >> 1;
  let fixup = 0;
  let rr = first;
  for (let i = 0; i < count; i += 1) {
    const size = RR_FIXED_SIZE + ((u8[rr + 10]! << 8) | u8[rr + 11]!);
    const message = packer.addWire(u8, labels, labelsSize, rr, size, i > 0);
    if (message !== null) full.push(message);
    for (; fixup < fixupCount && first + u16[list + fixup]! < rr + size; fixup += 1) {
      packer.pointToApex(rr + size - first - u16[list + fixup]!);
    }
    rr += size;
  }
}
