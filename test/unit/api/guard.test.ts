// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { isLoopbackAddress, refuseStranger } from "../../../src/api/guard.ts";

const statusOf = (method: string, headers: Readonly<Record<string, string>>, at = "127.0.0.1") =>
  refuseStranger({ method, headers }, at)?.status ?? null;

test("hosts of this machine are served, others are misdirected", () => {
  for (const host of [
    "localhost",
    "LocalHost:8443",
    "localhost.",
    "127.0.0.1:8443",
    "127.1.2.3",
    "[::1]:8443",
  ]) {
    assert.equal(statusOf("GET", { host }), null, host);
  }
  for (const host of [
    "evil.example",
    "evil.example:8443",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "192.0.2.1",
    "[2001:db8::1]:8443",
    "",
    "localhost:8443@evil.example",
    "127.0.0.1:x",
  ]) {
    assert.equal(statusOf("GET", { host }), 421, host);
  }
});

test("a request without a host is not a browser's", () => {
  assert.equal(statusOf("GET", {}), null);
});

test("strange pages may not change anything", () => {
  const host = "127.0.0.1:8443";
  assert.equal(statusOf("POST", { host }), null);
  assert.equal(statusOf("POST", { host, origin: "http://127.0.0.1:8443" }), null);
  for (const origin of ["http://evil.example", "null", "http://127.0.0.1:9000", ""]) {
    assert.equal(statusOf("POST", { host, origin }), 403, origin);
  }
  assert.equal(statusOf("GET", { host, origin: "http://evil.example" }), null);
});

test("loopback is an address and not a name", () => {
  for (const text of ["127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1"]) {
    assert.equal(isLoopbackAddress(text), true, text);
  }
  for (const text of ["localhost", "0.0.0.0", "::", "192.0.2.1", "::2", "", "127.1"]) {
    assert.equal(isLoopbackAddress(text), false, text);
  }
});
