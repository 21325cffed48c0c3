// SPDX-License-Identifier: Apache-2.0
/**
 * What `azimuth serve` begins before it has read its own program: the first UDP thread comes up and
 * reads the saved table, while the main thread imports the rest and checks the configuration.
 *
 * Which table that is, is guessed from the command line and a first look at the configuration. A
 * guess costs nothing but the work: nothing is bound, written or answered on its strength, and what
 * does not agree with the configuration as it is read later is dropped.
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Worker } from "node:worker_threads";
import { parse } from "yaml";
import { CONFIG_PLACES } from "../cli/verb-rows.ts";
import { beginLoading, type Loading } from "./loading.ts";

export interface Early {
  /** The saved table of this folder, if it was the one that was guessed; for whoever asks first. */
  take(folder: string, tableMiB: number): Loading | null;
  /** Ends what nobody took. */
  end(): void;
}

/** A larger configuration is read once, and not twice. Octets. */
const GUESS_SIZE_MAX = 1024 * 1024;
/** As in config/schema.ts, which is not imported here, since it takes long: a test compares. */
const DEFAULTS = { state: "./state", tableMiB: 1024 } as const;

/** Gives `reader`, a spare thread, its work; `args` are those of the command line behind `serve`. */
export function beginEarly(args: readonly string[], reader: Worker): Early {
  const guess = guessNode(args);
  let loading = guess === null ? null : beginLoading(guess.folder, guess.tableMiB, reader);
  let taken = false;
  return {
    take(folder, tableMiB) {
      const found = loading;
      if (found === null || found.folder !== folder || found.tableMiB !== tableMiB) return null;
      loading = null;
      taken = true;
      return found;
    },
    end() {
      loading = null;
      if (!taken) void reader.terminate();
    },
  };
}

export interface NodeGuess {
  /** Absolute path of the state folder. */
  readonly folder: string;
  readonly tableMiB: number;
}

/** State folder and table size that the configuration seems to name; null if there is none to see. */
export function guessNode(args: readonly string[]): NodeGuess | null {
  const named = args.find((arg, i) => !arg.startsWith("-") || args[i - 1] === "--config");
  try {
    const file = named === undefined ? firstPlace() : resolve(named);
    if (statSync(file).size > GUESS_SIZE_MAX) return null;
    const { node } = (parse(nodeSection(readFileSync(file, "utf8"))) ?? {}) as {
      node?: { state?: unknown; limits?: { tableMiB?: unknown } };
    };
    const { state, limits } = node ?? {};
    const folder = typeof state === "string" ? state : DEFAULTS.state;
    const tableMiB = Number(limits?.tableMiB ?? DEFAULTS.tableMiB);
    if (!Number.isInteger(tableMiB) || tableMiB < 1 || tableMiB > 4096) return null;
    return { folder: resolve(dirname(file), folder), tableMiB };
  } catch {
    // Whoever reads it in earnest says what is wrong.
    return null;
  }
}

function firstPlace(): string {
  const found = CONFIG_PLACES.map((place) => resolve(place)).find((place) => {
    return statSync(place, { throwIfNoEntry: false }) !== undefined;
  });
  if (found === undefined) throw new Error("there is no configuration");
  return found;
}

/** The section `node` of a block mapping: the rest may be long, and is nothing to us. */
function nodeSection(text: string): string {
  return /^node:.*(?:\n(?:[ \t#].*)?)*/m.exec(text)?.[0] ?? "";
}
