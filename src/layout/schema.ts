// SPDX-License-Identifier: Apache-2.0
/**
 * The little language in which the binary layout is written: one row per field, offsets computed.
 *
 * Why a language of our own and not a serialisation library: the octets are read in place by two
 * kernels, in the middle of a query. What they need is a constant offset, nothing else.
 *
 * Invariants
 *   S1  A field lies at a multiple of its width. A row that would need padding is refused, because
 *       a hole is octets that nobody decided on.
 *   S2  Integers are little-endian; `bytes` are stored as they go on the wire.
 *   S3  Every struct's size is a multiple of 4, so that a list of them stays aligned.
 *
 * scripts/gen.ts turns the rows into src/layout/gen/*.ts, native/gen/*.hh and the memory page.
 */

/** One field. `count` is 1 except for `bytes`. */
export interface Field {
  readonly kind: "u8" | "u16" | "u32" | "f64" | "ref" | "bytes";
  readonly name: string;
  readonly doc: string;
  readonly width: number;
  readonly count: number;
}

export interface Struct {
  readonly name: string;
  readonly doc: string;
  readonly fields: readonly Field[];
}

const row = (kind: Field["kind"], width: number, name: string, doc: string, count = 1): Field => ({
  kind,
  name,
  doc,
  width,
  count,
});

export const u8 = (name: string, doc: string): Field => row("u8", 1, name, doc);
export const u16 = (name: string, doc: string): Field => row("u16", 2, name, doc);
export const u32 = (name: string, doc: string): Field => row("u32", 4, name, doc);
export const f64 = (name: string, doc: string): Field => row("f64", 8, name, doc);
/** A u32 octet offset, multiple of 4, zero for none; relative to the segment unless `doc` says so. */
export const ref = (name: string, doc: string): Field => row("ref", 4, name, doc);
export const bytes = (name: string, count: number, doc: string): Field =>
  row("bytes", 1, name, doc, count);

/** A struct with the offset of every field. Throws where a field would need padding. */
export function struct(s: Struct): Struct {
  sizeOf(s);
  return s;
}

/** Octet offset of each field, in order. */
export function offsets(s: Struct): readonly number[] {
  let at = 0;
  return s.fields.map((field) => {
    if (at % field.width !== 0) throw new Error(`${s.name}.${field.name} would need padding`);
    const here = at;
    at += field.width * field.count;
    return here;
  });
}

/** Size of a struct in octets. */
export function sizeOf(s: Struct): number {
  const at = offsets(s);
  const last = s.fields.length - 1;
  const end = last < 0 ? 0 : at[last]! + s.fields[last]!.width * s.fields[last]!.count;
  if (end % 4 !== 0) throw new Error(`${s.name} is ${end} octets, not a multiple of 4`);
  return end;
}

/** `ownerSize` → `OWNER_SIZE`. */
export function constantCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
}

/** `ownerSize` → `owner_size`. */
export function snakeCase(name: string): string {
  return constantCase(name).toLowerCase();
}
