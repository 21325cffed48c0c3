// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PROXY_HEADER_SIZE_MAX, readProxyHeader } from "../../../src/io/proxy.ts";

const SIGNATURE = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10];

/** A header of version 2 with the octets that its length counts. */
function v2(command: number, family: number, ...rest: readonly number[]): Uint8Array {
  return Uint8Array.of(...SIGNATURE, command, family, rest.length >> 8, rest.length & 255, ...rest);
}

const V4 = [192, 0, 2, 1, 198, 51, 100, 7, 0x9c, 0x40, 0, 53];
const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

test("§2.2: addresses of both families, TLVs passed over, data behind left alone", () => {
  const plain = readProxyHeader(Uint8Array.of(...v2(0x21, 0x11, ...V4), 1, 2, 3));
  assert.ok(plain.kind === "header" && plain.client !== null);
  assert.equal(plain.size, 28);
  assert.deepEqual([...plain.client.octets.subarray(0, 5)], [192, 0, 2, 1, 0]);
  assert.deepEqual([plain.client.family, plain.client.port], [4, 40_000]);
  const tlv = readProxyHeader(v2(0x21, 0x12, ...V4, 4, 0, 1, 9));
  assert.ok(tlv.kind === "header" && tlv.size === 32);
  const addresses = [...new Uint8Array(15), 1, ...new Uint8Array(15), 2];
  const six = readProxyHeader(v2(0x21, 0x21, ...addresses, 0, 99, 0, 53));
  assert.ok(six.kind === "header" && six.client?.family === 6 && six.client.port === 99);
  assert.equal(six.client.octets[15], 1);
});

test("§2.2: LOCAL and families without an address speak for the sender itself", () => {
  const headers = [v2(0x20, 0), v2(0x20, 0x11, ...V4), v2(0x21, 0), v2(0x21, 0x31, ...V4)];
  for (const header of headers) {
    assert.deepEqual(readProxyHeader(header), {
      kind: "header",
      size: header.length,
      client: null,
    });
  }
});

test("§2.2: other versions, unknown commands, lengths that cannot be", () => {
  const wrong = [
    v2(0x11, 0x11, ...V4),
    v2(0x22, 0x11, ...V4),
    v2(0x21, 0x11, ...V4.slice(1)),
    v2(0x21, 0x21, ...V4),
    Uint8Array.of(...SIGNATURE, 0x21, 0x11, 0xff, 0xff),
    octets("GET / HTTP/1.1\r\n"),
    Uint8Array.of(0, 29, 1, 2),
  ];
  for (const one of wrong) assert.equal(readProxyHeader(one).kind, "malformed", String(one));
});

test("§2.1: lines of version 1", () => {
  const line = octets("PROXY TCP4 192.0.2.1 198.51.100.7 40000 53\r\nxx");
  const read = readProxyHeader(line);
  assert.ok(read.kind === "header" && read.size === line.length - 2);
  assert.deepEqual([read.client?.family, read.client?.port], [4, 40_000]);
  const six = readProxyHeader(octets("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n"));
  assert.ok(six.kind === "header" && six.client?.octets[15] === 1);
  const unknown = readProxyHeader(octets("PROXY UNKNOWN whatever it is\r\n"));
  assert.ok(unknown.kind === "header" && unknown.client === null);
  for (const wrong of [
    "PROXY TCP4 192.0.2.1 198.51.100.7 40000\r\n",
    "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.7 65536 53\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.7 040 53\r\n",
    "PROXY UDP4 192.0.2.1 198.51.100.7 1 2\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.7 1 2\n",
    `PROXY UNKNOWN ${"x".repeat(200)}`,
  ]) {
    assert.equal(readProxyHeader(octets(wrong)).kind, "malformed", wrong);
  }
});

test("X2: every prefix of a header is MORE, whatever stands behind it the same header", () => {
  const sound = [
    v2(0x21, 0x11, ...V4, 4, 0, 1, 9),
    v2(0x20, 0),
    octets("PROXY TCP4 192.0.2.1 198.51.100.7 40000 53\r\n"),
  ];
  for (const header of sound) {
    for (let size = 0; size < header.length; size += 1) {
      assert.equal(readProxyHeader(header.subarray(0, size)).kind, "more", String(size));
    }
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        const both = Uint8Array.of(...header, ...data);
        assert.deepEqual(readProxyHeader(both), readProxyHeader(header));
      }),
    );
  }
});

test("X1, X3: any octets are read, and no header is longer than its bound or than the octets", () => {
  const start = fc.constantFrom<number[]>(
    [],
    SIGNATURE,
    [...SIGNATURE, 0x21],
    [80, 82, 79, 88, 89, 32],
  );
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 60 }), (from, rest) => {
      const all = Uint8Array.of(...from, ...rest);
      const read = readProxyHeader(all);
      if (read.kind !== "header") return;
      assert.ok(read.size <= all.length && read.size <= PROXY_HEADER_SIZE_MAX);
    }),
  );
});
