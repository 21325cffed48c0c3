// SPDX-License-Identifier: Apache-2.0
/**
 * The settings as a kernel sees them: a copy of its own, renewed between batches.
 *
 * Why a copy: a query must not see half of a change, and the loads of the hot path are then plain.
 *
 * Invariants
 *   S1  The copy is whole: the words between two equal, even values of the sequence.
 *   S2  While the writer is at work the old copy stays in force; nothing waits.
 *
 * Writer: src/io/settings.ts. Twin: native/src/settings.cc.
 */
import {
  SETTINGS_AGENT_SIZE,
  SETTINGS_COOKIE_SECRET_COUNT,
  SETTINGS_NSID_SIZE,
  SETTINGS_SERVER_ID_SIZE,
  SETTINGS_SIZE,
  SETTINGS_VERSION_SIZE,
} from "../layout/gen/settings.ts";
import { COOKIE_SECRETS_MAX, IDENTITY_SIZE_MAX, NAME_SIZE_MAX } from "../layout/limits.ts";

export const SETTINGS_WORDS = SETTINGS_SIZE / 4;

/** One kernel's copy. Word 0 is the sequence of what was copied. */
export interface Settings {
  /** The shared memory. */
  readonly shared: Int32Array;
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  /** Where a copy is made until it is known to be whole. */
  readonly draft: Int32Array;
}

export function createSettings(shared: Int32Array): Settings {
  const buffer = new ArrayBuffer(SETTINGS_SIZE);
  return {
    shared,
    i32: new Int32Array(buffer),
    u8: new Uint8Array(buffer),
    u16: new Uint16Array(buffer),
    draft: new Int32Array(SETTINGS_WORDS),
  };
}

/** Renews the copy if it is old. Between batches only. */
export function observeSettings(settings: Settings): void {
  const { shared, i32 } = settings;
  const sequence = Atomics.load(shared, 0);
  if (sequence !== i32[0] && (sequence & 1) === 0) renew(settings, sequence);
}

function renew(settings: Settings, sequence: number): void {
  const { shared, draft, i32, u8 } = settings;
  for (let i = 0; i < SETTINGS_WORDS; i += 1) draft[i] = Atomics.load(shared, i);
  if (Atomics.load(shared, 0) !== sequence) return;
  i32.set(draft);
  // What is read with these sizes lies in the copy, whatever was written.
  bound(u8, SETTINGS_COOKIE_SECRET_COUNT, COOKIE_SECRETS_MAX);
  bound(u8, SETTINGS_NSID_SIZE, IDENTITY_SIZE_MAX);
  bound(u8, SETTINGS_SERVER_ID_SIZE, IDENTITY_SIZE_MAX);
  bound(u8, SETTINGS_VERSION_SIZE, IDENTITY_SIZE_MAX);
  bound(u8, SETTINGS_AGENT_SIZE, NAME_SIZE_MAX);
}

function bound(u8: Uint8Array, at: number, max: number): void {
  if (u8[at]! > max) u8[at] = max;
}
