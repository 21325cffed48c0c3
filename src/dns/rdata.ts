// SPDX-License-Identifier: Apache-2.0
/**
 * The table of RR types: what the RDATA of each is made of, and all that follows from it.
 *
 * One row per type. Reading text, printing, checking wire form, canonical form, which names may be
 * compressed and which name asks for additional data are functions over the row, so a new type is
 * one row and cases in `rdata.test.ts`. Types without a row have the form of RFC 3597 only.
 *
 * Invariants
 *   R1  What writeRdata accepts is valid by validRdata, but for hints of SVCB that are to be filled in
 *       (svcb.ts V4); and rdataToText of it reads back to the same octets.
 *   R2  No function throws, whatever the octets: malformed RDATA prints in the form of RFC 3597.
 *
 * RFC 3597 §4 compression only in types of RFC 1035, §5 `\#`; RFC 4034 §6.2 with RFC 6840 §5.1
 * canonical form. The documents of the types stand at their rows.
 */
import { sameOctets } from "../base/octets.ts";
import {
  type Field,
  ipv4,
  ipv6,
  name,
  period,
  present,
  restText,
  string,
  strings,
  stringsOptional,
  tag,
  tokenNumber,
  u8,
  u16,
  u32,
} from "./fields.ts";
import {
  base32,
  base64,
  base64Optional,
  eui48,
  eui64,
  hex,
  hexText,
  locator64,
  nsap,
  readHex,
  salt,
} from "./fields-code.ts";
import { algorithm, certificate, coveredType, scheme, time, typeBitmap } from "./fields-dnssec.ts";
import { gateway, location, prefixes, relay } from "./fields-place.ts";
import { Type, typeText } from "./iana.ts";
import { lowerInPlace } from "./names.ts";
import { beginRdata, createSink, RDATA_SIZE_MAX, refuse, type Sink } from "./sink.ts";
import { hasAutoHint, svcParams } from "./svcb.ts";
import { TOKEN_QUOTED, type Token, type TokenList, tokenListOf, tokensFromText } from "./tokens.ts";

/** What is true of the names in the RDATA of a type. */
export interface RdataRow {
  readonly type: number;
  readonly fields: readonly Field[];
  /** Names may be compressed on output: types of RFC 1035 only (RFC 3597 §4). */
  readonly compressible: boolean;
  /** Names are lower-cased in canonical form (RFC 4034 §6.2 as amended by RFC 6840 §5.1). */
  readonly lowered: boolean;
  /** Index of the field whose addresses belong into ADDITIONAL; -1 if there is none. */
  readonly target: number;
}

const OLD = { compressible: true, lowered: true, target: -1 } as const;
const LOW = { compressible: false, lowered: true, target: -1 } as const;
const NEW = { compressible: false, lowered: false, target: -1 } as const;

export const RDATA_ROWS: readonly RdataRow[] = [
  // RFC 1035 §3.3, §3.4
  { type: Type.A, fields: [ipv4], ...OLD },
  { type: Type.NS, fields: [name], ...OLD, target: 0 },
  { type: Type.MD, fields: [name], ...OLD },
  { type: Type.MF, fields: [name], ...OLD },
  { type: Type.CNAME, fields: [name], ...OLD },
  { type: Type.SOA, fields: [name, name, u32, period, period, period, period], ...OLD },
  { type: Type.MB, fields: [name], ...OLD },
  { type: Type.MG, fields: [name], ...OLD },
  { type: Type.MR, fields: [name], ...OLD },
  { type: Type.PTR, fields: [name], ...OLD },
  { type: Type.HINFO, fields: [string, string], ...OLD },
  { type: Type.MINFO, fields: [name, name], ...OLD },
  { type: Type.MX, fields: [u16, name], ...OLD, target: 1 },
  { type: Type.TXT, fields: [strings], ...OLD },
  // RFC 1183
  { type: Type.RP, fields: [name, name], ...LOW },
  { type: Type.AFSDB, fields: [u16, name], ...LOW, target: 1 },
  { type: Type.X25, fields: [string], ...NEW },
  { type: Type.ISDN, fields: [string, stringsOptional], ...NEW },
  { type: Type.RT, fields: [u16, name], ...LOW, target: 1 },
  // RFC 1706, RFC 1348
  { type: Type.NSAP, fields: [nsap], ...NEW },
  { type: Type["NSAP-PTR"], fields: [name], ...NEW },
  // RFC 2535, still met as SIG(0) and its key
  {
    type: Type.SIG,
    fields: [coveredType, algorithm, u8, period, time, time, u16, name, base64],
    ...LOW,
  },
  { type: Type.KEY, fields: [u16, u8, algorithm, base64Optional], ...NEW },
  // RFC 2163, RFC 1712, RFC 3596, RFC 1876
  { type: Type.PX, fields: [u16, name, name], ...LOW },
  { type: Type.GPOS, fields: [string, string, string], ...NEW },
  { type: Type.AAAA, fields: [ipv6], ...NEW },
  { type: Type.LOC, fields: [location], ...NEW },
  // RFC 2782, RFC 3403, RFC 2230, RFC 4398, RFC 6672, RFC 3123
  { type: Type.SRV, fields: [u16, u16, u16, name], ...LOW, target: 3 },
  { type: Type.NAPTR, fields: [u16, u16, string, string, string, name], ...LOW },
  { type: Type.KX, fields: [u16, name], ...LOW, target: 1 },
  { type: Type.CERT, fields: [certificate, u16, algorithm, base64], ...NEW },
  { type: Type.DNAME, fields: [name], ...LOW },
  { type: Type.APL, fields: [prefixes], ...NEW },
  // RFC 4034, RFC 4255, RFC 4025, RFC 4701, RFC 5155
  { type: Type.DS, fields: [u16, algorithm, u8, hex], ...NEW },
  { type: Type.SSHFP, fields: [u8, u8, hex], ...NEW },
  { type: Type.IPSECKEY, fields: [u8, u8, u8, gateway, base64Optional], ...NEW },
  {
    type: Type.RRSIG,
    fields: [coveredType, algorithm, u8, period, time, time, u16, name, base64],
    ...LOW,
  },
  { type: Type.NSEC, fields: [name, typeBitmap], ...NEW },
  { type: Type.DNSKEY, fields: [u16, u8, algorithm, base64], ...NEW },
  { type: Type.DHCID, fields: [base64], ...NEW },
  { type: Type.NSEC3, fields: [u8, u8, u16, salt, base32, typeBitmap], ...NEW },
  { type: Type.NSEC3PARAM, fields: [u8, u8, u16, salt], ...NEW },
  // RFC 6698, RFC 8162, RFC 7344, RFC 7929, RFC 7477, RFC 8976
  { type: Type.TLSA, fields: [u8, u8, u8, hex], ...NEW },
  { type: Type.SMIMEA, fields: [u8, u8, u8, hex], ...NEW },
  { type: Type.NINFO, fields: [strings], ...NEW },
  { type: Type.RKEY, fields: [u16, u8, algorithm, base64], ...NEW },
  { type: Type.TALINK, fields: [name, name], ...NEW },
  { type: Type.CDS, fields: [u16, algorithm, u8, hex], ...NEW },
  { type: Type.CDNSKEY, fields: [u16, u8, algorithm, base64], ...NEW },
  { type: Type.OPENPGPKEY, fields: [base64], ...NEW },
  { type: Type.CSYNC, fields: [u32, u16, typeBitmap], ...NEW },
  { type: Type.ZONEMD, fields: [u32, u8, u8, hex], ...NEW },
  // RFC 9460; the target `.` means the owner itself
  { type: Type.SVCB, fields: [u16, name, svcParams], ...NEW, target: 1 },
  { type: Type.HTTPS, fields: [u16, name, svcParams], ...NEW, target: 1 },
  // RFC 9859, RFC 7208 §3.1, RFC 6742, RFC 7043
  { type: Type.DSYNC, fields: [coveredType, scheme, u16, name], ...NEW },
  { type: Type.SPF, fields: [strings], ...NEW },
  { type: Type.NID, fields: [u16, locator64], ...NEW },
  { type: Type.L32, fields: [u16, ipv4], ...NEW },
  { type: Type.L64, fields: [u16, locator64], ...NEW },
  { type: Type.LP, fields: [u16, name], ...NEW },
  { type: Type.EUI48, fields: [eui48], ...NEW },
  { type: Type.EUI64, fields: [eui64], ...NEW },
  // RFC 7553, RFC 8659, RFC 8777, RFC 9606, and the registry's own templates
  { type: Type.URI, fields: [u16, u16, restText], ...NEW },
  { type: Type.CAA, fields: [u8, tag, restText], ...NEW },
  { type: Type.AVC, fields: [strings], ...NEW },
  { type: Type.AMTRELAY, fields: [u8, relay], ...NEW },
  { type: Type.RESINFO, fields: [strings], ...NEW },
  { type: Type.WALLET, fields: [strings], ...NEW },
  { type: Type.TA, fields: [u16, algorithm, u8, hex], ...NEW },
  { type: Type.DLV, fields: [u16, algorithm, u8, hex], ...NEW },
];

const rowByType = new Map<number, RdataRow>(RDATA_ROWS.map((row) => [row.type, row]));
/** Nearly all types are small numbers, and an array answers for those without hashing. */
const SMALL_TYPES = 512;
const smallRows: readonly (RdataRow | undefined)[] = Array.from({ length: SMALL_TYPES }, (_, i) =>
  rowByType.get(i),
);

/** The row of a type; undefined if its RDATA is opaque. */
export function rdataRow(type: number): RdataRow | undefined {
  return type < SMALL_TYPES ? smallRows[type] : rowByType.get(type);
}

/**
 * Reads the RDATA of a record from `tokens[index ..]` into the sink. Returns its size, and the sink
 * ends behind it; or -1 with the sink's error set and nothing written.
 */
export function writeRdata(type: number, tokens: TokenList, index: number, sink: Sink): number {
  beginRdata(sink);
  const next = readFields(type, tokens, index, sink);
  const size = sink.at - sink.start;
  if (next >= 0 && next < tokens.count) refuse(sink, next, "more data than the type has");
  else if (next >= 0 && size > RDATA_SIZE_MAX) {
    refuse(sink, index, "RDATA longer than 65535 octets");
  } else if (next >= 0) return size;
  sink.at = sink.start;
  return -1;
}

function readFields(type: number, tokens: TokenList, index: number, sink: Sink): number {
  if (isGeneric(tokens, index)) return readGeneric(type, tokens, index, sink);
  const row = rdataRow(type);
  if (row === undefined) {
    return refuse(sink, index, `${typeText(type)} is written as \\# size hexadecimal`);
  }
  let next = index;
  for (let i = 0; i < row.fields.length; i += 1) {
    next = row.fields[i]!.read(tokens, next, sink);
    if (next < 0) return -1;
  }
  return next;
}

/** Whether the token is an unquoted `\#`. */
function isGeneric(tokens: TokenList, index: number): boolean {
  if (index >= tokens.count) return false;
  const at = tokens.start[index]!;
  if (tokens.octets[at] !== 0x5c || tokens.end[index]! - at !== 2) return false;
  return tokens.octets[at + 1] === 0x23 && (tokens.flags[index]! & TOKEN_QUOTED) === 0;
}

/** RFC 3597 §5: `\# size hex`, for every type; if the type is known the octets must fit it. */
function readGeneric(type: number, tokens: TokenList, index: number, sink: Sink): number {
  if (!present(tokens, index + 1, sink, "the size")) return -1;
  const size = tokenNumber(tokens, index + 1, RDATA_SIZE_MAX);
  if (size < 0) return refuse(sink, index + 1, "not a size of 0 to 65535");
  const next = readHex(tokens, index + 2, tokens.count, sink);
  if (next < 0) return -1;
  const got = sink.at - sink.start;
  if (got !== size) return refuse(sink, index + 1, `${got} octets, though ${size} are announced`);
  if (!validRdata(type, sink.octets.subarray(sink.start, sink.at))) {
    return refuse(sink, index, `octets that are no RDATA of ${typeText(type)}`);
  }
  return next;
}

/** Whether `octets[at, end)` is not what the row of the type describes. */
function rdataSizeError(type: number, octets: Uint8Array, at: number, end: number): boolean {
  const row = rdataRow(type);
  if (row === undefined) return false;
  let i = at;
  for (const field of row.fields) {
    const size = field.size(octets, i, end, at);
    if (size < 0) return true;
    i += size;
  }
  return i !== end;
}

/** One whole RDATA from tokens; relative names end with `origin`. */
export function rdataFromTokens(
  type: number,
  tokens: readonly Token[],
  origin: Uint8Array,
): { rdata: Uint8Array } | { error: string; token: number } {
  return rdataFromList(type, tokenListOf(tokens), origin);
}

/** One whole RDATA from a list of tokens, all of which belong to it. */
function rdataFromList(
  type: number,
  tokens: TokenList,
  origin: Uint8Array,
): { rdata: Uint8Array } | { error: string; token: number } {
  const sink = createSink(origin, 0);
  const size = writeRdata(type, tokens, 0, sink);
  if (size < 0) return { error: sink.error, token: sink.errorToken };
  return { rdata: sink.octets.slice(0, size) };
}

/** One whole RDATA from its text, as it stands in a zone file: `10 mail.example.org.`. */
export function rdataFromText(
  type: number,
  text: string,
  origin: Uint8Array,
): { rdata: Uint8Array } | { error: string; token: number } {
  const tokens = tokensFromText(text);
  if (tokens === null) return { error: "unbalanced quotes or parentheses", token: 0 };
  return rdataFromList(type, tokens, origin);
}

/** The text of an RDATA; in the form of RFC 3597 if the type is opaque or the octets do not fit. */
export function rdataToText(type: number, rdata: Uint8Array): string {
  const row = rdataRow(type);
  if (row === undefined || rdataSizeError(type, rdata, 0, rdata.length)) return genericText(rdata);
  const parts: string[] = [];
  let at = 0;
  for (const field of row.fields) {
    const size = field.size(rdata, at, rdata.length, 0);
    const text = field.text(rdata, at, size, 0);
    if (text !== "") parts.push(text);
    at += size;
  }
  return parts.join(" ");
}

/** `\# size hex` (RFC 3597 §5). */
export function genericText(rdata: Uint8Array): string {
  const digits = hexText(rdata, 0, rdata.length);
  return digits === "" ? "\\# 0" : `\\# ${rdata.length} ${digits}`;
}

/** Whether the octets have the shape of the type, names uncompressed. Opaque types always do. */
export function validRdata(type: number, rdata: Uint8Array): boolean {
  if (rdata.length > RDATA_SIZE_MAX || rdataSizeError(type, rdata, 0, rdata.length)) return false;
  return !awaitsHints(type, rdata);
}

/** Whether an RDATA has a hint that is filled in by whoever answers: it is none for the wire. */
export function awaitsHints(type: number, rdata: Uint8Array): boolean {
  return (type === Type.SVCB || type === Type.HTTPS) && hasAutoHint(rdata);
}

/** A name inside RDATA. */
export interface RdataName {
  readonly at: number;
  readonly size: number;
  readonly compressible: boolean;
}

/**
 * The names in `rdata`, in order. Gateways of IPSECKEY and AMTRELAY are not among them: they are
 * neither compressed, nor lower-cased, nor looked up. Empty if the octets are malformed.
 */
export function rdataNames(type: number, rdata: Uint8Array): readonly RdataName[] {
  const row = rdataRow(type);
  if (row === undefined || !row.fields.includes(name)) return [];
  const names: RdataName[] = [];
  let at = 0;
  for (const field of row.fields) {
    const size = field.size(rdata, at, rdata.length, 0);
    if (size < 0) return [];
    if (field === name) names.push({ at, size, compressible: row.compressible });
    at += size;
  }
  return names;
}

/** Whether canonical form can differ from the octets as they stand: there are names to lower. */
export function lowersNames(type: number): boolean {
  const row = rdataRow(type);
  return row?.lowered === true && row.fields.includes(name);
}

/** A copy with names lower-cased where RFC 4034 §6.2 and RFC 6840 §5.1 say so. */
export function canonicalRdata(type: number, rdata: Uint8Array): Uint8Array {
  const copy = rdata.slice();
  if (lowersNames(type)) {
    for (const { at, size } of rdataNames(type, rdata)) lowerInPlace(copy, at, size);
  }
  return copy;
}

/** Whether two RDATA are copies of each other: the same octets in canonical form (RFC 4034 §6.3). */
export function equalRdata(type: number, a: Uint8Array, b: Uint8Array): boolean {
  return sameOctets(canonicalRdata(type, a), canonicalRdata(type, b));
}

/**
 * The name whose addresses belong into ADDITIONAL, as offset and size within `rdata`; null if the
 * type has none. For SVCB and HTTPS the root means the owner of the record.
 */
export function rdataTarget(type: number, rdata: Uint8Array): { at: number; size: number } | null {
  const row = rdataRow(type);
  if (row === undefined || row.target < 0) return null;
  let at = 0;
  for (const [i, field] of row.fields.entries()) {
    const size = field.size(rdata, at, rdata.length, 0);
    if (size < 0) return null;
    if (i === row.target) return { at, size };
    at += size;
  }
  return null;
}
