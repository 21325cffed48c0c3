// SPDX-License-Identifier: Apache-2.0
/**
 * Zone folders and globs: which zone files are there, and of which zones.
 *
 * The apex is the file's base name, because five thousand zones should need no list of five
 * thousand lines. A folder is read once and no file in it is opened or asked for its size: that one
 * cannot be read is found by who reads it, and says so with its name.
 */
import { globSync, readdirSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { type Fault, fault } from "../base/faults.ts";
import { reasonOf } from "../base/reason.ts";
import type { FoundZone } from "../resource/decode-zones.ts";
import { check } from "../resource/issues.ts";
import type { PlaceOf } from "../resource/place.ts";
import { zoneFolderFields } from "./schema.ts";

/** What editors and package managers leave beside a file, and hidden files. */
const LEFTOVER = /^[.#]|~$|\.(?:sw[a-p]|bak|orig|rej|tmp|jnl|dpkg-\w+|rpm(?:save|new))$/;

export interface Folders {
  /** Sorted by file within each row. */
  readonly zones: readonly FoundZone[];
  /** Absolute paths of folders in which a file may come or go. */
  readonly folders: readonly string[];
  readonly faults: readonly Fault[];
}

/** Expands the section `zoneFolders`. */
export function expandFolders(
  raw: unknown,
  resolvePath: (path: string) => string,
  placeOf: PlaceOf,
): Folders {
  const zones: FoundZone[] = [];
  const folders = new Set<string>();
  const faults: Fault[] = [];
  if (raw === undefined || raw === null) return { zones, folders: [], faults };
  if (!Array.isArray(raw)) {
    const detail = "zoneFolders must be a list";
    return { zones, folders: [], faults: [fault("CONFIG_TYPE", placeOf(["zoneFolders"]), detail)] };
  }
  raw.forEach((row: unknown, i) => {
    const path = ["zoneFolders", i];
    const shape = check(zoneFolderFields, row, path, placeOf);
    faults.push(...shape.faults);
    if (shape.value === null) return;
    const { folder, glob } = shape.value;
    const place = placeOf(path);
    if (folder !== undefined && glob !== undefined) {
      faults.push(fault("CONFIG_KEYS_EXCLUSIVE", place, "folder and glob are both given"));
      return;
    }
    if (folder === undefined && glob === undefined) {
      faults.push(fault("CONFIG_KEY_MISSING", place, "one of folder and glob is missing"));
      return;
    }
    const found =
      folder !== undefined ? listFolder(resolvePath(folder)) : listGlob(resolvePath(glob!));
    for (const name of found.folders) folders.add(name);
    const written = placeOf([...path, folder !== undefined ? "folder" : "glob"]);
    if (found.error !== null) {
      faults.push(fault("FILE_UNREADABLE", written, found.error));
    } else if (found.files.length === 0) {
      const detail = `${folder ?? glob} has no zone file`;
      faults.push(fault("CONFIG_ZONE_FOLDER_EMPTY", written, detail));
    }
    for (const file of found.files) zones.push({ apex: apexOf(file), file, place: written });
  });
  return { zones, folders: [...folders].sort(), faults };
}

interface Listing {
  readonly files: readonly string[];
  readonly folders: readonly string[];
  readonly error: string | null;
}

function listFolder(folder: string): Listing {
  try {
    const files = readdirSync(folder, { withFileTypes: true })
      // A link may lead to a file; that it leads to a folder is found by who reads it.
      .filter((entry) => !entry.isDirectory() && !LEFTOVER.test(entry.name))
      .map((entry) => join(folder, entry.name))
      .sort();
    return { files, folders: [folder], error: null };
  } catch (error) {
    return { files: [], folders: [folder], error: `${folder}: ${reasonOf(error)}` };
  }
}

function listGlob(pattern: string): Listing {
  try {
    const files = globSync(pattern, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !LEFTOVER.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    const folders = new Set([fixedFolder(pattern), ...files.map((file) => dirname(file))]);
    return { files, folders: [...folders], error: null };
  } catch (error) {
    return { files: [], folders: [fixedFolder(pattern)], error: `${pattern}: ${reasonOf(error)}` };
  }
}

/** The folder in front of the first part that is a pattern. */
function fixedFolder(pattern: string): string {
  const parts = pattern.split(sep);
  const at = parts.findIndex((part) => /[*?[\]{}]/.test(part));
  return at < 0 ? dirname(pattern) : parts.slice(0, at).join(sep) || sep;
}

/** `zones.d/example.org.zone` and `zones.d/example.org` are both example.org. */
function apexOf(file: string): string {
  return basename(file).replace(/\.zone$/, "");
}
