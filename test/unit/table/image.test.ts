// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  IMAGE_HEADER_SIZE,
  imageParts,
  planOctets,
  readImageHeader,
} from "../../../src/table/image.ts";
import { createPlans, PLAN_ROW_SIZE, shapePlan } from "../../../src/table/plans.ts";
import { tableViews } from "../../../src/table/reader.ts";
import { restoreImage } from "../../../src/table/table-image.ts";
import { soundTable } from "../../support/broken.ts";
import { dumpTable } from "../../support/dump.ts";
import { loadImage } from "../../support/load-image.ts";
import { digest, newImage } from "../../support/tables.ts";

const SAVED_AT_SECS = 2 ** 33 + 5;

function plansOf(rows: number): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer(rows * PLAN_ROW_SIZE));
  const plans = createPlans(words);
  for (let row = 0; row < rows; row += 1) {
    shapePlan(plans, row, { picker: 0, answers: 1, allDown: 0, endpoints: [row % 3] });
  }
  return words;
}

function savedFile(base: "plain" | "steered" = "plain"): Uint8Array {
  const image = soundTable(base);
  const parts = imageParts({ image, plans: plansOf(10), savedAtSecs: SAVED_AT_SECS, digest });
  return Buffer.concat(parts);
}

/** Reads a file into memories of their own, as the shell does; the first fault's key, or "". */
function load(file: Uint8Array, tableSize = 1 << 20, planRows = 10) {
  const views = tableViews(new SharedArrayBuffer(tableSize));
  const plans = new Int32Array(new SharedArrayBuffer(planRows * PLAN_ROW_SIZE));
  const { value: header, faults } = readImageHeader(file, file.length);
  if (header === null) return { key: faults[0]!.key, views, plans, header };
  const table = file.subarray(IMAGE_HEADER_SIZE, IMAGE_HEADER_SIZE + header.used);
  if (header.used <= tableSize) views.u8.set(table);
  const rows = file.subarray(IMAGE_HEADER_SIZE + header.used);
  assert.equal(rows.length, planOctets(header));
  if (header.planRows <= planRows) new Uint8Array(plans.buffer).set(rows);
  return { key: loadImage(header, views, plans, digest)[0]?.key ?? "", views, plans, header };
}

test("what was saved is loaded, through a real file", () => {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-image-"));
  try {
    writeFileSync(join(folder, "table"), savedFile("steered"));
    const { key, views, plans, header } = load(readFileSync(join(folder, "table")));
    assert.equal(key, "");
    assert.equal(header!.savedAtSecs, SAVED_AT_SECS);
    // Two policies of two regions; the other rows are not saved.
    assert.equal(header!.planRows, 4);
    assert.deepEqual([...plans.subarray(0, 80)], [...plansOf(4)]);
    const image = soundTable("steered");
    const expected = dumpTable(image.views, image.directory!.ref);
    assert.equal(dumpTable(views, header!.root), expected);
    assert.equal(restoreImage(views.u8, header!.root).zoneCount, 2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("before the first change there is nothing to save", () => {
  const image = newImage();
  assert.deepEqual(imageParts({ image, plans: plansOf(1), savedAtSecs: 0, digest }), []);
});

test("F1: a file that is cut or longer is refused", () => {
  const file = savedFile();
  for (const size of [0, 10, IMAGE_HEADER_SIZE, file.length - 4, file.length - 1]) {
    assert.equal(load(file.subarray(0, size)).key, "TABLE_IMAGE");
  }
  assert.equal(load(Buffer.concat([file, new Uint8Array(4)])).key, "TABLE_IMAGE");
});

test("F1: a flipped bit anywhere is refused", () => {
  const file = savedFile();
  for (let bit = 0; bit < file.length * 8; bit += bit < IMAGE_HEADER_SIZE * 8 ? 1 : 251) {
    file[bit >> 3]! ^= 1 << (bit & 7);
    const { key } = load(file);
    assert.match(key, /^TABLE_(IMAGE|FINGERPRINT)$/, `bit ${bit}`);
    file[bit >> 3]! ^= 1 << (bit & 7);
  }
  assert.equal(load(file).key, "");
});

test("a file for a larger memory, or of another layout", () => {
  const file = savedFile("steered");
  assert.equal(load(file, 1 << 16).key, "TABLE_FULL");
  assert.equal(load(file, 1 << 20, 3).key, "TABLE_FULL");
  file[12]! ^= 1;
  assert.equal(load(file).key, "TABLE_FINGERPRINT");
});
