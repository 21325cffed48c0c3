// SPDX-License-Identifier: Apache-2.0
/**
 * Read this first: one request in a slot, its answer in the same slot.
 *
 * Control flow lives here; parse, lookup, pick and respond do not branch on each other's business.
 *
 * Invariants
 *   E1  Every request ends in exactly one of: no answer, an answer, an error, or the slow path with
 *       its octets untouched. Each is counted, and the slot's verdict says which.
 *   E2  Nothing is allocated and nothing is thrown, whatever the octets.
 *   E3  RCODE and the negative proof speak of the last name of a chain, AA of the first
 *       (RFC 6604 §3, RFC 2308 §2).
 *
 * RFC 1034 §4.3.2. Twin: native/src/answer.cc.
 */
import {
  COUNTER_ALIAS,
  COUNTER_BADCOOKIE,
  COUNTER_BADVERS,
  COUNTER_DROPPED_RESPONSE,
  COUNTER_DROPPED_SHORT,
  COUNTER_ECS,
  COUNTER_ECS_USED,
  COUNTER_EDNS,
  COUNTER_FORMERR,
  COUNTER_HIT,
  COUNTER_NAME_ERROR,
  COUNTER_NODATA,
  COUNTER_NOERROR,
  COUNTER_NOTIMP,
  COUNTER_NXDOMAIN,
  COUNTER_OCTETS_IN,
  COUNTER_OCTETS_OUT,
  COUNTER_QUERIES_UDP,
  COUNTER_REFERRAL,
  COUNTER_REFUSED,
  COUNTER_SERVFAIL,
  COUNTER_SLOW,
  COUNTER_STEERED,
  COUNTER_STEERED_ALL_DOWN,
  COUNTER_SYNTHESIZED,
  COUNTER_TRUNCATED,
  COUNTER_YXDOMAIN,
} from "../layout/gen/counters.ts";
import {
  TRANSPORT_UDP,
  VERDICT_BADCOOKIE,
  VERDICT_BADVERS,
  VERDICT_DROP,
  VERDICT_NOTIMP,
  VERDICT_OK,
  VERDICT_PROBE,
  VERDICT_REFUSED,
  VERDICT_SERVFAIL,
  VERDICT_SLOW,
} from "../layout/gen/enums.ts";
import {
  PACKET_SLOT_CLIENT,
  PACKET_SLOT_FAMILY,
  PACKET_SLOT_FLAGS,
  PACKET_SLOT_RANDOM,
  PACKET_SLOT_ROOM,
  PACKET_SLOT_SIZE,
  PACKET_SLOT_SIZE_IN,
  PACKET_SLOT_SIZE_OUT,
  PACKET_SLOT_TRANSPORT,
  PACKET_SLOT_VERDICT,
} from "../layout/gen/slab.ts";
import { ALIAS_DEPTH_MAX, HEADER_SIZE, UDP_PLAIN_SIZE_MAX } from "../layout/limits.ts";
import type { TableViews } from "../table/reader.ts";
import { answerChaos } from "./chaos.ts";
import {
  CLASS_ANY,
  CLASS_CHAOS,
  CLASS_IN,
  RCODE_BADCOOKIE,
  RCODE_FORMERR,
  RCODE_NOERROR,
  RCODE_NOTIMP,
  RCODE_NXDOMAIN,
  RCODE_REFUSED,
  RCODE_SERVFAIL,
  RCODE_YXDOMAIN,
  TYPE_ANY,
  TYPE_AXFR,
  TYPE_CNAME,
} from "./codes.ts";
import { noteWildcard, proveNegative, proveWildcards } from "./denial.ts";
import {
  appendOptions,
  ERROR_INVALID_DATA,
  ERROR_NOT_AUTHORITATIVE,
  ERROR_NOT_READY,
  ERROR_NOT_SUPPORTED,
  ERROR_PROHIBITED,
  reserveOpt,
} from "./edns.ts";
import { answerHinted, SERVICE_TARGET_AT } from "./hints.ts";
import { beginOpt, judge } from "./judge.ts";
import {
  ALIAS,
  EXPIRED,
  findSigned,
  HIT,
  lookup,
  NODATA,
  NXDOMAIN,
  REFERRAL,
  REFUSED,
  SUBTREE_ALIAS,
} from "./lookup.ts";
import { parse } from "./parse.ts";
import { PICK_NONE, PICK_OK, PICK_SERVFAIL, pick } from "./pick.ts";
import {
  additionalIn,
  additionalOf,
  answerAny,
  answerStatic,
  answerSteered,
  answerSubtree,
  authorityReferral,
  authoritySoa,
  dataOf,
  isSteered,
  isTailored,
  SYNTHESIS_FULL,
  SYNTHESIS_LONG,
} from "./respond.ts";
import type { Kernel } from "./scratch.ts";
import { DROPPED, isLimited, noteSubject, throttleAnswer, throttleRequest } from "./throttle.ts";
import { begin, clear, finish, loadName, RR_HEAD_SIZE, writeOpt } from "./writer.ts";

const RCODE_COUNTERS = new Int32Array([
  COUNTER_NOERROR,
  COUNTER_FORMERR,
  COUNTER_SERVFAIL,
  COUNTER_NAME_ERROR,
  COUNTER_NOTIMP,
  COUNTER_REFUSED,
  COUNTER_YXDOMAIN,
]);

/** Answers the request in the slot at `slot` of `slab`; gives the octets of the answer, 0 for none. */
export function answer(k: Kernel, slab: TableViews, slot: number): number {
  const packet = slab.u8;
  const start = slot + PACKET_SLOT_SIZE;
  const size = slab.u32[(slot + PACKET_SLOT_SIZE_IN) >> 2]!;
  const udp = packet[slot + PACKET_SLOT_TRANSPORT] === TRANSPORT_UDP;
  const c = k.counters;
  // One counter for each transport, in the order of transports.
  const counter = COUNTER_QUERIES_UDP + (packet[slot + PACKET_SLOT_TRANSPORT]! & 3);
  c[counter] = c[counter]! + 1;
  c[COUNTER_OCTETS_IN] = c[COUNTER_OCTETS_IN]! + size;

  const { question: q, out } = k;
  let verdict = parse(packet, start, size, k.name, q);
  verdict = judge(k, verdict, packet[slot + PACKET_SLOT_TRANSPORT]!);
  packet[slot + PACKET_SLOT_VERDICT] = verdict;
  packet[slot + PACKET_SLOT_FLAGS] = 0;
  if (verdict === VERDICT_DROP || verdict === VERDICT_SLOW) {
    const reason = verdict === VERDICT_SLOW ? COUNTER_SLOW : reasonOf(size);
    c[reason] = c[reason]! + 1;
    slab.u32[(slot + PACKET_SLOT_SIZE_OUT) >> 2] = 0;
    return 0;
  }
  begin(out, packet, start, q.end);
  k.picked.scope = 0;
  if (q.edns !== 0) verdict = beginOpt(k, slab, slot, verdict);
  setLimit(k, udp, slab.u32[(slot + PACKET_SLOT_ROOM) >> 2]!);
  const limited = udp && isLimited(k);
  if (verdict === VERDICT_OK && !(limited && throttleRequest(k, slab, slot))) {
    resolve(k, slab, slot);
    if (out.rcode === RCODE_REFUSED) packet[slot + PACKET_SLOT_VERDICT] = VERDICT_REFUSED;
    if (out.rcode === RCODE_SERVFAIL) packet[slot + PACKET_SLOT_VERDICT] = VERDICT_SERVFAIL;
  } else if (verdict !== VERDICT_OK) {
    packet[slot + PACKET_SLOT_VERDICT] = verdict;
    out.rcode = rcodeOf(verdict);
  }
  if (limited) verdict = throttleAnswer(k, slab, slot, verdict);
  if (verdict === DROPPED) {
    packet[slot + PACKET_SLOT_VERDICT] = VERDICT_DROP;
    slab.u32[(slot + PACKET_SLOT_SIZE_OUT) >> 2] = 0;
    return 0;
  }

  if (q.edns !== 0) {
    // Both codes that need more than four bits are 16 and a bit.
    const extended = verdict === VERDICT_BADVERS || verdict === VERDICT_BADCOOKIE ? 1 : 0;
    writeOpt(out, q, extended, k.udpSizeMax, k.picked.scope);
    appendOptions(k);
  }
  const sizeOut = finish(out, q);
  count(k, verdict, sizeOut);
  slab.u32[(slot + PACKET_SLOT_SIZE_OUT) >> 2] = sizeOut;
  return sizeOut;
}

/** Why nothing may be said to a request of `size` octets. */
function reasonOf(size: number): number {
  return size < HEADER_SIZE ? COUNTER_DROPPED_SHORT : COUNTER_DROPPED_RESPONSE;
}

function rcodeOf(verdict: number): number {
  if (verdict === VERDICT_NOTIMP) return RCODE_NOTIMP;
  if (verdict === VERDICT_BADCOOKIE) return RCODE_BADCOOKIE;
  return verdict === VERDICT_BADVERS || verdict === VERDICT_PROBE ? RCODE_NOERROR : RCODE_FORMERR;
}

/** RFC 6891 §6.2.3: the asker's offer, but no more than we send; 512 without EDNS. */
function setLimit(k: Kernel, udp: boolean, room: number): void {
  const { question: q, out } = k;
  let limit = room;
  if (udp) {
    limit = q.edns === 0 ? UDP_PLAIN_SIZE_MAX : q.payloadSize;
    if (limit > k.udpSizeMax && q.edns !== 0) limit = k.udpSizeMax;
    if (limit > room) limit = room;
  }
  out.limit = limit;
  out.reserve = q.edns === 0 ? 0 : reserveOpt(k);
}

function count(k: Kernel, verdict: number, sizeOut: number): void {
  const { out, question: q, counters: c } = k;
  let rcode = RCODE_COUNTERS[out.rcode]!;
  if (verdict === VERDICT_BADVERS) rcode = COUNTER_BADVERS;
  if (verdict === VERDICT_BADCOOKIE) rcode = COUNTER_BADCOOKIE;
  c[rcode] = c[rcode]! + 1;
  c[COUNTER_OCTETS_OUT] = c[COUNTER_OCTETS_OUT]! + sizeOut;
  if (q.edns !== 0) c[COUNTER_EDNS] = c[COUNTER_EDNS]! + 1;
  if (q.ecsFamily !== 0) {
    c[COUNTER_ECS] = c[COUNTER_ECS]! + 1;
    if (k.picked.scope !== 0) c[COUNTER_ECS_USED] = c[COUNTER_ECS_USED]! + 1;
  }
  if (out.truncated !== 0) c[COUNTER_TRUNCATED] = c[COUNTER_TRUNCATED]! + 1;
}

/** From the question to the sections. */
function resolve(k: Kernel, slab: TableViews, slot: number): void {
  if (k.question.dnssecOk !== 0) k.proof.count = 0;
  follow(k, slab, slot);
  settle(k);
}

/** Keeps an expansion of a wildcard in mind, if its proof will be wanted. */
function note(k: Kernel): void {
  if (k.found.synthesized !== 0 && k.question.dnssecOk !== 0) noteWildcard(k);
}

/** Writes the proofs that expansions of wildcards want; false if they do not fit, and TC is set. */
function settle(k: Kernel): boolean {
  return k.proof.wildcards === 0 || settleWildcards(k);
}

function settleWildcards(k: Kernel): boolean {
  if (proveWildcards(k)) return true;
  truncate(k);
  return false;
}

/** Lookup, and again for every alias inside our zones. */
function follow(k: Kernel, slab: TableViews, slot: number): void {
  const { question: q, out, found, table } = k;
  if ((q.class !== CLASS_IN && q.class !== CLASS_ANY) || q.type === TYPE_AXFR) {
    resolveForeign(k);
    return;
  }
  for (let depth = 0; ; depth += 1) {
    const result = lookup(table, k.root, k.name, q.type, found);
    if (result === EXPIRED) {
      // Another server may have the zone's data. What a chain has said before it stays (E3).
      out.rcode = RCODE_SERVFAIL;
      k.opt.error = ERROR_INVALID_DATA;
      k.picked.scope = 0;
      return;
    }
    if (result === REFUSED) {
      // At the end of a chain this only means that the rest is not ours to say.
      // Before the first table nothing can be said at all: another server may know (RFC 8906 §3).
      if (depth === 0) refuse(k);
      else countHit(k);
      return;
    }
    if (depth === 0) {
      k.opt.zone = found.zone;
      k.opt.zoneLabels = found.apexLabels;
      if (isLimited(k)) noteSubject(k, result);
    }
    if (depth === 0 && result !== REFERRAL && q.class === CLASS_IN) out.aa = 1;
    if (result < ALIAS) {
      conclude(k, slab, slot, result, depth);
      return;
    }
    const next = followAlias(k, slab, slot, result, depth);
    if (next === CONCLUDED) return;
    if (next === ENDED || depth === ALIAS_DEPTH_MAX - 1) {
      countHit(k);
      return;
    }
    loadName(out, next, k.name);
  }
}

/** Another class than that of our zones, or a transfer in datagrams. */
function resolveForeign(k: Kernel): void {
  const { question: q, out, opt } = k;
  if (q.class === CLASS_CHAOS && q.type !== TYPE_AXFR) {
    if (answerChaos(k)) return;
    opt.error = ERROR_PROHIBITED;
  } else {
    opt.error = q.type === TYPE_AXFR ? ERROR_NOT_SUPPORTED : ERROR_NOT_AUTHORITATIVE;
  }
  out.rcode = RCODE_REFUSED;
}

/** The name is in no zone of ours; before the first table nobody knows. */
function refuse(k: Kernel): void {
  const { out, opt } = k;
  out.rcode = k.root === 0 ? RCODE_SERVFAIL : RCODE_REFUSED;
  opt.error = k.root === 0 ? ERROR_NOT_READY : ERROR_NOT_AUTHORITATIVE;
}

function countHit(k: Kernel): void {
  k.counters[COUNTER_HIT] = k.counters[COUNTER_HIT]! + 1;
}

/** The end of the chain: data, nothing, no such name, or somebody else's zone. */
function conclude(k: Kernel, slab: TableViews, slot: number, result: number, depth: number): void {
  const { out, found, counters: c } = k;
  if (found.synthesized !== 0) c[COUNTER_SYNTHESIZED] = c[COUNTER_SYNTHESIZED]! + 1;
  if (result === HIT) {
    concludeHit(k, slab, slot, depth);
    return;
  }
  if (result === REFERRAL) {
    c[COUNTER_REFERRAL] = c[COUNTER_REFERRAL]! + 1;
    // Before the first record of the additional section.
    if (settle(k) && !authorityReferral(k)) truncate(k);
    return;
  }
  if (result === NXDOMAIN) out.rcode = RCODE_NXDOMAIN;
  negative(k, result, -1);
}

/** The proof of a negative answer, for those who want one; false if it does not fit. */
function proved(k: Kernel, result: number): boolean {
  return k.question.dnssecOk === 0 || proveNegative(k, result);
}

function negative(k: Kernel, result: number, policy: number): void {
  const c = k.counters;
  const counter = result === NXDOMAIN ? COUNTER_NXDOMAIN : COUNTER_NODATA;
  c[counter] = c[counter]! + 1;
  if (!authoritySoa(k, policy) || !proved(k, result)) truncate(k);
}

function concludeHit(k: Kernel, slab: TableViews, slot: number, depth: number): void {
  const { out, found, question: q } = k;
  // ANY: what we make up cannot be signed, so a signed RRset of the name speaks (RFC 8482 §4.1).
  if (found.rrset === 0 && q.dnssecOk !== 0) found.rrset = findSigned(k.table, found.node);
  if (found.rrset === 0) {
    if (!answerAny(k)) truncate(k);
  } else if (isTailored(k, found.rrset)) {
    // One scope cannot hold for a chain, so a tailored end is left to a query of its own
    // (RFC 7871 §7.2.1).
    if (depth === 0 || q.ecsFamily === 0) {
      if (isSteered(k, found.rrset)) {
        concludeSteered(k, slab, slot);
        return;
      }
      concludeHinted(k, slab, slot);
    }
  } else {
    const from = out.at;
    if (!answerStatic(k)) truncate(k);
    else {
      note(k);
      if (settle(k)) additionalOf(k, from);
    }
  }
  countHit(k);
}

/** An RRset whose hints are filled in; it is not signed, but a chain in front of it may be. */
function concludeHinted(k: Kernel, slab: TableViews, slot: number): void {
  const from = k.out.at;
  if (!answerHinted(k, slab, slot)) {
    truncate(k);
    return;
  }
  const to = k.out.at;
  if (settle(k)) additionalIn(k, from, to, SERVICE_TARGET_AT);
}

function concludeSteered(k: Kernel, slab: TableViews, slot: number): void {
  const type = k.question.type === TYPE_ANY ? TYPE_CNAME : k.question.type;
  const outcome = steer(k, slab, slot, type);
  if (outcome === PICK_NONE) negative(k, NODATA, k.picked.policy);
  if (outcome !== PICK_OK) return;
  countHit(k);
  if (!answerSteered(k, type)) truncate(k);
}

/** Picks for the steered RRset found; whatever is not an answer has scope 0 (RFC 7871 §7.4). */
function steer(k: Kernel, slab: TableViews, slot: number, type: number): number {
  const c = k.counters;
  c[COUNTER_STEERED] = c[COUNTER_STEERED]! + 1;
  const family = slab.u8[slot + PACKET_SLOT_FAMILY]!;
  const random = slab.i32[(slot + PACKET_SLOT_RANDOM) >> 2]!;
  const local = dataOf(k, k.found.rrset);
  const outcome = pick(k, local, type, slab.u8, slot + PACKET_SLOT_CLIENT, family, random);
  if (k.picked.allDown !== 0) {
    c[COUNTER_STEERED_ALL_DOWN] = c[COUNTER_STEERED_ALL_DOWN]! + 1;
  }
  if (outcome === PICK_OK) return outcome;
  k.picked.scope = 0;
  if (outcome === PICK_SERVFAIL) {
    clear(k.out, k.question.end);
    k.out.aa = 0;
    k.out.rcode = RCODE_SERVFAIL;
    k.proof.wildcards = 0;
  }
  return outcome;
}

/** The chain ends with what was written. */
const ENDED = -1;
/** The chain came to another end than data, which is counted. */
const CONCLUDED = -2;

/**
 * Writes the alias and gives the message offset of the name to go on with, or how the answer ends.
 * A name that was met before is a loop: what was written so far is the answer, without SERVFAIL.
 * The node alone does not tell: one wildcard or DNAME may well stand behind several names.
 */
function followAlias(
  k: Kernel,
  slab: TableViews,
  slot: number,
  result: number,
  depth: number,
): number {
  const { out, found, question: q, counters: c } = k;
  const steered = result === ALIAS && isSteered(k, found.rrset);
  // As in concludeHit: a tailored alias is left to a query of its own.
  if (steered && depth > 0 && q.ecsFamily !== 0) return ENDED;
  const hash = k.name.hash[0]!;
  for (let i = 0; i < depth; i += 1) {
    if (k.visitedNodes[i] === found.node && k.visitedHashes[i] === hash) return ENDED;
  }
  k.visitedNodes[depth] = found.node;
  k.visitedHashes[depth] = hash;
  c[COUNTER_ALIAS] = c[COUNTER_ALIAS]! + 1;
  if (found.synthesized !== 0) c[COUNTER_SYNTHESIZED] = c[COUNTER_SYNTHESIZED]! + 1;
  const at = out.at;
  if (result === SUBTREE_ALIAS) return followSubtree(k);
  if (steered) {
    const outcome = steer(k, slab, slot, TYPE_CNAME);
    if (outcome === PICK_NONE) negative(k, NODATA, k.picked.policy);
    if (outcome !== PICK_OK) return CONCLUDED;
    if (!answerSteered(k, TYPE_CNAME)) truncate(k);
    // RFC 7871 §7.2.1: only the first CNAME of a tailored chain.
    else if (q.ecsFamily === 0) return at + RR_HEAD_SIZE;
    return ENDED;
  }
  if (answerStatic(k)) {
    note(k);
    return at + RR_HEAD_SIZE;
  }
  truncate(k);
  return ENDED;
}

function followSubtree(k: Kernel): number {
  const { out, question: q } = k;
  const outcome = answerSubtree(k);
  if (outcome === SYNTHESIS_LONG) {
    out.rcode = RCODE_YXDOMAIN;
    return CONCLUDED;
  }
  if (outcome === SYNTHESIS_FULL) truncate(k);
  // The synthesised CNAME is itself what was asked for.
  else if (q.type !== TYPE_CNAME && q.type !== TYPE_ANY) return out.at - cnameDataSize(k);
  return ENDED;
}

/** Octets of the RDATA that answerSubtree wrote last: the kept labels and a pointer. */
function cnameDataSize(k: Kernel): number {
  return k.name.labelAt[k.found.label]! + 2;
}

/** TC, and nothing but the question: the asker comes back over TCP (RFC 2181 §9). */
function truncate(k: Kernel): void {
  clear(k.out, k.question.end);
  k.out.truncated = 1;
  k.proof.wildcards = 0;
}
