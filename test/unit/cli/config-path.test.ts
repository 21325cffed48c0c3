// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseConfig } from "../../../src/cli/config-path.ts";

const on = (...files: readonly string[]) => ({
  folder: "/home/op",
  exists: (path: string) => files.includes(path),
});

test("what is named is meant, whether it is there or not", () => {
  assert.deepEqual(chooseConfig(on(), "a.yaml", undefined), { path: "/home/op/a.yaml" });
  assert.deepEqual(chooseConfig(on(), undefined, "/b.yaml"), { path: "/b.yaml" });
  assert.deepEqual(chooseConfig(on(), "a.yaml", "./a.yaml"), { path: "/home/op/a.yaml" });
  const two = chooseConfig(on(), "a.yaml", "b.yaml");
  assert.deepEqual(two, { error: "two configurations are named: a.yaml and b.yaml" });
});

test("standard input is none, and is said so", () => {
  for (const [argument, option] of [
    ["-", undefined],
    [undefined, "-"],
  ]) {
    const chosen = chooseConfig(on(), argument, option);
    assert.deepEqual(chosen, {
      error: "the configuration is read from a file, not from standard input",
    });
  }
});

test("else the working folder goes before the system's", () => {
  const here = "/home/op/azimuth.yaml";
  const system = "/etc/azimuth/azimuth.yaml";
  assert.deepEqual(chooseConfig(on(here, system), undefined, undefined), { path: here });
  assert.deepEqual(chooseConfig(on(system), undefined, undefined), { path: system });
  assert.ok("error" in chooseConfig(on(), undefined, undefined));
});
