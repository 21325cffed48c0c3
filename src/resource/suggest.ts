// SPDX-License-Identifier: Apache-2.0
/**
 * "Did you mean …?": the known word that a mistyped one was probably meant to be.
 *
 * Optimal string alignment distance: besides insertions, deletions and replacements, the swap of two
 * neighbours counts as one edit, because that is the commonest slip of a typing hand.
 */

/** More edits than this are another word and not a slip. */
const EDITS_MAX = 2;
/** Longer words are cut off from the search, so that hostile input costs nothing. */
const WORD_SIZE_MAX = 64;

/** The closest of `known` within two edits of `word`, ignoring case; null if there is none. */
export function suggest(word: string, known: Iterable<string>): string | null {
  if (word.length > WORD_SIZE_MAX) return null;
  const typed = word.toLowerCase();
  // A word of three letters is two edits away from every other short word.
  const editsMax = Math.min(EDITS_MAX, Math.floor(typed.length / 2));
  let best: string | null = null;
  let bestEdits = editsMax + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= bestEdits) continue;
    const edits = editDistance(typed, candidate.toLowerCase());
    if (edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** The suggestion as the end of a sentence: `; did you mean www?`, or nothing. */
export function suggestionText(word: string, known: Iterable<string>): string {
  const best = suggest(word, known);
  return best === null ? "" : `; did you mean ${best}?`;
}

/** Edits that turn `a` into `b`: insert, delete, replace one character, or swap two neighbours. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let k = 1; k <= b.length; k += 1) {
      const same = a[i - 1] === b[k - 1] ? 0 : 1;
      let edits = Math.min(row[k - 1]! + 1, above[k]! + 1, above[k - 1]! + same);
      if (i > 1 && k > 1 && a[i - 1] === b[k - 2] && a[i - 2] === b[k - 1]) {
        edits = Math.min(edits, before[k - 2]! + 1);
      }
      row.push(edits);
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}
