// SPDX-License-Identifier: Apache-2.0
/** `azimuth import`: the importers with the files of this machine. */
import { resolve } from "node:path";
import type { ImportReport } from "../cli/actions.ts";
import type { ImportSource } from "../cli/verbs.ts";
import { importBind } from "../config/import-bind.ts";
import type { ReadText } from "../config/import-draft.ts";
import { importKnot } from "../config/import-knot.ts";
import { importNsd } from "../config/import-nsd.ts";
import { readRegular } from "../io/file.ts";

/** A list of a hundred thousand zones has some ten million octets. */
const SOURCE_SIZE_MAX = 256 * 1024 * 1024;

const readText: ReadText = (file) => {
  const octets = readRegular(file, SOURCE_SIZE_MAX);
  if (typeof octets === "string") return { error: octets };
  return { text: new TextDecoder().decode(octets) };
};

const importers = { bind: importBind, knot: importKnot, nsd: importNsd } as const;

export function importConfig(from: ImportSource, file: string): ImportReport {
  return importers[from](resolve(file), readText);
}
