// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { indexZone } from "../../../src/zone/index.ts";
import {
  SERIAL_STEP_MAX,
  serialAdd,
  serialNewer,
  serialUndecided,
  zoneSerial,
} from "../../../src/zone/serial.ts";
import { scan } from "./zones.ts";

const serial = fc.integer({ min: 0, max: 0xffff_ffff });

test("RFC 1982 §5.2: examples of 32 bits", () => {
  assert.ok(serialNewer(1, 0));
  assert.ok(serialNewer(0, 0xffff_ffff));
  assert.ok(serialNewer(0x7fff_ffff, 0));
  assert.ok(!serialNewer(0x8000_0000, 0));
  assert.ok(!serialNewer(0, 0x8000_0000));
  assert.ok(serialUndecided(0x8000_0000, 0));
  assert.ok(!serialNewer(5, 5));
});

test("of two different serials exactly one is newer, unless they are undecided", () => {
  fc.assert(
    fc.property(serial, serial, (a, b) => {
      const count = Number(serialNewer(a, b)) + Number(serialNewer(b, a));
      assert.equal(count, a === b || serialUndecided(a, b) ? 0 : 1);
    }),
  );
});

test("adding makes newer", () => {
  fc.assert(
    fc.property(serial, fc.integer({ min: 1, max: SERIAL_STEP_MAX }), (a, step) => {
      assert.ok(serialNewer(serialAdd(a, step), a));
    }),
  );
});

test("the serial of a zone", () => {
  const { value } = scan("@ 5 SOA a b 4294967295 2 3 4 5\n");
  assert.equal(zoneSerial(value, indexZone(value)), 0xffff_ffff);
  const none = scan("a 5 A 192.0.2.1\n").value;
  assert.equal(zoneSerial(none, indexZone(none)), null);
});
