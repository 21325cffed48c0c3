// SPDX-License-Identifier: Apache-2.0
/**
 * What the parts of the zone check share: the zone at hand, and how a finding is noted.
 */
import { type Fault, type FaultKey, fault } from "../base/faults.ts";
import { Type, typeText } from "../dns/iana.ts";
import { nameToText } from "../dns/names.ts";
import type { ZoneIndex } from "./index.ts";
import { recordFile, recordLine, recordOwnerAt, recordType } from "./records.ts";
import { FAULTS_MAX } from "./state.ts";
import type { SteeredTypes } from "./steered.ts";
import type { ZoneValue } from "./value.ts";

/** What the parts of the check share. */
export interface Check {
  readonly zone: ZoneValue;
  readonly index: ZoneIndex;
  readonly apex: number;
  readonly steered: SteeredTypes;
  readonly faults: Fault[];
}

/** Adds a finding at a record. */
export function report(
  c: Pick<Check, "zone" | "faults">,
  key: FaultKey,
  record: number,
  detail: string,
): void {
  if (c.faults.length >= FAULTS_MAX) return;
  const place = { file: recordFile(c.zone, record), line: recordLine(c.zone, record), column: 1 };
  const full = c.faults.length === FAULTS_MAX - 1;
  c.faults.push(
    full ? fault("ZONE_FAULTS_MANY", place, "there are more faults") : fault(key, place, detail),
  );
}

/** Adds a finding about the zone as a whole. */
export function reportZone(c: Check, key: FaultKey, detail: string): void {
  if (c.faults.length >= FAULTS_MAX) return;
  c.faults.push(fault(key, { file: c.zone.files[0] ?? "", line: 0, column: 0 }, detail));
}

/** `www.example.org. A`. */
export function describe(c: Check, record: number): string {
  const { zone } = c;
  const name = nameToText(zone.octets, recordOwnerAt(zone, record));
  return `${name} ${typeText(recordType(zone, record))}`;
}

/** Whether a type may stand beside a CNAME (RFC 2181 §10.1, RFC 4034 §3, §4). */
export function standsBesideCname(type: number): boolean {
  return (
    type === Type.CNAME ||
    type === Type.RRSIG ||
    type === Type.NSEC ||
    type === Type.KEY ||
    type === Type.SIG ||
    type === Type.NXT
  );
}
