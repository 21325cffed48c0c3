// SPDX-License-Identifier: Apache-2.0
/** The record in any octets; what it holds is told by section in test/rfc/rfc8945.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { composeQuery } from "../../../src/dns/compose.ts";
import { isMessage, readMessage } from "../../../src/dns/message.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import { findTsig, type Signed, tsigName, withRecord } from "../../../src/dns/tsig-record.ts";

const query = composeQuery({ name: "www.example.org.", type: "IXFR", id: 7, edns: {} });

test("any octets are read without an exception", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      const found = findTsig(octets);
      // What is found lies inside.
      if (found !== null && found !== "malformed") assert.ok(found.at < octets.length);
    }),
    { numRuns: 2000 },
  );
});

test("what is written is found again, and what is cut or turned is never read beyond", () => {
  const record = fc.record({
    timeSecs: fc.maxSafeNat().map((time) => time % 2 ** 48),
    fudgeSecs: fc.nat(65_535),
    error: fc.nat(65_535),
    other: fc.uint8Array({ maxLength: 20 }),
  });
  const mac = fc.uint8Array({ maxLength: 64 });
  const name = nameFromText("Key.Example.")!;
  fc.assert(
    fc.property(record, mac, fc.nat(), fc.nat(255), (signed: Signed, octets, at, octet) => {
      const message = withRecord(query, name, tsigName("hmac-sha384"), signed, octets);
      const found = findTsig(message);
      assert.ok(found !== null && found !== "malformed");
      const { timeSecs, fudgeSecs, error, other } = found;
      assert.deepEqual({ timeSecs, fudgeSecs, error, other }, { ...signed });
      assert.deepEqual(found.mac, octets);
      assert.deepEqual(found.keyName, nameFromText("key.example."));
      assert.equal(found.at, query.length);
      assert.ok(isMessage(readMessage(message)));
      message[at % message.length] = octet;
      findTsig(message);
      const cut = message.slice(0, at % message.length);
      findTsig(cut);
    }),
  );
});

test("a name that points at itself or forward is malformed", () => {
  const message = withRecord(
    query,
    new Uint8Array([0xc0, query.length]),
    tsigName("hmac-sha256"),
    { timeSecs: 0, fudgeSecs: 0, error: 0, other: new Uint8Array(0) },
    new Uint8Array(32),
  );
  assert.equal(findTsig(message), "malformed");
  message[query.length + 1] = 12;
  const found = findTsig(message);
  assert.ok(found !== null && found !== "malformed");
  assert.deepEqual(found.keyName, nameFromText("www.example.org."));
});
