// SPDX-License-Identifier: Apache-2.0
/**
 * The stored tables: built from their sources they come out octet for octet, they open, they read as
 * expected; and each of the bad ones is refused with its fault.
 *
 * REWRITE=1 writes the files anew, and the difference is reviewed like code: a changed image means
 * that tables saved by the last release are refused or, worse, read differently.
 */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { IMAGE_HEADER_SIZE, readImageHeader } from "../../src/table/image.ts";
import { openTable } from "../../src/table/open.ts";
import { PLAN_ROW_WORDS } from "../../src/table/plans.ts";
import { viewsOf } from "../../src/table/reader.ts";
import { dumpTable } from "../support/dump.ts";
import { badFileOf, badRows, type GoldenSource, goldenOf } from "../support/golden.ts";
import { digest } from "../support/tables.ts";
import { loadImage } from "../support/load-image.ts";

const here = import.meta.dirname;
const sources = readdirSync(join(here, "source"))
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length));

if (process.env["REWRITE"] === "1") {
  for (const folder of ["image", "expect", "bad"]) {
    rmSync(join(here, folder), { recursive: true, force: true });
    mkdirSync(join(here, folder));
  }
  for (const name of sources) {
    const { file, dump } = goldenOf(sourceOf(name));
    writeFileSync(join(here, "image", `${name}.bin`), file);
    writeFileSync(join(here, "expect", `${name}.txt`), dump);
  }
  const expected: Record<string, string> = {};
  for (const row of badRows) {
    writeFileSync(join(here, "bad", `${row.name}.bin`), badFileOf(row));
    expected[`${row.name}.bin`] = row.key;
  }
  writeFileSync(join(here, "bad", "expect.json"), `${JSON.stringify(expected, null, 2)}\n`);
}

function sourceOf(name: string): GoldenSource {
  return JSON.parse(readFileSync(join(here, "source", `${name}.json`), "utf8")) as GoldenSource;
}

/** Loads a stored file as the shell does; the keys of its faults, and the memories. */
function load(file: Uint8Array) {
  const { value: header, faults } = readImageHeader(file, file.length);
  if (header === null) return { keys: faults.map((one) => one.key), views: viewsOf(file), root: 0 };
  const views = viewsOf(file.slice(IMAGE_HEADER_SIZE, IMAGE_HEADER_SIZE + header.used));
  const rows = file.slice(IMAGE_HEADER_SIZE + header.used);
  const plans = new Int32Array(rows.buffer, 0, header.planRows * PLAN_ROW_WORDS);
  const found = loadImage(header, views, plans, digest);
  return { keys: found.map((one) => one.key), views, root: header.root };
}

for (const name of sources) {
  test(`${name}: the builder gives the stored octets`, () => {
    const stored = readFileSync(join(here, "image", `${name}.bin`));
    assert.ok(stored.equals(goldenOf(sourceOf(name)).file), "differs; see REWRITE in the head");
  });

  test(`${name}: the stored octets open and read as expected`, () => {
    const stored = new Uint8Array(readFileSync(join(here, "image", `${name}.bin`)));
    const { keys, views, root } = load(stored);
    assert.deepEqual(keys, []);
    assert.deepEqual(openTable(views, root, { digest }), []);
    const expected = readFileSync(join(here, "expect", `${name}.txt`), "utf8");
    assert.equal(dumpTable(views, root), expected);
  });
}

const expected = JSON.parse(readFileSync(join(here, "bad", "expect.json"), "utf8"));

for (const [file, key] of Object.entries(expected)) {
  test(`bad/${file} is refused: ${key}`, () => {
    const stored = new Uint8Array(readFileSync(join(here, "bad", file)));
    assert.equal(load(stored).keys[0], key);
  });
}

test("every bad file has its expectation and its row", () => {
  const files = readdirSync(join(here, "bad")).filter((file) => file.endsWith(".bin"));
  assert.deepEqual(files.sort(), Object.keys(expected).sort());
  assert.deepEqual(files, badRows.map((row) => `${row.name}.bin`).sort());
});
