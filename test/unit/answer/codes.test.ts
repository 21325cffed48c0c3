// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as codes from "../../../src/answer/codes.ts";
import { Class, Rcode, Type } from "../../../src/dns/iana.ts";
import { KEY_IPV4HINT, KEY_IPV6HINT } from "../../../src/dns/svcb.ts";

const registries = {
  RCODE: Rcode,
  CLASS: { ...Class, CHAOS: Class.CH },
  TYPE: Type,
  KEY: { IPV4HINT: KEY_IPV4HINT, IPV6HINT: KEY_IPV6HINT },
} as const;

test("the numbers are those of the registries", () => {
  for (const [name, number] of Object.entries(codes)) {
    const [kind, mnemonic] = name.split("_") as [keyof typeof registries, string];
    const registered = (registries[kind] as Readonly<Record<string, number>>)[mnemonic];
    assert.equal(number, kind === "RCODE" ? registered! & 15 : registered, name);
  }
});

test("both kernels have the same numbers", () => {
  const text = readFileSync(new URL("../../../native/src/codes.hh", import.meta.url), "utf8");
  const native = [...text.matchAll(/constexpr uint32_t (\w+) = (\d+);/g)].map(
    ([, name, number]) => [name!.toUpperCase(), Number(number)],
  );
  assert.deepEqual(Object.fromEntries(native), { ...codes });
});
