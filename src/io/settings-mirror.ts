// SPDX-License-Identifier: Apache-2.0
/**
 * The settings as the kernel of a stream thread gets them: those of the node, with the idle timeout
 * that this thread grants at the moment (RFC 7828 §3.2.2).
 *
 * Or as that of the transfer thread gets them, which is to answer what others hand to it.
 *
 * The kernel cannot tell them from the original. The memory has one writer, the thread it is for.
 */
import { createSettings, observeSettings, SETTINGS_WORDS } from "../answer/settings.ts";
import { SETTINGS_FLAGS, SETTINGS_KEEPALIVE_UNITS } from "../layout/gen/settings.ts";
import { changeSettings } from "./settings.ts";

export interface SettingsMirror {
  /** What the kernel is made with. */
  readonly words: Int32Array;
  /** Follows the node's settings, with this idle timeout in units of 100 ms. Between batches. */
  follow(keepaliveUnits: number): void;
  /** Follows them but for these flags, which are off. */
  followWithout(flags: number): void;
}

export function createSettingsMirror(shared: Int32Array): SettingsMirror {
  const source = createSettings(shared);
  const words = new Int32Array(new SharedArrayBuffer(SETTINGS_WORDS * 4));
  const u16 = new Uint16Array(words.buffer);
  const at = SETTINGS_KEEPALIVE_UNITS >> 1;
  let seen = -1;
  const copy = (change: () => void): void => {
    seen = source.i32[0]!;
    changeSettings(words, () => {
      words.set(source.i32.subarray(1), 1);
      change();
    });
  };
  return {
    words,
    follow(keepaliveUnits) {
      observeSettings(source);
      if (source.i32[0]! === seen && u16[at] === keepaliveUnits) return;
      copy(() => {
        u16[at] = keepaliveUnits;
      });
    },
    followWithout(flags) {
      observeSettings(source);
      if (source.i32[0]! === seen) return;
      copy(() => {
        words[SETTINGS_FLAGS >> 2]! &= ~flags;
      });
    },
  };
}
