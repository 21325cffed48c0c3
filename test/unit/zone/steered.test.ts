// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { nameFromText } from "../../../src/dns/names.ts";
import { createSteeredTypes } from "../../../src/zone/steered.ts";

const name = (text: string): Uint8Array => nameFromText(text)!;

test("types and policies by owner, over several rows", () => {
  const steered = createSteeredTypes([
    { owner: name("WWW.x."), types: [1, 28], policy: "p" },
    { owner: name("www.x."), types: [1], policy: "q" },
    { owner: name("c.x."), types: [5], policy: "p" },
  ]);
  assert.deepEqual(steered.typesOf(name("www.x.")), [1, 28]);
  assert.deepEqual(steered.policiesOf(name("www.x."), 1), ["p", "q"]);
  assert.deepEqual(steered.policiesOf(name("www.x."), 5), []);
  assert.ok(steered.hasAddress(name("www.x.")));
  assert.ok(!steered.hasAddress(name("c.x.")));
  assert.ok(!createSteeredTypes([]).hasAddress(name("x.")));
});
