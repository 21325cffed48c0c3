// SPDX-License-Identifier: Apache-2.0
/**
 * Recognises types and classes in token octets without making a string of them.
 *
 * The scanner meets one or two mnemonics per record; decoding text for each and asking a Map would
 * take longer than the rest of an A record. A small open-addressed table over octets answers both
 * questions at once, since no word is a type and a class.
 */
import { CLASSES, RR_TYPES } from "../dns/iana.ts";

/** Added to the number of a class, so that one number says which of the two was met. */
export const CLASS_FLAG = 0x1_0000;

const SLOTS = 512;
const MASK = SLOTS - 1;
const words: (Uint8Array | null)[] = new Array<Uint8Array | null>(SLOTS).fill(null);
const codes = new Int32Array(SLOTS);

function upper(octet: number): number {
  return octet >= 0x61 && octet <= 0x7a ? octet - 0x20 : octet;
}

function hashWord(octets: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i < end; i += 1) hash = Math.imul(hash, 31) + upper(octets[i]!);
  return (hash ^ (hash >>> 9)) & MASK;
}

function addWord(mnemonic: string, code: number): void {
  const word = new TextEncoder().encode(mnemonic);
  let slot = hashWord(word, 0, word.length);
  while (words[slot] !== null) slot = (slot + 1) & MASK;
  words[slot] = word;
  codes[slot] = code;
}

for (const row of RR_TYPES) addWord(row.mnemonic, row.number);
// ANY is a type and a class; neither stands in a zone, so the type's refusal may speak for both.
for (const row of CLASSES)
  if (row.mnemonic !== "ANY") addWord(row.mnemonic, CLASS_FLAG | row.number);
addWord("CS", CLASS_FLAG | 2);

/** The longest mnemonic is OPENPGPKEY or NSEC3PARAM; generic forms reach CLASS65535. */
const WORD_SIZE_MAX = 10;

/**
 * The type, or CLASS_FLAG + the class, that the octets name by mnemonic, TYPEnnn or CLASSnnn, in
 * any case; -1 if none.
 */
export function mnemonicCode(octets: Uint8Array, start: number, end: number): number {
  const size = end - start;
  if (size > WORD_SIZE_MAX || size <= 0) return -1;
  for (let slot = hashWord(octets, start, end); ; slot = (slot + 1) & MASK) {
    const word = words[slot]!;
    if (word === null) break;
    if (word.length !== size) continue;
    let i = 0;
    while (i < size && word[i] === upper(octets[start + i]!)) i += 1;
    if (i === size) return codes[slot]!;
  }
  const type = genericNumber(octets, start, end, TYPE_PREFIX);
  if (type >= 0) return type;
  const number = genericNumber(octets, start, end, CLASS_PREFIX);
  return number < 0 ? -1 : CLASS_FLAG | number;
}

const TYPE_PREFIX = new TextEncoder().encode("TYPE");
const CLASS_PREFIX = new TextEncoder().encode("CLASS");

function genericNumber(octets: Uint8Array, start: number, end: number, prefix: Uint8Array): number {
  const from = start + prefix.length;
  if (end <= from || end - from > 5) return -1;
  for (let i = 0; i < prefix.length; i += 1) {
    if (upper(octets[start + i]!) !== prefix[i]) return -1;
  }
  let value = 0;
  for (let i = from; i < end; i += 1) {
    const digit = octets[i]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value > 0xffff ? -1 : value;
}
