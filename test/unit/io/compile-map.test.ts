// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { compileMap } from "../../../src/io/compile-map.ts";
import { CONFIG, createFolder, desiredState } from "../../support/control.ts";

test("a database becomes a segment and its regions", (t) => {
  const { folder } = createFolder(t);
  const { maps, pops } = desiredState(folder);
  const result = compileMap({ map: maps[0]!, pops });
  assert.deepEqual(result.faults, []);
  assert.equal(result.built!.id, "world");
  assert.ok(result.regions.some((one) => one.name === "NA/US"));
  assert.equal(result.regions.length, result.built!.regionCount);
  assert.deepEqual(
    result.files.map((one) => one.file),
    [join(folder, "country.mmdb")],
  );
  assert.ok(result.networkCount > 2);
  // Law 3: the same input, the same digest.
  assert.deepEqual(compileMap({ map: maps[0]!, pops }).built!.digest, result.built!.digest);
});

test("a database that is missing or broken gives faults and no segment", (t) => {
  const { folder, write } = createFolder(t);
  write("country.mmdb", "this is no database");
  const [map] = desiredState(folder).maps;
  const broken = compileMap({ map: map!, pops: [] });
  assert.equal(broken.built, null);
  assert.equal(broken.faults[0]!.key, "MAP_DATABASE_CORRUPT");
  const [gone] = desiredState(folder, CONFIG.replace("country.mmdb", "gone.mmdb")).maps;
  const missing = compileMap({ map: gone!, pops: [] });
  assert.equal(missing.built, null);
  assert.equal(missing.files[0]!.stamp, "");
});
