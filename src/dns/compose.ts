// SPDX-License-Identifier: Apache-2.0
/**
 * Writes DNS messages from values: queries for probes and tests, answers of the slow path.
 *
 * Compression remembers whole suffixes by their lower-case octets. It is simple and not quick; the
 * kernel has its own, over prepared RRsets.
 *
 * RFC 1035 §4.1, §4.1.4; RFC 3597 §4 no compression in newer types; RFC 6891 §6.1.2; RFC 7871 §6.
 */
import { assert } from "../base/assert.ts";
import { addressFromText } from "./address.ts";
import { Class, EdnsOption, Type, typeNumber } from "./iana.ts";
import type { ClientSubnet, Edns, EdnsOptionValue, Message, ResourceRecord } from "./message.ts";
import { lowerName, nameFromText } from "./names.ts";
import { rdataNames } from "./rdata.ts";
import { createSink, put8, put16, put32, reserve, type Sink } from "./sink.ts";

/** What a query needs; everything but the name and type has a default. */
export interface QueryOptions {
  /** Wire form, or text. A text that is no name is a breach. */
  readonly name: Uint8Array | string;
  /** Number, or mnemonic. */
  readonly type: number | string;
  /** IN unless given. */
  readonly class?: number;
  /** Zero unless given. */
  readonly id?: number;
  /** False unless given: we ask authorities. */
  readonly rd?: boolean;
  readonly cd?: boolean;
  readonly opcode?: number;
  /** EDNS with these fields; the payload is 1232 octets, the version 0 unless given. */
  readonly edns?: Partial<Edns>;
  /** A client subnet, `192.0.2.0/24` or in parts. Turns EDNS on. */
  readonly ecs?: ClientSubnet | string;
}

/** RFC 9715: fits without fragments nearly everywhere. */
export const PAYLOAD_DEFAULT = 1232;

/** The octets of a query. */
export function composeQuery(query: QueryOptions): Uint8Array {
  const name = typeof query.name === "string" ? nameFromText(query.name) : query.name;
  const type = typeof query.type === "string" ? typeNumber(query.type) : query.type;
  assert(name !== null, `not a name: ${String(query.name)}`);
  assert(type >= 0, `not a type: ${query.type}`);
  const options: EdnsOptionValue[] = [...(query.edns?.options ?? [])];
  if (query.ecs !== undefined) {
    options.push({ code: EdnsOption.ECS, data: clientSubnetData(subnetOf(query.ecs)) });
  }
  const edns: Edns | null =
    query.edns === undefined && query.ecs === undefined
      ? null
      : { payload: PAYLOAD_DEFAULT, version: 0, dnssecOk: false, ...query.edns, options };
  return composeMessage({
    id: query.id ?? 0,
    qr: false,
    opcode: query.opcode ?? 0,
    aa: false,
    tc: false,
    rd: query.rd ?? false,
    ra: false,
    ad: false,
    cd: query.cd ?? false,
    rcode: 0,
    questions: [{ name, type, class: query.class ?? Class.IN }],
    answers: [],
    authorities: [],
    additionals: [],
    edns,
  });
}

function subnetOf(ecs: ClientSubnet | string): ClientSubnet {
  if (typeof ecs !== "string") return ecs;
  const [text, bits] = ecs.split("/");
  const address = addressFromText(text!);
  assert(address !== null && /^\d+$/.test(bits ?? ""), `not a subnet: ${ecs}`);
  const family = address.length === 4 ? 1 : 2;
  return { family, source: Number(bits), scope: 0, address };
}

/** The data of the option: as many address octets as the source length needs, the rest zeroed. */
export function clientSubnetData(ecs: ClientSubnet): Uint8Array {
  const size = Math.ceil(ecs.source / 8);
  const data = new Uint8Array(4 + size);
  data.set([0, ecs.family, ecs.source, ecs.scope]);
  data.set(ecs.address.subarray(0, size), 4);
  const spare = size * 8 - ecs.source;
  if (size > 0) data[3 + size]! &= 0xff << spare;
  return data;
}

/** Offsets of names written so far, by the lower-case octets of each suffix. */
type Suffixes = Map<string, number>;

/** A pointer has 14 bits. */
const POINTER_MAX = 0x3fff;

function putName(sink: Sink, name: Uint8Array, suffixes: Suffixes): void {
  const lower = lowerName(name);
  let at = 0;
  while (name[at] !== 0) {
    const key = String.fromCharCode(...lower.subarray(at));
    const known = suffixes.get(key);
    if (known !== undefined) {
      put16(sink, 0xc000 | known);
      return;
    }
    if (sink.at <= POINTER_MAX) suffixes.set(key, sink.at);
    const size = 1 + name[at]!;
    for (let i = at; i < at + size; i += 1) put8(sink, name[i]!);
    at += size;
  }
  put8(sink, 0);
}

function putRecord(sink: Sink, record: ResourceRecord, suffixes: Suffixes): void {
  const { owner, type, rdata } = record;
  reserve(sink, owner.length + rdata.length + 16);
  putName(sink, owner, suffixes);
  put16(sink, type);
  put16(sink, record.class);
  put32(sink, record.ttl);
  const sizeAt = sink.at;
  put16(sink, 0);
  let from = 0;
  for (const { at, size, compressible } of rdataNames(type, rdata)) {
    if (!compressible) continue;
    for (; from < at; from += 1) put8(sink, rdata[from]!);
    putName(sink, rdata.subarray(at, at + size), suffixes);
    from = at + size;
  }
  for (; from < rdata.length; from += 1) put8(sink, rdata[from]!);
  const size = sink.at - sizeAt - 2;
  sink.octets[sizeAt] = size >> 8;
  sink.octets[sizeAt + 1] = size;
}

/** The OPT record of EDNS; the upper bits of the rcode go into it. */
function optRecord(edns: Edns, rcode: number): ResourceRecord {
  const sink = createSink(new Uint8Array(1), 0);
  for (const { code, data } of edns.options) {
    reserve(sink, data.length + 4);
    put16(sink, code);
    put16(sink, data.length);
    sink.octets.set(data, sink.at);
    sink.at += data.length;
  }
  const ttl = ((rcode >> 4) << 24) | (edns.version << 16) | (edns.dnssecOk ? 0x8000 : 0);
  const rdata = sink.octets.slice(0, sink.at);
  return { owner: new Uint8Array(1), type: Type.OPT, class: edns.payload, ttl: ttl >>> 0, rdata };
}

/** The octets of an OPT record, with the upper bits of this RCODE. */
export function composeOpt(edns: Edns, rcode: number): Uint8Array {
  const sink = createSink(new Uint8Array(1), 64);
  putRecord(sink, optRecord(edns, rcode), new Map());
  return sink.octets.slice(0, sink.at);
}

/** The octets of a message, names compressed. The inverse of readMessage, but for compression. */
export function composeMessage(m: Message): Uint8Array {
  const sink = createSink(new Uint8Array(1), 512);
  const suffixes: Suffixes = new Map();
  const extras = m.edns === null ? m.additionals : [...m.additionals, optRecord(m.edns, m.rcode)];
  const flags =
    (m.qr ? 0x8000 : 0) |
    ((m.opcode & 15) << 11) |
    (m.aa ? 0x0400 : 0) |
    (m.tc ? 0x0200 : 0) |
    (m.rd ? 0x0100 : 0) |
    (m.ra ? 0x0080 : 0) |
    (m.ad ? 0x0020 : 0) |
    (m.cd ? 0x0010 : 0) |
    (m.rcode & 15);
  put16(sink, m.id);
  put16(sink, flags);
  put16(sink, m.questions.length);
  put16(sink, m.answers.length);
  put16(sink, m.authorities.length);
  put16(sink, extras.length);
  for (const question of m.questions) {
    reserve(sink, question.name.length + 4);
    putName(sink, question.name, suffixes);
    put16(sink, question.type);
    put16(sink, question.class);
  }
  for (const section of [m.answers, m.authorities, extras]) {
    for (const record of section) putRecord(sink, record, suffixes);
  }
  return sink.octets.slice(0, sink.at);
}
