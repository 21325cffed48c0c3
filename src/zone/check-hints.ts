// SPDX-License-Identifier: Apache-2.0
/**
 * Checks of the address hints of SVCB and HTTPS against what their targets say.
 *
 * A hint that is to be filled in (`auto`) needs a target that has such addresses in this zone, static
 * or steered; without, it is left out of answers, which is worth a warning and no more. What would
 * make an answer wrong is an error: a signature over a hint that nobody knew when it was made, and
 * `mandatory` with a hint that may be missing.
 *
 * RFC 9460 §2.5.2 the target `.`, §7.3 hints, §8 mandatory.
 */
import { Type, typeText } from "../dns/iana.ts";
import { isSubdomain, lowerName, nameToText } from "../dns/names.ts";
import { get16 } from "../dns/sink.ts";
import {
  isAutoHint,
  KEY_IPV4HINT,
  KEY_IPV6HINT,
  KEY_MANDATORY,
  keyText,
  paramsOf,
} from "../dns/svcb.ts";
import { HINTS_MAX } from "../layout/limits.ts";
import { coverOf } from "./check-steered.ts";
import { type Check, describe, report } from "./findings.ts";
import { findRRset, ownerName } from "./index.ts";
import { recordRdata } from "./records.ts";
import { denialForm, signaturesOf } from "./signed.ts";

/** Checks the SVCB or HTTPS records `index.order[from, to)` of one owner. */
export function checkHints(c: Check, owner: number, type: number, from: number, to: number): void {
  const { zone, index } = c;
  let autos = 0;
  for (let i = from; i < to; i += 1) autos += checkRecord(c, owner, index.order[i]!);
  if (autos === 0) return;
  const record = index.order[from]!;
  if (autos > HINTS_MAX) {
    const detail = `${describe(c, record)} has ${autos} of them, and ${HINTS_MAX} are filled in`;
    report(c, "ZONE_HINTS_MANY", record, detail);
  }
  const [signed, end] = signaturesOf(zone, index, owner, type);
  if (signed === end && !isSignedZone(c)) return;
  report(c, "ZONE_HINT_SIGNED", record, `${describe(c, record)} would have no valid signature`);
}

function isSignedZone({ zone, index, apex }: Check): boolean {
  const [from, to] = signaturesOf(zone, index, apex, Type.SOA);
  return from < to || denialForm(zone, index) !== null;
}

/** Gives the number of hints that are to be filled in. */
function checkRecord(c: Check, owner: number, record: number): number {
  const rdata = recordRdata(c.zone, record);
  // AliasMode has no parameters, and ZONE_ALIAS_PARAMS says so.
  const service = get16(rdata, 0) !== 0;
  const mandatory = new Set<number>();
  let autos = 0;
  for (const { key, at, size } of paramsOf(rdata)) {
    if (key === KEY_MANDATORY) {
      for (let i = at + 4; i < at + 4 + size; i += 2) mandatory.add(get16(rdata, i));
    }
    if (key !== KEY_IPV4HINT && key !== KEY_IPV6HINT) continue;
    const auto = isAutoHint(key, size);
    if (auto) autos += 1;
    if (!service) continue;
    const type = key === KEY_IPV4HINT ? Type.A : Type.AAAA;
    const target = targetOf(c, owner, rdata);
    const what = `${describe(c, record)} has ${keyText(key)}`;
    const { steered, none } = sourceOf(c, target, type);
    const name = `${nameToText(target)} ${typeText(type)}`;
    if (!auto) {
      if (steered !== "") {
        report(c, "ZONE_HINT_STATIC", record, `${what}, but ${name} is steered by ${steered}`);
      }
      continue;
    }
    if (mandatory.has(key) && (steered !== "" || none !== "")) {
      report(c, "ZONE_HINT_MANDATORY", record, `${what} as auto and mandatory`);
    } else if (none !== "") report(c, "ZONE_HINT_NONE", record, `${what} as auto, but ${none}`);
  }
  return autos;
}

/** The name that the service is at: the target, or the owner itself for `.`. */
function targetOf(c: Check, owner: number, rdata: Uint8Array): Uint8Array {
  if (rdata[2] === 0) return ownerName(c.zone, c.index, owner);
  let end = 2;
  while (rdata[end]! > 0) end += 1 + rdata[end]!;
  return lowerName(rdata.subarray(2, end + 1));
}

/** Where the addresses come from: the policy that steers them, or why there are none; both "" if static. */
function sourceOf(c: Check, target: Uint8Array, type: number): { steered: string; none: string } {
  const { zone, index } = c;
  const name = nameToText(target);
  const none = (why: string) => ({ steered: "", none: why });
  if (!isSubdomain(target, zone.apex)) return none(`${name} is outside of the zone`);
  const cover = coverOf(c, target);
  if (cover !== null) return none(`${name} lies ${cover}`);
  const [policy] = c.steered.policiesOf(target, type);
  if (policy !== undefined) return { steered: policy, none: "" };
  const id = index.find(target, 0, target.length);
  if (findRRset(zone, index, id, type) >= 0) return { steered: "", none: "" };
  const alias = findRRset(zone, index, id, Type.CNAME) >= 0;
  if (alias || c.steered.typesOf(target).includes(Type.CNAME)) return none(`${name} is an alias`);
  return none(`${name} has no ${typeText(type)} of its own`);
}
