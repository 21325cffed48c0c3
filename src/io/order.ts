// SPDX-License-Identifier: Apache-2.0
/**
 * Things in the order in which they were put at the end: what has waited longest is in front.
 *
 * Since all connections of a thread have the same time to live, who is in front is who is due first:
 * one timer looks there, in place of two timers for each connection. Every step is a few stores.
 */

/** A place in one order. Made once for each thing, and used again. */
export interface Place<T> {
  readonly value: T;
  before: Place<T> | null;
  behind: Place<T> | null;
}

export interface Order<T> {
  readonly first: T | null;
  /** Puts a place at the end, from wherever it stood. */
  toEnd(place: Place<T>): void;
  /** Takes a place out; nothing if it does not stand in it. */
  remove(place: Place<T>): void;
}

export function placeOf<T>(value: T): Place<T> {
  return { value, before: null, behind: null };
}

export function createOrder<T>(): Order<T> {
  let first: Place<T> | null = null;
  let last: Place<T> | null = null;
  const remove = (place: Place<T>): void => {
    const { before, behind } = place;
    if (before === null && first !== place) return;
    if (before === null) first = behind;
    else before.behind = behind;
    if (behind === null) last = before;
    else behind.before = before;
    place.before = null;
    place.behind = null;
  };
  return {
    get first() {
      return first === null ? null : first.value;
    },
    remove,
    toEnd(place) {
      remove(place);
      place.before = last;
      if (last === null) first = place;
      else last.behind = place;
      last = place;
    },
  };
}
