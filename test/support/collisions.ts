// SPDX-License-Identifier: Apache-2.0
/**
 * Labels of eight letters whose name hashes are equal below one parent: what somebody would put into
 * a zone to make a hash table crawl. FNV-1a steps backwards as easily as forwards, so the two
 * halves of a label meet in the middle.
 */
import { hashLabel } from "../../src/base/hash.ts";

const PRIME = 0x01000193;
const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** The inverse of PRIME modulo 2^32, by Newton's iteration. */
function inverse(): number {
  let x = PRIME;
  for (let i = 0; i < 5; i += 1) x = Math.imul(x, 2 - Math.imul(PRIME, x));
  return x;
}

/** Calls `visit` for every text of `length` letters with the index that made it. */
function eachText(length: number, visit: (octets: readonly number[]) => void): void {
  const octets = new Array<number>(length).fill(0);
  const step = (at: number): void => {
    if (at === length) {
      visit(octets);
      return;
    }
    for (let i = 0; i < LETTERS.length; i += 1) {
      octets[at] = LETTERS.charCodeAt(i);
      step(at + 1);
    }
  };
  step(0);
}

/** At least `count` labels with one hash below `parent`, a name hash. */
export function collidingLabels(parent: number, count: number): readonly string[] {
  const seed = Uint8Array.from("azimuth0", (letter) => letter.charCodeAt(0));
  const target = hashLabel(parent, seed, 0, 8);
  const back = inverse();
  const ends = new Map<number, string>();
  eachText(3, (octets) => {
    let hash = target;
    for (let i = 2; i >= 0; i -= 1) hash = Math.imul(hash, back) ^ octets[i]!;
    ends.set(hash, String.fromCharCode(...octets));
  });
  const found: string[] = [];
  // Five letters in front are more than are ever needed; the first is taken one by one.
  for (let first = 0; first < LETTERS.length && found.length < count; first += 1) {
    const start = Math.imul(Math.imul(parent ^ 8, PRIME) ^ LETTERS.charCodeAt(first), PRIME);
    eachText(4, (octets) => {
      let hash = start;
      for (const octet of octets) hash = Math.imul(hash ^ octet, PRIME);
      const end = ends.get(hash);
      if (end !== undefined && found.length < count) {
        found.push(LETTERS[first] + String.fromCharCode(...octets) + end);
      }
    });
  }
  return found;
}
