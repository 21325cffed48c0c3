// SPDX-License-Identifier: Apache-2.0
/**
 * Fields whose form depends on what they hold: LOC, APL, and the gateways of IPSECKEY and AMTRELAY.
 *
 * All numbers are whole: thousandths of a second of arc, centimetres. A LOC read through floating
 * point would not always print as it was written.
 *
 * RFC 1876 LOC; RFC 3123 APL; RFC 4025 §2, §3 IPSECKEY; RFC 8777 §4 AMTRELAY.
 */
import { ipv4Text, ipv6Text, writeIPv4, writeIPv6 } from "./address.ts";
import { type Field, ipv4, ipv6, name, present, tokenText } from "./fields.ts";
import { get16, get32, put8, put16, put32, refuse, type Sink } from "./sink.ts";
import type { TokenList } from "./tokens.ts";

/** Thousandths of a second of arc in one degree. */
const DEGREE = 3_600_000;
/** The equator and the prime meridian, RFC 1876 §2. */
const ARC_ZERO = 2 ** 31;
/** Altitudes count in centimetres from 100,000 m below the WGS 84 spheroid. */
const ALTITUDE_ZERO = 10_000_000;

/** Reads `d [m [s[.fff]]] letter`; the index after it, or -1. */
function readArc(tokens: TokenList, index: number, sink: Sink, letters: string): number {
  const degreesMax = letters === "NS" ? 90 : 180;
  const maxima = [degreesMax, 59, 59];
  const scale = [DEGREE, 60_000, 1000];
  let arc = 0;
  for (let part = 0; part <= 3; part += 1) {
    const i = index + part;
    if (!present(tokens, i, sink, "a direction")) return -1;
    const text = tokenText(tokens, i).toUpperCase();
    if (part > 0 && text.length === 1 && letters.includes(text)) {
      if (arc > degreesMax * DEGREE) return refuse(sink, index, `more than ${degreesMax} degrees`);
      put32(sink, text === letters[0] ? ARC_ZERO + arc : ARC_ZERO - arc);
      return i + 1;
    }
    const match = /^(\d{1,3})(?:\.(\d{1,3}))?$/.exec(text);
    if (part === 3 || match === null || (match[2] !== undefined && part < 2)) {
      return refuse(sink, i, `not degrees, minutes, seconds and one of ${letters}`);
    }
    const whole = Number(match[1]);
    if (whole > maxima[part]!) return refuse(sink, i, `more than ${maxima[part]}`);
    arc += whole * scale[part]! + Number((match[2] ?? "0").padEnd(3, "0"));
  }
  return -1;
}

/** Centimetres of a token in metres; NaN if it is none. */
function centimetres(tokens: TokenList, index: number): number {
  const match = /^(-?)(\d{1,8})(?:\.(\d{1,2}))?m?$/i.exec(tokenText(tokens, index));
  if (match === null) return Number.NaN;
  const value = Number(match[2]) * 100 + Number((match[3] ?? "0").padEnd(2, "0"));
  return match[1] === "-" ? -value : value;
}

/** A length as mantissa and power of ten, four bits each (RFC 1876 §2). */
function packLength(cm: number): number {
  let mantissa = cm;
  let power = 0;
  while (mantissa > 9) {
    mantissa = Math.floor(mantissa / 10);
    power += 1;
  }
  return (mantissa << 4) | power;
}

function metresText(cm: number): string {
  const sign = cm < 0 ? "-" : "";
  const value = Math.abs(cm);
  return `${sign}${Math.floor(value / 100)}.${String(value % 100).padStart(2, "0")}m`;
}

function lengthText(packed: number): string {
  return metresText((packed >> 4) * 10 ** (packed & 15));
}

function arcText(value: number, letters: string): string {
  const arc = Math.abs(value - ARC_ZERO);
  const secs = `${Math.floor(arc / 1000) % 60}.${String(arc % 1000).padStart(3, "0")}`;
  const letter = value >= ARC_ZERO ? letters[0] : letters[1];
  return `${Math.floor(arc / DEGREE)} ${Math.floor(arc / 60_000) % 60} ${secs} ${letter}`;
}

/** Size 1 m, horizontal precision 10 km, vertical precision 10 m: RFC 1876 §3. */
const LENGTHS_DEFAULT = [100, 1_000_000, 1000] as const;
const LENGTH_CM_MAX = 9_000_000_000;

/** The whole RDATA of LOC, version 0. */
export const location: Field = {
  kind: "location",
  read(tokens, index, sink) {
    const at = sink.at;
    put32(sink, 0);
    let i = readArc(tokens, index, sink, "NS");
    if (i < 0) return -1;
    i = readArc(tokens, i, sink, "EW");
    if (i < 0) return -1;
    if (!present(tokens, i, sink, "an altitude")) return -1;
    const altitude = centimetres(tokens, i) + ALTITUDE_ZERO;
    if (!(altitude >= 0 && altitude <= 0xffff_ffff)) return refuse(sink, i, "not an altitude");
    put32(sink, altitude);
    i += 1;
    for (const [k, otherwise] of LENGTHS_DEFAULT.entries()) {
      const cm = i < tokens.count ? centimetres(tokens, i) : otherwise;
      if (!(cm >= 0 && cm <= LENGTH_CM_MAX)) return refuse(sink, i, "not a length in metres");
      sink.octets[at + 1 + k] = packLength(cm);
      if (i < tokens.count) i += 1;
    }
    return i;
  },
  size(octets, at, end) {
    if (at + 16 > end || octets[at] !== 0) return -1;
    for (let i = at + 1; i <= at + 3; i += 1) {
      const mantissa = octets[i]! >> 4;
      const power = octets[i]! & 15;
      if (mantissa > 9 || power > 9 || (mantissa === 0 && power > 0)) return -1;
    }
    if (Math.abs(get32(octets, at + 4) - ARC_ZERO) > 90 * DEGREE) return -1;
    return Math.abs(get32(octets, at + 8) - ARC_ZERO) > 180 * DEGREE ? -1 : 16;
  },
  text(octets, at) {
    const lengths = [1, 2, 3].map((i) => lengthText(octets[at + i]!)).join(" ");
    const altitude = metresText(get32(octets, at + 12) - ALTITUDE_ZERO);
    const latitude = arcText(get32(octets, at + 4), "NS");
    return `${latitude} ${arcText(get32(octets, at + 8), "EW")} ${altitude} ${lengths}`;
  },
};

/** One `[!]family:address/prefix` of APL into the sink; an error in words, or null. */
function readPrefix(tokens: TokenList, index: number, sink: Sink): string | null {
  const match = /^(!?)([12]):([0-9a-f.:]+)\/(\d{1,3})$/i.exec(tokenText(tokens, index));
  if (match === null) return "not a prefix of the form 1:192.0.2.0/24";
  const width = match[2] === "1" ? 4 : 16;
  const prefix = Number(match[4]);
  if (prefix > width * 8) return `a prefix longer than ${width * 8} bits`;
  const address = new Uint8Array(16);
  const text = new TextEncoder().encode(match[3]!);
  const write = width === 4 ? writeIPv4 : writeIPv6;
  if (!write(text, 0, text.length, address, 0)) return "not an address";
  let size: number = width;
  // RFC 3123 §4: trailing zero octets are not sent.
  while (size > 0 && address[size - 1] === 0) size -= 1;
  put16(sink, width === 4 ? 1 : 2);
  put8(sink, prefix);
  put8(sink, (match[1] === "!" ? 0x80 : 0) | size);
  for (let i = 0; i < size; i += 1) put8(sink, address[i]!);
  return null;
}

/** Address prefixes up to the end of the RDATA, perhaps none. */
export const prefixes: Field = {
  kind: "prefixes",
  read(tokens, index, sink) {
    for (let i = index; i < tokens.count; i += 1) {
      if (sink.at > sink.limit) return refuse(sink, i, "RDATA longer than 65535 octets");
      const error = readPrefix(tokens, i, sink);
      if (error !== null) return refuse(sink, i, error);
    }
    return tokens.count;
  },
  size(octets, at, end) {
    let i = at;
    while (i < end) {
      if (i + 4 > end) return -1;
      const width = [0, 4, 16][get16(octets, i)] ?? 0;
      const size = octets[i + 3]! & 0x7f;
      if (width === 0 || octets[i + 2]! > width * 8 || size > width || i + 4 + size > end)
        return -1;
      if (size > 0 && octets[i + 3 + size] === 0) return -1;
      i += 4 + size;
    }
    return end - at;
  },
  text(octets, at, size) {
    const items: string[] = [];
    for (let i = at; i < at + size; ) {
      const used = octets[i + 3]! & 0x7f;
      const address = new Uint8Array(16);
      address.set(octets.subarray(i + 4, i + 4 + used));
      const family = get16(octets, i);
      const not = octets[i + 3]! >= 0x80 ? "!" : "";
      const text = family === 1 ? ipv4Text(address) : ipv6Text(address);
      items.push(`${not}${family}:${text}/${octets[i + 2]}`);
      i += 4 + used;
    }
    return items.join(" ");
  },
};

const GATEWAYS = [null, ipv4, ipv6, name] as const;

/** A gateway of kind `type`: none (written `.`), IPv4, IPv6, name. */
function readGateway(tokens: TokenList, index: number, sink: Sink, type: number): number {
  if (!present(tokens, index, sink, "a gateway")) return -1;
  const field = GATEWAYS[type];
  if (field === undefined) return refuse(sink, index, "a gateway type above 3");
  if (field !== null) return field.read(tokens, index, sink);
  return tokenText(tokens, index) === "." ? index + 1 : refuse(sink, index, "not a lone dot");
}

function gatewaySize(octets: Uint8Array, at: number, end: number, type: number): number {
  const field = GATEWAYS[type];
  if (field === undefined) return -1;
  return field === null ? 0 : field.size(octets, at, end, at);
}

function gatewayText(octets: Uint8Array, at: number, size: number, type: number): string {
  return GATEWAYS[type]?.text(octets, at, size, at) ?? ".";
}

/** The gateway of IPSECKEY; its type is the second octet of the RDATA. */
export const gateway: Field = {
  kind: "gateway",
  read: (tokens, index, sink) => readGateway(tokens, index, sink, sink.octets[sink.start + 1]!),
  size: (octets, at, end, rdata) => gatewaySize(octets, at, end, octets[rdata + 1]!),
  text: (octets, at, size, rdata) => gatewayText(octets, at, size, octets[rdata + 1]!),
};

/** Discovery bit, relay type and relay of AMTRELAY: three tokens, the first two in one octet. */
export const relay: Field = {
  kind: "relay",
  read(tokens, index, sink) {
    if (!present(tokens, index + 1, sink, "a relay type")) return -1;
    const optional = tokenText(tokens, index);
    const type = tokenText(tokens, index + 1);
    if (optional !== "0" && optional !== "1") return refuse(sink, index, "neither 0 nor 1");
    if (!/^[0-3]$/.test(type)) return refuse(sink, index + 1, "not a relay type of 0 to 3");
    put8(sink, (optional === "1" ? 0x80 : 0) | Number(type));
    return readGateway(tokens, index + 2, sink, Number(type));
  },
  size(octets, at, end) {
    if (at >= end) return -1;
    const size = gatewaySize(octets, at + 1, end, octets[at]! & 0x7f);
    return size < 0 ? -1 : size + 1;
  },
  text(octets, at, size) {
    const type = octets[at]! & 0x7f;
    return `${octets[at]! >> 7} ${type} ${gatewayText(octets, at + 1, size - 1, type)}`;
  },
};
