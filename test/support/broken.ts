// SPDX-License-Identifier: Apache-2.0
/**
 * Tables that are wrong in one place each, and what must be said of them.
 *
 * A row (broken-rows.ts) breaks a sound table in memory. The rows serve the unit tests of the openers, and those over
 * the base without a map (which alone has half a megabyte) are kept as test/golden/bad/*.bin for
 * every reader of the format.
 */
import type { FaultKey } from "../../src/base/faults.ts";
import { nameToText } from "../../src/dns/names.ts";
import * as at from "../../src/layout/gen/table.ts";
import { type TableViews, viewsOf } from "../../src/table/reader.ts";
import type { TableImage } from "../../src/table/table-image.ts";
import {
  apexText,
  applied,
  builtMap,
  builtSteering,
  builtZone,
  halvesMap,
  newImage,
  policy,
} from "./tables.ts";
import { signUnsoundly } from "./unsound-sign.ts";

/** Where things lie in the table that a row breaks; all refs are absolute. */
export interface Sites {
  readonly v: TableViews;
  readonly directory: number;
  readonly index: number;
  readonly zone: number;
  readonly shard: number;
  readonly map: number;
  readonly steering: number;
  /** Denial segments of the zone. */
  readonly denials: readonly number[];
  /** Slots of the shard or index that are taken. */
  slots(segment: number, head: number): number[];
  node(owner: string): number;
  /** RRsetRef of a type at an owner, and the RRset that it leads to. */
  ref(owner: string, type: number): number;
  rrset(owner: string, type: number): number;
}

/** Tables to be broken: without and with policies; with signed zones. */
export type Base = "plain" | "steered" | "nsec" | "nsec3";

export interface BrokenRow {
  readonly name: string;
  readonly base: Base;
  readonly key: FaultKey;
  readonly opener:
    | "open"
    | "open-zone"
    | "open-hints"
    | "open-chain"
    | "open-denial"
    | "open-map"
    | "open-steering";
  break(s: Sites): void;
}

export const ZONE_TEXT = `${apexText(7)}ns1 60 A 192.0.2.1
*.w 60 A 192.0.2.9
a.b 60 AAAA 2001:db8::1
mail 60 MX 10 mx1
mail 60 MX 20 mx2.other.net.
sub 60 NS ns.sub
ns.sub 60 A 192.0.2.3
al 60 CNAME www
d 60 DNAME other.net.
x.d 60 TXT hi
_s._tcp 60 SRV 1 2 3 mail
`;
/** What no signed zone has. */
const HINTS_TEXT = "svc 60 HTTPS 1 . alpn=h2 ipv4hint=auto\n";

/**
 * A zone of two or three denial segments: the names were searched for, because a segment begins at
 * one key of DENIAL_ENTRIES_MEAN.
 */
export function signedText(base: "nsec" | "nsec3"): string {
  const hosts = [767, 974, 287, 437].map((i) => `h${i} 60 A 192.0.2.1\n`).join("");
  const chain = base === "nsec" ? {} : { nsec3: true, salt: "abcd", iterations: 1 };
  return signUnsoundly("example.org.", ZONE_TEXT + hosts, chain);
}

/** A sound table: two zones; the steered one has maps and policies too. */
export function soundTable(base: Base): TableImage {
  const image = newImage(1 << 20);
  if (base === "nsec" || base === "nsec3") {
    applied(image, { revision: 1, put: [builtZone("example.org.", signedText(base))] });
    return image;
  }
  const steered = base === "steered" ? ([["www.example.org.", "A AAAA", "p"]] as const) : [];
  const put = [
    builtZone("example.org.", ZONE_TEXT + HINTS_TEXT, steered),
    builtZone("example.net.", apexText(1)),
  ];
  if (base === "plain") {
    applied(image, { revision: 1, put });
    return image;
  }
  const maps = [builtMap("geo", halvesMap())];
  const steering = builtSteering([policy("o", "geo"), policy("p", "geo")], maps);
  applied(image, { revision: 1, put, maps, steering, planRows: [0, 2] });
  return image;
}

/** The sites of the zone example.org. in a table. */
export function sitesOf(v: TableViews, directory: number): Sites {
  const u32 = (offset: number): number => v.u32[offset >> 2]!;
  const d = directory + at.SEGMENT_SIZE;
  const slots = (segment: number, head: number): number[] =>
    Array.from(
      { length: u32(segment + at.SEGMENT_SIZE) },
      (_, i) => segment + at.SEGMENT_SIZE + head + i * at.SLOT_SIZE,
    ).filter((slot) => u32(slot + at.SLOT_TARGET) !== 0);
  const index = u32(directory + u32(d + at.DIRECTORY_INDEX_SHARDS));
  const zone = slots(index, at.INDEX_SHARD_SIZE)
    .map((slot) => u32(slot + at.SLOT_TARGET))
    .find((one) => {
      const apex = one + u32(one + at.SEGMENT_SIZE + at.ZONE_APEX);
      return nameToText(v.u8, apex) === "example.org.";
    })!;
  const shard = u32(zone + u32(zone + at.SEGMENT_SIZE + at.ZONE_SHARDS));
  const node = (owner: string): number =>
    slots(shard, at.ZONE_SHARD_SIZE)
      .map((slot) => shard + u32(slot + at.SLOT_TARGET))
      .find((one) => {
        const from = ownerAt(v, one);
        const labels = new Uint8Array(v.u8[one + at.NODE_OWNER_SIZE]! + 1);
        labels.set(v.u8.subarray(from, from + labels.length - 1));
        return nameToText(labels) === `${owner}.`;
      })!;
  const ref = (owner: string, type: number): number => {
    const one = node(owner);
    const count = v.u8[one + at.NODE_RRSET_COUNT]!;
    for (let i = 0; i < count; i += 1) {
      const here = one + at.NODE_SIZE + i * at.RRSET_REF_SIZE;
      if (v.u16[here >> 1] === type) return here;
    }
    throw new Error(`no type ${type} at ${owner}`);
  };
  return {
    v,
    directory,
    index,
    zone,
    shard,
    map: u32(d + at.DIRECTORY_MAP_COUNT) === 0 ? 0 : u32(directory + u32(d + at.DIRECTORY_MAPS)),
    steering: u32(d + at.DIRECTORY_STEERING),
    denials: Array.from({ length: u32(zone + at.SEGMENT_SIZE + at.ZONE_DENIAL_COUNT) }, (_, i) =>
      u32(zone + u32(zone + at.SEGMENT_SIZE + at.ZONE_DENIALS) + i * 4),
    ),
    slots,
    node,
    ref,
    rrset: (owner, type) => shard + u32(ref(owner, type) + at.RRSET_REF_DATA),
  };
}

/** Where the own labels of a node lie. */
export function ownerAt(v: TableViews, node: number): number {
  return node + at.NODE_SIZE + v.u8[node + at.NODE_RRSET_COUNT]! * at.RRSET_REF_SIZE;
}

/** A copy of a sound table, broken by a row. */
export function brokenTable(row: BrokenRow): { views: TableViews; root: number } {
  const image = soundTable(row.base);
  const views = viewsOf(image.views.u8.slice());
  const root = image.directory!.ref;
  row.break(sitesOf(views, root));
  return { views, root };
}
