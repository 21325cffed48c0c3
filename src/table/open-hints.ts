// SPDX-License-Identifier: Apache-2.0
/**
 * Verifies an RRset with hints (T6): the kernels walk its parameters without looking where they end.
 *
 * What was proved of it before is what holds for every RRset whose names are followed (open-zone.ts).
 */
import type { Fault } from "../base/faults.ts";
import { Type } from "../dns/iana.ts";
import * as layout from "../layout/gen/table.ts";
import { found, half, octet, type Part, walkLabels } from "./part.ts";
import { RR_FIXED_SIZE } from "./rrset.ts";

/** Octets of a parameter in front of its value: key and size (RFC 9460 §2.2). */
const PARAM_HEAD_SIZE = 4;
/** Octets of the priority in front of the target. */
const PRIORITY_SIZE = 2;

/** Verifies the sound RRset at `at`, which a reference says has hints. */
export function checkHints(part: Part, at: number, type: number): Fault | null {
  const bad = (detail: string): Fault => found("TABLE_RRSET", part, at, detail);
  if (type !== Type.SVCB && type !== Type.HTTPS) return bad("hints are of SVCB and HTTPS");
  if (half(part, at + layout.RRSET_FIXUP_COUNT) !== 0) return bad("a target is compressed");
  if (half(part, at + layout.RRSET_TARGET_AT) !== PRIORITY_SIZE)
    return bad("the target is elsewhere");
  const count = half(part, at + layout.RRSET_COUNT);
  let rr = at + layout.RRSET_SIZE;
  for (let i = 0; i < count; i += 1) {
    const rdata = rr + RR_FIXED_SIZE;
    const end = rdata + network(part, rr + 10);
    let param = walkLabels(part, rdata + PRIORITY_SIZE, end, true) + 1;
    while (param < end) {
      if (param + PARAM_HEAD_SIZE > end) return bad("a parameter is cut off");
      param += PARAM_HEAD_SIZE + network(part, param + 2);
    }
    if (param !== end) return bad("a parameter is cut off");
    rr = end;
  }
  return null;
}

/** A 16-bit number in wire order. */
function network(part: Part, at: number): number {
  return (octet(part, at) << 8) | octet(part, at + 1);
}
