// SPDX-License-Identifier: Apache-2.0
/**
 * A zone's segments in memory of their own: what a transfer works on, for as long as its client
 * takes. Refs inside a segment are relative (T1), so a copy reads like the table.
 *
 * Why a copy: a transfer that held its epoch would hold back all memory that is replaced meanwhile,
 * and a client that reads one octet a second could fill the table.
 */
import { assert } from "../base/assert.ts";
import { segmentLength, type TableViews, tableViews } from "./reader.ts";
import { readZoneHeader, segmentRefs } from "./table-image.ts";
import type { ZonePlace } from "./zone-records.ts";

export interface ZoneCopy {
  readonly views: TableViews;
  readonly zone: ZonePlace;
  readonly serial: number;
  readonly octets: number;
}

/** Copies the zone whose header lies at `ref`. */
export function copyZone(views: TableViews, ref: number): ZoneCopy {
  const header = readZoneHeader(views, ref);
  let size = 0;
  const sizes = new Map<number, number>();
  for (const one of segmentRefs(header)) {
    const length = segmentLength(views, one);
    assert(length % 4 === 0, "a segment is a multiple of 4");
    sizes.set(one, length);
    size += length;
  }
  const copy = tableViews(new ArrayBuffer(size));
  let at = 0;
  const moved = (refs: Uint32Array): Uint32Array =>
    refs.map((from) => {
      const here = at;
      copy.u8.set(views.u8.subarray(from, from + sizes.get(from)!), here);
      at += sizes.get(from)!;
      return here;
    });
  const shardRefs = moved(header.shardRefs);
  const zone = { ...header, shardRefs, denialRefs: moved(header.denialRefs) };
  return { views: copy, zone, serial: header.serial, octets: size };
}
