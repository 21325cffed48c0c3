// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../../../src/base/faults.ts";
import { story } from "../api/sample.ts";
import { run } from "./fake.ts";

const place = { file: "/etc/here/azimuth.yaml", line: 3, column: 5 };
const error = fault("CONFIG_KEY_UNKNOWN", place, "zonse");
const warning = fault("CONFIG_PROBE_SLOW", place, "probe http");
const checked = (...faults: (typeof error)[]) => ({
  check: async () => ({ faults, summary: { zones: 3 } }),
});

test("check prints the findings and what was read", async () => {
  const { code, out, err } = await run("check", checked(error));
  assert.deepEqual([code, err], [1, ""]);
  assert.match(out, /^azimuth\.yaml:3:5 error CONFIG_KEY_UNKNOWN zonse\n/);
  assert.match(out, /\n1 finding, 1 error\.\nRead: zones 3\.\n$/);
});

test("a warning alone is good", async () => {
  const { code, out } = await run("check", checked(warning));
  assert.equal(code, 0);
  assert.match(out, /1 finding, no error\./);
});

test("findings as JSON", async () => {
  const { code, out } = await run("check --json", checked(error, warning));
  const report = JSON.parse(out) as Record<string, unknown> & { faults: { code: string }[] };
  assert.equal(code, 1);
  assert.deepEqual([report["findings"], report["errors"]], [2, 1]);
  assert.deepEqual(report["summary"], { zones: 3 });
  assert.equal(report.faults[0]!.code, "CONFIG_KEY_UNKNOWN");
});

test("colours by wish", async () => {
  assert.match((await run("check --color=always", checked(error))).out, /\u001b\[31merror/);
  const shown = { outIsTerminal: true };
  assert.match((await run("check", checked(error), shown)).out, /\u001b\[31merror/);
  assert.doesNotMatch((await run("check --color never", checked(error), shown)).out, /\u001b/);
});

test("compile tells what it wrote; faults go to stderr", async () => {
  const good = await run("compile -o t.image");
  assert.deepEqual(good, { code: 0, out: "t.image: 4096 octets, digest c0ffee\n", err: "" });
  const bad = { compile: async () => ({ faults: [error], written: null }) };
  const refused = await run("compile -o t.image", bad);
  assert.deepEqual([refused.code, refused.out], [1, ""]);
  assert.match(refused.err, /CONFIG_KEY_UNKNOWN/);
  const json = await run("compile -o t.image --json", bad);
  assert.deepEqual([json.code, (JSON.parse(json.out) as { written: unknown }).written], [1, null]);
});

test("explain without a server prints the story, or why there is none", async () => {
  const told = await run("explain www.example.org --offline");
  assert.equal(told.code, 0);
  assert.match(told.out, /^question {2}www\.example\.org\. A\n/);
  assert.deepEqual(JSON.parse((await run("explain x. --offline --json")).out), story);
  const refused = await run("explain x. --offline", {
    explainOffline: async () => ({ error: "no table", faults: [error] }),
  });
  assert.deepEqual([refused.code, refused.out], [1, ""]);
  assert.match(refused.err, /CONFIG_KEY_UNKNOWN[\s\S]*\nazimuth: no table\n$/);
});

test("import prints the configuration apart from what it lacks", async () => {
  const usual = await run("import bind named.conf");
  const note = "/etc/here/named.conf:3: view is not mapped\n";
  assert.deepEqual(usual, { code: 0, out: "zones: {}\n", err: note });
  assert.deepEqual(await run("import bind named.conf --strict"), { ...usual, code: 1 });
  const broken = { importConfig: async () => ({ yaml: null, notes: [] }) };
  assert.deepEqual(await run("import nsd nsd.conf", broken), { code: 1, out: "", err: "" });
  const clean = { importConfig: async () => ({ yaml: "zones: {}\n", notes: [] }) };
  assert.equal((await run("import nsd nsd.conf --strict", clean)).code, 0);
});
