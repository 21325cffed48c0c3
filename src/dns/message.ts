// SPDX-License-Identifier: Apache-2.0
/**
 * Reads a whole DNS message into values: for the slow path, tools and tests.
 *
 * The kernel reads requests in place and never calls this. Here everything is unfolded: names in
 * RDATA of known types are decompressed, EDNS is taken out of the additional section, so that a
 * reader need not know how it was packed.
 *
 * Invariants
 *   M1  Nothing throws: octets that are no message give a MessageError with the place.
 *   M2  A compression pointer points before the name that it ends, so every walk ends.
 *   M3  RDATA of known types is valid by `validRdata`.
 *
 * RFC 1035 §4.1; RFC 3597 §4 decompression; RFC 6891 §6.1 OPT; RFC 7871 §6 client subnet.
 */
import { name as nameField } from "./fields.ts";
import { EdnsOption, Type } from "./iana.ts";
import { LABEL_SIZE_MAX, NAME_SIZE_MAX } from "./names.ts";
import { awaitsHints, rdataRow, validRdata } from "./rdata.ts";
import { get16, get32 } from "./sink.ts";

export const HEADER_SIZE = 12;

export interface Header {
  readonly id: number;
  readonly qr: boolean;
  readonly opcode: number;
  readonly aa: boolean;
  readonly tc: boolean;
  readonly rd: boolean;
  readonly ra: boolean;
  readonly ad: boolean;
  readonly cd: boolean;
  /** With the upper bits of EDNS, if there is EDNS. */
  readonly rcode: number;
}

export interface Question {
  /** Case as sent. */
  readonly name: Uint8Array;
  readonly type: number;
  readonly class: number;
}

export interface ResourceRecord {
  readonly owner: Uint8Array;
  readonly type: number;
  readonly class: number;
  /** Seconds. */
  readonly ttl: number;
  /** Names in it uncompressed, if the type is known. */
  readonly rdata: Uint8Array;
}

/** Octets of an option in front of its data: code and length (RFC 6891 §6.1.2). */
export const OPTION_HEAD_SIZE = 4;

export interface EdnsOptionValue {
  readonly code: number;
  readonly data: Uint8Array;
}

export interface Edns {
  /** Octets. */
  readonly payload: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOptionValue[];
}

/** Octets of options in OPT. */
export function optionsSize(options: readonly EdnsOptionValue[]): number {
  return options.reduce((sum, { data }) => sum + OPTION_HEAD_SIZE + data.length, 0);
}

export interface Message extends Header {
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  /** Without OPT. */
  readonly additionals: readonly ResourceRecord[];
  readonly edns: Edns | null;
}

/** What is wrong, and at which octet. */
export interface MessageError {
  readonly error: string;
  readonly at: number;
}

export function isMessage(got: Message | MessageError): got is Message {
  return !("error" in got);
}

interface Cursor {
  readonly octets: Uint8Array;
  at: number;
  error: string;
}

/** Reads a message. Octets behind the last record are an error. */
export function readMessage(octets: Uint8Array): Message | MessageError {
  if (octets.length < HEADER_SIZE) return { error: "shorter than a header", at: octets.length };
  const c: Cursor = { octets, at: HEADER_SIZE, error: "" };
  const questions: Question[] = [];
  for (let i = get16(octets, 4); i > 0 && c.error === ""; i -= 1) {
    const question = readQuestion(c);
    if (question !== null) questions.push(question);
  }
  const answers = readRecords(c, get16(octets, 6));
  const authorities = readRecords(c, get16(octets, 8));
  const extras = readRecords(c, get16(octets, 10));
  if (c.error === "" && c.at !== octets.length) c.error = "octets behind the last record";
  const opts = extras.filter((record) => record.type === Type.OPT);
  if (c.error === "" && opts.length > 1) c.error = "more than one OPT";
  const opt = opts[0];
  const edns = opt === undefined ? null : readEdns(c, opt);
  if (c.error !== "") return { error: c.error, at: c.at };
  return {
    ...readHeader(octets, opt),
    questions,
    answers,
    authorities,
    additionals: extras.filter((record) => record.type !== Type.OPT),
    edns,
  };
}

function readHeader(octets: Uint8Array, opt: ResourceRecord | undefined): Header {
  const flags = get16(octets, 2);
  const upper = opt === undefined ? 0 : opt.ttl >>> 24;
  return {
    id: get16(octets, 0),
    qr: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    aa: (flags & 0x0400) !== 0,
    tc: (flags & 0x0200) !== 0,
    rd: (flags & 0x0100) !== 0,
    ra: (flags & 0x0080) !== 0,
    ad: (flags & 0x0020) !== 0,
    cd: (flags & 0x0010) !== 0,
    rcode: (upper << 4) | (flags & 15),
  };
}

function readQuestion(c: Cursor): Question | null {
  const name = readName(c);
  if (name === null) return null;
  if (c.at + 4 > c.octets.length) return failed(c, "a question is cut short");
  c.at += 4;
  return { name, type: get16(c.octets, c.at - 4), class: get16(c.octets, c.at - 2) };
}

function failed(c: Cursor, error: string): null {
  if (c.error === "") c.error = error;
  return null;
}

function readRecords(c: Cursor, count: number): ResourceRecord[] {
  const records: ResourceRecord[] = [];
  for (let i = 0; i < count && c.error === ""; i += 1) {
    const record = readRecord(c);
    if (record !== null) records.push(record);
  }
  return records;
}

function readRecord(c: Cursor): ResourceRecord | null {
  const owner = readName(c);
  if (owner === null) return null;
  const { octets } = c;
  if (c.at + 10 > octets.length) return failed(c, "a record is cut short");
  const type = get16(octets, c.at);
  const cls = get16(octets, c.at + 2);
  const ttl = get32(octets, c.at + 4);
  const size = get16(octets, c.at + 8);
  c.at += 10;
  if (c.at + size > octets.length) return failed(c, "RDATA is cut short");
  const rdata = expandRdata(c, type, c.at + size);
  return rdata === null ? null : { owner, type, class: cls, ttl, rdata };
}

/** The RDATA up to `end`, its names decompressed. Leaves the cursor there. */
function expandRdata(c: Cursor, type: number, end: number): Uint8Array | null {
  const start = c.at;
  const row = rdataRow(type);
  // RFC 2136 §2.4, §2.5: in an UPDATE, empty RDATA of any type asks for or deletes an RRset.
  if (row === undefined || start === end || !row.fields.includes(nameField)) {
    c.at = end;
    const rdata = c.octets.slice(start, end);
    if (row === undefined || start === end || validRdata(type, rdata)) return rdata;
    return failed(c, "malformed RDATA");
  }
  const parts: Uint8Array[] = [];
  for (const field of row.fields) {
    const from = c.at;
    if (field === nameField) {
      const name = readName(c);
      if (name === null) return null;
      parts.push(name);
    } else {
      const size = field.size(c.octets, from, end, start);
      if (size < 0) return failed(c, "malformed RDATA");
      c.at += size;
      parts.push(c.octets.subarray(from, c.at));
    }
    if (c.at > end) return failed(c, "a name reaches beyond its RDATA");
  }
  if (c.at !== end) return failed(c, "RDATA longer than its type");
  const rdata = concat(parts);
  return awaitsHints(type, rdata) ? failed(c, "malformed RDATA") : rdata;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The name at `at`, pointers followed backwards; null if it is none. */
export function nameAt(octets: Uint8Array, at: number): Uint8Array | null {
  return readName({ octets, at, error: "" });
}

/** Where readName puts a name together: a transfer has millions. */
const nameScratch = new Uint8Array(NAME_SIZE_MAX);

/** Reads the name at the cursor, following pointers, and leaves the cursor behind it. */
function readName(c: Cursor): Uint8Array | null {
  const { octets } = c;
  let size = 0;
  let at = c.at;
  let after = -1;
  let lowest = c.at;
  for (;;) {
    if (at >= octets.length) return failed(c, "a name is cut short");
    const length = octets[at]!;
    if (length >= 0xc0) {
      if (at + 1 >= octets.length) return failed(c, "a pointer is cut short");
      const target = get16(octets, at) & 0x3fff;
      if (after < 0) after = at + 2;
      if (target >= lowest) return failed(c, "a pointer does not point backwards");
      lowest = target;
      at = target;
      continue;
    }
    if (length > LABEL_SIZE_MAX) return failed(c, "a label of unknown kind");
    if (at + 1 + length > octets.length) return failed(c, "a label is cut short");
    if (size + 1 + length > NAME_SIZE_MAX) return failed(c, "a name longer than 255 octets");
    for (let i = 0; i <= length; i += 1) nameScratch[size + i] = octets[at + i]!;
    size += 1 + length;
    at += 1 + length;
    if (length === 0) break;
  }
  c.at = after < 0 ? at : after;
  return nameScratch.slice(0, size);
}

function readEdns(c: Cursor, opt: ResourceRecord): Edns | null {
  if (opt.owner.length !== 1) return failed(c, "the owner of OPT is not the root");
  const options: EdnsOptionValue[] = [];
  const { rdata } = opt;
  for (let at = 0; at < rdata.length; ) {
    if (at + 4 > rdata.length) return failed(c, "an EDNS option is cut short");
    const end = at + 4 + get16(rdata, at + 2);
    if (end > rdata.length) return failed(c, "an EDNS option is cut short");
    options.push({ code: get16(rdata, at), data: rdata.slice(at + 4, end) });
    at = end;
  }
  return {
    payload: opt.class,
    version: (opt.ttl >>> 16) & 0xff,
    dnssecOk: (opt.ttl & 0x8000) !== 0,
    options,
  };
}

/** A client subnet (RFC 7871 §6). Lengths in bits; `address` has 4 or 16 octets, zeros behind. */
export interface ClientSubnet {
  readonly family: 1 | 2;
  readonly source: number;
  readonly scope: number;
  readonly address: Uint8Array;
}

/** The client subnet in an option's data; null if it is malformed by RFC 7871 §6. */
export function readClientSubnet(data: Uint8Array): ClientSubnet | null {
  if (data.length < 4) return null;
  const family = get16(data, 0);
  if (family !== 1 && family !== 2) return null;
  const width = family === 1 ? 4 : 16;
  const source = data[2]!;
  const scope = data[3]!;
  const size = Math.ceil(source / 8);
  if (source > width * 8 || scope > width * 8 || data.length !== 4 + size) return null;
  const spare = size * 8 - source;
  if (size > 0 && (data[3 + size]! & ((1 << spare) - 1)) !== 0) return null;
  const address = new Uint8Array(width);
  address.set(data.subarray(4));
  return { family, source, scope, address };
}

/** The client subnet of a message; null if it has none, or a malformed one. */
export function clientSubnetOf(message: Message): ClientSubnet | null {
  const option = message.edns?.options.find((o) => o.code === EdnsOption.ECS);
  return option === undefined ? null : readClientSubnet(option.data);
}
