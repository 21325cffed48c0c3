// SPDX-License-Identifier: Apache-2.0
/**
 * Signatures by the clock: RRsets that no signature of theirs covers now.
 *
 * For who looks at a file before it is served. A server does not look: what it serves must not become
 * a zone with faults because time passes, and its clock may be the one that is wrong.
 *
 * RFC 4034 §3.1.5: times are serial numbers of 32 bits.
 */
import type { Fault, FaultKey } from "../base/faults.ts";
import { timeText } from "../dns/fields-dnssec.ts";
import { Type, typeText } from "../dns/iana.ts";
import { nameToText } from "../dns/names.ts";
import { get32 } from "../dns/sink.ts";
import { report } from "./findings.ts";
import { findRRset, ownerName, rrsetEnd, type ZoneIndex } from "./index.ts";
import { coveredType, recordRdata } from "./records.ts";
import { signaturesFrom } from "./signed.ts";
import type { ZoneValue } from "./value.ts";

/** Octets of RRSIG RDATA before the time of its end, and of its beginning. */
const ENDS_AT = 8;
const BEGINS_AT = 12;

/** A finding for each RRset without a signature that holds at `nowSecs`, of UNIX time. */
export function checkDates(zone: ZoneValue, index: ZoneIndex, nowSecs: number): Fault[] {
  const faults: Fault[] = [];
  for (let owner = 0; owner < index.ownerCount; owner += 1) {
    const first = findRRset(zone, index, owner, Type.RRSIG);
    if (first < 0) continue;
    const end = rrsetEnd(zone, index, owner, first);
    for (let from = first; from < end; ) {
      const type = coveredType(zone, index.order[from]!);
      const [, to] = signaturesFrom(zone, index.order, from, end, type);
      checkRun({ zone, index, faults }, owner, type, from, to, nowSecs);
      from = to;
    }
  }
  return faults;
}

/** The signatures order[from, to) of one RRset: one that holds is enough. */
function checkRun(
  c: { readonly zone: ZoneValue; readonly index: ZoneIndex; readonly faults: Fault[] },
  owner: number,
  type: number,
  from: number,
  to: number,
  nowSecs: number,
): void {
  const { zone, index } = c;
  let wrong: readonly [FaultKey, string] | null = null;
  for (let i = from; i < to; i += 1) {
    const rdata = recordRdata(zone, index.order[i]!);
    const [ends, begins] = [get32(rdata, ENDS_AT), get32(rdata, BEGINS_AT)];
    // Differences are what counts (RFC 1982).
    if (((ends - nowSecs) | 0) < 0) wrong = ["ZONE_RRSIG_EXPIRED", `ended ${timeText(ends >>> 0)}`];
    else if (((nowSecs - begins) | 0) < 0)
      wrong ??= ["ZONE_RRSIG_EARLY", `begins ${timeText(begins >>> 0)}`];
    else return;
  }
  if (wrong === null) return;
  const name = nameToText(ownerName(zone, index, owner));
  report(c, wrong[0], index.order[from]!, `the signature of ${name} ${typeText(type)} ${wrong[1]}`);
}
