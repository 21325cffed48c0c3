// SPDX-License-Identifier: Apache-2.0
/**
 * Fields that are octets in another writing: hexadecimal, Base64, Base32, EUI, NSAP, locators.
 *
 * Decoded straight from token octets into the sink, and over several tokens, because keys and
 * signatures are broken into lines in the middle of a group.
 *
 * RFC 4648 §4 Base64, §7 Base32 with the extended hex alphabet; RFC 7043 EUI; RFC 6742 locators;
 * RFC 1706 NSAP.
 */
import { hexDigit } from "./address.ts";
import { type Field, present, tokenText } from "./fields.ts";
import { BASE32_DIGITS } from "./hash-label.ts";
import { get16, put8, put16, refuse, type Sink } from "./sink.ts";
import type { TokenList } from "./tokens.ts";

const HEX = "0123456789abcdef";

export function hexText(octets: Uint8Array, at: number, size: number): string {
  let text = "";
  for (let i = at; i < at + size; i += 1) text += HEX[octets[i]! >> 4]! + HEX[octets[i]! & 15]!;
  return text;
}

/** Reads hexadecimal from tokens `[index, last)`; `last`, or -1. Groups may break anywhere. */
export function readHex(tokens: TokenList, index: number, last: number, sink: Sink): number {
  let high = -1;
  for (let i = index; i < last; i += 1) {
    for (let at = tokens.start[i]!; at < tokens.end[i]!; at += 1) {
      const digit = hexDigit(tokens.octets[at]!);
      if (digit < 0) return refuse(sink, i, "not hexadecimal");
      if (high < 0) {
        high = digit;
        continue;
      }
      if (sink.at >= sink.limit) return refuse(sink, i, "RDATA longer than 65535 octets");
      put8(sink, (high << 4) | digit);
      high = -1;
    }
  }
  return high < 0 ? last : refuse(sink, last - 1, "an odd number of hexadecimal digits");
}

/** What is left, in hexadecimal, at least one octet. */
export const hex: Field = {
  kind: "hex",
  read(tokens, index, sink) {
    if (!present(tokens, index, sink, "hexadecimal data")) return -1;
    const at = sink.at;
    const next = readHex(tokens, index, tokens.count, sink);
    return next >= 0 && sink.at === at ? refuse(sink, index, "hexadecimal data is empty") : next;
  },
  size: (_octets, at, end) => (at < end ? end - at : -1),
  text: hexText,
};

/** Hexadecimal in one token behind a length octet; `-` is the empty one (NSEC3 salt). */
export const salt: Field = {
  kind: "salt",
  read(tokens, index, sink) {
    if (!present(tokens, index, sink, "a salt")) return -1;
    const at = sink.at;
    put8(sink, 0);
    if (tokenText(tokens, index) === "-") return index + 1;
    if (tokens.end[index]! - tokens.start[index]! > 510) {
      return refuse(sink, index, "longer than 255 octets");
    }
    if (readHex(tokens, index, index + 1, sink) < 0) return -1;
    sink.octets[at] = sink.at - at - 1;
    return index + 1;
  },
  size: (octets, at, end) => (at < end && at + 1 + octets[at]! <= end ? 1 + octets[at]! : -1),
  text: (octets, at, size) => (size === 1 ? "-" : hexText(octets, at + 1, size - 1)),
};

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const base64Digit = new Int8Array(256).fill(-1);
for (let i = 0; i < 64; i += 1) base64Digit[BASE64.charCodeAt(i)] = i;

export function base64Text(octets: Uint8Array, at: number, size: number): string {
  let text = "";
  for (let i = at; i < at + size; i += 3) {
    const left = at + size - i;
    const bits = (octets[i]! << 16) | ((octets[i + 1] ?? 0) << 8) | (octets[i + 2] ?? 0);
    text += BASE64[bits >> 18]! + BASE64[(bits >> 12) & 63]!;
    text += left > 1 ? BASE64[(bits >> 6) & 63]! : "=";
    text += left > 2 ? BASE64[bits & 63]! : "=";
  }
  return text;
}

/** Reads Base64 from tokens `[index, last)`; `last`, or -1. */
export function readBase64(tokens: TokenList, index: number, last: number, sink: Sink): number {
  const { octets } = tokens;
  const out = sink.octets;
  let to = sink.at;
  let bits = 0;
  let digits = 0;
  let pads = 0;
  for (let i = index; i < last; i += 1) {
    const end = tokens.end[i]!;
    for (let at = tokens.start[i]!; at < end; at += 1) {
      const digit = base64Digit[octets[at]!]!;
      if (digit < 0 || pads > 0) {
        if (octets[at] !== 0x3d) return refuse(sink, i, "not Base64");
        pads += 1;
        continue;
      }
      bits = ((bits << 6) | digit) & 0xff_ffff;
      digits += 1;
      if ((digits & 3) !== 0) continue;
      if (to >= sink.limit) return refuse(sink, i, "RDATA longer than 65535 octets");
      out[to] = bits >> 16;
      out[to + 1] = bits >> 8;
      out[to + 2] = bits;
      to += 3;
    }
  }
  sink.at = to;
  const rest = digits & 3;
  // Two digits need two pads, three need one, none needs none; one digit is never right.
  if (rest === 1 || pads !== ((4 - rest) & 3)) return refuse(sink, last - 1, "not whole Base64");
  if (rest === 2) put8(sink, bits >> 4);
  if (rest === 3) put16(sink, bits >> 2);
  return last;
}

function base64Field(kind: string, least: number): Field {
  return {
    kind,
    read(tokens, index, sink) {
      if (index >= tokens.count && least === 0) return index;
      if (!present(tokens, index, sink, "Base64 data")) return -1;
      const at = sink.at;
      const next = readBase64(tokens, index, tokens.count, sink);
      return next >= 0 && sink.at - at < least ? refuse(sink, index, "Base64 data is empty") : next;
    },
    size: (_octets, at, end) => (end - at >= least ? end - at : -1),
    text: base64Text,
  };
}

/** What is left, in Base64, at least one octet. */
export const base64 = base64Field("base64", 1);
/** What is left, in Base64, perhaps nothing (KEY without a key, IPSECKEY of algorithm 0). */
export const base64Optional = base64Field("base64Optional", 0);

/** A hash behind a length octet, in Base32 without padding (RFC 5155 §3.3). */
export const base32: Field = {
  kind: "base32",
  read(tokens, index, sink) {
    if (!present(tokens, index, sink, "a Base32 hash")) return -1;
    const at = sink.at;
    put8(sink, 0);
    let bits = 0;
    let held = 0;
    for (const char of tokenText(tokens, index).toLowerCase()) {
      const digit = BASE32_DIGITS.indexOf(char);
      if (digit < 0) return refuse(sink, index, "not Base32 with the extended hex alphabet");
      bits = ((bits << 5) | digit) & 0xfff;
      held += 5;
      if (held < 8) continue;
      held -= 8;
      if (sink.at - at > 255) return refuse(sink, index, "longer than 255 octets");
      put8(sink, bits >> held);
    }
    if (sink.at === at + 1 || held >= 5) return refuse(sink, index, "not whole Base32");
    sink.octets[at] = sink.at - at - 1;
    return index + 1;
  },
  size(octets, at, end) {
    if (at >= end || octets[at] === 0) return -1;
    return at + 1 + octets[at]! <= end ? 1 + octets[at]! : -1;
  },
  text(octets, at, size) {
    let text = "";
    let bits = 0;
    let held = 0;
    for (let i = at + 1; i < at + size; i += 1) {
      bits = ((bits << 8) | octets[i]!) & 0xfff;
      held += 8;
      for (; held >= 5; held -= 5) text += BASE32_DIGITS[(bits >> (held - 5)) & 31]!;
    }
    return held > 0 ? text + BASE32_DIGITS[(bits << (5 - held)) & 31]! : text;
  },
};

/** `width` octets as pairs of hexadecimal digits between hyphens (RFC 7043 §3.2, §4.2). */
function eui(width: number): Field {
  const form = new RegExp(`^[0-9a-f]{2}(-[0-9a-f]{2}){${width - 1}}$`, "i");
  return {
    kind: `eui${width * 8}`,
    read(tokens, index, sink) {
      if (!present(tokens, index, sink, `an EUI-${width * 8}`)) return -1;
      const text = tokenText(tokens, index);
      if (!form.test(text)) return refuse(sink, index, `not an EUI-${width * 8}`);
      for (const pair of text.split("-")) put8(sink, Number.parseInt(pair, 16));
      return index + 1;
    },
    size: (_octets, at, end) => (at + width <= end ? width : -1),
    text: (octets, at) => hexText(octets, at, width).replace(/..(?=.)/g, "$&-"),
  };
}

export const eui48 = eui(6);
export const eui64 = eui(8);

/** Four groups of hexadecimal digits, without the shortening of IPv6 (RFC 6742 §2.1.2, §2.3.2). */
export const locator64: Field = {
  kind: "locator64",
  read(tokens, index, sink) {
    if (!present(tokens, index, sink, "a 64-bit locator")) return -1;
    const text = tokenText(tokens, index);
    if (!/^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){3}$/i.test(text)) {
      return refuse(sink, index, "not four groups of hexadecimal digits");
    }
    for (const group of text.split(":")) put16(sink, Number.parseInt(group, 16));
    return index + 1;
  },
  size: (_octets, at, end) => (at + 8 <= end ? 8 : -1),
  text: (octets, at) =>
    [0, 2, 4, 6]
      .map((i) =>
        get16(octets, at + i)
          .toString(16)
          .padStart(4, "0"),
      )
      .join(":"),
};

/** `0x` and hexadecimal digits with dots for the eye (RFC 1706 §7). */
export const nsap: Field = {
  kind: "nsap",
  read(tokens, index, sink) {
    if (!present(tokens, index, sink, "an NSAP address")) return -1;
    const text = tokenText(tokens, index);
    const digits = text.slice(2).replaceAll(".", "");
    if (!/^0x/i.test(text) || digits.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(digits)) {
      return refuse(sink, index, "not an NSAP address");
    }
    if (digits.length > 510) return refuse(sink, index, "longer than 255 octets");
    for (let i = 0; i < digits.length; i += 2) {
      put8(sink, Number.parseInt(digits.slice(i, i + 2), 16));
    }
    return index + 1;
  },
  size: (_octets, at, end) => (at < end && end - at <= 255 ? end - at : -1),
  text: (octets, at, size) => `0x${hexText(octets, at, size)}`,
};
