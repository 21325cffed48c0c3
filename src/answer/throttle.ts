// SPDX-License-Identifier: Apache-2.0
/**
 * What becomes of requests and answers that are over a rate limit (limit.ts).
 *
 * A truncated answer costs a flood more than it brings, and a real client comes back over TCP, which
 * proves its address; so it is what is said by default. A client that speaks cookies is told
 * BADCOOKIE instead, with the cookie that exempts it from then on (RFC 7873 §5.2.3).
 *
 * Only datagrams without a valid cookie are limited: whoever has one is where it says it is.
 *
 * Twin: native/src/throttle.cc.
 */
import { COUNTER_DROPPED_LIMITED, COUNTER_LIMITED_SLIPPED } from "../layout/gen/counters.ts";
import {
  LIMIT_MODE_OFF,
  REQUEST_ACTION_REFUSE,
  REQUEST_ACTION_SERVFAIL,
  SLOT_FLAG_VALID_COOKIE,
  VERDICT_BADCOOKIE,
} from "../layout/gen/enums.ts";
import {
  SETTINGS_ANSWER_MODE,
  SETTINGS_REQUEST_ACTION,
  SETTINGS_REQUEST_MODE,
  SETTINGS_SLIP,
} from "../layout/gen/settings.ts";
import {
  PACKET_SLOT_CLIENT,
  PACKET_SLOT_FAMILY,
  PACKET_SLOT_FLAGS,
  PACKET_SLOT_NOW_MS,
  PACKET_SLOT_RANDOM,
} from "../layout/gen/slab.ts";
import type { TableViews } from "../table/reader.ts";
import {
  CLASS_IN,
  RCODE_BADCOOKIE,
  RCODE_NOERROR,
  RCODE_NXDOMAIN,
  RCODE_REFUSED,
  RCODE_SERVFAIL,
} from "./codes.ts";
import {
  CLASS_DENIAL,
  CLASS_ERROR,
  CLASS_POSITIVE,
  CLASS_REFERRAL,
  CLASS_WILDCARD,
  limitAnswer,
  limitRequest,
  PASS,
} from "./limit.ts";
import { REFERRAL, SUBTREE_ALIAS } from "./lookup.ts";
import type { Kernel } from "./scratch.ts";
import { clear } from "./writer.ts";

/** The verdict of an answer that is not sent. */
export const DROPPED = -1;

/** Whether there is any limit: most servers have none, and then nothing here is to be called. */
export function isLimited({ settings }: Kernel): boolean {
  return (
    (settings.u8[SETTINGS_ANSWER_MODE]! | settings.u8[SETTINGS_REQUEST_MODE]!) !== LIMIT_MODE_OFF
  );
}

/**
 * Notes what the answer will be about while the name that was asked for is at hand: aliases load
 * others. What a wildcard or a DNAME makes is about its owner, whatever the chain comes to.
 */
export function noteSubject(k: Kernel, result: number): void {
  const { about, name, found } = k;
  const isMade = found.synthesized !== 0 || result === SUBTREE_ALIAS;
  about.kind = isMade ? CLASS_WILDCARD : result === REFERRAL ? CLASS_REFERRAL : CLASS_POSITIVE;
  // The name itself, its closest encloser, the owner of the DNAME, or the cut.
  about.name = name.hash[found.label]!;
  about.apex = name.hash[name.labelCount - found.apexLabels]!;
}

/** True if the request is over the limit of its address or network: then the answer is made here. */
export function throttleRequest(k: Kernel, slab: TableViews, slot: number): boolean {
  const { out, settings, about } = k;
  about.kind = CLASS_POSITIVE;
  about.name = k.name.hash[0]!;
  if (settings.u8[SETTINGS_REQUEST_MODE] === LIMIT_MODE_OFF || isProved(slab, slot)) return false;
  const limited = limitRequest(
    k.limiter,
    settings,
    k.counters,
    slab.u8,
    slot + PACKET_SLOT_CLIENT,
    slab.u8[slot + PACKET_SLOT_FAMILY]!,
    slab.i32[(slot + PACKET_SLOT_NOW_MS) >> 2]!,
  );
  if (limited === PASS) return false;
  k.counters[COUNTER_LIMITED_SLIPPED] = k.counters[COUNTER_LIMITED_SLIPPED]! + 1;
  const action = settings.u8[SETTINGS_REQUEST_ACTION]!;
  if (action === REQUEST_ACTION_REFUSE) out.rcode = RCODE_REFUSED;
  else if (action === REQUEST_ACTION_SERVFAIL) out.rcode = RCODE_SERVFAIL;
  else out.truncated = 1;
  return true;
}

/**
 * Looks whether the answer that was made may be sent; `verdict` is that of the request. Gives the
 * verdict to go on with, perhaps of a shorter answer, or DROPPED.
 */
export function throttleAnswer(k: Kernel, slab: TableViews, slot: number, verdict: number): number {
  const { out, settings, question: q, counters: c } = k;
  if (settings.u8[SETTINGS_ANSWER_MODE] === LIMIT_MODE_OFF || isProved(slab, slot)) return verdict;
  const kind = classOf(k);
  const limited = limitAnswer(
    k.limiter,
    settings,
    c,
    slab.u8,
    slot + PACKET_SLOT_CLIENT,
    slab.u8[slot + PACKET_SLOT_FAMILY]!,
    slab.i32[(slot + PACKET_SLOT_NOW_MS) >> 2]!,
    kind,
    subjectOf(k, kind),
  );
  if (limited === PASS) return verdict;
  const slip = settings.u8[SETTINGS_SLIP]!;
  if (slip === 0 || slab.u32[(slot + PACKET_SLOT_RANDOM) >> 2]! % slip !== 0) {
    c[COUNTER_DROPPED_LIMITED] = c[COUNTER_DROPPED_LIMITED]! + 1;
    return DROPPED;
  }
  c[COUNTER_LIMITED_SLIPPED] = c[COUNTER_LIMITED_SLIPPED]! + 1;
  clear(out, q.end);
  out.aa = 0;
  out.truncated = 0;
  out.rcode = RCODE_NOERROR;
  k.picked.scope = 0;
  k.opt.error = 0;
  if (q.edns !== 0 && k.opt.cookie !== 0) {
    out.rcode = RCODE_BADCOOKIE;
    return VERDICT_BADCOOKIE;
  }
  out.truncated = 1;
  return verdict;
}

/** The client has shown a cookie that only its address can have got. */
function isProved(slab: TableViews, slot: number): boolean {
  return (slab.u8[slot + PACKET_SLOT_FLAGS]! & SLOT_FLAG_VALID_COOKIE) !== 0;
}

/** What the answer is accounted to: one of CLASS_. */
function classOf({ out, question: q, about }: Kernel): number {
  if (q.class !== CLASS_IN) return CLASS_ERROR;
  if (out.rcode === RCODE_NXDOMAIN) return CLASS_DENIAL;
  if (out.rcode !== RCODE_NOERROR) return CLASS_ERROR;
  if (out.answers !== 0 || out.truncated !== 0) return about.kind;
  if (out.authorities === 0) return CLASS_ERROR;
  return out.aa === 0 ? CLASS_REFERRAL : CLASS_DENIAL;
}

/** The hash of the name that an answer of this class is about. */
function subjectOf({ about }: Kernel, kind: number): number {
  if (kind === CLASS_ERROR) return 0;
  return kind === CLASS_DENIAL ? about.apex : about.name;
}
