// SPDX-License-Identifier: Apache-2.0
/**
 * Writes the answer behind the question, in place: records copied from the table, then OPT.
 *
 * Why copy and patch instead of composing: an RRset lies in the table as whole RRs in wire form
 * (T4). What remains per answer is the owner's pointer, if the owner is not the question's name,
 * and the pointers to the apex, which always stands somewhere in the message already.
 *
 * Invariants
 *   W1  Nothing is written at or beyond `limit`; what does not fit changes nothing.
 *   W2  Records are whole: an RRset is copied entirely or not at all (RFC 2181 §9).
 *   W3  Compression pointers lead backwards, to offsets below 2^14 (RFC 1035 §4.1.4).
 *
 * Twin: native/src/writer.cc.
 */
import { RRSET_COUNT, RRSET_FIXUP_COUNT, RRSET_LENGTH, RRSET_SIZE } from "../layout/gen/table.ts";
import { HEADER_SIZE } from "../layout/limits.ts";
import type { TableViews } from "../table/reader.ts";
import { hashName, LOWER } from "./parse.ts";
import type { Found, NameScratch, Question, Writer } from "./scratch.ts";

const POINTER = 0xc000;
const POINTER_MAX = 0x3fff;
/** Octets of an RR in front of its RDATA when the owner is a pointer. */
export const RR_HEAD_SIZE = 12;
const OPT_SIZE = 11;
const ECS_SIZE = 8;

/** Begins an answer behind the question at `end`, with room for `limit` octets. */
export function begin(out: Writer, packet: Uint8Array, start: number, end: number): void {
  out.packet = packet;
  out.start = start;
  out.at = end;
  out.answers = 0;
  out.authorities = 0;
  out.additionals = 0;
  out.truncated = 0;
  out.rcode = 0;
  out.aa = 0;
}

/** Drops every record: what is left is the question. */
export function clear(out: Writer, end: number): void {
  out.at = end;
  out.answers = 0;
  out.authorities = 0;
  out.additionals = 0;
}

/** Octets of OPT with nothing but the client subnet; 0 without EDNS. */
export function optSize(q: Question): number {
  if (q.edns === 0) return 0;
  return q.ecsFamily === 0 ? OPT_SIZE : OPT_SIZE + ECS_SIZE + ((q.ecsSource + 7) >> 3);
}

export function fits(out: Writer, size: number): boolean {
  return out.at + size + out.reserve <= out.limit;
}

/**
 * Copies the RRset at absolute ref `rrset`. `ownerPos` is where its owner stands in the message,
 * `apexPos` where the apex does. Gives the number of RRs; 0 if they do not fit.
 */
export function copyRRset(
  out: Writer,
  table: TableViews,
  rrset: number,
  ownerPos: number,
  apexPos: number,
): number {
  const size = table.u16[(rrset + RRSET_LENGTH) >> 1]!;
  if (!fits(out, size)) return 0;
  const packet = out.packet;
  const from = rrset + RRSET_SIZE;
  const to = out.start + out.at;
  for (let i = 0; i < size; i += 1) packet[to + i] = table.u8[from + i]!;

  const fixups = table.u16[(rrset + RRSET_FIXUP_COUNT) >> 1]!;
  if (fixups !== 0) {
    const list = (from + size + (size & 1)) >> 1;
    for (let i = 0; i < fixups; i += 1) writePointer(packet, to + table.u16[list + i]!, apexPos);
  }
  if (ownerPos !== HEADER_SIZE) patchOwners(packet, to, to + size, ownerPos);
  out.at += size;
  return table.u16[(rrset + RRSET_COUNT) >> 1]!;
}

function patchOwners(packet: Uint8Array, from: number, end: number, ownerPos: number): void {
  let at = from;
  while (at < end) {
    writePointer(packet, at, ownerPos);
    at += RR_HEAD_SIZE + ((packet[at + 10]! << 8) | packet[at + 11]!);
  }
}

/** The low 16 bits of `value`, most significant octet first. */
export function put16(packet: Uint8Array, at: number, value: number): void {
  packet[at] = value >> 8;
  packet[at + 1] = value;
}

export function writePointer(packet: Uint8Array, at: number, pos: number): void {
  put16(packet, at, POINTER | pos);
}

export function pointable(pos: number): boolean {
  return pos <= POINTER_MAX;
}

/**
 * Begins one RR of `dataSize` octets at the write position; `ttl` as a little-endian word whose
 * octets are in wire order. Gives where RDATA is to be written in `packet`, or -1 if it does not fit.
 */
export function beginRR(
  out: Writer,
  ownerPos: number,
  type: number,
  ttl: number,
  dataSize: number,
): number {
  if (!fits(out, RR_HEAD_SIZE + dataSize)) return -1;
  const packet = out.packet;
  const at = out.start + out.at;
  writePointer(packet, at, ownerPos);
  packet[at + 2] = type >> 8;
  packet[at + 3] = type & 0xff;
  packet[at + 4] = 0;
  packet[at + 5] = 1;
  packet[at + 6] = ttl & 0xff;
  packet[at + 7] = (ttl >> 8) & 0xff;
  packet[at + 8] = (ttl >> 16) & 0xff;
  packet[at + 9] = ttl >>> 24;
  packet[at + 10] = dataSize >> 8;
  packet[at + 11] = dataSize & 0xff;
  out.at += RR_HEAD_SIZE + dataSize;
  return at + RR_HEAD_SIZE;
}

/** TTL word of the RR that begins at message offset `pos`, as beginRR takes it. */
export function ttlAt(out: Writer, pos: number): number {
  const at = out.start + pos + 6;
  const p = out.packet;
  return p[at]! | (p[at + 1]! << 8) | (p[at + 2]! << 16) | (p[at + 3]! << 24);
}

/** Takes a name of our own answer apart, following its pointers, as parse does for the question. */
export function loadName(out: Writer, pos: number, name: NameScratch): void {
  const packet = out.packet;
  let at = pos;
  let size = 0;
  let labels = 0;
  for (;;) {
    const length = packet[out.start + at]!;
    if (length >= 0xc0) {
      at = ((length & 0x3f) << 8) | packet[out.start + at + 1]!;
      continue;
    }
    name.labelAt[labels] = size;
    name.labelPos[labels] = at;
    name.octets[size] = length;
    if (length === 0) break;
    for (let i = 1; i <= length; i += 1) {
      name.octets[size + i] = LOWER[packet[out.start + at + i]!]!;
    }
    size += length + 1;
    at += length + 1;
    labels += 1;
  }
  name.size = size + 1;
  name.labelCount = labels;
  hashName(name);
}

/** Message offset of the apex of the zone that `name` was found in. */
export function apexPosOf(name: NameScratch, found: Found): number {
  return name.labelPos[name.labelCount - found.apexLabels]!;
}

/** Writes the header; gives the size of the message. */
export function finish(out: Writer, q: Question): number {
  const { packet, start } = out;
  packet[start + 2] = 0x80 | (packet[start + 2]! & 0x79) | (out.aa << 2) | (out.truncated << 1);
  packet[start + 3] = out.rcode;
  // The question stays as it is: counted if it can be repeated.
  packet[start + 4] = 0;
  packet[start + 5] = q.end > HEADER_SIZE ? 1 : 0;
  packet[start + 6] = out.answers >> 8;
  packet[start + 7] = out.answers & 0xff;
  packet[start + 8] = out.authorities >> 8;
  packet[start + 9] = out.authorities & 0xff;
  packet[start + 10] = out.additionals >> 8;
  packet[start + 11] = out.additionals & 0xff;
  return out.at;
}

/** Writes OPT with the client subnet; edns.ts adds the rest. RFC 6891 §6.1, RFC 7871 §7.2.2. */
export function writeOpt(
  out: Writer,
  q: Question,
  extended: number,
  udpSize: number,
  scope: number,
): void {
  const p = out.packet;
  const at = out.start + out.at;
  const octets = (q.ecsSource + 7) >> 3;
  const dataSize = q.ecsFamily === 0 ? 0 : ECS_SIZE + octets;
  p[at] = 0;
  p[at + 1] = 0;
  p[at + 2] = 41;
  p[at + 3] = udpSize >> 8;
  p[at + 4] = udpSize & 0xff;
  p[at + 5] = extended;
  p[at + 6] = 0;
  p[at + 7] = q.dnssecOk >> 8;
  p[at + 8] = 0;
  p[at + 9] = 0;
  p[at + 10] = dataSize;
  if (dataSize !== 0) {
    p[at + 11] = 0;
    p[at + 12] = 8;
    p[at + 13] = 0;
    p[at + 14] = 4 + octets;
    p[at + 15] = 0;
    p[at + 16] = q.ecsFamily;
    p[at + 17] = q.ecsSource;
    p[at + 18] = scope;
    for (let i = 0; i < octets; i += 1) p[at + 19 + i] = q.ecsAddress[i]!;
  }
  out.at += OPT_SIZE + dataSize;
  out.additionals += 1;
}
