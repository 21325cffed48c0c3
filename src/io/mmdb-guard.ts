// SPDX-License-Identifier: Apache-2.0
/**
 * Goes over a value of a MaxMind database before it is decoded, and refuses what is not sound.
 *
 * Pointers let a value hold another twice, and that another twice: forty levels are a terabyte. They
 * also let it hold itself. The decoder would follow; so each step is counted here first, against a
 * budget for one value and one for the whole file.
 *
 *   control octet: type (3 bits) | size (5 bits); type 0 means that the next octet is type − 7
 *
 * MaxMind DB file format 2.0, "Data Section".
 */

/** "\xab\xcd\xefMaxMind.com" */
const MARKER = Uint8Array.of(
  0xab,
  0xcd,
  0xef,
  0x4d,
  0x61,
  0x78,
  0x4d,
  0x69,
  0x6e,
  0x64,
  0x2e,
  0x63,
  0x6f,
  0x6d,
);

export const MARKER_SIZE = MARKER.length;

/** A city record with names in eight languages has a few hundred parts. */
const VALUE_STEPS_MAX = 10_000;
const DEPTH_MAX = 24;
/** City files share by pointers and cost less than one step per octet. */
const STEPS_PER_OCTET = 4;
const STEPS_FREE = 1_000_000;

const types = {
  POINTER: 1,
  STRING: 2,
  DOUBLE: 3,
  BYTES: 4,
  UINT16: 5,
  UINT32: 6,
  MAP: 7,
  INT32: 8,
  UINT64: 9,
  UINT128: 10,
  ARRAY: 11,
  BOOLEAN: 14,
  FLOAT: 15,
} as const;

/** Octets that a number of each type may have; maps, strings and the like have their own rule. */
const numberSizes: ReadonlyMap<number, readonly [least: number, most: number]> = new Map([
  [types.DOUBLE, [8, 8]],
  [types.FLOAT, [4, 4]],
  [types.UINT16, [0, 2]],
  [types.UINT32, [0, 4]],
  [types.INT32, [0, 4]],
  [types.UINT64, [0, 8]],
  [types.UINT128, [0, 16]],
]);

/** What added to a pointer of 1, 2, 3, 4 octets makes its ranges follow each other. */
const pointerBases = [0, 2048, 526336, 0] as const;

export interface Guard {
  readonly octets: Uint8Array;
  /** No value reaches beyond. */
  readonly end: number;
  /** Steps left for all values together. */
  fileSteps: number;
  /** Steps left for the present value. */
  valueSteps: number;
}

export function createGuard(octets: Uint8Array, end: number): Guard {
  const fileSteps = octets.length * STEPS_PER_OCTET + STEPS_FREE;
  return { octets, end, fileSteps, valueSteps: 0 };
}

/**
 * Offset of the last metadata marker, −1 if there is none. The same search as the library's, with
 * its habit of not looking again at an octet that broke a match: both must find the same metadata.
 */
export function metadataStart(octets: Uint8Array): number {
  let found = 0;
  for (let at = octets.length - 2; at >= 0; at -= 1) {
    found += octets[at] === MARKER[MARKER_SIZE - 1 - found] ? 1 : -found;
    if (found === MARKER_SIZE) return at;
  }
  return -1;
}

/** Whether the value at `at` can be decoded within bounds. Pointers count from `base`. */
export function isSound(guard: Guard, at: number, base: number): boolean {
  guard.valueSteps = Math.min(VALUE_STEPS_MAX, guard.fileSteps);
  const before = guard.valueSteps;
  const sound = skip(guard, at, base, 0) >= 0;
  guard.fileSteps -= before - guard.valueSteps;
  return sound;
}

/** Where the value at `at` ends; −1 if it is not sound. */
function skip(guard: Guard, at: number, base: number, depth: number): number {
  const { octets, end } = guard;
  guard.valueSteps -= 1;
  if (guard.valueSteps < 0 || depth > DEPTH_MAX || at >= end) return -1;
  const control = octets[at]!;
  let type = control >>> 5;
  let next = at + 1;
  if (type === types.POINTER) return skipPointer(guard, control, next, base, depth);
  if (type === 0) {
    if (next >= end) return -1;
    type = octets[next]! + 7;
    next += 1;
  }
  let size = control & 0x1f;
  if (size >= 29) {
    const more = size - 28;
    if (next + more > end) return -1;
    const least = size === 29 ? 29 : size === 30 ? 285 : 65821;
    size = least + readUint(octets, next, more);
    next += more;
  }
  if (type === types.MAP || type === types.ARRAY) {
    return skipParts(guard, next, type === types.MAP, size, base, depth);
  }
  if (type === types.BOOLEAN) return size <= 1 ? next : -1;
  if (type === types.STRING || type === types.BYTES) {
    guard.valueSteps -= size >>> 4;
    return next + size <= end ? next + size : -1;
  }
  const bounds = numberSizes.get(type);
  if (bounds === undefined || size < bounds[0] || size > bounds[1]) return -1;
  return next + size <= end ? next + size : -1;
}

function skipParts(
  guard: Guard,
  at: number,
  isMap: boolean,
  count: number,
  base: number,
  depth: number,
): number {
  let next = at;
  for (let i = 0; i < count; i += 1) {
    if (isMap) {
      if (!isKey(guard, next, base)) return -1;
      next = skip(guard, next, base, depth + 1);
      if (next < 0) return -1;
    }
    next = skip(guard, next, base, depth + 1);
    if (next < 0) return -1;
  }
  return next;
}

/** Keys are strings, or pointers to strings. */
function isKey(guard: Guard, at: number, base: number): boolean {
  if (at >= guard.end) return false;
  const control = guard.octets[at]!;
  if (control >>> 5 !== types.POINTER) return control >>> 5 === types.STRING;
  const target = pointerTarget(guard.octets, control, at + 1, base);
  return target < guard.end && guard.octets[target]! >>> 5 === types.STRING;
}

function skipPointer(
  guard: Guard,
  control: number,
  at: number,
  base: number,
  depth: number,
): number {
  const next = at + ((control >>> 3) & 3) + 1;
  if (next > guard.end) return -1;
  const target = pointerTarget(guard.octets, control, at, base);
  return skip(guard, target, base, depth + 1) < 0 ? -1 : next;
}

function pointerTarget(octets: Uint8Array, control: number, at: number, base: number): number {
  const sizeCode = (control >>> 3) & 3;
  const top = sizeCode === 3 ? 0 : (control & 7) * 2 ** (8 * (sizeCode + 1));
  return base + pointerBases[sizeCode]! + top + readUint(octets, at, sizeCode + 1);
}

function readUint(octets: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i += 1) value = value * 256 + (octets[at + i] ?? 0);
  return value;
}
