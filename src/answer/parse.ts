// SPDX-License-Identifier: Apache-2.0
/**
 * Reads a request where it lies: header, the one question, OPT; its options are options.ts.
 *
 * Nothing of the message is copied but the lower-cased name, client subnet and cookie, since
 * the answer will be written over everything behind the question.
 *
 * Invariants
 *   Q1  Never throws, never allocates, reads only packet[start, start + size).
 *   Q2  A request that repeats or misplaces OPT, or carries octets behind its last record, is
 *       FORMERR: whoever sends it reads the protocol otherwise than we do.
 *   Q3  After FORMERR, `question.end` still says how much of the question can be repeated.
 *   Q4  SLOW is what is not ours to read further: NOTIFY, UPDATE, and what TSIG signs.
 *
 * RFC 1035 §4.1; RFC 6891 §6.1; RFC 7873 §5.4; RFC 8490 §5.4; RFC 8945 §5.1; RFC 9619.
 * Twin: native/src/parse.cc.
 */
import { hashLabel, NAME_HASH_ROOT } from "../base/hash.ts";
import { get16 } from "../dns/sink.ts";
import {
  VERDICT_BADVERS,
  VERDICT_DROP,
  VERDICT_FORMERR,
  VERDICT_NOTIMP,
  VERDICT_OK,
  VERDICT_PROBE,
  VERDICT_SLOW,
} from "../layout/gen/enums.ts";
import {
  HEADER_SIZE,
  LABEL_SIZE_MAX,
  NAME_SIZE_MAX,
  UDP_PLAIN_SIZE_MAX,
} from "../layout/limits.ts";
import { TYPE_OPT, TYPE_TSIG } from "./codes.ts";
import { HAS_COOKIE, parseOptions } from "./options.ts";
import type { NameScratch, Question } from "./scratch.ts";

const FLAG_QR = 0x80;
const MASK_OPCODE = 0x78;
const OPCODE_QUERY = 0;
const OPCODE_NOTIFY = 4;
const OPCODE_UPDATE = 5;
const OPCODE_DSO = 6;

/** Lower case for each octet: ASCII letters only (RFC 4343). */
export const LOWER = new Uint8Array(256);
for (let i = 0; i < 256; i += 1) LOWER[i] = i >= 65 && i <= 90 ? i + 32 : i;

/** Checks one request and notes where its parts lie; the verdicts of the head. */
export function parse(
  packet: Uint8Array,
  start: number,
  size: number,
  name: NameScratch,
  q: Question,
): number {
  q.end = HEADER_SIZE;
  q.edns = 0;
  q.dnssecOk = 0;
  q.ecsFamily = 0;
  q.options = 0;
  q.cookieSize = 0;
  if (size < HEADER_SIZE) return VERDICT_DROP;
  const flags = packet[start + 2]!;
  // A response that is answered makes two servers talk forever.
  if ((flags & FLAG_QR) !== 0) return VERDICT_DROP;
  const opcode = (flags & MASK_OPCODE) >> 3;
  if (opcode === OPCODE_NOTIFY || opcode === OPCODE_UPDATE) return VERDICT_SLOW;
  const end = start + size;
  if (opcode !== OPCODE_QUERY) {
    // Messages of DSO are made otherwise (RFC 8490 §5.4).
    if (opcode !== OPCODE_DSO) parseForeign(packet, start, end, q);
    return VERDICT_NOTIMP;
  }
  if (packet[start + 4] !== 0 || packet[start + 5]! > 1) return VERDICT_FORMERR;
  if (packet[start + 5] === 0) return parseProbe(packet, start, end, q);

  const typeAt = parseName(packet, start, end, name);
  if (typeAt === 0 || typeAt + 4 > end) return VERDICT_FORMERR;
  q.type = get16(packet, typeAt);
  q.class = get16(packet, typeAt + 2);
  q.end = typeAt + 4 - start;

  if ((get16(packet, start + 6) | get16(packet, start + 8) | get16(packet, start + 10)) !== 0) {
    const verdict = parseRecords(packet, start, typeAt + 4, end, q);
    if (verdict !== VERDICT_OK) return verdict;
  } else if (typeAt + 4 !== end) {
    return VERDICT_FORMERR;
  }
  // OPT and TSIG are no data that could be asked for (RFC 6891 §6.1.1, RFC 8945 §4.2).
  return q.type === TYPE_OPT || q.type === TYPE_TSIG ? VERDICT_FORMERR : VERDICT_OK;
}

/** A request without a question: only a cookie makes sense of it (RFC 7873 §5.4, RFC 9619 §4). */
function parseProbe(packet: Uint8Array, start: number, end: number, q: Question): number {
  const verdict = parseRecords(packet, start, start + HEADER_SIZE, end, q);
  if (verdict === VERDICT_SLOW) return VERDICT_FORMERR;
  if (verdict !== VERDICT_OK) return verdict;
  return (q.options & HAS_COOKIE) !== 0 ? VERDICT_PROBE : VERDICT_FORMERR;
}

/** Looks for OPT in a request of an opcode that is not ours: if it is there, the answer has one. */
export function parseForeign(packet: Uint8Array, start: number, end: number, q: Question): void {
  let at = start + HEADER_SIZE;
  for (let i = get16(packet, start + 4); i > 0 && at < end; i -= 1) {
    at = skipName(packet, at, end) + 4;
    if (at === 4 || at > end) return;
  }
  if (parseRecords(packet, start, at, end, q) !== VERDICT_FORMERR) return;
  q.edns = 0;
  q.ecsFamily = 0;
  q.options = 0;
}

/** Reads the question's name; gives the offset behind it, or 0 if it is malformed. */
function parseName(packet: Uint8Array, start: number, end: number, name: NameScratch): number {
  let at = start + HEADER_SIZE;
  let size = 0;
  let labels = 0;
  for (;;) {
    if (at >= end) return 0;
    const length = packet[at]!;
    // Above 63 is a compression pointer, and the first name has nothing before it to point at.
    if (length > LABEL_SIZE_MAX || size + length + 1 > NAME_SIZE_MAX) return 0;
    name.labelAt[labels] = size;
    name.labelPos[labels] = at - start;
    if (length === 0) break;
    if (at + length >= end) return 0;
    size += length + 1;
    at += length + 1;
    labels += 1;
  }
  // Length octets are below every letter, so the name is folded as one run of octets.
  const from = start + HEADER_SIZE;
  for (let i = 0; i <= size; i += 1) name.octets[i] = LOWER[packet[from + i]!]!;
  name.size = size + 1;
  name.labelCount = labels;
  hashName(name);
  return at + 1;
}

/** Fills the hashes of all suffixes, from the root inwards. */
export function hashName(name: NameScratch): void {
  let hash = NAME_HASH_ROOT;
  name.hash[name.labelCount] = hash;
  for (let i = name.labelCount - 1; i >= 0; i -= 1) {
    const at = name.labelAt[i]!;
    hash = hashLabel(hash, name.octets, at + 1, name.octets[at]!);
    name.hash[i] = hash;
  }
}

/** Walks all records behind the question; only OPT and TSIG are of interest. They begin at `from`. */
function parseRecords(
  packet: Uint8Array,
  start: number,
  from: number,
  end: number,
  q: Question,
): number {
  const records = get16(packet, start + 6) + get16(packet, start + 8);
  const additionals = get16(packet, start + 10);
  let at = from;
  let signed = false;
  for (let i = 0; i < records + additionals; i += 1) {
    const ownerAt = at;
    at = skipName(packet, at, end);
    if (at === 0 || at + 10 > end) return VERDICT_FORMERR;
    const type = get16(packet, at);
    const dataSize = get16(packet, at + 8);
    const dataAt = at + 10;
    if (dataAt + dataSize > end) return VERDICT_FORMERR;
    if (type === TYPE_TSIG) {
      // The last record of the additional section or malformed (RFC 8945 §5.1).
      if (i !== records + additionals - 1 || additionals === 0) return VERDICT_FORMERR;
      signed = true;
    } else if (type === TYPE_OPT) {
      // At most one, in the additional section, owned by the root (RFC 6891 §6.1.1).
      if (q.edns !== 0 || i < records || packet[ownerAt] !== 0) return VERDICT_FORMERR;
      q.edns = 1;
      q.payloadSize = Math.max(get16(packet, at + 2), UDP_PLAIN_SIZE_MAX);
      q.version = packet[at + 5]!;
      q.dnssecOk = (packet[at + 6]! & 0x80) << 8;
      // Options of a version that we do not know may be written otherwise.
      if (q.version === 0) {
        const verdict = parseOptions(packet, dataAt, dataAt + dataSize, q);
        if (verdict !== VERDICT_OK) return verdict;
      }
    }
    at = dataAt + dataSize;
  }
  if (at !== end) return VERDICT_FORMERR;
  if (signed) return VERDICT_SLOW;
  return q.edns !== 0 && q.version !== 0 ? VERDICT_BADVERS : VERDICT_OK;
}

/** Offset behind a name that may be compressed; 0 if it leaves the message. */
export function skipName(packet: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const length = packet[at]!;
    if (length >= 0xc0) return at + 2 <= end ? at + 2 : 0;
    if (length > LABEL_SIZE_MAX || at - from + length + 1 > NAME_SIZE_MAX) return 0;
    at += length + 1;
    if (length === 0) return at;
  }
  return 0;
}
