// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { nameFromText } from "../../../src/dns/names.ts";
import {
  addFaultAt,
  contextOf,
  createState,
  FAULTS_MAX,
  setOrigin,
} from "../../../src/zone/state.ts";
import { APEX } from "./zones.ts";

test("a context goes in and comes out", () => {
  const context = {
    origin: nameFromText("Sub.example.org.")!,
    ttlDefault: 0,
    ttlLast: 7,
    owner: nameFromText("a.example.org.")!,
    class: 1,
  };
  assert.deepEqual(contextOf(createState({ apex: APEX, file: "z", context }, APEX)), context);
  const fresh = contextOf(createState({ apex: APEX, file: "z" }, APEX));
  assert.deepEqual(fresh, { origin: APEX, ttlDefault: null, ttlLast: null, owner: null, class: 1 });
});

test("whether the origin is inside is kept with it", () => {
  const s = createState({ apex: APEX, file: "z" }, APEX);
  assert.ok(s.originInside);
  setOrigin(s, nameFromText("org.")!);
  assert.ok(!s.originInside);
  setOrigin(s, nameFromText("a.EXAMPLE.org.")!);
  assert.ok(s.originInside);
});

test("the last fault says that there are more", () => {
  const s = createState({ apex: APEX, file: "z" }, APEX);
  for (let i = 0; i < FAULTS_MAX + 5; i += 1) addFaultAt(s, "ZONE_TYPE", i, 1, "x");
  assert.equal(s.faults.length, FAULTS_MAX);
  assert.equal(s.faults.at(-2)!.key, "ZONE_TYPE");
  assert.equal(s.faults.at(-1)!.key, "ZONE_FAULTS_MANY");
});
