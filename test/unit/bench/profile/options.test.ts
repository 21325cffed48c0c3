// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { readOptions } from "../../../../bench/profile/options.ts";

const wrong = (...args: string[]): string => {
  const got = readOptions(args);
  assert.equal(typeof got, "string", args.join(" "));
  return got as string;
};

test("without options the server chooses kernel and pump", () => {
  const got = readOptions(["--generator", "own"]);
  assert.ok(typeof got !== "string");
  assert.deepEqual(got.options, {
    seconds: 5,
    rate: 0,
    workload: "mixed",
    names: 20_000,
    nodeLines: [],
    generator: "own",
    intervalUs: 1000,
    top: 15,
    perf: false,
  });
  assert.equal(got.out, resolve("profiles"));
});

test("what is chosen goes into the configuration and into the description", () => {
  const got = readOptions(["--kernel=native", "--pump", "dgram", "--rate=7", "--interval=1"]);
  assert.ok(typeof got !== "string");
  assert.deepEqual(got.options.nodeLines, ["kernel: native", "pump: dgram"]);
  assert.equal(got.options.rate, 7);
  assert.equal(got.options.intervalUs, 50, "more often than that measures the measuring");
  assert.match(got.describe, /^mixed, kernel native, pump dgram, /);
});

test("what is out of bounds or unknown is explained", () => {
  assert.match(wrong("--pump", "fast"), /^--pump is one of auto, native, dgram$/);
  assert.match(wrong("--seconds", "999"), /^--seconds is 1 to 120$/);
  assert.match(wrong("--names", "0"), /names/);
  assert.match(wrong("--rate", "1.5"), /whole number/);
  assert.match(wrong("frob"), /frob/);
  assert.equal(wrong("--help"), "");
});
