// SPDX-License-Identifier: Apache-2.0
/**
 * package-lock.json is whole: `npm ci` refuses a lock that lacks an optional package, also one for
 * another platform, and a registry that does not carry it makes npm leave it out without a word.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "./tree.ts";

interface Entry {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

test("every optional package of the lock has an entry", () => {
  const { packages } = JSON.parse(read("package-lock.json")) as {
    packages: Readonly<Record<string, Entry>>;
  };
  const names = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)));
  const missing = Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !names.has(name))
      .map((name) => `${name}, wanted by ${path}`),
  );
  assert.deepEqual(missing, []);
});
