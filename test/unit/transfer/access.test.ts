// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type AccessCheck, type Asker, mayPass } from "../../../src/transfer/access.ts";

const asker = (rest: Partial<Asker> = {}): Asker => {
  return { address: Uint8Array.of(192, 0, 2, 1), key: null, tls: false, ...rest };
};
const rule = (rest: Partial<AccessCheck> = {}): AccessCheck => {
  return { prefix: null, key: null, tls: false, ...rest };
};
const net = { family: 4 as const, octets: Uint8Array.of(192, 0, 2, 0), length: 24 };

test("an empty list passes nobody, a rule without conditions everybody", () => {
  assert.equal(mayPass([], asker({ key: "one", tls: true })), false);
  assert.equal(mayPass([rule()], asker()), true);
});

test("all of a rule must hold, and one rule is enough", () => {
  const strict = rule({ prefix: net, key: "one", tls: true });
  assert.equal(mayPass([strict], asker({ key: "one", tls: true })), true);
  assert.equal(mayPass([strict], asker({ key: "one" })), false);
  assert.equal(mayPass([strict], asker({ key: "two", tls: true })), false);
  assert.equal(mayPass([strict], asker({ tls: true })), false);
  const elsewhere = asker({ address: Uint8Array.of(192, 0, 3, 1), key: "one", tls: true });
  assert.equal(mayPass([strict], elsewhere), false);
  assert.equal(mayPass([strict, rule({ key: "one" })], elsewhere), true);
});

test("families do not match each other, not even with length 0", () => {
  const six = { family: 6 as const, octets: new Uint8Array(16), length: 0 };
  assert.equal(mayPass([rule({ prefix: six })], asker()), false);
  assert.equal(mayPass([rule({ prefix: six })], asker({ address: new Uint8Array(16) })), true);
});

test("a prefix of any length covers as arithmetic says", () => {
  const addresses = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(addresses, addresses, fc.integer({ min: 0, max: 32 }), (a, b, length) => {
      const octets = (n: number) => Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);
      const expected = length === 0 || a >>> (32 - length) === b >>> (32 - length);
      const prefix = { family: 4 as const, octets: octets(a), length };
      return mayPass([rule({ prefix })], asker({ address: octets(b) })) === expected;
    }),
  );
});
