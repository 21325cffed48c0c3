// SPDX-License-Identifier: Apache-2.0
/**
 * The parameters of SVCB and HTTPS: `key=value` in text, sorted keys on the wire.
 *
 * A row per key, as the types have, because the registry grows: a new key is a row here and
 * nothing elsewhere. Keys without a row are `keyNNNNN` with opaque values.
 *
 * Invariants
 *   V1  Keys on the wire are strictly ascending (RFC 9460 §2.2).
 *   V2  A list that reads is self-consistent: `mandatory` names keys that are there, not itself,
 *       each once; `no-default-alpn` stands only beside `alpn` (§7.1.1, §8).
 *   V3  Comma-separated lists are escaped twice, once as list and once as string (appendix A.1).
 *   V4  `ipv4hint=auto` and `ipv6hint=auto` are a hint without octets, which no wire form has (§7.3):
 *       text alone can say it, and it never leaves the house (docs/decisions/0012-steered-hints.md).
 */
import { ipv4Text, ipv6Text, writeIPv4, writeIPv6 } from "./address.ts";
import { type Field, quotedText, tokenText, writeDecoded } from "./fields.ts";
import { base64Text, readBase64 } from "./fields-code.ts";
import { createSink, get16, put8, put16, refuse, type Sink } from "./sink.ts";
import {
  createTokenList,
  TOKEN_ADJOINED,
  TOKEN_ESCAPED,
  TOKEN_QUOTED,
  type TokenList,
} from "./tokens.ts";

/** `read`: wire octets of a value whose string escapes are resolved, or null. */
interface KeyRow {
  readonly name: string;
  readonly read: (value: Uint8Array) => Uint8Array | null;
  readonly valid: (value: Uint8Array) => boolean;
  readonly text: (value: Uint8Array) => string;
}

export const KEY_MANDATORY = 0;
const KEY_ALPN = 1;
const KEY_NO_DEFAULT_ALPN = 2;
export const KEY_IPV4HINT = 4;
export const KEY_IPV6HINT = 6;
/** "Invalid key" of the registry (RFC 9460 §14.3.2). */
const KEY_INVALID = 65_535;

const AUTO = "auto";

const plain = (octets: Uint8Array): string => new TextDecoder().decode(octets);

/** Splits a value list at commas that no backslash precedes; null if an escape is none (A.1). */
function splitList(value: Uint8Array): number[][] | null {
  const items: number[][] = [[]];
  for (let i = 0; i < value.length; i += 1) {
    let octet = value[i]!;
    if (octet === 0x2c) {
      items.push([]);
      continue;
    }
    if (octet === 0x5c) {
      i += 1;
      octet = value[i] ?? 0;
      if (octet !== 0x2c && octet !== 0x5c) return null;
    }
    items.at(-1)!.push(octet);
  }
  return items;
}

function readMandatory(value: Uint8Array): Uint8Array | null {
  const keys = plain(value).split(",").map(keyNumber);
  if (keys.some((key) => key < 0)) return null;
  keys.sort((a, b) => a - b);
  return Uint8Array.from(keys.flatMap((key) => [key >> 8, key & 0xff]));
}

function validMandatory(value: Uint8Array): boolean {
  if (value.length === 0 || value.length % 2 !== 0) return false;
  for (let i = 0; i < value.length; i += 2) {
    if (get16(value, i) === KEY_MANDATORY) return false;
    if (i > 0 && get16(value, i) <= get16(value, i - 2)) return false;
  }
  return true;
}

function mandatoryText(value: Uint8Array): string {
  const keys: string[] = [];
  for (let i = 0; i < value.length; i += 2) keys.push(keyText(get16(value, i)));
  return keys.join(",");
}

function readAlpn(value: Uint8Array): Uint8Array | null {
  const items = splitList(value);
  if (items === null || items.some((item) => item.length === 0 || item.length > 255)) return null;
  return Uint8Array.from(items.flatMap((item) => [item.length, ...item]));
}

function validAlpn(value: Uint8Array): boolean {
  let at = 0;
  while (at < value.length && value[at]! > 0) at += 1 + value[at]!;
  return at === value.length && at > 0;
}

function alpnText(value: Uint8Array): string {
  const out: number[] = [];
  for (let at = 0; at < value.length; at += 1 + value[at]!) {
    if (at > 0) out.push(0x2c);
    for (const octet of value.subarray(at + 1, at + 1 + value[at]!)) {
      if (octet === 0x2c || octet === 0x5c) out.push(0x5c);
      out.push(octet);
    }
  }
  return quotedText(Uint8Array.from(out), 0, out.length);
}

function readPort(value: Uint8Array): Uint8Array | null {
  const text = plain(value);
  if (!/^\d{1,5}$/.test(text) || Number(text) > 0xffff) return null;
  return Uint8Array.of(Number(text) >> 8, Number(text) & 0xff);
}

function addressRow(keyName: string, width: 4 | 16): KeyRow {
  const write = width === 4 ? writeIPv4 : writeIPv6;
  const toText = width === 4 ? ipv4Text : ipv6Text;
  return {
    name: keyName,
    read(value) {
      const text = plain(value);
      // PowerDNS's word for it: the addresses that the target has.
      if (text === AUTO) return new Uint8Array(0);
      const items = text.split(",");
      const out = new Uint8Array(items.length * width);
      for (const [i, item] of items.entries()) {
        const text = new TextEncoder().encode(item);
        if (!write(text, 0, text.length, out, i * width)) return null;
      }
      return out;
    },
    valid: (value) => value.length > 0 && value.length % width === 0,
    text(value) {
      if (value.length === 0) return AUTO;
      const items: string[] = [];
      for (let at = 0; at < value.length; at += width) items.push(toText(value, at));
      return items.join(",");
    },
  };
}

function readEch(value: Uint8Array): Uint8Array | null {
  const tokens = createTokenList(value, 1);
  tokens.end[0] = value.length;
  tokens.count = 1;
  const sink = createSink(value, value.length + 16);
  sink.limit = value.length + 8;
  return readBase64(tokens, 0, 1, sink) < 0 ? null : sink.octets.slice(0, sink.at);
}

const opaque = (keyName: string): KeyRow => ({
  name: keyName,
  read: (value) => value,
  valid: () => true,
  text: (value) => quotedText(value, 0, value.length),
});

const flag = (keyName: string): KeyRow => ({
  name: keyName,
  read: (value) => (value.length === 0 ? value : null),
  valid: (value) => value.length === 0,
  text: () => "",
});

/** By key number. RFC 9460 §14.3.2, RFC 9461 §5 (dohpath), RFC 9540 §4 (ohttp). */
const KEYS: readonly KeyRow[] = [
  { name: "mandatory", read: readMandatory, valid: validMandatory, text: mandatoryText },
  { name: "alpn", read: readAlpn, valid: validAlpn, text: alpnText },
  flag("no-default-alpn"),
  {
    name: "port",
    read: readPort,
    valid: (value) => value.length === 2,
    text: (value) => String(get16(value, 0)),
  },
  addressRow("ipv4hint", 4),
  {
    name: "ech",
    read: readEch,
    valid: (value) => value.length > 0,
    text: (value) => base64Text(value, 0, value.length),
  },
  addressRow("ipv6hint", 16),
  { ...opaque("dohpath"), valid: (value) => value.length > 0 },
  flag("ohttp"),
];

/** The number of a key by name or keyNNNNN; -1 if there is none. */
export function keyNumber(text: string): number {
  const lower = text.toLowerCase();
  const known = KEYS.findIndex((row) => row.name === lower);
  if (known >= 0) return known;
  const match = /^key(0|[1-9]\d{0,4})$/.exec(lower);
  return match === null || Number(match[1]) >= KEY_INVALID ? -1 : Number(match[1]);
}

export function keyText(key: number): string {
  return KEYS[key]?.name ?? `key${key}`;
}

/** Whether a parameter is a hint that is filled in by whoever answers (V4). */
export function isAutoHint(key: number, size: number): boolean {
  return size === 0 && (key === KEY_IPV4HINT || key === KEY_IPV6HINT);
}

/** The parameters of a sound RDATA of SVCB or HTTPS, behind priority and target. */
export function* paramsOf(
  rdata: Uint8Array,
): Generator<{ readonly key: number; readonly at: number; readonly size: number }> {
  let at = 2;
  while (rdata[at]! > 0) at += 1 + rdata[at]!;
  for (at += 1; at < rdata.length; ) {
    const size = get16(rdata, at + 2);
    yield { key: get16(rdata, at), at, size };
    at += 4 + size;
  }
}

/** Whether a sound RDATA of SVCB or HTTPS has a hint that is to be filled in. */
export function hasAutoHint(rdata: Uint8Array): boolean {
  for (const { key, size } of paramsOf(rdata)) if (isAutoHint(key, size)) return true;
  return false;
}

/** What is wrong with parameters in wire form, in words; null if nothing is. An auto hint is not. */
function paramsError(octets: Uint8Array, at: number, end: number): string | null {
  const seen = new Set<number>();
  let mandatory = new Uint8Array(0);
  let last = -1;
  for (let i = at; i < end; ) {
    if (i + 4 > end) return "a parameter is cut short";
    const key = get16(octets, i);
    const size = get16(octets, i + 2);
    if (i + 4 + size > end) return "a parameter is cut short";
    if (key <= last) return key === last ? `${keyText(key)} stands twice` : "keys are not sorted";
    if (key === KEY_INVALID) return "key65535 is reserved";
    const value = octets.slice(i + 4, i + 4 + size);
    const row = KEYS[key];
    if (row !== undefined && !isAutoHint(key, size) && !row.valid(value)) {
      return `a bad value of ${keyText(key)}`;
    }
    if (key === KEY_MANDATORY) mandatory = value;
    seen.add(key);
    last = key;
    i += 4 + size;
  }
  for (let i = 0; i < mandatory.length; i += 2) {
    const key = get16(mandatory, i);
    if (!seen.has(key)) return `mandatory names ${keyText(key)}, which is not there`;
  }
  if (seen.has(KEY_NO_DEFAULT_ALPN) && !seen.has(KEY_ALPN)) return "no-default-alpn without alpn";
  return null;
}

interface Param {
  readonly key: number;
  readonly value: Uint8Array;
}

/** One parameter from the token at `index`, and from the quoted token that adjoins it. */
function readParam(
  tokens: TokenList,
  index: number,
  sink: Sink,
): { param: Param; next: number } | string {
  const text = tokenText(tokens, index);
  const equals = text.indexOf("=");
  const key = keyNumber(equals < 0 ? text : text.slice(0, equals));
  if (key < 0) return "not a parameter key";
  const quoted =
    equals === text.length - 1 &&
    index + 1 < tokens.count &&
    tokens.flags[index + 1]! & TOKEN_QUOTED &&
    tokens.flags[index + 1]! & TOKEN_ADJOINED;
  let value = new Uint8Array(0);
  if (quoted || equals >= 0) {
    const part = createTokenList(tokens.octets, 1);
    const which = quoted ? index + 1 : index;
    part.start[0] = tokens.start[which]! + (quoted ? 0 : equals + 1);
    part.end[0] = tokens.end[which]!;
    part.flags[0] = tokens.flags[which]! & TOKEN_ESCAPED;
    part.count = 1;
    const at = sink.at;
    if (writeDecoded(part, 0, sink, sink.limit - at) < 0) return sink.error;
    value = sink.octets.slice(at, sink.at);
    sink.at = at;
  }
  const row = KEYS[key];
  // A known key may also be written keyNNNNN; its value is then opaque (RFC 9460 §2.1).
  const named = row !== undefined && !/^key\d/i.test(text);
  const wire = named ? row.read(value) : value;
  const auto = named && wire !== null && isAutoHint(key, wire.length);
  if (wire === null || (row !== undefined && !auto && !row.valid(wire))) {
    return `a bad value of ${keyText(key)}`;
  }
  return { param: { key, value: wire }, next: quoted ? index + 2 : index + 1 };
}

/** SvcParams up to the end of the RDATA, perhaps none. */
export const svcParams: Field = {
  kind: "svcParams",
  read(tokens, index, sink) {
    const params: Param[] = [];
    let total = 0;
    for (let i = index; i < tokens.count; ) {
      const got = readParam(tokens, i, sink);
      if (typeof got === "string") return refuse(sink, i, got);
      params.push(got.param);
      total += 4 + got.param.value.length;
      if (sink.at + total > sink.limit) return refuse(sink, i, "RDATA longer than 65535 octets");
      i = got.next;
    }
    params.sort((a, b) => a.key - b.key);
    const at = sink.at;
    for (const { key, value } of params) {
      put16(sink, key);
      put16(sink, value.length);
      for (const octet of value) put8(sink, octet);
    }
    const error = paramsError(sink.octets, at, sink.at);
    return error === null ? tokens.count : refuse(sink, index, error);
  },
  size: (octets, at, end) => (paramsError(octets, at, end) === null ? end - at : -1),
  text(octets, at, size) {
    const parts: string[] = [];
    for (let i = at; i < at + size; ) {
      const key = get16(octets, i);
      const value = octets.slice(i + 4, i + 4 + get16(octets, i + 2));
      const text = (KEYS[key] ?? opaque("")).text(value);
      parts.push(text === "" || text === '""' ? keyText(key) : `${keyText(key)}=${text}`);
      i += 4 + value.length;
    }
    return parts.join(" ");
  },
};
