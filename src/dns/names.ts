// SPDX-License-Identifier: Apache-2.0
/**
 * Domain names: text to wire, wire to text, order and kinship.
 *
 * A name is a Uint8Array in uncompressed wire form, and not a string or a list of labels: every
 * reader downstream hashes, compares and copies octets, and a string would have to be escaped and
 * parsed again at each door.
 *
 * Invariants
 *   N1  A name handed out is well-formed: labels of 1 to 63 octets, the root's zero octet at the
 *       end, at most 255 octets in all.
 *   N2  Case is kept unless a function says otherwise; only ASCII letters have case (RFC 4343).
 *   N3  nameFromText(nameToText(n)) has the octets of n.
 *
 * RFC 1035 §2.3.4 limits, §5.1 escapes; RFC 4034 §6.1 canonical order; RFC 4343 case.
 */

/** RFC 1035 §2.3.4. */
export const NAME_SIZE_MAX = 255;
/** RFC 1035 §2.3.4. */
export const LABEL_SIZE_MAX = 63;
/** Labels of one octet each and the root: (255 - 1) / 2. */
export const LABELS_MAX = 127;

/** The root name. Not to be written. */
export const ROOT_NAME: Uint8Array = new Uint8Array(1);

/** Why a text is no name. Negative, so that sizes and errors share one number. */
export const NameError = {
  EMPTY: -1,
  EMPTY_LABEL: -2,
  LABEL_TOO_LONG: -3,
  NAME_TOO_LONG: -4,
  BAD_ESCAPE: -5,
} as const;

/** What is wrong, in words. */
export function nameErrorText(error: number): string {
  switch (error) {
    case NameError.EMPTY:
      return "the name is empty";
    case NameError.EMPTY_LABEL:
      return "the name has an empty label";
    case NameError.LABEL_TOO_LONG:
      return "a label is longer than 63 octets";
    case NameError.NAME_TOO_LONG:
      return "the name is longer than 255 octets";
    default:
      return "the name has a bad escape";
  }
}

const BACKSLASH = 0x5c;
const DOT = 0x2e;
const AT = 0x40;

/**
 * Writes the name whose text lies in `text[from, end)` to `out` at `at`, which must have room for
 * 256 octets. A relative name ends with `origin`; a lone `@` is the origin. Case is kept.
 * Returns the size of the name, or a NameError.
 */
export function writeName(
  text: Uint8Array,
  from: number,
  end: number,
  origin: Uint8Array,
  out: Uint8Array,
  at: number,
): number {
  if (from >= end) return NameError.EMPTY;
  if (end - from === 1) {
    if (text[from] === DOT) {
      out[at] = 0;
      return 1;
    }
    if (text[from] === AT) return appendOrigin(origin, out, at, at);
  }
  const limit = at + NAME_SIZE_MAX;
  let label = at;
  let to = at + 1;
  let i = from;
  while (i < end) {
    let octet = text[i]!;
    i += 1;
    if (octet === DOT) {
      const size = to - label - 1;
      if (size === 0) return NameError.EMPTY_LABEL;
      if (size > LABEL_SIZE_MAX) return NameError.LABEL_TOO_LONG;
      out[label] = size;
      label = to;
      to += 1;
      continue;
    }
    if (octet === BACKSLASH) {
      octet = escapedOctet(text, i, end);
      if (octet < 0) return NameError.BAD_ESCAPE;
      i += escapeSize(text[i]!);
    }
    if (to >= limit) return NameError.NAME_TOO_LONG;
    out[to] = octet;
    to += 1;
  }
  const size = to - label - 1;
  if (size === 0) {
    // The text ended with a dot: the label begun last is the root.
    out[label] = 0;
    return to - at > NAME_SIZE_MAX ? NameError.NAME_TOO_LONG : to - at;
  }
  if (size > LABEL_SIZE_MAX) return NameError.LABEL_TOO_LONG;
  out[label] = size;
  return appendOrigin(origin, out, at, to);
}

function appendOrigin(origin: Uint8Array, out: Uint8Array, at: number, to: number): number {
  const size = to - at + origin.length;
  if (size > NAME_SIZE_MAX) return NameError.NAME_TOO_LONG;
  for (let i = 0; i < origin.length; i += 1) out[to + i] = origin[i]!;
  return size;
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39;
}

/** The octet that an escape stands for, `at` being after the backslash; -1 if there is none. */
export function escapedOctet(text: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const first = text[at]!;
  if (!isDigit(first)) return first;
  if (at + 3 > end || !isDigit(text[at + 1]!) || !isDigit(text[at + 2]!)) return -1;
  const value = (first - 0x30) * 100 + (text[at + 1]! - 0x30) * 10 + (text[at + 2]! - 0x30);
  return value > 255 ? -1 : value;
}

/** How many octets an escape takes after its backslash, told by the first of them. */
export function escapeSize(first: number): number {
  return isDigit(first) ? 3 : 1;
}

/** A name from text, relative to `origin` (the root unless given); null if it is none. */
export function nameFromText(text: string, origin: Uint8Array = ROOT_NAME): Uint8Array | null {
  const octets = new TextEncoder().encode(text);
  const out = new Uint8Array(NAME_SIZE_MAX + 2);
  const size = writeName(octets, 0, octets.length, origin, out, 0);
  return size < 0 ? null : out.slice(0, size);
}

/**
 * The text of the name at `at`, absolute with its final dot. Escapes what a master file would
 * misread (RFC 1035 §5.1) and what does not print. Ends early, and does not throw, at a label that
 * is none.
 */
export function nameToText(octets: Uint8Array, at = 0): string {
  if (octets[at] === 0) return ".";
  let text = "";
  let i = at;
  for (;;) {
    const size = octets[i];
    if (size === undefined || size === 0 || size > LABEL_SIZE_MAX) return text;
    for (let k = i + 1; k <= i + size && k < octets.length; k += 1) text += octetText(octets[k]!);
    text += ".";
    i += 1 + size;
  }
}

function octetText(octet: number): string {
  if (octet <= 0x20 || octet >= 0x7f) return `\\${String(octet).padStart(3, "0")}`;
  const char = String.fromCharCode(octet);
  return '.\\"();@$'.includes(char) ? `\\${char}` : char;
}

/** ASCII letters to lower case; any other octet as it is. */
export function lowerOctet(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}

/** Lower-cases `octets[at, at + size)` in place. Length octets are below "A" and stay. */
export function lowerInPlace(octets: Uint8Array, at: number, size: number): void {
  for (let i = at, end = at + size; i < end; i += 1) {
    const octet = octets[i]!;
    if (octet >= 0x41 && octet <= 0x5a) octets[i] = octet + 0x20;
  }
}

/** A lower-case copy. */
export function lowerName(name: Uint8Array): Uint8Array {
  const copy = name.slice();
  lowerInPlace(copy, 0, copy.length);
  return copy;
}

/**
 * The size of the uncompressed name at `at`, its root octet included; -1 if none ends before `end`,
 * or a label is too long or is a compression pointer, or the name exceeds 255 octets.
 */
export function nameSize(octets: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end) {
    const size = octets[i]!;
    if (size === 0) return i + 1 - at;
    if (size > LABEL_SIZE_MAX) return -1;
    i += 1 + size;
    if (i - at >= NAME_SIZE_MAX) return -1;
  }
  return -1;
}

/** Labels without the root; `*.example.org.` has three. The name must be well-formed. */
export function labelCount(octets: Uint8Array, at = 0): number {
  let count = 0;
  for (let i = at; octets[i]! > 0; i += 1 + octets[i]!) count += 1;
  return count;
}

/** The name without its first label, sharing memory; null for the root. */
export function parentName(name: Uint8Array): Uint8Array | null {
  const first = name[0]!;
  return first === 0 ? null : name.subarray(1 + first);
}

/** Whether two spans of octets are equal but for ASCII case. */
export function equalName(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) {
    if (a[i] !== b[i] && lowerOctet(a[i]!) !== lowerOctet(b[i]!)) return false;
  }
  return true;
}

/** Whether `name` is `ancestor` or below it. Case does not matter. */
export function isSubdomain(name: Uint8Array, ancestor: Uint8Array): boolean {
  return isSubdomainAt(name, 0, name.length, ancestor);
}

/** As isSubdomain, for the name in `octets[at, at + size)`. */
export function isSubdomainAt(
  octets: Uint8Array,
  at: number,
  size: number,
  ancestor: Uint8Array,
): boolean {
  const from = at + size - ancestor.length;
  if (from < at) return false;
  // Only a label's beginning counts: `xample.org` is not an ancestor of `example.org`.
  let i = at;
  while (i < from) i += 1 + octets[i]!;
  if (i !== from) return false;
  for (let k = 0; k < ancestor.length; k += 1) {
    const octet = octets[from + k]!;
    if (octet !== ancestor[k] && lowerOctet(octet) !== lowerOctet(ancestor[k]!)) return false;
  }
  return true;
}

/**
 * Canonical order (RFC 4034 §6.1): labels from the root inwards, each as lower-case octets, a
 * shorter one first. Negative, zero or positive.
 */
export function compareNames(a: Uint8Array, b: Uint8Array): number {
  const as = labelOffsets(a);
  const bs = labelOffsets(b);
  for (let i = as.length - 1, k = bs.length - 1; i >= 0 && k >= 0; i -= 1, k -= 1) {
    const order = compareLabels(a, as[i]!, b, bs[k]!);
    if (order !== 0) return order;
  }
  return as.length - bs.length;
}

function labelOffsets(name: Uint8Array): number[] {
  const offsets: number[] = [];
  for (let i = 0; name[i]! > 0; i += 1 + name[i]!) offsets.push(i);
  return offsets;
}

function compareLabels(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  const aSize = a[aAt]!;
  const bSize = b[bAt]!;
  const common = Math.min(aSize, bSize);
  for (let i = 1; i <= common; i += 1) {
    const order = lowerOctet(a[aAt + i]!) - lowerOctet(b[bAt + i]!);
    if (order !== 0) return order;
  }
  return aSize - bSize;
}

/** The labels of `prefix` in front of `suffix`; null if that is longer than 255 octets. */
export function joinNames(prefix: Uint8Array, suffix: Uint8Array): Uint8Array | null {
  const size = prefix.length - 1 + suffix.length;
  if (size > NAME_SIZE_MAX) return null;
  const out = new Uint8Array(size);
  out.set(prefix.subarray(0, prefix.length - 1));
  out.set(suffix, prefix.length - 1);
  return out;
}
