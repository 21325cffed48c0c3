// SPDX-License-Identifier: Apache-2.0
/**
 * The saved table on disk: written beside the traffic, read before anything else at a start.
 *
 * Atomic by rename: a power cut leaves the old file or the new one. It is a cache: whatever is wrong
 * with it costs a cold start and a warning, never more.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Fault } from "../base/faults.ts";
import { CONTROL_BLOCK_STALE_SINCE_SECS } from "../layout/gen/control.ts";
import {
  IMAGE_HEADER_SIZE,
  type ImageInput,
  imageParts,
  loadImage,
  planOctets,
  readImageHeader,
} from "../table/image.ts";
import { publishRoot } from "../table/publish.ts";
import { sha256 } from "./digest.ts";
import type { Memory } from "./memory.ts";

/** Name of the file in the state folder. */
export const SAVED_TABLE_NAME = "table.azimuth";
/** One write call, octets: the system may take less than it is given. */
const CHUNK_SIZE = 64 * 1024 * 1024;

/** Writes `image` to `file` by way of a temporary one. Gives the octets written; 0 without a table. */
export function saveTable(file: string, image: Omit<ImageInput, "digest">): number {
  const parts = imageParts({ ...image, digest: sha256 });
  if (parts.length === 0) return 0;
  // One name for all: what a power cut leaves behind is written over and does not pile up.
  const temporary = `${file}.tmp`;
  const fd = openSync(temporary, "w", 0o640);
  let octets = 0;
  try {
    try {
      for (const part of parts) octets += writeAll(fd, part);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, file);
  } catch (error) {
    // On a full disk the half that was written would keep it full.
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(file));
  return octets;
}

function writeAll(fd: number, octets: Uint8Array): number {
  let at = 0;
  while (at < octets.length) {
    at += writeSync(fd, octets, at, Math.min(CHUNK_SIZE, octets.length - at));
  }
  return octets.length;
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Removes what a save left behind that was cut off. To be called by the only server of the folder. */
export function sweepSaved(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${SAVED_TABLE_NAME}.`) || !name.endsWith(".tmp")) continue;
    rmSync(join(folder, name), { force: true });
  }
}

/** What came of the saved table. */
export type LoadedTable =
  | { readonly loaded: true; readonly savedAtSecs: number; readonly octets: number }
  | { readonly loaded: false; readonly faults: readonly Fault[] };

/**
 * Reads the saved table of `folder` into empty memories, proves it and publishes it. Faults are
 * empty if there is no such file. To be called before any reader runs.
 */
export function loadTable(memory: Memory, folder: string): LoadedTable {
  let fd: number;
  try {
    fd = openSync(join(folder, SAVED_TABLE_NAME), "r");
  } catch {
    return { loaded: false, faults: [] };
  }
  try {
    const { size } = fstatSync(fd);
    const head = new Uint8Array(IMAGE_HEADER_SIZE);
    readAll(fd, head);
    const header = readImageHeader(head, size);
    if (header.value === null) return { loaded: false, faults: header.faults };
    const { root, used, savedAtSecs } = header.value;
    const rows = planOctets(header.value);
    const plans = new Uint8Array(memory.plans.buffer);
    // What does not fit is not read; loadImage then says so.
    if (used <= memory.table.u8.length && rows <= plans.length) {
      readAll(fd, memory.table.u8.subarray(0, used));
      readAll(fd, plans.subarray(0, rows));
    }
    const faults = loadImage(header.value, memory.table, memory.plans, sha256);
    if (faults.length > 0) {
      memory.table.u8.fill(0, 0, Math.min(used, memory.table.u8.length));
      plans.fill(0, 0, Math.min(rows, plans.length));
      return { loaded: false, faults };
    }
    Atomics.store(memory.control, CONTROL_BLOCK_STALE_SINCE_SECS >> 2, savedAtSecs);
    publishRoot(memory.control, root);
    return { loaded: true, savedAtSecs, octets: size };
  } finally {
    closeSync(fd);
  }
}

/** Fills `octets` from the file; what the file does not have stays zero. */
function readAll(fd: number, octets: Uint8Array): void {
  let at = 0;
  while (at < octets.length) {
    const size = readSync(fd, octets, at, Math.min(CHUNK_SIZE, octets.length - at), null);
    if (size === 0) return;
    at += size;
  }
}
