// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import test from "node:test";
import { expandFolders } from "../../../src/config/folders.ts";
import { placeNowhere } from "../../../src/resource/place.ts";

/** Makes empty files, and expands `rows` among them. */
function expand(files: readonly string[], rows: unknown) {
  const base = mkdtempSync(join(tmpdir(), "azimuth-folders-"));
  try {
    for (const file of files) {
      mkdirSync(dirname(join(base, file)), { recursive: true });
      writeFileSync(join(base, file), "");
    }
    const found = expandFolders(rows, (path) => resolve(base, path), placeNowhere("test"));
    return {
      zones: found.zones.map((z) => `${z.apex} ${z.file.slice(base.length + 1)}`),
      folders: found.folders.map((folder) => folder.slice(base.length + 1)),
      keys: found.faults.map((f) => f.key),
    };
  } finally {
    rmSync(base, { recursive: true });
  }
}

test("the base name of a file is the apex; leftovers and folders are none", () => {
  const files = ["b.example", "a.example.zone", ".hidden", "c.example~", "d.bak", "#e#", ".f.swp"];
  const found = expand(
    [...files, "sub.folder/x.example"].map((file) => `zones.d/${file}`),
    [{ folder: "zones.d" }],
  );
  assert.deepEqual(found, {
    zones: ["a.example zones.d/a.example.zone", "b.example zones.d/b.example"],
    folders: ["zones.d"],
    keys: [],
  });
});

test("a glob finds files in many folders, which are all watched", () => {
  const found = expand(
    ["customers/x/a.zone", "customers/y/b.zone", "customers/y/c.txt", "customers/d.zone"],
    [{ glob: "customers/*/*.zone" }],
  );
  assert.deepEqual(found, {
    zones: ["a customers/x/a.zone", "b customers/y/b.zone"],
    folders: ["customers", "customers/x", "customers/y"],
    keys: [],
  });
});

test("nothing found is a warning, nothing there an error", () => {
  const found = expand(["empty/.keep", "file"], [{ folder: "empty" }, { glob: "*.zone" }]);
  assert.deepEqual(found.keys, ["CONFIG_ZONE_FOLDER_EMPTY", "CONFIG_ZONE_FOLDER_EMPTY"]);
  assert.deepEqual(expand([], [{ folder: "missing" }]).keys, ["FILE_UNREADABLE"]);
  assert.deepEqual(expand(["file"], [{ folder: "file" }]).keys, ["FILE_UNREADABLE"]);
});

test("a row has one of two keys", () => {
  assert.deepEqual(expand([], [{ folder: "a", glob: "b" }]).keys, ["CONFIG_KEYS_EXCLUSIVE"]);
  assert.deepEqual(expand([], [{}]).keys, ["CONFIG_KEY_MISSING"]);
  assert.deepEqual(expand([], [{ fodler: "a" }]).keys, ["CONFIG_KEY_UNKNOWN"]);
  assert.deepEqual(expand([], ["a"]).keys, ["CONFIG_TYPE"]);
  assert.deepEqual(expand([], {}).keys, ["CONFIG_TYPE"]);
  assert.deepEqual(expand([], undefined).keys, []);
});
