// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import * as at from "../../../src/layout/gen/table.ts";
import { openSegment, openTable } from "../../../src/table/open.ts";
import { liveExtents } from "../../../src/table/table-image.ts";
import { brokenTable, soundTable } from "../../support/broken.ts";
import { brokenRows } from "../../support/broken-rows.ts";
import { applied, builtMap, digest, newImage } from "../../support/tables.ts";

for (const base of ["plain", "steered"] as const) {
  test(`a sound table has no faults: ${base}`, () => {
    const { views, directory } = soundTable(base);
    assert.deepEqual(openTable(views, directory!.ref, { digest, planRowCount: 4 }), []);
  });
}

for (const row of brokenRows.filter((one) => one.opener === "open")) {
  test(`${row.name} is ${row.key}`, () => {
    const { views, root } = brokenTable(row);
    const [first] = openTable(views, root, { planRowCount: 4 });
    assert.equal(first?.key, row.key, first?.detail);
  });
}

test("a flipped bit anywhere in a segment is seen by the digests", () => {
  const image = soundTable("plain");
  const root = image.directory!.ref;
  for (const { ref, size } of liveExtents(image)) {
    for (let bit = 0; bit < size * 8; bit += 97) {
      const octet = ref + (bit >> 3);
      image.views.u8[octet]! ^= 1 << (bit & 7);
      assert.notEqual(openTable(image.views, root, { digest }).length, 0, `octet ${octet}`);
      image.views.u8[octet]! ^= 1 << (bit & 7);
    }
  }
});

test("octets that are well-formed but not those of the digest are TABLE_DIGEST", () => {
  const image = soundTable("plain");
  const root = image.directory!.ref;
  // The revision is free to be anything, so only the digest can tell.
  const revision = (root + at.SEGMENT_SIZE + at.DIRECTORY_REVISION_LOW) >> 2;
  image.views.u32[revision]! += 1;
  assert.deepEqual(openTable(image.views, root), []);
  assert.deepEqual(
    openTable(image.views, root, { digest }).map((one) => one.key),
    ["TABLE_DIGEST"],
  );
});

test("a segment that is reached twice is refused, and so is one that lies on another", () => {
  const image = newImage();
  applied(image, { revision: 1, maps: [builtMap("a"), builtMap("b")] });
  const { u32 } = image.views;
  const root = image.directory!.ref;
  const list = (root + u32[(root + at.SEGMENT_SIZE + at.DIRECTORY_MAPS) >> 2]!) >> 2;
  const [first, second] = u32.subarray(list, list + 2);
  u32[list + 1] = first!;
  assert.equal(openTable(image.views, root)[0]?.key, "TABLE_DIRECTORY");
  u32[list + 1] = second!;
  // The first map claims the room of the second too.
  u32[(first! + at.SEGMENT_LENGTH) >> 2] = second! + 16 - first!;
  assert.match(openTable(image.views, root)[0]!.detail, /overlap/);
});

test("maps in another order than that of their ids are refused", () => {
  const image = newImage();
  applied(image, { revision: 1, maps: [builtMap("a"), builtMap("b")] });
  const { u32 } = image.views;
  const root = image.directory!.ref;
  const list = (root + u32[(root + at.SEGMENT_SIZE + at.DIRECTORY_MAPS) >> 2]!) >> 2;
  u32.subarray(list, list + 2).reverse();
  assert.match(openTable(image.views, root)[0]!.detail, /sorted/);
});

test("each segment opens alone; nonsense does not", () => {
  const image = soundTable("steered");
  for (const { ref } of liveExtents(image)) assert.equal(openSegment(image.views, ref), null);
  const inside = image.directory!.ref + 16;
  for (const ref of [0, 8, inside, image.views.u8.length, 0x7ffffff0]) {
    assert.equal(openSegment(image.views, ref)?.key, "TABLE_SEGMENT");
  }
});
