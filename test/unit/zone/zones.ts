// SPDX-License-Identifier: Apache-2.0
/** Small things that the tests of zones share: scanning a text, and printing what came of it. */
import assert from "node:assert/strict";
import { type Fault, severityOf } from "../../../src/base/faults.ts";
import { typeNumber, typeText } from "../../../src/dns/iana.ts";
import { nameFromText, nameToText } from "../../../src/dns/names.ts";
import { rdataToText } from "../../../src/dns/rdata.ts";
import { checkZone } from "../../../src/zone/check.ts";
import {
  recordLine,
  recordOwner,
  recordRdata,
  recordTtl,
  recordType,
} from "../../../src/zone/records.ts";
import { type ScanOptions, type ScanResult, scanZone } from "../../../src/zone/scan.ts";
import type { ZoneValue } from "../../../src/zone/value.ts";

export const APEX = nameFromText("example.org.")!;
export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Scans a text as the zone example.org. */
export function scan(text: string, options: Partial<ScanOptions> = {}): ScanResult {
  return scanZone(encode(text), { apex: APEX, file: "zone", ...options });
}

/** `owner ttl type rdata`, one per record, names relative to example.org. left as they are. */
export function recordTexts(zone: ZoneValue): string[] {
  return Array.from({ length: zone.recordCount }, (_, i) => {
    const type = recordType(zone, i);
    const rdata = rdataToText(type, recordRdata(zone, i));
    return `${nameToText(recordOwner(zone, i))} ${recordTtl(zone, i)} ${typeText(type)} ${rdata}`;
  });
}

export function recordLines(zone: ZoneValue): number[] {
  return Array.from({ length: zone.recordCount }, (_, i) => recordLine(zone, i));
}

/** `file:line:column KEY detail`. */
export function faultTexts(faults: readonly Fault[]): string[] {
  return faults.map((f) => {
    const mark = severityOf(f) === "error" ? "" : "~";
    return `${f.place.file}:${f.place.line}:${f.place.column} ${mark}${f.key} ${f.detail}`;
  });
}

/** What every loadable zone has. */
export const HEAD = `$TTL 300
@ SOA ns1 hostmaster 1 7200 1800 259200 120
@ NS ns1
ns1 A 192.0.2.53
`;

/** Findings of a zone with these lines behind HEAD, and with steering as `owner types policy`. */
export function checkTexts(lines: string, ...steered: readonly string[]): string[] {
  const { value, faults } = scan(HEAD + lines);
  assert.deepEqual(faults, []);
  const rows = steered.map((row) => {
    const [owner, types, policy] = row.split(" ");
    return {
      owner: nameFromText(owner!)!,
      types: types!.split(",").map(typeNumber),
      policy: policy!,
    };
  });
  return faultTexts(checkZone(value, undefined, rows));
}
