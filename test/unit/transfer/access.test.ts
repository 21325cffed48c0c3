// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress, parsePrefix } from "../../../src/geo/prefix.ts";
import { type AccessCheck, mayPass } from "../../../src/transfer/access.ts";

function rule(prefix: string | null, key: string | null = null, tls = false): AccessCheck {
  const parsed = prefix === null ? null : parsePrefix(prefix);
  assert.ok(typeof parsed !== "string");
  return { prefix: parsed, key, tls };
}

function asks(rules: readonly AccessCheck[], address: string, key: string | null = null): boolean {
  return mayPass(rules, { address: parseAddress(address)!.octets, key, tls: false });
}

test("an empty list passes nobody, a rule without conditions everybody", () => {
  assert.ok(!asks([], "192.0.2.1"));
  assert.ok(asks([rule(null)], "192.0.2.1"));
});

test("a prefix is compared bit by bit, and never with the other family", () => {
  for (let bits = 0; bits <= 32; bits += 1) {
    const size = 2 ** (32 - bits);
    const base = Math.floor(0xc0000281 / size) * size;
    const text = (value: number): string =>
      [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
    const rules = [rule(`${text(base)}/${bits}`)];
    assert.ok(asks(rules, "192.0.2.129"), `${bits}`);
    if (bits > 0) assert.ok(!asks(rules, text((base + size) % 2 ** 32)), `${bits}`);
    assert.ok(!asks(rules, "2001:db8::1"));
  }
  assert.ok(asks([rule("2001:db8::/33")], "2001:db8:7fff::1"));
  assert.ok(!asks([rule("2001:db8::/33")], "2001:db8:8000::1"));
});

test("all of a rule must hold, of a list one rule", () => {
  const both = [rule("192.0.2.0/24", "k")];
  assert.ok(asks(both, "192.0.2.1", "k"));
  assert.ok(!asks(both, "192.0.2.1"));
  assert.ok(!asks(both, "192.0.2.1", "other"));
  assert.ok(!asks(both, "192.0.3.1", "k"));
  assert.ok(asks([...both, rule("192.0.3.1/32")], "192.0.3.1"));
  const tls = [rule(null, null, true)];
  assert.ok(!asks(tls, "192.0.2.1"));
  assert.ok(mayPass(tls, { address: new Uint8Array(4), key: null, tls: true }));
});
