// SPDX-License-Identifier: Apache-2.0
/**
 * Paths into what an operator wrote, and the places that they stand for.
 *
 * Values carry no places, because they are compared, hashed and sent between threads, and a comment
 * added above must not change them. Whoever finds a fault names a path instead, and the loader of
 * the text says where that path stands. The same checks serve the API, whose text has no lines.
 */
import type { Place } from "../base/faults.ts";

/** Keys and list indices from the top of the document: `["pools", "www", "probes", 0]`. */
export type Path = readonly (string | number)[];

/**
 * Where a path stands. A path that leads nowhere stands where its nearest ancestor does. With `key`
 * the place is that of the key and not of its value.
 */
export type PlaceOf = (path: Path, part?: "key") => Place;

/** For input without lines: every path stands for the whole of `file`. */
export function placeNowhere(file: string): PlaceOf {
  const place = { file, line: 0, column: 0 };
  return () => place;
}

/** `pools.www.probes[0]`: a path for people. A key that is no plain word is quoted. */
export function pathText(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[\w/@*-]+$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += text === "" ? JSON.stringify(step) : `.${JSON.stringify(step)}`;
  }
  return text;
}

/** The value that `path` leads to in plain data; undefined if it leads nowhere. */
export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}
