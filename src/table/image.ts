// SPDX-License-Identifier: Apache-2.0
/**
 * The saved table: what lies in table and plan memory, as one file, for a start in milliseconds.
 *
 *   ImageHeader │ table memory [0, used) │ plan memory [0, planRows)
 *
 * The octets go back to the same offsets, so that absolute refs stay true and nothing is parsed.
 * It is a cache and not an archive: a program of another layout refuses it and builds anew.
 * Reading and writing the file is the shell's: it copies what outlineImage names piece by piece and
 * writes the header last, and it reads the octets straight into the memories. Digests of the two
 * memories are arguments here, so that the shell may take them while the octets pass by.
 *
 * Proof has two halves, because they differ in cost by more than the reading itself
 * (docs/decisions/0008-served-on-its-digest.md):
 *
 *   checkImage   the digest: these are the octets that were saved
 *   proveImage   the structure: a sound writer saved them (open-image.ts)
 *
 * Invariants
 *   F1  A file that was cut, torn or flipped anywhere is refused by checkImage: the header's digest
 *       covers itself and the digests of both memories.
 *   F2  A file whose digest is right is still opened like any table: a digest shows damage, and not
 *       that the writer was sound. Pictures (restoreImage) are drawn of what proveImage passed only.
 */
import { type Fault, fault } from "../base/faults.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { Ref } from "../base/units.ts";
import { FINGERPRINT } from "../layout/gen/enums.ts";
import { SEGMENT_ALIGN, TABLE_SIZE_MAX } from "../layout/limits.ts";
import { DIGEST_SIZE, type Digest, equalDigests } from "./digest.ts";
import { PLAN_ROW_SIZE, PLAN_ROW_WORDS } from "./plans.ts";
import type { TableViews } from "./reader.ts";
import { liveExtents, liveRows, type TableImage } from "./table-image.ts";

/** Octets of the header: ten words, and the digest. */
export const IMAGE_HEADER_SIZE = 56;
/** Changes when the header does; the layout of what follows has its fingerprint. */
const IMAGE_VERSION = 1;
/** `AZTB` and `IMG\n`: a transfer in text mode breaks the line end, as PNG taught. */
const MAGIC = [0x42545a41, 0x0a474d49] as const;

const VERSION = 8;
const LAYOUT = 12;
const ROOT = 16;
const USED = 20;
const PLAN_ROWS = 24;
const TIME_LOW = 28;
const TIME_HIGH = 32;
const SPARE = 36;
const DIGEST = 40;

export interface ImageHeader {
  readonly root: Ref;
  /** Octets of table memory that follow the header. */
  readonly used: number;
  /** Rows of plan memory that follow those. */
  readonly planRows: number;
  /** UNIX time of saving, in seconds: the data is at least that old. */
  readonly savedAtSecs: number;
  readonly digest: Uint8Array;
}

/** Octets of plan memory in the file. */
export function planOctets(header: Pick<ImageHeader, "planRows">): number {
  return header.planRows * PLAN_ROW_SIZE;
}

/** Which octets an image consists of, beside its header. */
export interface ImageOutline {
  readonly root: Ref;
  /** Table memory from its start, octets. */
  readonly used: number;
  /** Rows of plan memory from its start. */
  readonly planRows: number;
}

/** What of the memories belongs into the file; null before the first change. */
export function outlineImage(image: TableImage): ImageOutline | null {
  if (image.directory === null) return null;
  const ends = liveExtents(image).map((one) => one.ref + one.size);
  const used = ends.reduce((most, end) => Math.max(most, end), 0);
  const planRows = liveRows(image).reduce((most, run) => Math.max(most, run.row + run.count), 0);
  return { root: image.directory.ref, used, planRows };
}

/**
 * The header over memories with these digests (32 octets each).
 * `savedAtSecs`: UNIX time in seconds.
 */
export function buildImageHeader(
  outline: ImageOutline,
  savedAtSecs: number,
  tableDigest: Uint8Array,
  rowsDigest: Uint8Array,
  digest: Digest,
): Uint8Array {
  const header = headerWords(outline, savedAtSecs);
  header.set(fileDigest(header, tableDigest, rowsDigest, digest), DIGEST);
  return header;
}

/** The words in front of the digest, which is left zero. */
function headerWords(outline: ImageOutline, savedAtSecs: number): Uint8Array {
  const header = new Uint8Array(IMAGE_HEADER_SIZE);
  const view = new DataView(header.buffer);
  const { root, used, planRows } = outline;
  const time = [savedAtSecs >>> 0, Math.floor(savedAtSecs / 2 ** 32)];
  [...MAGIC, IMAGE_VERSION, FINGERPRINT, root, used, planRows, ...time].forEach((word, i) => {
    view.setUint32(i * 4, word, true);
  });
  return header;
}

/** What is to be saved. */
export interface ImageInput {
  readonly image: TableImage;
  /** Plan memory. */
  readonly plans: Int32Array;
  /** UNIX time in seconds. */
  readonly savedAtSecs: number;
  readonly digest: Digest;
}

/**
 * The parts of the file, in order: header, table, plans. The last two are views of the memories, for
 * one who changes nothing until they are written. Empty before the first change.
 */
export function imageParts(input: ImageInput): Uint8Array[] {
  const { image, plans, digest } = input;
  const outline = outlineImage(image);
  if (outline === null) return [];
  const table = image.views.u8.subarray(0, outline.used);
  const rows = new Uint8Array(plans.buffer, plans.byteOffset, planOctets(outline));
  const digests = [digest(table), digest(rows)] as const;
  return [buildImageHeader(outline, input.savedAtSecs, ...digests, digest), table, rows];
}

/** Reads the header of a file of `fileSize` octets. Faults: TABLE_IMAGE, TABLE_FINGERPRINT. */
export function readImageHeader(octets: Uint8Array, fileSize: number): Result<ImageHeader> {
  const refuse = (detail: string): Result<ImageHeader> => bad([imageFault("TABLE_IMAGE", detail)]);
  if (octets.length < IMAGE_HEADER_SIZE) return refuse("the header is cut off");
  const view = new DataView(octets.buffer, octets.byteOffset, IMAGE_HEADER_SIZE);
  const word = (at: number): number => view.getUint32(at, true);
  if (word(0) !== MAGIC[0] || word(4) !== MAGIC[1]) return refuse("it does not begin like one");
  if (word(VERSION) !== IMAGE_VERSION || word(SPARE) !== 0) return refuse("it has another version");
  if (word(LAYOUT) !== FINGERPRINT) {
    return bad([imageFault("TABLE_FINGERPRINT", `its layout is ${word(LAYOUT).toString(16)}`)]);
  }
  const used = word(USED);
  const planRows = word(PLAN_ROWS);
  if (used % 4 !== 0 || used > TABLE_SIZE_MAX || word(ROOT) % SEGMENT_ALIGN !== 0) {
    return refuse("its sizes cannot be");
  }
  if (fileSize !== IMAGE_HEADER_SIZE + used + planRows * PLAN_ROW_SIZE) {
    return refuse(`it has ${fileSize} octets`);
  }
  return good({
    root: word(ROOT) as Ref,
    used,
    planRows,
    savedAtSecs: word(TIME_LOW) + word(TIME_HIGH) * 2 ** 32,
    digest: octets.slice(DIGEST, DIGEST + DIGEST_SIZE),
  });
}

/** Whether the memories, which have these digests, hold what was saved under `header` (F1). */
export function checkImage(
  header: ImageHeader,
  tableDigest: Uint8Array,
  rowsDigest: Uint8Array,
  digest: Digest,
): Fault | null {
  const head = headerWords(header, header.savedAtSecs);
  const expected = fileDigest(head, tableDigest, rowsDigest, digest);
  if (equalDigests(expected, 0, header.digest, 0)) return null;
  return imageFault("TABLE_IMAGE", "its digest differs");
}

/** Whether both memories are large enough; a fault if not. To be asked before anything is read. */
export function imageFits(
  header: Pick<ImageHeader, "used" | "planRows">,
  views: TableViews,
  plans: Int32Array,
): Fault | null {
  const fits = header.used <= views.u8.length && header.planRows * PLAN_ROW_WORDS <= plans.length;
  return fits ? null : imageFault("TABLE_FULL", "the saved table is larger than the memory");
}

/** Covers the header in front of the digest and, through their own digests, both memories. */
function fileDigest(
  header: Uint8Array,
  tableDigest: Uint8Array,
  rowsDigest: Uint8Array,
  digest: Digest,
): Uint8Array {
  const parts = [header.subarray(0, DIGEST), tableDigest, rowsDigest];
  const input = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    input.set(part, at);
    at += part.length;
  }
  return digest(input).slice(0, DIGEST_SIZE);
}

function imageFault(
  key: "TABLE_IMAGE" | "TABLE_FINGERPRINT" | "TABLE_FULL",
  detail: string,
): Fault {
  return fault(key, { file: "", line: 0, column: 0 }, detail);
}
