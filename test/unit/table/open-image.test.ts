// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  IMAGE_HEADER_SIZE,
  type ImageHeader,
  imageParts,
  readImageHeader,
} from "../../../src/table/image.ts";
import { proveImage } from "../../../src/table/open-image.ts";
import { PLAN_ROW_SIZE } from "../../../src/table/plans.ts";
import { tableViews } from "../../../src/table/reader.ts";
import { soundTable } from "../../support/broken.ts";
import { loadImage } from "../../support/load-image.ts";
import { digest } from "../../support/tables.ts";

/** A steered table in memories of its own; its two policies name four rows. */
function memories() {
  const image = soundTable("steered");
  const plans = new Int32Array(10 * (PLAN_ROW_SIZE / 4));
  const file = Buffer.concat(imageParts({ image, plans, savedAtSecs: 5, digest }));
  const header = readImageHeader(file, file.length).value!;
  const views = tableViews(new ArrayBuffer(1 << 20));
  views.u8.set(file.subarray(IMAGE_HEADER_SIZE, IMAGE_HEADER_SIZE + header.used));
  return { header, views, plans };
}

test("F2: what the digest passes is opened like any table, and plans like any plans", () => {
  const { header, views, plans } = memories();
  assert.deepEqual(loadImage(header, views, plans, digest), []);
  assert.deepEqual(proveImage(header, views, plans), []);
  const { root } = header;
  const elsewhere: ImageHeader = { ...header, root: (root + 16) as typeof root };
  assert.equal(proveImage(elsewhere, views, plans)[0]?.key, "TABLE_SEGMENT");
  assert.equal(proveImage({ ...header, planRows: 3 }, views, plans)[0]?.key, "TABLE_DIRECTORY");
  // An endpoint that no steering has.
  plans.fill(0x7fffffff);
  assert.ok(proveImage(header, views, plans).length > 0);
});

test("F1: the digest is asked first, and the size of the memories before it", () => {
  const { header, views, plans } = memories();
  views.u8[header.root + 40]! ^= 1;
  assert.equal(loadImage(header, views, plans, digest)[0]?.key, "TABLE_IMAGE");
  const less = tableViews(views.u8.buffer.slice(0, header.used - 4));
  assert.equal(loadImage(header, less, plans, digest)[0]?.key, "TABLE_FULL");
});
