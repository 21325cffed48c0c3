// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { SECRET_PATTERN } from "../../../src/config/schema-edns.ts";
import { expectMarked } from "../../support/marked-config.ts";

const SECRET = "00112233445566778899aabbccddeeff";

test("a secret is 32 hexadecimal digits, and a fault does not show it", () => {
  assert.ok(SECRET_PATTERN.test(SECRET) && SECRET_PATTERN.test(SECRET.toUpperCase()));
  for (const wrong of [SECRET.slice(1), `${SECRET}0`, `${SECRET.slice(1)}g`, `${SECRET}\n`]) {
    assert.ok(!SECRET_PATTERN.test(wrong), wrong);
  }
  expectMarked(`node: { cookies: { secrets: ["${SECRET}"] } }`);
  const wrong = `${SECRET.slice(1)}`;
  const details = expectMarked(
    `node: { cookies: { secrets: ["${SECRET}", <CONFIG_COOKIE_SECRET>"${wrong}"] } }`,
  );
  assert.ok(
    details.every((detail) => !detail.includes(wrong)),
    details.join(),
  );
});

test("cookies have at most three secrets, from one place", () => {
  const four = Array.from({ length: 4 }, () => `"${SECRET}"`).join(", ");
  expectMarked(`node: { cookies: { secrets: <CONFIG_RANGE>[${four}] } }`);
  expectMarked(
    `node: { cookies: { secrets: ["${SECRET}"], secretFile: <CONFIG_KEYS_EXCLUSIVE>f } }`,
  );
});

test("an identity is at most 128 octets, not letters", () => {
  expectMarked(`node: { identity: { nsid: ${"a".repeat(128)}, version: off } }`);
  expectMarked(`node: { identity: { nsid: <CONFIG_RANGE>${"a".repeat(129)} } }`);
  expectMarked(`node: { identity: { serverId: <CONFIG_VALUE>${"ä".repeat(65)} } }`);
  expectMarked("node: { reportAgent: <CONFIG_NAME>a..b }");
});
