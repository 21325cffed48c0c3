// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { readOptions } from "../../../../bench/compare/run.ts";

test("a ref alone runs everything", () => {
  const got = readOptions(["main"]);
  assert.deepEqual(got, {
    ref: "main",
    benches: ["kernel", "served"],
    rounds: 5,
    ms: 150,
    secs: 2,
    nodeLines: [],
    failBelow: 0,
    only: [],
    native: true,
    store: false,
  });
});

test("names, numbers and switches", () => {
  const words = ["HEAD~2", "served", "--rounds", "3", "--fail-below=0.95", "--pump", "dgram"];
  const got = readOptions([...words, "--no-native", "--only", "wrr", "--only", "native"]);
  assert.ok(typeof got !== "string");
  assert.deepEqual(
    [got.ref, got.benches, got.rounds, got.failBelow, got.native, got.nodeLines, got.only],
    ["HEAD~2", ["served"], 3, 0.95, false, ["pump: dgram"], ["wrr", "native"]],
  );
});

test("what cannot be understood is explained", () => {
  for (const [words, said] of [
    [[], /wanted/],
    [["main", "speed"], /^speed is none of kernel, served$/],
    [["main", "--rounds", "0"], /^--rounds is a whole number above 0$/],
    [["main", "--fail-below", "95"], /from 0 to 1/],
    [["main", "--fail-below", "x"], /from 0 to 1/],
    [["main", "--frob"], /frob/],
  ] as const) {
    const got = readOptions(words);
    assert.ok(typeof got === "string", words.join(" "));
    assert.match(got, said);
  }
});
