// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type Loaded, loadConfig } from "../../../src/config/load.ts";
import { CONFIG_SIZE_MAX } from "../../../src/config/yaml.ts";
import { configWith, expectMarked, loadText, OPTIONS } from "../../support/marked-config.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "azimuth-load-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function load(file: string): Loaded {
  const result = loadConfig(file, OPTIONS);
  assert.deepEqual(result.faults, []);
  assert.ok(result.value !== null);
  return result.value;
}

test("a file in a folder: paths count from there, everything to watch is listed", (t) => {
  const base = folder(t);
  mkdirSync(join(base, "zones.d"));
  writeFileSync(join(base, "zones.d", "b.example.zone"), "");
  const file = join(base, "azimuth.yaml");
  writeFileSync(
    file,
    `${configWith({})}\nzoneFolders: [{ folder: zones.d }]\nnode: { state: s }\n`,
  );
  const loaded = load(file);
  assert.equal(loaded.node.stateFolder, join(base, "s"));
  assert.deepEqual(loaded.folders, [join(base, "zones.d")]);
  assert.deepEqual(
    loaded.files,
    [
      "/usr/share/country.mmdb",
      file,
      join(base, "example.org.zone"),
      join(base, "zones.d"),
      join(base, "zones.d", "b.example.zone"),
    ].sort(),
  );
  assert.deepEqual(
    loaded.state.zones.map((zone) => zone.apex),
    ["b.example.", "example.org."],
  );
  assert.equal(loaded.placeOf(["zones", "example.org"], "key").file, file);
});

test("thousands of zones of a folder are all there", (t) => {
  const base = folder(t);
  for (let i = 0; i < 5000; i += 1) writeFileSync(join(base, `z${i}.example`), "");
  const config = folder(t);
  const file = join(config, "azimuth.yaml");
  writeFileSync(file, `zoneFolders: [{ folder: "${base}" }]\n`);
  const loaded = load(file);
  assert.equal(loaded.state.zones.length, 5000);
  assert.equal(loaded.files.length, 5002);
});

test("a file that cannot be read is a fault of the file as a whole", (t) => {
  const base = folder(t);
  for (const path of [join(base, "missing.yaml"), base, "\u0000"]) {
    const { value, faults } = loadConfig(path, OPTIONS);
    assert.equal(value, null);
    assert.deepEqual(
      faults.map((f) => [f.key, f.place.line]),
      [["FILE_UNREADABLE", 0]],
    );
  }
});

test("a file that is too large is not read", (t) => {
  const file = join(folder(t), "large.yaml");
  writeFileSync(file, new Uint8Array(CONFIG_SIZE_MAX + 1));
  assert.deepEqual(
    loadConfig(file, OPTIONS).faults.map((f) => f.key),
    ["CONFIG_TOO_LARGE"],
  );
});

test("C2: a text without zones is an error, cut off or empty as it may be", () => {
  const texts = [
    "",
    "# nothing\n",
    "---\n",
    "null\n",
    "node: { watch: false }\n",
    "node:\nzones:\n",
  ];
  for (const text of texts) {
    const { value, faults } = loadText(text);
    assert.equal(value, null, text);
    assert.deepEqual(
      faults.map((f) => f.key),
      ["CONFIG_EMPTY"],
      text,
    );
  }
});

test("a device is read up to the bound, and /dev/null is empty", () => {
  assert.equal(loadConfig("/dev/null", OPTIONS).faults[0]?.key, "CONFIG_EMPTY");
  assert.equal(loadConfig("/dev/zero", OPTIONS).faults[0]?.key, "CONFIG_TOO_LARGE");
});

test("a second document is said in our words", () => {
  const { value, faults } = loadText("zones: {}\n---\nzones: {}\n");
  assert.equal(value, null);
  assert.match(faults[0]!.detail, /^a second document begins here/);
});

test("no zones on purpose is a node with defaults", () => {
  for (const text of ["zones: {}", "zoneFolders: []", "node:\nzones: {}\n"]) {
    const { value, faults } = loadText(text);
    assert.deepEqual(faults, []);
    assert.equal(value?.node.name, "host");
    assert.deepEqual(value?.state.zones, []);
  }
});

test("a file that is no mapping is a fault", () => {
  expectMarked("<CONFIG_TYPE>- a\n");
  expectMarked("<CONFIG_TYPE>text\n");
});

test("unknown sections are faults at their keys", () => {
  const details = expectMarked("<CONFIG_KEY_UNKNOWN>zone: {}\n<CONFIG_KEY_UNKNOWN>whatever: 1\n");
  assert.deepEqual(details, ["zone is unknown; did you mean zones?", "whatever is unknown"]);
});

test("faults of every part come at once, in the order of the text", () => {
  expectMarked(
    `node: { workers: <CONFIG_RANGE>-1 }
pops: { fra: { latitude: <CONFIG_RANGE>100, longitude: 8 } }
pools:
  www: { endpoints: { e: { pop: fra, v4: <CONFIG_ADDRESS>1.2.3 } } }
  api: { probes: [<CONFIG_REFERENCE>web], endpoints: { e: { pop: fra, v4: 192.0.2.1 } } }
maps:
  <CONFIG_MAP_NO_DEFAULT>world: {}
policies:
  www: { map: world, pool: <CONFIG_REFERENCE>wwww }
zones:
  example.org:
    file: example.org.zone
    <CONFIG_KEY_UNKNOWN>steers: {}
zoneFolders:
  - folder: <FILE_UNREADABLE>/does/not/exist
<CONFIG_KEY_TWICE>zones: {}
`,
  );
});

test("an error keeps the value back, a warning does not", () => {
  const warned = loadText(
    configWith({ probes: "probes: { web: { kind: tcp, timeoutMs: 5000 } }" }),
  );
  assert.deepEqual(
    warned.faults.map((f) => f.key),
    ["CONFIG_PROBE_SLOW"],
  );
  assert.ok(warned.value !== null);
  assert.equal(loadText("pols: {}").value, null);
});

test("aliases and merges work across resources, and faults stand where the text is", () => {
  expectMarked(
    configWith({
      policies: `policies:
  www: &www { map: world, pools: [eu, us], ttlSecs: <CONFIG_RANGE>-5 }
  api: { <<: *www, ttlSecs: 60, <CONFIG_KEY_UNKNOWN>x: 1 }`,
    }),
  );
});
