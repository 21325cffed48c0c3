// SPDX-License-Identifier: Apache-2.0
/**
 * Who answers, as NSID and `id.server` tell it: the operator's octets, in which a mark stands for the
 * number of this worker or for the revision of the table that it answers from. So one can see from
 * outside which thread of which server gave an answer, and whether two servers know the same.
 *
 * Invariants
 *   ID1  Never more than IDENTITY_SIZE_MAX octets, which is what OPT keeps room for: what is beyond is
 *        cut.
 *
 * RFC 5001 §3.1, RFC 4892 §3. Twin: native/src/identity.cc.
 */
import { IDENTITY_MARK_REVISION, IDENTITY_MARK_WORKER } from "../layout/gen/enums.ts";
import { DIRECTORY_REVISION_LOW, SEGMENT_SIZE } from "../layout/gen/table.ts";
import { IDENTITY_SIZE_MAX } from "../layout/limits.ts";
import type { Kernel } from "./scratch.ts";

/** Octets of the identity whose size stands at `sizeAt` of the settings, its octets from `from` on. */
export function identitySize(k: Kernel, sizeAt: number, from: number): number {
  const { u8 } = k.settings;
  const count = u8[sizeAt]!;
  let size = 0;
  for (let i = 0; i < count; i += 1) {
    const octet = u8[from + i]!;
    size += isMark(octet) ? digitsOf(numberOf(k, octet)) : 1;
  }
  return Math.min(size, IDENTITY_SIZE_MAX);
}

/** Writes the first `size` octets of the identity that stands at `from`, as identitySize counts. */
export function putIdentity(k: Kernel, from: number, to: number, size: number): void {
  const { u8 } = k.settings;
  const { packet } = k.out;
  let at = 0;
  for (let i = from; at < size; i += 1) {
    const octet = u8[i]!;
    if (!isMark(octet)) {
      packet[to + at] = octet;
      at += 1;
      continue;
    }
    let left = numberOf(k, octet);
    const digits = digitsOf(left);
    for (let d = digits - 1; d >= 0; d -= 1) {
      if (at + d < size) packet[to + at + d] = 0x30 + (left % 10);
      left = Math.floor(left / 10);
    }
    at += digits;
  }
}

function isMark(octet: number): boolean {
  return octet === IDENTITY_MARK_WORKER || octet === IDENTITY_MARK_REVISION;
}

/** The low half of the revision is enough: who compares two servers does not wait for 2^32 changes. */
function numberOf({ worker, root, table }: Kernel, mark: number): number {
  if (mark === IDENTITY_MARK_WORKER) return worker;
  return root === 0 ? 0 : table.u32[(root + SEGMENT_SIZE + DIRECTORY_REVISION_LOW) >> 2]!;
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let left = value; left >= 10; left = Math.floor(left / 10)) digits += 1;
  return digits;
}
