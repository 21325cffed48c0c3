// SPDX-License-Identifier: Apache-2.0
/**
 * Which kernel and which pump this process runs, and what is to be said of it in the log.
 *
 * Decided once, by the main thread, and handed to the others: threads that chose for themselves
 * could differ. The environment wins over the configuration, so that a doubt about the addon is
 * settled by a restart and without an edit: `AZIMUTH_KERNEL` and `AZIMUTH_PUMP` take the words of
 * the options, `AZIMUTH_NATIVE=off` goes without the addon.
 *
 * Invariants
 *   D1  Whatever is wanted, something serves: without an addon, or with one of another layout, the
 *       TypeScript kernel and node:dgram do, and the log says why. Once, not by every thread.
 */
import type { NodeConfig } from "../config/node.ts";
import type { LoadedNative } from "../io/native.ts";
import type { DataPlane } from "../io/threads.ts";

/** One line for the log. */
export interface Note {
  readonly level: "info" | "warn";
  readonly text: string;
}

export interface Choice {
  readonly dataPlane: DataPlane;
  readonly notes: readonly Note[];
}

type Wanted = Pick<NodeConfig, "kernel" | "pump" | "udp">;
type Environment = Readonly<Record<string, string | undefined>>;

/** Chooses; `native` is what loading the addon gave, `env` the environment of the process. */
export function chooseDataPlane(wanted: Wanted, native: LoadedNative, env: Environment): Choice {
  const notes: Note[] = [];
  const kernel = wantedOf("AZIMUTH_KERNEL", ["auto", "native", "ts"], wanted.kernel, env, notes);
  const pump = wantedOf("AZIMUTH_PUMP", ["auto", "native", "dgram"], wanted.pump, env, notes);
  const can = native.addon !== null;
  const dataPlane: DataPlane = {
    kernel: can && kernel !== "ts" ? "native" : "ts",
    pump: can && pump !== "dgram" ? "native" : "dgram",
  };
  if (!can && (kernel !== "ts" || pump !== "dgram")) {
    const level = kernel === "native" || pump === "native" ? "warn" : "info";
    notes.push({ level, text: `without the addon, in TypeScript alone: ${native.reason}` });
  } else {
    notes.push({ level: "info", text: `kernel ${dataPlane.kernel}, pump ${dataPlane.pump}` });
  }
  const unheard = dataPlane.pump === "native" ? [] : nativeOnly(wanted.udp);
  if (unheard.length > 0) {
    const text = `${unheard.join(", ")} of node.udp need the native pump, and are passed over`;
    notes.push({ level: "warn", text });
  }
  return { dataPlane, notes };
}

/** A word of the environment, if it says one that is known; else that of the configuration. */
function wantedOf<T extends string>(
  name: string,
  words: readonly T[],
  configured: T,
  env: Environment,
  notes: Note[],
): T {
  const said = env[name] ?? "";
  if (said === "") return configured;
  const word = words.find((one) => one === said);
  if (word !== undefined) return word;
  notes.push({ level: "warn", text: `${name} is none of ${words.join(", ")}, and passed over` });
  return configured;
}

/** Options that only the native pump has, as far as they ask for something. */
function nativeOnly({ pin, spread, busyPollMicros, spinMicros }: Wanted["udp"]): string[] {
  const asked = { pin, spread: spread !== "hash", busyPollMicros, spinMicros };
  return Object.entries(asked).flatMap(([key, value]) => (value ? [key] : []));
}
