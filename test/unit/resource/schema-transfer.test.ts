// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  keyFields,
  remoteFields,
  zoneDefaultsFields,
} from "../../../src/resource/schema-transfer.ts";

test("a remote has an address that is one", () => {
  assert.ok(remoteFields.safeParse({ addresses: ["192.0.2.1:53"] }).success);
  for (const addresses of [[], ["ns1.example.org"], ["192.0.2.1:0"]]) {
    assert.ok(!remoteFields.safeParse({ addresses }).success, String(addresses));
  }
});

test("algorithms are those that RFC 8945 §6 wants, and no weaker ones", () => {
  assert.equal(keyFields.parse({ secret: "QUJD" }).algorithm, "hmac-sha256");
  assert.ok(!keyFields.safeParse({ secret: "QUJD", algorithm: "hmac-md5" }).success);
});

test("rows of access lists are checked, short forms later", () => {
  const rows = [{ prefix: "192.0.2.0/24", key: "k" }, "ns1", "any"];
  assert.ok(zoneDefaultsFields.safeParse({ allowTransfer: rows }).success);
  assert.ok(!zoneDefaultsFields.safeParse({ allowTransfer: [{ prefix: "192.0.2.1/24" }] }).success);
  assert.ok(!zoneDefaultsFields.safeParse({ allowTransfer: [{ who: "k" }] }).success);
});
