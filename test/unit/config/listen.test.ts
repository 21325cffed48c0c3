// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  isLoopback,
  type ListenAddress,
  listenText,
  parseListen,
} from "../../../src/config/listen.ts";

function one(text: string): ListenAddress {
  const parsed = parseListen(text);
  assert.ok(typeof parsed !== "string", `${text}: ${String(parsed)}`);
  assert.equal(parsed.length, 1);
  return parsed[0]!;
}

test("addresses of both families", () => {
  assert.deepEqual(one("127.0.0.1:5300"), {
    family: 4,
    address: "127.0.0.1",
    port: 5300,
    every: false,
  });
  assert.deepEqual(one("[2001:DB8:0::1]:53"), {
    family: 6,
    address: "2001:db8::1",
    port: 53,
    every: false,
  });
});

test("wildcards stand for every address", () => {
  assert.deepEqual(parseListen("*:53"), [
    { family: 4, address: "0.0.0.0", port: 53, every: true },
    { family: 6, address: "::", port: 53, every: true },
  ]);
  assert.deepEqual(parseListen(":53"), parseListen("*:53"));
  assert.equal(one("0.0.0.0:53").every, true);
  assert.equal(one("[::]:53").every, true);
});

test("anything else is refused in words", () => {
  for (const text of ["", "53", "localhost:53", "127.0.0.1:", "127.0.0.1:x", "[127.0.0.1]:53"]) {
    assert.equal(typeof parseListen(text), "string", text);
  }
  for (const text of ["::1:53", "[::1]", "[::1:53", "1.2.3.4:053x", "1.2.3:53", " 1.2.3.4:53"]) {
    assert.equal(typeof parseListen(text), "string", text);
  }
  assert.match(String(parseListen("192.0.2.1")), /has no port, as in 192\.0\.2\.1:53/);
  assert.match(String(parseListen("::1")), /has no port, as in \[::1\]:53/);
  assert.match(String(parseListen("1.2.3.4:65536")), /greatest is 65535/);
});

test("loopback is what nobody else reaches", () => {
  assert.ok(isLoopback(one("127.9.9.9:1")));
  assert.ok(isLoopback(one("[::1]:1")));
  assert.ok(!isLoopback(one("0.0.0.0:1")));
  assert.ok(!isLoopback(one("[::]:1")));
  assert.ok(!isLoopback(one("192.0.2.1:1")));
});

test("what is read is printed and read again", () => {
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6().map((text) => `[${text}]`),
  );
  fc.assert(
    fc.property(address, fc.integer({ min: 0, max: 65_535 }), (host, port) => {
      const listen = one(`${host}:${port}`);
      assert.deepEqual(one(listenText(listen)), listen);
    }),
  );
});
