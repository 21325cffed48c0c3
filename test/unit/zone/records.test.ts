// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { nameFromText } from "../../../src/dns/names.ts";
import {
  packZone,
  recordFile,
  recordLine,
  recordOwnerSize,
  recordRdataSize,
  recordType,
  zoneOfRRsets,
} from "../../../src/zone/records.ts";
import { APEX, recordLines, recordTexts, scan } from "./zones.ts";

test("the accessors read what the scanner wrote", () => {
  const { value } = scan("\n\na 5 MX 10 b\n");
  assert.deepEqual(
    [
      recordType(value, 0),
      recordLine(value, 0),
      recordOwnerSize(value, 0),
      recordRdataSize(value, 0),
    ],
    [15, 3, 15, 17],
  );
  assert.equal(recordFile(value, 0), "zone");
});

test("a zone from RRsets", () => {
  const owner = nameFromText("A.Example.Org.")!;
  const rdatas = [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(192, 0, 2, 2)];
  const zone = zoneOfRRsets(APEX, [{ owner, type: 1, ttl: 60, rdatas }], "transfer");
  assert.deepEqual(recordTexts(zone), [
    "a.example.org. 60 A 192.0.2.1",
    "a.example.org. 60 A 192.0.2.2",
  ]);
  assert.equal(recordFile(zone, 1), "transfer");
});

test("a packed zone is the same in shared memory of exact size", () => {
  const { value } = scan("a 5 A 192.0.2.1\nb 5 TXT x\n");
  const packed = packZone(value);
  assert.deepEqual(recordTexts(packed), recordTexts(value));
  assert.deepEqual(recordLines(packed), recordLines(value));
  assert.ok(packed.octets.buffer instanceof SharedArrayBuffer);
  assert.equal(packed.octets.buffer.byteLength, value.octets.length);
  assert.equal(packed.records.buffer.byteLength, 2 * 6 * 4);
});
