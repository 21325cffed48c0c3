// SPDX-License-Identifier: Apache-2.0
/**
 * Checks of steering against the zone: one owner and type has one source of answers.
 *
 * A steered RRset is data like any other to the rules of DNS: it may not stand beside a CNAME, not
 * below a cut, and not outside. That it comes from a policy and not from the text changes only
 * where the finding is reported, which is the zone as a whole.
 *
 * RFC 2181 §10.1; RFC 1034 §4.2.1.
 */
import { Type, typeText } from "../dns/iana.ts";
import { isSubdomain, lowerName, nameToText } from "../dns/names.ts";
import { type Check, reportZone, standsBesideCname } from "./findings.ts";
import { findRRset } from "./index.ts";
import { recordFile, recordLine, recordType } from "./records.ts";
import type { SteeredOwner } from "./value.ts";

const STEERABLE: readonly number[] = [Type.A, Type.AAAA, Type.CNAME];

export function checkSteered(c: Check, steered: readonly SteeredOwner[]): void {
  for (const row of steered) {
    const owner = lowerName(row.owner);
    const name = nameToText(owner);
    if (!isSubdomain(owner, c.zone.apex)) {
      const apex = nameToText(c.zone.apex);
      reportZone(
        c,
        "ZONE_STEERED_OUTSIDE",
        `${name} of policy ${row.policy} is outside of ${apex}`,
      );
      continue;
    }
    for (const type of row.types) checkType(c, row, owner, type);
    const cover = coverOf(c, owner);
    if (cover !== null) {
      reportZone(c, "ZONE_STEERED_OCCLUDED", `${name} of policy ${row.policy} lies ${cover}`);
    }
  }
}

function checkType(c: Check, row: SteeredOwner, owner: Uint8Array, type: number): void {
  const { zone, index } = c;
  const what = `${nameToText(owner)} ${typeText(type)} of policy ${row.policy}`;
  if (!STEERABLE.includes(type)) {
    reportZone(c, "ZONE_STEERED_TYPE", `${what} cannot be`);
    return;
  }
  const id = index.find(owner, 0, owner.length);
  const found = findRRset(zone, index, id, type);
  if (found >= 0) {
    reportZone(c, "ZONE_STEERED_STATIC", `${what} stands also ${lineOf(c, found)}`);
  }
  const claims = c.steered.policiesOf(owner, type);
  if (claims.length > 1 && claims[0] !== row.policy) {
    reportZone(c, "ZONE_STEERED_STATIC", `${what} is steered by policy ${claims[0]} too`);
  }
  const conflict = aliasConflict(c, owner, id, type);
  if (conflict !== null) reportZone(c, "ZONE_STEERED_CNAME", `${what} stands beside ${conflict}`);
}

/** What a steered type clashes with by the rule that a CNAME stands alone; null if nothing. */
function aliasConflict(c: Check, owner: Uint8Array, id: number, type: number): string | null {
  const { zone, index } = c;
  if (type !== Type.CNAME) {
    const cname = findRRset(zone, index, id, Type.CNAME);
    return cname < 0 ? null : `the CNAME ${lineOf(c, cname)}`;
  }
  const other = c.steered.typesOf(owner).find((t) => t !== Type.CNAME);
  if (other !== undefined) return `the steered ${typeText(other)}`;
  if (id < 0) return null;
  for (let i = index.start[id]!; i < index.start[id + 1]!; i += 1) {
    const t = recordType(zone, index.order[i]!);
    if (!standsBesideCname(t)) return `the ${typeText(t)} ${lineOf(c, i)}`;
  }
  return null;
}

function lineOf(c: Check, i: number): string {
  const record = c.index.order[i]!;
  return `at ${recordFile(c.zone, record)}:${recordLine(c.zone, record)}`;
}

/** Where a cut or DNAME hides an owner, in words; null if none does. */
export function coverOf(c: Check, owner: Uint8Array): string | null {
  const { zone, index, apex } = c;
  for (let from = 0; owner.length - from >= zone.apex.length; from += 1 + owner[from]!) {
    const id = index.find(owner, from, owner.length - from);
    const name = (): string => nameToText(owner, from);
    if (id >= 0 && id !== apex && findRRset(zone, index, id, Type.NS) >= 0) {
      return `at or below the delegation ${name()}`;
    }
    if (from > 0 && id >= 0 && findRRset(zone, index, id, Type.DNAME) >= 0) {
      return `below the DNAME ${name()}`;
    }
    if (owner[from] === 0) break;
  }
  return null;
}
