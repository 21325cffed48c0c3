// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { connect } from "node:tls";
import fc from "fast-check";
import { HELLO_SIZE_MAX, isHelloWhole } from "../../../src/io/client-hello.ts";

/** What a real client sends first. */
function realHello(servername: string): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      let got = Buffer.alloc(0);
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        got = Buffer.concat([got, chunk]);
        if (got.length < 5 || got.length < 5 + got.readUInt16BE(3)) return;
        socket.destroy();
        server.close(() => resolve(new Uint8Array(got)));
      });
    });
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      connect({ port, host: "127.0.0.1", servername }).on("error", () => {});
    });
  });
}

/** The octets of a message in records of these sizes, the last one takes the rest. */
function inRecords(message: Uint8Array, sizes: readonly number[]): Uint8Array {
  const out: number[] = [];
  let at = 0;
  for (const size of [...sizes, message.length]) {
    const part = message.subarray(at, at + size);
    if (part.length === 0) break;
    out.push(22, 3, 1, part.length >> 8, part.length & 0xff, ...part);
    at += part.length;
  }
  return Uint8Array.from(out);
}

test("the hello of a real client is whole with its last octet, and not before", async () => {
  const hello = await realHello("dns.example");
  for (let size = 0; size < hello.length; size += 1) {
    assert.equal(isHelloWhole(hello.subarray(0, size)), false, `${size} of ${hello.length}`);
  }
  assert.equal(isHelloWhole(hello), true);
});

test("also in as many records as one likes", async () => {
  const message = (await realHello("dns.example")).subarray(5);
  const sizes = fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 12 });
  fc.assert(
    fc.property(sizes, fc.nat(), (cuts, place) => {
      const octets = inRecords(message, cuts);
      assert.equal(isHelloWhole(octets), true);
      assert.equal(isHelloWhole(octets.subarray(0, place % octets.length)), false);
    }),
  );
});

test("what cannot become one is not waited for, and the wait has an end", () => {
  for (const text of ["GET / HTTP/1.1\r\n", "\u0000\u001d\u0000\u0001"]) {
    assert.equal(isHelloWhole(new TextEncoder().encode(text)), true);
  }
  assert.equal(isHelloWhole(Uint8Array.of(22, 3, 1, 0, 0)), true, "an empty record");
  assert.equal(isHelloWhole(Uint8Array.of(22, 3, 1, 0, 9, 2)), true, "another message");
  const endless = new Uint8Array(HELLO_SIZE_MAX);
  endless.set([22, 3, 1, 255, 255, 1, 255, 255, 255]);
  assert.equal(isHelloWhole(endless.subarray(0, 9)), false);
  assert.equal(isHelloWhole(endless), true);
});
