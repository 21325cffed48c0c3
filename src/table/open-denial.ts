// SPDX-License-Identifier: Apache-2.0
/**
 * Verifies denial segments: keys that ascend, within their bounds, and the records of NSEC3.
 *
 * What a kernel makes of a key that is no owner is nothing, so of an NSEC's key only the bounds are
 * looked at; that its owner has a node is for the builder to know.
 *
 * Twin: native/src/image_denial.cc.
 */
import type { Fault } from "../base/faults.ts";
import { compareOctets } from "../base/octets.ts";
import { Type } from "../dns/iana.ts";
import { RRSET_FLAG_SIGNED } from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import { DENIAL_KEY_SIZE_MAX, NSEC3_HASH_SIZE } from "../layout/limits.ts";
import { keyPrefix } from "./denial-key.ts";
import { checkRRset, checkSignatures } from "./open-zone.ts";
import { field, found, half, holds, type Part, word } from "./part.ts";

const ENTRIES = layout.SEGMENT_SIZE + layout.DENIAL_SIZE;

/** What the zone around the segment knows; without it the segment is proved as far as it goes alone. */
export interface DenialContext {
  /** NSEC3 and not NSEC. */
  readonly hashed: boolean;
  readonly apexSize: number;
}

/** Verifies a Denial. */
export function checkDenial(part: Part, zone: DenialContext | null): Fault | null {
  const bad = (at: number, detail: string): Fault => found("TABLE_DENIAL", part, at, detail);
  const count = field(part, layout.DENIAL_ENTRY_COUNT);
  if (count === 0) return bad(layout.SEGMENT_SIZE, "no segment is empty");
  if (!holds(part, ENTRIES, count, layout.DENIAL_ENTRY_SIZE)) {
    return bad(layout.SEGMENT_SIZE, "the entries are cut off");
  }
  const hashed = zone?.hashed ?? word(part, ENTRIES + layout.DENIAL_ENTRY_DATA) !== 0;
  for (let i = 0; i < count; i += 1) {
    const at = ENTRIES + i * layout.DENIAL_ENTRY_SIZE;
    const size = half(part, at + layout.DENIAL_ENTRY_KEY_SIZE);
    const flags = half(part, at + layout.DENIAL_ENTRY_FLAGS);
    const data = word(part, at + layout.DENIAL_ENTRY_DATA);
    if (size > DENIAL_KEY_SIZE_MAX) return bad(at, "a key is too long");
    if (!holds(part, word(part, at + layout.DENIAL_ENTRY_KEY), size, 1)) {
      return bad(at, "a key is cut off");
    }
    const key = part.ref + word(part, at + layout.DENIAL_ENTRY_KEY);
    if (keyPrefix(part.views.u8, key, size) !== word(part, at + layout.DENIAL_ENTRY_PREFIX)) {
      return bad(at, "the prefix is of another key");
    }
    if (i > 0 && compareEntries(part, i - 1, part, i) >= 0) return bad(at, "the keys ascend");
    if (!hashed) {
      if (flags !== 0 || data !== 0) return bad(at, "an NSEC stands at its node");
      continue;
    }
    if (size !== NSEC3_HASH_SIZE || (flags & ~RRSET_FLAG_SIGNED) !== 0) {
      return bad(at, "an NSEC3 has a hash and at most signatures");
    }
    const apexSize = zone?.apexSize ?? 1;
    const wrong = checkRRset(part, data, Type.NSEC3, false, apexSize);
    if (wrong !== null) return wrong;
    const unsigned = flags === 0 ? null : checkSignatures(part, data, apexSize);
    if (unsigned !== null) return unsigned;
  }
  return null;
}

/** Does the last key of one sound segment stand before the first of the next? */
export function denialBefore(before: Part, part: Part): boolean {
  return compareEntries(before, field(before, layout.DENIAL_ENTRY_COUNT) - 1, part, 0) < 0;
}

function compareEntries(a: Part, i: number, b: Part, k: number): number {
  const aAt = ENTRIES + i * layout.DENIAL_ENTRY_SIZE;
  const bAt = ENTRIES + k * layout.DENIAL_ENTRY_SIZE;
  return compareOctets(
    a.views.u8,
    a.ref + word(a, aAt + layout.DENIAL_ENTRY_KEY),
    half(a, aAt + layout.DENIAL_ENTRY_KEY_SIZE),
    b.views.u8,
    b.ref + word(b, bAt + layout.DENIAL_ENTRY_KEY),
    half(b, bAt + layout.DENIAL_ENTRY_KEY_SIZE),
  );
}
