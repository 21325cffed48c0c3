// SPDX-License-Identifier: Apache-2.0
/**
 * Reads an operator's file as a whole: zones, includes, databases.
 *
 * Why not `readFileSync`: a path may lead to a pipe, whose opening waits for a writer that never
 * comes, or to a device that never ends, and then one thread is gone for good. So a file is opened
 * without waiting, looked at, and read up to a bound.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { reasonOf } from "../base/reason.ts";

/**
 * Octets of one file at most, and of a zone with all that it includes: beyond 2 GiB no text can
 * become a table, whose memory has less (TABLE_SIZE_MAX).
 */
export const FILE_SIZE_MAX = 0x7fff_ffff;
/** One read call, octets. */
const CHUNK_SIZE = 64 * 1024 * 1024;

/** The octets of a regular file, or why there are none, in words for people. */
export function readRegular(file: string, sizeMax: number = FILE_SIZE_MAX): Uint8Array | string {
  let fd: number;
  try {
    fd = openRegular(file);
  } catch (error) {
    return reasonOf(error);
  }
  try {
    const { size } = fstatSync(fd);
    if (size > sizeMax) return `its ${size} octets are more than ${sizeMax}`;
    // One octet more than it had shows whether it has grown meanwhile.
    let octets = new Uint8Array(size + 1);
    let at = 0;
    for (;;) {
      const room = Math.min(CHUNK_SIZE, octets.length - at);
      const got = readSync(fd, octets, at, room, null);
      if (got === 0) return octets.subarray(0, at);
      at += got;
      if (at > sizeMax) return `its octets are more than ${sizeMax}`;
      if (at < octets.length) continue;
      const larger = new Uint8Array(Math.min(sizeMax + 1, at * 2 + 4096));
      larger.set(octets);
      octets = larger;
    }
  } catch (error) {
    return reasonOf(error);
  } finally {
    closeSync(fd);
  }
}

/** Opens a regular file for reading and never waits. Throws for everything else. */
export function openRegular(file: string): number {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(fd);
    if (found.isFile()) return fd;
    throw new Error(found.isDirectory() ? "a folder, not a file" : "a pipe or device, not a file");
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
