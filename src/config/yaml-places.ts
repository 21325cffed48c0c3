// SPDX-License-Identifier: Apache-2.0
/**
 * Where things stand in a YAML text: offsets to lines and columns, paths to offsets.
 *
 * A fault is looked for where its value stands. If the value is a block that begins on the next
 * line, people look at its key, and so does `placesOf`. Aliases and merge keys are followed to where
 * the text is written: that is the line to edit.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from "yaml";
import type { Place } from "../base/faults.ts";
import type { PlaceOf } from "../resource/place.ts";

/** Aliases of aliases are followed so far. */
const HOPS_MAX = 32;

/**
 * The place of an offset. Not the library's own counter: that one misses line ends in what it could
 * not understand, which is where places matter.
 */
export function placesIn(file: string, text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return { file, line: low + 1, column: offset - starts[low]! + 1 };
  };
}

/** The function that finds the place of a path. Mappings are indexed when first asked for. */
export function placesOf(
  document: Document.Parsed,
  targets: ReadonlyMap<Alias, Node>,
  placeAt: (offset: number) => Place,
  whole: Place,
): PlaceOf {
  const indices = new Map<YAMLMap, Map<string, Pair>>();
  const pairsOf = (map: YAMLMap): Map<string, Pair> => {
    let index = indices.get(map);
    if (index === undefined) {
      index = new Map();
      for (const pair of map.items) {
        const key = isPair(pair) ? keyOf(pair) : null;
        if (key !== null && !index.has(key)) index.set(key, pair);
      }
      indices.set(map, index);
    }
    return index;
  };
  const resolve = (node: unknown): unknown => {
    let at = node;
    for (let i = 0; isAlias(at) && i < HOPS_MAX; i += 1) at = targets.get(at);
    return at;
  };
  // `seen` keeps mappings that are merged in a hundred ways from being searched a hundred times.
  const pairAt = (node: unknown, key: string, seen: Set<unknown>): Pair | null => {
    const map = resolve(node);
    if (!isMap(map) || seen.has(map)) return null;
    seen.add(map);
    const own = pairsOf(map).get(key);
    if (own !== undefined) return own;
    const source = resolve(pairsOf(map).get(MERGE_KEY)?.value);
    for (const merged of isSeq(source) ? source.items : [source]) {
      const found = pairAt(merged, key, seen);
      if (found !== null) return found;
    }
    return null;
  };

  return (path, part) => {
    let node: unknown = document.contents;
    let key: unknown = null;
    let isWhole = true;
    for (const [i, step] of path.entries()) {
      const list = resolve(node);
      if (isSeq(list)) {
        const item = list.items[Number(step)];
        if (item === undefined) break;
        [node, key] = [item, null];
      } else {
        const pair = pairAt(node, String(step), new Set());
        if (pair === null) break;
        [node, key] = [pair.value, pair.key];
        if (part === "key" && i === path.length - 1) return placeAt(startOf(pair.key));
      }
      isWhole = false;
    }
    if (isWhole) return whole;
    return placeAt(startOf(standsFor(node, key)));
  };
}

/** Where people look for a value: at itself, but at the key if the value begins on a later line. */
function standsFor(node: unknown, key: unknown): unknown {
  const isBlock = (isMap(node) || isSeq(node)) && node.flow !== true;
  const isNothing = node === null || (isScalar(node) && node.value === null && !node.source);
  return key !== null && (isBlock || isNothing) ? key : node;
}

/** The key whose mappings are poured into the one around it. */
export const MERGE_KEY = "<<";

/** The key's text as written: `0x10` and `1.50` are ids, not numbers. Null if it is no scalar. */
export function keyOf(pair: Pair): string | null {
  if (!isScalar(pair.key)) return null;
  const { value, source } = pair.key;
  // With merge keys on, the library makes the key `<<` a symbol.
  if (typeof value === "symbol") return MERGE_KEY;
  if (typeof value === "string") return value;
  return source ?? String(value);
}

/** Offset of a node; 0 if it has none. */
export function startOf(node: unknown): number {
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  return range?.[0] ?? 0;
}
