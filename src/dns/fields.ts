// SPDX-License-Identifier: Apache-2.0
/**
 * Field codecs: how the parts of RDATA are read from tokens, measured on the wire, and printed.
 *
 * RDATA of some sixty types is made of some twenty kinds of field. With three functions per kind
 * and a row of kinds per type (`rdata.ts`) nobody writes a parser per type, and what can be read
 * can always be printed. This file has the common kinds; `fields-code.ts`, `fields-dnssec.ts`,
 * `fields-place.ts` and `svcb.ts` have the rest.
 *
 * Invariants
 *   F1  `read` takes tokens from `index` on, writes at the sink's end and returns the index after
 *       the last token taken, or -1 with the sink's error set. It never throws.
 *   F2  `size` looks at `octets[at, end)` only and returns the octets that the field takes, or -1.
 *   F3  `text` is called on fields that `size` accepted, and gives what `read` reads back to the
 *       same octets.
 */
import { ipv4Text, ipv6Text, writeIPv4, writeIPv6 } from "./address.ts";
import {
  escapedOctet,
  escapeSize,
  nameErrorText,
  nameSize,
  nameToText,
  writeName,
} from "./names.ts";
import { get16, get32, put8, put16, put32, refuse, type Sink } from "./sink.ts";
import { TOKEN_ESCAPED, type TokenList } from "./tokens.ts";

export interface Field {
  readonly kind: string;
  /** `rdata` in the two below is where the RDATA begins: some fields depend on earlier ones. */
  read(tokens: TokenList, index: number, sink: Sink): number;
  size(octets: Uint8Array, at: number, end: number, rdata: number): number;
  text(octets: Uint8Array, at: number, size: number, rdata: number): string;
}

/** Whether there is a token at `index`; if not, says so. */
export function present(tokens: TokenList, index: number, sink: Sink, what: string): boolean {
  if (index < tokens.count) return true;
  refuse(sink, index, `${what} is missing`);
  return false;
}

/** The text of a token as a string, escapes left in place. For rare fields and for messages. */
export function tokenText(tokens: TokenList, index: number): string {
  return new TextDecoder().decode(tokens.octets.subarray(tokens.start[index]!, tokens.end[index]!));
}

/** A token as a decimal number of at most `max`; -1 if it is none. */
export function tokenNumber(tokens: TokenList, index: number, max: number): number {
  const end = tokens.end[index]!;
  let value = 0;
  let at = tokens.start[index]!;
  if (at >= end) return -1;
  for (; at < end; at += 1) {
    const digit = tokens.octets[at]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > max) return -1;
  }
  return value;
}

/** Seconds of the units of a TTL, by lower-case letter. */
function unitSecs(octet: number): number {
  switch (octet | 0x20) {
    case 0x73:
      return 1;
    case 0x6d:
      return 60;
    case 0x68:
      return 3600;
    case 0x64:
      return 86_400;
    case 0x77:
      return 604_800;
    default:
      return -1;
  }
}

/** A token as a TTL: seconds, or numbers with units such as `1h30m`; -1 if it is none. */
export function tokenTtl(tokens: TokenList, index: number): number {
  const end = tokens.end[index]!;
  let total = 0;
  let value = 0;
  let digits = 0;
  let units = 0;
  for (let at = tokens.start[index]!; at < end; at += 1) {
    const octet = tokens.octets[at]!;
    const digit = octet - 0x30;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digits += 1;
      if (value > 0xffff_ffff) return -1;
      continue;
    }
    const secs = unitSecs(octet);
    if (secs < 0 || digits === 0) return -1;
    total += value * secs;
    value = 0;
    digits = 0;
    units += 1;
  }
  // `1h30`: a bare number after a unit could be minutes or seconds, so it is neither.
  if (digits === 0 ? units === 0 : units > 0) return -1;
  total += value;
  return total > 0xffff_ffff ? -1 : total;
}

function integer(kind: string, width: 1 | 2 | 4, max: number): Field {
  return {
    kind,
    read(tokens, index, sink) {
      if (!present(tokens, index, sink, "a number")) return -1;
      const value = tokenNumber(tokens, index, max);
      if (value < 0) return refuse(sink, index, `not a number of 0 to ${max}`);
      if (width === 1) put8(sink, value);
      else if (width === 2) put16(sink, value);
      else put32(sink, value);
      return index + 1;
    },
    size: (_octets, at, end) => (at + width <= end ? width : -1),
    text(octets, at) {
      if (width === 1) return String(octets[at]);
      return String(width === 2 ? get16(octets, at) : get32(octets, at));
    },
  };
}

export const u8 = integer("u8", 1, 0xff);
export const u16 = integer("u16", 2, 0xffff);
export const u32 = integer("u32", 4, 0xffff_ffff);

/** Seconds that may be written with units, as the timers of SOA are. */
export const period: Field = {
  ...u32,
  kind: "period",
  read(tokens, index, sink) {
    if (!present(tokens, index, sink, "a period")) return -1;
    const value = tokenTtl(tokens, index);
    if (value < 0) return refuse(sink, index, "not a period in seconds or units");
    put32(sink, value);
    return index + 1;
  },
};

export const ipv4: Field = {
  kind: "ipv4",
  read(tokens, index, sink) {
    if (!present(tokens, index, sink, "an IPv4 address")) return -1;
    const { start, end, octets } = tokens;
    if (!writeIPv4(octets, start[index]!, end[index]!, sink.octets, sink.at)) {
      return refuse(sink, index, "not an IPv4 address");
    }
    sink.at += 4;
    return index + 1;
  },
  size: (_octets, at, end) => (at + 4 <= end ? 4 : -1),
  text: (octets, at) => ipv4Text(octets, at),
};

export const ipv6: Field = {
  kind: "ipv6",
  read(tokens, index, sink) {
    if (!present(tokens, index, sink, "an IPv6 address")) return -1;
    const { start, end, octets } = tokens;
    if (!writeIPv6(octets, start[index]!, end[index]!, sink.octets, sink.at)) {
      return refuse(sink, index, "not an IPv6 address");
    }
    sink.at += 16;
    return index + 1;
  },
  size: (_octets, at, end) => (at + 16 <= end ? 16 : -1),
  text: (octets, at) => ipv6Text(octets, at),
};

export const name: Field = {
  kind: "name",
  read(tokens, index, sink) {
    if (!present(tokens, index, sink, "a name")) return -1;
    const { start, end, octets } = tokens;
    const size = writeName(octets, start[index]!, end[index]!, sink.origin, sink.octets, sink.at);
    if (size < 0) return refuse(sink, index, nameErrorText(size));
    sink.at += size;
    return index + 1;
  },
  size: (octets, at, end) => nameSize(octets, at, end),
  text: (octets, at) => nameToText(octets, at),
};

/**
 * Writes the octets of a token with its escapes resolved. At most `max` octets; returns how many,
 * or -1 with the sink's error set.
 */
export function writeDecoded(tokens: TokenList, index: number, sink: Sink, max: number): number {
  const { octets } = tokens;
  const start = tokens.start[index]!;
  const end = tokens.end[index]!;
  const out = sink.octets;
  const from = sink.at;
  if ((tokens.flags[index]! & TOKEN_ESCAPED) === 0) {
    if (end - start > max) return refuse(sink, index, `longer than ${max} octets`);
    for (let i = start; i < end; i += 1) out[from + i - start] = octets[i]!;
    sink.at = from + end - start;
    return end - start;
  }
  let to = from;
  for (let i = start; i < end; i += 1) {
    let octet = octets[i]!;
    if (octet === 0x5c) {
      octet = escapedOctet(octets, i + 1, end);
      if (octet < 0) return refuse(sink, index, "a bad escape");
      i += escapeSize(octets[i + 1]!);
    }
    if (to - from >= max) return refuse(sink, index, `longer than ${max} octets`);
    out[to] = octet;
    to += 1;
  }
  sink.at = to;
  return to - from;
}

/** Octets as a quoted string with what a master file needs escaped (RFC 1035 §5.1). */
export function quotedText(octets: Uint8Array, at: number, size: number): string {
  let text = '"';
  for (let i = at; i < at + size; i += 1) {
    const octet = octets[i]!;
    if (octet < 0x20 || octet >= 0x7f) text += `\\${String(octet).padStart(3, "0")}`;
    else if (octet === 0x22 || octet === 0x5c) text += `\\${String.fromCharCode(octet)}`;
    else text += String.fromCharCode(octet);
  }
  return text + '"';
}

function readString(tokens: TokenList, index: number, sink: Sink): number {
  const at = sink.at;
  sink.at += 1;
  const size = writeDecoded(tokens, index, sink, 255);
  if (size < 0) return -1;
  sink.octets[at] = size;
  return index + 1;
}

function stringSize(octets: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const size = 1 + octets[at]!;
  return at + size <= end ? size : -1;
}

/** One character-string: a length octet and up to 255 octets. */
export const string: Field = {
  kind: "string",
  read(tokens, index, sink) {
    return present(tokens, index, sink, "a string") ? readString(tokens, index, sink) : -1;
  },
  size: stringSize,
  text: (octets, at, size) => quotedText(octets, at + 1, size - 1),
};

/** Character-strings up to the end of the RDATA, at least `least` of them. */
function stringList(kind: string, least: number): Field {
  return {
    kind,
    read(tokens, index, sink) {
      if (least > 0 && !present(tokens, index, sink, "a string")) return -1;
      for (let i = index; i < tokens.count; i += 1) {
        if (sink.at > sink.limit) return refuse(sink, i, "RDATA longer than 65535 octets");
        if (readString(tokens, i, sink) < 0) return -1;
      }
      return tokens.count;
    },
    size(octets, at, end) {
      if (least > 0 && at >= end) return -1;
      let i = at;
      while (i < end) {
        const size = stringSize(octets, i, end);
        if (size < 0) return -1;
        i += size;
      }
      return end - at;
    },
    text(octets, at, size) {
      const parts: string[] = [];
      for (let i = at; i < at + size; i += 1 + octets[i]!) {
        parts.push(quotedText(octets, i + 1, octets[i]!));
      }
      return parts.join(" ");
    },
  };
}

export const strings = stringList("strings", 1);
export const stringsOptional = stringList("stringsOptional", 0);

/** What is left, as one string without a length octet (CAA value, URI target). */
export const restText: Field = {
  kind: "restText",
  read(tokens, index, sink) {
    if (!present(tokens, index, sink, "a string")) return -1;
    return writeDecoded(tokens, index, sink, sink.limit - sink.at) < 0 ? -1 : index + 1;
  },
  size: (_octets, at, end) => end - at,
  text: (octets, at, size) => quotedText(octets, at, size),
};

function isAlphanumeric(octet: number): boolean {
  const lower = octet | 0x20;
  return (octet >= 0x30 && octet <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}

/** The tag of CAA: letters and digits behind a length octet (RFC 8659 §4.1). */
export const tag: Field = {
  kind: "tag",
  read(tokens, index, sink) {
    if (!present(tokens, index, sink, "a tag")) return -1;
    const at = sink.at;
    if (readString(tokens, index, sink) < 0) return -1;
    return tag.size(sink.octets, at, sink.at, at) < 0
      ? refuse(sink, index, "not a tag of letters and digits")
      : index + 1;
  },
  size(octets, at, end) {
    const size = stringSize(octets, at, end);
    if (size < 2) return -1;
    for (let i = at + 1; i < at + size; i += 1) if (!isAlphanumeric(octets[i]!)) return -1;
    return size;
  },
  text: (octets, at, size) => String.fromCharCode(...octets.subarray(at + 1, at + size)),
};
