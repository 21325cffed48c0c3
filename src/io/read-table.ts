// SPDX-License-Identifier: Apache-2.0
/**
 * Reads the saved table from the disk, before anything else at a start.
 *
 * Straight into the shared memories, so that it is never held twice, and hashed piece by piece while
 * the octets are still in the cache of the processor.
 */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { checkImage, IMAGE_HEADER_SIZE, imageFits, readImageHeader } from "../table/image.ts";
import { sha256 } from "./digest.ts";
import type { Memory } from "./memory.ts";
import { clearTable, partsOf, SAVED_TABLE_NAME, type TableRead } from "./saved.ts";

/** Octets that are read and hashed at once; four times as many take a tenth longer. */
const READ_SIZE = 256 * 1024;

/**
 * Reads the saved table of `folder` into empty memories, straight to its place, and compares its
 * digest. It is not in force then, and not proved: see publishTable and proveTable. With a fault
 * the memories are empty.
 */
export function readTable(memory: Memory, folder: string): TableRead {
  let fd: number;
  try {
    fd = openSync(join(folder, SAVED_TABLE_NAME), "r");
  } catch {
    return { header: null, faults: [] };
  }
  try {
    const { size } = fstatSync(fd);
    const head = new Uint8Array(IMAGE_HEADER_SIZE);
    const hashed = (octets: Uint8Array): Uint8Array => readHashed(fd, octets);
    readFully(fd, head);
    const { value: header, faults } = readImageHeader(head, size);
    if (header === null) return { header, faults };
    const small = imageFits(header, memory.table, memory.plans);
    if (small !== null) return { header: null, faults: [small] };
    const { table, rows } = partsOf(memory, header);
    const digests = [hashed(table), hashed(rows)] as const;
    const wrong = checkImage(header, ...digests, sha256);
    if (wrong === null) return { header, octets: size };
    clearTable(memory, header);
    return { header: null, faults: [wrong] };
  } finally {
    closeSync(fd);
  }
}

/** Fills `octets` from the file; gives their SHA-256. */
function readHashed(fd: number, octets: Uint8Array): Uint8Array {
  const hash = createHash("sha256");
  for (let at = 0; at < octets.length; at += READ_SIZE) {
    const part = octets.subarray(at, at + READ_SIZE);
    readFully(fd, part);
    hash.update(part);
  }
  return hash.digest();
}

/** Fills `octets` from the file; what the file does not have stays zero. */
function readFully(fd: number, octets: Uint8Array): void {
  let at = 0;
  while (at < octets.length) {
    const size = readSync(fd, octets, at, octets.length - at, null);
    if (size === 0) return;
    at += size;
  }
}
