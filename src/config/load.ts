// SPDX-License-Identifier: Apache-2.0
/**
 * `azimuth.yaml` to the options of this node and the desired state, with every fault at its place.
 *
 *   octets ─► yaml.ts: plain data, places ─► node.ts      ─► NodeConfig
 *                                         ├► folders.ts   ─► zone files
 *                                         └► src/resource ─► DesiredState
 *
 * Each part goes on where another one failed, so that one run of `azimuth check` shows everything;
 * but a value is handed out only if no part found an error: half a configuration is none, and what
 * served before goes on serving.
 *
 * Invariants
 *   C1  No content of any file makes this throw.
 *   C2  A text without zones is an error: an empty file, or one cut off by a full disk, is far more
 *       often a slip than the wish to serve nothing, which `zones: {}` says.
 *   C3  Zone files and databases are not opened here; their readers find what is wrong in them.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Fault, fault, hasError, severityOf } from "../base/faults.ts";
import { reasonOf } from "../base/reason.ts";
import { bad, good, type Result } from "../base/result.ts";
import { checkState } from "../resource/check.ts";
import { decodeState } from "../resource/decode.ts";
import { describe, keysOf } from "../resource/issues.ts";
import type { PlaceOf } from "../resource/place.ts";
import { suggestionText } from "../resource/suggest.ts";
import type { DesiredState } from "../resource/types.ts";
import { expandFolders } from "./folders.ts";
import { decodeNode, type Machine, type NodeConfig } from "./node.ts";
import { fileFields } from "./schema.ts";
import { CONFIG_SIZE_MAX, FAULTS_MAX, parseYaml } from "./yaml.ts";

export interface Loaded {
  readonly node: NodeConfig;
  readonly state: DesiredState;
  /** To be watched: this file, zone files, folders, databases, certificates. Absolute, sorted, each once. */
  readonly files: readonly string[];
  /** Those of `files` that are folders: a zone file may come or go in them. */
  readonly folders: readonly string[];
  readonly placeOf: PlaceOf;
}

export interface LoadOptions {
  /** What `country: default` stands for: an absolute path. */
  readonly defaultCountryFile: string;
  /** For tests; this machine unless given. */
  readonly machine?: Machine;
}

/** Below the state folder: zones that were received or updated. */
export const KEPT_ZONES_FOLDER = "zones";

/** Reads and checks a configuration. Paths in it count from its own folder. */
export function loadConfig(file: string, options: LoadOptions): Result<Loaded> {
  const path = resolve(file);
  let octets: Uint8Array;
  try {
    octets = readConfig(path);
  } catch (error) {
    return bad([fault("FILE_UNREADABLE", { file, line: 0, column: 0 }, reasonOf(error))]);
  }
  if (octets.length > CONFIG_SIZE_MAX) {
    const detail = `it has more than ${CONFIG_SIZE_MAX} octets`;
    return bad([fault("CONFIG_TOO_LARGE", { file, line: 0, column: 0 }, detail)]);
  }
  return loadConfigText(file, octets, options);
}

/** All octets, or one more than are allowed: a device may never end, and says nothing of its size. */
function readConfig(path: string): Uint8Array {
  const fd = openSync(path, "r");
  try {
    const { size } = fstatSync(fd);
    let octets = new Uint8Array(Math.min(size, CONFIG_SIZE_MAX) + 1);
    let at = 0;
    for (;;) {
      const got = readSync(fd, octets, at, octets.length - at, null);
      at += got;
      if (got === 0 || at > CONFIG_SIZE_MAX) return octets.subarray(0, at);
      if (at < octets.length) continue;
      const larger = new Uint8Array(Math.min(CONFIG_SIZE_MAX + 1, octets.length * 2 + 4096));
      larger.set(octets);
      octets = larger;
    }
  } finally {
    closeSync(fd);
  }
}

/** The same from octets; `file` is what places say, and its folder is where paths count from. */
export function loadConfigText(
  file: string,
  octets: Uint8Array,
  options: LoadOptions,
): Result<Loaded> {
  const folder = dirname(resolve(file));
  const resolvePath = (path: string) => resolve(folder, path);
  const { value, placeOf, faults: textFaults } = parseYaml(file, octets);
  if (value === null && hasError(textFaults)) return bad(textFaults);
  const faults: Fault[] = [...textFaults];
  if (value !== null && (typeof value !== "object" || Array.isArray(value))) {
    const detail = `the file is ${describe(value)}, but must be a mapping`;
    return bad([...faults, fault("CONFIG_TYPE", { file, line: 1, column: 1 }, detail)]);
  }
  const raw = (value ?? {}) as Readonly<Record<string, unknown>>;
  faults.push(...unknownSections(raw, placeOf));
  if ((raw["zones"] ?? raw["zoneFolders"] ?? null) === null) {
    const detail = value === null ? "it has no content" : "it has neither zones nor zoneFolders";
    faults.push(fault("CONFIG_EMPTY", { file, line: 0, column: 0 }, detail));
  }

  const machine = options.machine ?? { hostName: hostname(), cpuCount: availableParallelism() };
  const node = decodeNode(raw["node"], machine, resolvePath, placeOf);
  const folders = expandFolders(raw["zoneFolders"], resolvePath, placeOf);
  const { decoded, faults: shapeFaults } = decodeState(raw, {
    placeOf,
    resolvePath,
    defaultCountryFile: options.defaultCountryFile,
    foundZones: folders.zones,
    zonesFolder: join(node.node?.stateFolder ?? folder, KEPT_ZONES_FOLDER),
  });
  faults.push(...node.faults, ...folders.faults, ...shapeFaults);
  faults.push(...checkState(decoded, raw, placeOf));
  faults.sort(byPlace);
  if (node.node === null || hasError(faults)) return bad(firstOf(faults));

  const files = filesOf(resolve(file), node.node, decoded.state, folders.folders);
  const { state } = decoded;
  return good({ node: node.node, state, files, folders: folders.folders, placeOf }, faults);
}

function unknownSections(raw: object, placeOf: PlaceOf): Fault[] {
  const known = keysOf(fileFields);
  return Object.keys(raw)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const detail = `${key} is unknown${suggestionText(key, known)}`;
      return fault("CONFIG_KEY_UNKNOWN", placeOf([key], "key"), detail);
    });
}

function filesOf(
  file: string,
  { tls }: NodeConfig,
  state: DesiredState,
  folders: readonly string[],
): string[] {
  const all = new Set([file, ...folders]);
  if (tls.files !== null) all.add(tls.files.certificate).add(tls.files.key);
  // What is received is announced by who writes it.
  for (const zone of state.zones) if (zone.transfer.primaries.length === 0) all.add(zone.file);
  for (const map of state.maps) {
    for (const database of [map.cityFile, map.countryFile, map.asnFile]) {
      if (database !== "") all.add(database);
    }
  }
  return [...all].sort();
}

/** As many as help; an error is among them if there is one. */
function firstOf(faults: readonly Fault[]): readonly Fault[] {
  const first = faults.slice(0, FAULTS_MAX);
  return hasError(first) ? first : [...first, ...faults.filter(isError).slice(0, 1)];
}

function isError(f: Fault): boolean {
  return severityOf(f) === "error";
}

/** In the order of the text, as people read it. The sort is stable. */
function byPlace(a: Fault, b: Fault): number {
  return a.place.line - b.place.line || a.place.column - b.place.column;
}
