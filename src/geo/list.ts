// SPDX-License-Identifier: Apache-2.0
/** A list of 32-bit words that grows by doubling: millions of numbers without millions of boxes. */

export interface U32List {
  items: Uint32Array;
  size: number;
}

export function createList(capacity = 1024): U32List {
  return { items: new Uint32Array(capacity), size: 0 };
}

/** Amortised constant time. `value` is taken modulo 2^32. */
export function push(list: U32List, value: number): void {
  if (list.size === list.items.length) {
    const grown = new Uint32Array(Math.max(16, list.size * 2));
    grown.set(list.items);
    list.items = grown;
  }
  list.items[list.size] = value;
  list.size += 1;
}

/** The words so far, in an array of exactly their number. */
export function toArray(list: U32List): Uint32Array {
  return list.items.slice(0, list.size);
}
