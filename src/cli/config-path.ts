// SPDX-License-Identifier: Apache-2.0
/**
 * Which configuration is meant: the one that is named, else the first that is there.
 *
 * A file that is named need not exist: that it does not is a fault, which whoever reads it reports.
 */
import { resolve } from "node:path";
import type { Terminal } from "./terminal.ts";
import { CONFIG_PLACES } from "./verb-rows.ts";

/** The absolute path, or words on why none is meant. */
export function chooseConfig(
  terminal: Pick<Terminal, "exists" | "folder">,
  argument: string | undefined,
  option: string | undefined,
): { readonly path: string } | { readonly error: string } {
  const [first, second] = [argument, option].map((text) =>
    text === undefined ? undefined : resolve(terminal.folder, text),
  );
  if (first !== undefined && second !== undefined && first !== second) {
    return { error: `two configurations are named: ${argument} and ${option}` };
  }
  // Its paths count from its own folder, and it is watched: a stream has neither folder nor changes.
  if (argument === "-" || option === "-") {
    return { error: "the configuration is read from a file, not from standard input" };
  }
  const named = first ?? second;
  if (named !== undefined) return { path: named };
  const places = CONFIG_PLACES.map((place) => resolve(terminal.folder, place));
  const found = places.find((place) => terminal.exists(place));
  if (found !== undefined) return { path: found };
  return { error: `no configuration is named, and there is no ${CONFIG_PLACES.join(" and no ")}` };
}
