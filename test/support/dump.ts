// SPDX-License-Identifier: Apache-2.0
/**
 * A table as text, without any place in it: equal tables give equal dumps wherever they lie.
 *
 * It reads by the generated offsets alone and not through src/table, so that a golden expectation
 * is a second opinion.
 */
import { typeText } from "../../src/dns/iana.ts";
import { nameToText } from "../../src/dns/names.ts";
import * as at from "../../src/layout/gen/table.ts";
import type { TableViews } from "../../src/table/reader.ts";
import { signaturesAt } from "../../src/table/reader.ts";

export function dumpTable(v: TableViews, root: number): string {
  const lines: string[] = [];
  const u32 = (offset: number): number => v.u32[offset >> 2]!;
  const u16 = (offset: number): number => v.u16[offset >> 1]!;
  const text = (ref: number): string =>
    new TextDecoder().decode(v.u8.slice(ref + 4, ref + 4 + u32(ref)));
  const hex = (from: number, size: number): string =>
    Array.from(v.u8.subarray(from, from + size), (o) => o.toString(16).padStart(2, "0")).join("");
  const digestOf = (ref: number): string => hex(ref + at.SEGMENT_DIGEST, 16);
  const list = (ref: number, head: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => u32(ref + u32(head) + i * 4));

  const d = root + at.SEGMENT_SIZE;
  lines.push(`directory ${digestOf(root)} revision ${u32(d + at.DIRECTORY_REVISION_LOW)}`);
  for (const map of list(root, d + at.DIRECTORY_MAPS, u32(d + at.DIRECTORY_MAP_COUNT))) {
    const h = map + at.SEGMENT_SIZE;
    const v4 = u32(h + at.MAP_V4_COUNT);
    const v6 = u32(h + at.MAP_V6_COUNT);
    lines.push(`map ${text(map + u32(h + at.MAP_NAME))} ${digestOf(map)} ${v4} + ${v6} networks`);
    for (let i = 0; i < u32(h + at.MAP_REGION_COUNT); i += 1) {
      const row = map + u32(h + at.MAP_REGIONS) + i * at.REGION_ROW_SIZE;
      const place = [at.REGION_ROW_LATITUDE, at.REGION_ROW_LONGITUDE].map((f) => u32(row + f) | 0);
      lines.push(`  region ${i} ${text(map + u32(row))} ${place.join(" ")}`);
    }
    for (let i = 0, b = 0; i < v4; i += 1) {
      while (u32(map + u32(h + at.MAP_V4_BUCKETS) + 4 * (b + 1)) <= i) b += 1;
      const low = u16(map + u32(h + at.MAP_V4_KEYS) + i * 2);
      const start = [b >> 8, b & 255, low >> 8, low & 255].join(".");
      lines.push(`  v4 ${start} ${leafText(u32(map + u32(h + at.MAP_V4_LEAVES) + i * 4))}`);
    }
    for (let i = 0; i < v6; i += 1) {
      const words = [at.MAP_V6_HIGH, at.MAP_V6_LOW].map((f) => u32(map + u32(h + f) + i * 4));
      const start = words.map((word) => word.toString(16).padStart(8, "0")).join("");
      lines.push(`  v6 ${start} ${leafText(u32(map + u32(h + at.MAP_V6_LEAVES) + i * 4))}`);
    }
  }
  const s = u32(d + at.DIRECTORY_STEERING);
  if (s !== 0) dumpSteering(s);
  const shards = list(root, d + at.DIRECTORY_INDEX_SHARDS, 2 ** u32(d + at.DIRECTORY_INDEX_BITS));
  const zones = shards.flatMap((shard) =>
    slotsOf(shard, at.INDEX_SHARD_SIZE).map((slot) => u32(slot + at.SLOT_TARGET)),
  );
  const apexOf = (zone: number): string =>
    nameToText(v.u8, zone + u32(zone + at.SEGMENT_SIZE + at.ZONE_APEX));
  for (const zone of zones.sort((a, b) => (apexOf(a) < apexOf(b) ? -1 : 1))) dumpZone(zone);
  return `${lines.join("\n")}\n`;

  function leafText(leaf: number): string {
    return `/${(leaf >>> 16) & 255} region ${leaf & 0xffff} layer ${leaf >>> 24}`;
  }

  function slotsOf(shard: number, head: number): number[] {
    return Array.from(
      { length: u32(shard + at.SEGMENT_SIZE) },
      (_, i) => shard + at.SEGMENT_SIZE + head + i * at.SLOT_SIZE,
    ).filter((slot) => u32(slot + at.SLOT_TARGET) !== 0);
  }

  function dumpSteering(ref: number): void {
    const h = ref + at.SEGMENT_SIZE;
    lines.push(`steering ${digestOf(ref)}`);
    const rows = (count: number, refs: number, size: number): number[] =>
      Array.from({ length: u32(h + count) }, (_, i) => ref + u32(h + refs) + i * size);
    for (const p of rows(at.STEERING_POLICY_COUNT, at.STEERING_POLICIES, at.POLICY_SIZE)) {
      const sticky = [v.u8[p + at.POLICY_STICKY_V4_BITS], v.u8[p + at.POLICY_STICKY_V6_BITS]];
      lines.push(
        `  policy ${text(ref + u32(p))} map ${u16(p + at.POLICY_MAP)} flags ${u16(p + at.POLICY_FLAGS)}` +
          ` seed ${u32(p + at.POLICY_HASH_SEED)} regions ${u32(p + at.POLICY_REGION_COUNT)}` +
          ` sticky ${sticky.join(" ")} negative ${u16(p + at.POLICY_NEGATIVE_TTL_SECS)}`,
      );
    }
    for (const e of rows(at.STEERING_ENDPOINT_COUNT, at.STEERING_ENDPOINTS, at.ENDPOINT_SIZE)) {
      const target = u32(e + at.ENDPOINT_TARGET);
      lines.push(
        `  endpoint ${text(ref + u32(e))} pop ${u16(e + at.ENDPOINT_POP)} flags ${u16(e + at.ENDPOINT_FLAGS)}` +
          ` v4 ${hex(e + at.ENDPOINT_V4, 4)} v6 ${hex(e + at.ENDPOINT_V6, 16)}` +
          ` target ${target === 0 ? "-" : nameToText(v.u8, ref + target)}` +
          ` weight ${u16(e + at.ENDPOINT_WEIGHT)} seed ${u32(e + at.ENDPOINT_HASH_SEED)}`,
      );
    }
    for (const p of rows(at.STEERING_POP_COUNT, at.STEERING_POPS, at.POP_SIZE)) {
      const place = [at.POP_LATITUDE, at.POP_LONGITUDE].map((f) => u32(p + f) | 0);
      lines.push(`  pop ${text(ref + u32(p))} ${place.join(" ")}`);
    }
  }

  function dumpZone(zone: number): void {
    const h = zone + at.SEGMENT_SIZE;
    const policies =
      u32(h + at.ZONE_POLICY_COUNT) === 0
        ? []
        : list(zone, h + at.ZONE_POLICIES, u32(h + at.ZONE_POLICY_COUNT));
    lines.push(
      `zone ${apexOf(zone)} ${digestOf(zone)} serial ${u32(h + at.ZONE_SERIAL)}` +
        ` nodes ${u32(h + at.ZONE_OWNER_COUNT)} shards 2^${u32(h + at.ZONE_SHARD_BITS)}` +
        ` policies [${policies.join(" ")}]`,
    );
    const soa = u32(h + at.ZONE_NEGATIVE_SOA);
    lines.push(soa === 0 ? "  no data" : `  negative ${rrsetText(zone + soa)}`);
    const nodes: string[][] = [];
    for (const shard of list(zone, h + at.ZONE_SHARDS, 2 ** u32(h + at.ZONE_SHARD_BITS))) {
      for (const slot of slotsOf(shard, at.ZONE_SHARD_SIZE)) {
        nodes.push(nodeLines(shard, shard + u32(slot + at.SLOT_TARGET), u32(slot)));
      }
    }
    for (const node of nodes.sort((a, b) => (a[0]! < b[0]! ? -1 : 1))) lines.push(...node);
    dumpDenials(zone);
  }

  function dumpDenials(zone: number): void {
    const h = zone + at.SEGMENT_SIZE;
    const count = u32(h + at.ZONE_DENIAL_COUNT);
    if (count === 0) return;
    const salt = hex(zone + u32(h + at.ZONE_NSEC3_SALT), u16(h + at.ZONE_NSEC3_SALT_SIZE));
    const iterations = u16(h + at.ZONE_NSEC3_ITERATIONS);
    lines.push(`  denial flags ${u16(h + at.ZONE_FLAGS)} iterations ${iterations} salt [${salt}]`);
    for (const segment of list(zone, h + at.ZONE_DENIALS, count)) {
      lines.push(`  segment ${digestOf(segment)}`);
      for (let i = 0; i < u32(segment + at.SEGMENT_SIZE + at.DENIAL_ENTRY_COUNT); i += 1) {
        const entry = segment + at.SEGMENT_SIZE + at.DENIAL_SIZE + i * at.DENIAL_ENTRY_SIZE;
        const key = hex(segment + u32(entry + at.DENIAL_ENTRY_KEY), u16(entry));
        const data = u32(entry + at.DENIAL_ENTRY_DATA);
        const signed = u16(entry + at.DENIAL_ENTRY_FLAGS) === 0 ? "" : " signed";
        lines.push(`    key [${key}]${signed}`);
        if (data === 0) continue;
        lines.push(`      ${rrsetText(segment + data)}`);
        if (signed !== "") lines.push(`      ${rrsetText(signaturesAt(v, segment + data))}`);
      }
    }
  }

  function nodeLines(shard: number, node: number, hash: number): string[] {
    const count = v.u8[node + at.NODE_RRSET_COUNT]!;
    const refs = node + at.NODE_SIZE;
    const owner = refs + count * at.RRSET_REF_SIZE;
    const labels = new Uint8Array(v.u8[node + at.NODE_OWNER_SIZE]! + 1);
    labels.set(v.u8.subarray(owner, owner + labels.length - 1));
    const own = labels.length === 1 ? "@" : nameToText(labels).slice(0, -1);
    const out = [`  node ${own} flags ${u16(node)} hash ${hash.toString(16)}`];
    for (let i = 0; i < count; i += 1) {
      const ref = refs + i * at.RRSET_REF_SIZE;
      const flags = u16(ref + at.RRSET_REF_FLAGS);
      const data = u32(ref + at.RRSET_REF_DATA);
      const type = typeText(u16(ref));
      const what = (flags & 1) !== 0 ? `policy ${data}` : rrsetText(shard + data);
      out.push(`    ${type} flags ${flags} ${what}`);
      if ((flags & 4) === 0) continue;
      out.push(`    RRSIG ${rrsetText(signaturesAt(v, shard + data))}`);
    }
    return out;
  }

  function rrsetText(ref: number): string {
    const length = u16(ref + at.RRSET_LENGTH);
    const first = ref + at.RRSET_SIZE;
    const fixups = Array.from({ length: u16(ref + at.RRSET_FIXUP_COUNT) }, (_, i) =>
      u16(first + length + (length & 1) + i * 2),
    );
    const parts = [
      `count ${u16(ref)} target ${u16(ref + at.RRSET_TARGET_AT)} [${fixups.join(" ")}]`,
    ];
    for (let rr = first; rr < first + length; ) {
      const size = 12 + (v.u8[rr + 10]! << 8) + v.u8[rr + 11]!;
      parts.push(`${hex(rr, 12)}.${hex(rr + 12, size - 12)}`);
      rr += size;
    }
    return parts.join(" ");
  }
}
