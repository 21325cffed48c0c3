// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { RECORD_OWNER, RECORD_WORDS } from "../../../src/zone/value.ts";
import { faultTexts, recordTexts, scan } from "./zones.ts";

test("owners may look like types, classes and TTLs", () => {
  const { value, faults } = scan(
    "$TTL 60\nIN A 1.2.3.4\nA A 1.2.3.4\n10 IN A 1.2.3.4\nmx IN 5 MX 1 mx\n",
  );
  assert.deepEqual(faults, []);
  assert.deepEqual(recordTexts(value), [
    "in.example.org. 60 A 1.2.3.4",
    "a.example.org. 60 A 1.2.3.4",
    "10.example.org. 60 A 1.2.3.4",
    "mx.example.org. 5 MX 1 mx.example.org.",
  ]);
});

test("V4: equal neighbours share the octets of their owner", () => {
  const { value } = scan("$TTL 60\na A 1.2.3.4\n TXT x\nA A 1.2.3.5\nb A 1.2.3.4\n");
  const at = (record: number): number => value.records[record * RECORD_WORDS + RECORD_OWNER]!;
  assert.equal(at(0), at(1));
  assert.equal(at(0), at(2));
  assert.notEqual(at(0), at(3));
});

test("V1, V2: owners are lower case, RDATA keeps its case", () => {
  assert.deepEqual(recordTexts(scan("$TTL 60\nWwW\\065 NS Ns.X.\n").value), [
    "wwwa.example.org. 60 NS Ns.X.",
  ]);
});

test("TTL or class twice, a missing type, and an owner refused together with its followers", () => {
  const { faults } = scan(
    "a 5 5 A 1.2.3.4\nb IN IN A 1.2.3.4\nc 5 IN\n@.. A 1.2.3.4\n A 1.2.3.4\n",
  );
  assert.deepEqual(faultTexts(faults), [
    "zone:1:5 ZONE_TYPE 5 is not a type",
    "zone:2:6 ZONE_TYPE IN is not a type",
    "zone:3:7 ZONE_TYPE the type is missing",
    "zone:4:1 ZONE_OWNER the name has an empty label",
  ]);
});

test("a name that only looks as if it were inside", () => {
  const { faults } = scan(
    "$TTL 1\n$ORIGIN org.\nanexample A 1.2.3.4\nexample A 1.2.3.4\nx\\.example.org. A 1.2.3.4\n",
  );
  assert.deepEqual(faultTexts(faults), [
    "zone:3:1 ZONE_OUTSIDE anexample is outside of the zone",
    "zone:5:1 ZONE_OUTSIDE x\\.example.org. is outside of the zone",
  ]);
});
