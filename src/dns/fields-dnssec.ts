// SPDX-License-Identifier: Apache-2.0
/**
 * Fields of DNSSEC records: algorithms, covered types, type bitmaps, times.
 *
 * Times are reckoned here from days and not by the runtime's calendar, since the core has no clock
 * and no zone of time; the proleptic Gregorian rules fit ten lines.
 *
 * RFC 4034 §3.2 times, §4.1.2 bitmaps, appendix A algorithms; RFC 4398 §2.1 certificate types.
 */
import { type Field, present, tokenNumber, tokenText, u8, u16, u32 } from "./fields.ts";
import { typeNumber, typeText } from "./iana.ts";
import { put8, put16, put32, refuse } from "./sink.ts";
import type { TokenList } from "./tokens.ts";

/** A number for which a mnemonic may be written. Printed as the number, which everybody reads. */
function mnemonic(base: Field, width: 1 | 2, rows: Readonly<Record<string, number>>): Field {
  const max = width === 1 ? 0xff : 0xffff;
  return {
    ...base,
    kind: `mnemonic${width * 8}`,
    read(tokens, index, sink) {
      if (!present(tokens, index, sink, "a number or mnemonic")) return -1;
      let value = tokenNumber(tokens, index, max);
      if (value < 0) value = rows[tokenText(tokens, index).toUpperCase()] ?? -1;
      if (value < 0) return refuse(sink, index, "neither a number in range nor a known mnemonic");
      if (width === 1) put8(sink, value);
      else put16(sink, value);
      return index + 1;
    },
  };
}

const ALGORITHMS = {
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  RSASHA1: 5,
  "DSA-NSEC3-SHA1": 6,
  NSEC3DSA: 6,
  "RSASHA1-NSEC3-SHA1": 7,
  NSEC3RSASHA1: 7,
  RSASHA256: 8,
  RSASHA512: 10,
  "ECC-GOST": 12,
  ECCGOST: 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
} as const;

const CERTIFICATES = {
  PKIX: 1,
  SPKI: 2,
  PGP: 3,
  IPKIX: 4,
  ISPKI: 5,
  IPGP: 6,
  ACPKIX: 7,
  IACPKIX: 8,
  URI: 253,
  OID: 254,
} as const;

export const algorithm = mnemonic(u8, 1, ALGORITHMS);
export const certificate = mnemonic(u16, 2, CERTIFICATES);

/** How a child tells of new data (RFC 9859 §2.1). */
export const scheme = mnemonic(u8, 1, { NOTIFY: 1 });

/** An RR type by mnemonic or TYPEnnn. */
export const coveredType: Field = {
  ...u16,
  kind: "coveredType",
  read(tokens, index, sink) {
    if (!present(tokens, index, sink, "a type")) return -1;
    const type = typeNumber(tokenText(tokens, index));
    if (type < 0) return refuse(sink, index, "not an RR type");
    put16(sink, type);
    return index + 1;
  },
  text: (octets, at) => typeText((octets[at]! << 8) | octets[at + 1]!),
};

/** Days from 1970-01-01 to a date of the Gregorian calendar. */
function daysOf(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** YYYYMMDDHHmmSS of seconds since 1970, in UTC. */
export function timeText(secs: number): string {
  const z = Math.floor(secs / 86_400) + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const two = (n: number): string => String(n).padStart(2, "0");
  const rest = secs % 86_400;
  const clock = two(Math.floor(rest / 3600)) + two(Math.floor(rest / 60) % 60) + two(rest % 60);
  return String(year).padStart(4, "0") + two(month) + two(day) + clock;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

function monthDays(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}

/**
 * Seconds since 1970 from a token YYYYMMDDHHmmSS, or a decimal number of at most ten digits; -1 if
 * neither, or beyond 32 bits, or a date that does not exist.
 */
export function tokenTime(tokens: TokenList, index: number): number {
  const start = tokens.start[index]!;
  const size = tokens.end[index]! - start;
  if (size <= 10) return tokenNumber(tokens, index, 0xffff_ffff);
  if (size !== 14 || tokenNumber(tokens, index, 99_999_999_999_999) < 0) return -1;
  const { octets } = tokens;
  const two = (at: number): number =>
    (octets[start + at]! - 0x30) * 10 + octets[start + at + 1]! - 0x30;
  const year = two(0) * 100 + two(2);
  const month = two(4);
  const day = two(6);
  const hour = two(8);
  const minute = two(10);
  const second = two(12);
  if (day < 1 || day > monthDays(year, month)) return -1;
  if (hour > 23 || minute > 59 || second > 59) return -1;
  const secs = daysOf(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
  return secs >= 0 && secs <= 0xffff_ffff ? secs : -1;
}

/** Signature times (RFC 4034 §3.2). A signed zone has two per RRset, hence no string is made. */
export const time: Field = {
  ...u32,
  kind: "time",
  read(tokens, index, sink) {
    if (!present(tokens, index, sink, "a time")) return -1;
    const secs = tokenTime(tokens, index);
    if (secs < 0) return refuse(sink, index, "not a time of the form YYYYMMDDHHmmSS");
    put32(sink, secs);
    return index + 1;
  },
  text: (octets, at) => timeText(Number(u32.text(octets, at, 4, at))),
};

/** The types of a name, up to the end of the RDATA (RFC 4034 §4.1.2). */
export const typeBitmap: Field = {
  kind: "typeBitmap",
  read(tokens, index, sink) {
    const windows = new Map<number, Uint8Array>();
    for (let i = index; i < tokens.count; i += 1) {
      const type = typeNumber(tokenText(tokens, i));
      if (type < 0) return refuse(sink, i, "not an RR type");
      let bits = windows.get(type >> 8);
      if (bits === undefined) windows.set(type >> 8, (bits = new Uint8Array(32)));
      bits[(type & 0xff) >> 3]! |= 0x80 >> (type & 7);
    }
    for (const [window, bits] of [...windows].sort((a, b) => a[0] - b[0])) {
      let size = 32;
      while (bits[size - 1] === 0) size -= 1;
      put8(sink, window);
      put8(sink, size);
      for (let i = 0; i < size; i += 1) put8(sink, bits[i]!);
    }
    return tokens.count;
  },
  size(octets, at, end) {
    let last = -1;
    let i = at;
    while (i < end) {
      const window = octets[i]!;
      const size = octets[i + 1] ?? 0;
      if (window <= last || size < 1 || size > 32 || i + 2 + size > end) return -1;
      if (octets[i + 1 + size] === 0) return -1;
      last = window;
      i += 2 + size;
    }
    return end - at;
  },
  text(octets, at, size) {
    const types: string[] = [];
    for (let i = at; i < at + size; i += 2 + octets[i + 1]!) {
      for (let bit = 0; bit < octets[i + 1]! * 8; bit += 1) {
        if ((octets[i + 2 + (bit >> 3)]! & (0x80 >> (bit & 7))) !== 0) {
          types.push(typeText((octets[i]! << 8) | bit));
        }
      }
    }
    return types.join(" ");
  },
};
