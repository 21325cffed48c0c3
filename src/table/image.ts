// SPDX-License-Identifier: Apache-2.0
/**
 * The saved table: what lies in table and plan memory, as one file, for a start in milliseconds.
 *
 *   ImageHeader │ table memory [0, used) │ plan memory [0, planRows)
 *
 * The octets go back to the same offsets, so that absolute refs stay true and nothing is parsed.
 * It is a cache and not an archive: a program of another layout refuses it and builds anew.
 * Reading and writing the file is the shell's: it writes imageParts one behind the other, and reads
 * the parts straight into the memories before it asks loadImage.
 *
 * Invariants
 *   F1  A file that was cut, torn or flipped anywhere is refused: the header's digest covers itself
 *       and the digests of both memories.
 *   F2  A file whose digest is right is still opened like any table: a digest shows damage, and not
 *       that the writer was sound.
 */
import { type Fault, fault } from "../base/faults.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { Ref } from "../base/units.ts";
import { FINGERPRINT } from "../layout/gen/enums.ts";
import { SEGMENT_ALIGN, TABLE_SIZE_MAX } from "../layout/limits.ts";
import { DIGEST_SIZE, type Digest, equalDigests } from "./digest.ts";
import { openTable } from "./open.ts";
import { openPlans } from "./open-plans.ts";
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
 * The parts of the file, in order: header, table, plans. The last two are views of the memories, so
 * they are to be written before the control thread changes anything. Empty before the first change.
 */
export function imageParts(input: ImageInput): Uint8Array[] {
  const { image, plans, digest } = input;
  if (image.directory === null) return [];
  const ends = liveExtents(image).map((one) => one.ref + one.size);
  const used = ends.reduce((most, end) => Math.max(most, end), 0);
  const planRows = liveRows(image).reduce((most, run) => Math.max(most, run.row + run.count), 0);
  const table = image.views.u8.subarray(0, used);
  const rows = new Uint8Array(plans.buffer, plans.byteOffset, planRows * PLAN_ROW_SIZE);
  const header = new Uint8Array(IMAGE_HEADER_SIZE);
  const view = new DataView(header.buffer);
  view.setUint32(0, MAGIC[0], true);
  view.setUint32(4, MAGIC[1], true);
  view.setUint32(VERSION, IMAGE_VERSION, true);
  view.setUint32(LAYOUT, FINGERPRINT, true);
  view.setUint32(ROOT, image.directory.ref, true);
  view.setUint32(USED, used, true);
  view.setUint32(PLAN_ROWS, planRows, true);
  view.setUint32(TIME_LOW, input.savedAtSecs >>> 0, true);
  view.setUint32(TIME_HIGH, Math.floor(input.savedAtSecs / 2 ** 32), true);
  header.set(fileDigest(header, table, rows, digest), DIGEST);
  return [header, table, rows];
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

/**
 * Proves what the shell has read to the start of both memories. No faults mean that `header.root`
 * may be published and the pictures restored (restoreImage, createPlans with liveRows). With a
 * fault the memories are to be taken for empty.
 */
export function loadImage(
  header: ImageHeader,
  views: TableViews,
  plans: Int32Array,
  digest: Digest,
): readonly Fault[] {
  if (header.used > views.u8.length || header.planRows * PLAN_ROW_WORDS > plans.length) {
    return [imageFault("TABLE_FULL", "the saved table is larger than the memory")];
  }
  const head = new Uint8Array(IMAGE_HEADER_SIZE);
  const view = new DataView(head.buffer);
  const words = [
    ...MAGIC,
    IMAGE_VERSION,
    FINGERPRINT,
    header.root,
    header.used,
    header.planRows,
    header.savedAtSecs >>> 0,
    Math.floor(header.savedAtSecs / 2 ** 32),
  ];
  words.forEach((value, i) => {
    view.setUint32(i * 4, value, true);
  });
  const table = views.u8.subarray(0, header.used);
  const rows = new Uint8Array(plans.buffer, plans.byteOffset, planOctets(header));
  if (!equalDigests(fileDigest(head, table, rows, digest), 0, header.digest, 0)) {
    return [imageFault("TABLE_IMAGE", "its digest differs")];
  }
  const used: TableViews = {
    u8: table,
    u16: views.u16.subarray(0, header.used / 2),
    u32: views.u32.subarray(0, header.used / 4),
    i32: views.i32.subarray(0, header.used / 4),
  };
  const faults = openTable(used, header.root, { planRowCount: header.planRows });
  if (faults.length > 0) return faults;
  const wrong = openPlans(used, header.root, plans);
  return wrong === null ? [] : [wrong];
}

/** Covers the header in front of the digest and, through their own digests, both memories. */
function fileDigest(
  header: Uint8Array,
  table: Uint8Array,
  rows: Uint8Array,
  digest: Digest,
): Uint8Array {
  const parts = [header.subarray(0, DIGEST), digest(table), digest(rows)];
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
