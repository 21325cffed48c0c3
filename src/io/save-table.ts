// SPDX-License-Identifier: Apache-2.0
/**
 * Writes the table in force to the disk, beside everything else that its thread does.
 *
 * Atomic by rename: a power cut leaves the old file or the new one. It is a cache: whatever is wrong
 * with it costs a cold start and a warning, never more.
 *
 * It is written in slices, and between two of them its thread does what else there is to do: a table
 * of 65 MB takes a tenth of a second, and an edit must not wait for it. Each slice is copied before it
 * is hashed and written, so that both see the same octets: what the root does not reach may change
 * at any time, and a change between the two would spoil the digest. Why not in a thread of its own: only
 * the one that publishes can hold the space, and a slice takes it half a millisecond.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { buildImageHeader, IMAGE_HEADER_SIZE, outlineImage, planOctets } from "../table/image.ts";
import { sha256 } from "./digest.ts";
import { isHeld, type Publisher, releaseHold, takeHold } from "./publisher.ts";

/** Octets that are copied, hashed and written at once: half a millisecond of the thread. */
const SLICE_SIZE = 512 * 1024;
/**
 * How long a disk may keep space from being reused. Milliseconds. Beyond it the save fails: a disk
 * that hangs must not fill the table.
 */
const HOLD_MS_MAX = 20_000;

/**
 * Writes the table in force to `file` by way of a temporary one. Gives the octets written; 0 without
 * a table. `savedAtSecs`: UNIX time in seconds. Only one save of a file at a time. Rejects with the
 * system's error if the disk refuses; the old file is there then as it was.
 */
export async function saveTable(
  file: string,
  publisher: Publisher,
  savedAtSecs: number,
): Promise<number> {
  const { image, plans } = publisher;
  const outline = outlineImage(image);
  if (outline === null) return 0;
  const hold = takeHold(publisher);
  const release = (): void => releaseHold(publisher, hold);
  const timer = setTimeout(release, HOLD_MS_MAX);
  const mayRead = (): boolean => isHeld(publisher, hold);
  const { used } = outline;
  const rows = planOctets(outline);
  // One name for all: what a power cut leaves behind is written over and does not pile up.
  const temporary = `${file}.tmp`;
  try {
    const handle = await open(temporary, "w", 0o640);
    try {
      const { buffer, byteOffset } = plans.words;
      const table = await copyOut(handle, image.views.u8.subarray(0, used), HEAD, mayRead);
      const words = new Uint8Array(buffer, byteOffset, rows);
      const digests = [table, await copyOut(handle, words, HEAD + used, mayRead)] as const;
      release();
      await writeAll(handle, buildImageHeader(outline, savedAtSecs, ...digests, sha256), 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    // On a full disk the half that was written would keep it full.
    await rm(temporary, { force: true });
    throw error;
  } finally {
    clearTimeout(timer);
    release();
  }
  await syncFolder(dirname(file));
  return HEAD + used + rows;
}

const HEAD = IMAGE_HEADER_SIZE;

/** Writes `octets` at `position` slice by slice; gives the SHA-256 of what was written. */
async function copyOut(
  handle: FileHandle,
  octets: Uint8Array,
  position: number,
  mayRead: () => boolean,
): Promise<Uint8Array> {
  const hash = createHash("sha256");
  const size = Math.min(SLICE_SIZE, octets.length);
  // Two, so that one is filled while the other is written.
  let slice = new Uint8Array(size);
  let other = new Uint8Array(size);
  let writing: Promise<void> = Promise.resolve();
  for (let at = 0; at < octets.length; at += SLICE_SIZE) {
    if (!mayRead()) break;
    const part = slice.subarray(0, Math.min(SLICE_SIZE, octets.length - at));
    part.set(octets.subarray(at, at + part.length));
    hash.update(part);
    await writing;
    writing = writeAll(handle, part, position + at);
    // Its failure is met at the next await, which may come later than the failure itself.
    writing.catch(() => {});
    [slice, other] = [other, slice];
  }
  await writing;
  if (!mayRead()) throw new Error(`it took longer than ${HOLD_MS_MAX} ms`);
  return hash.digest();
}

async function writeAll(handle: FileHandle, octets: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < octets.length; ) {
    at += (await handle.write(octets, at, octets.length - at, position + at)).bytesWritten;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
