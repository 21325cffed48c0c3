// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readBody, readHead } from "../../../src/io/https-query.ts";

const head = (method: string, target: string, contentType = "") =>
  readHead({ method, target, contentType }, "/q");

test("any message comes back from its URI, among other parameters", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 600 }), (octets) => {
      const text = Buffer.from(octets).toString("base64url");
      for (const target of [`/q?dns=${text}`, `/q?a=1&dns=${text}&b`]) {
        const found = head("GET", target);
        assert.ok(found.kind === "message");
        assert.deepEqual([...found.octets], [...octets]);
      }
    }),
  );
});

test("no target and no type make it throw", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (method, target, type) => {
      head(method, target, type);
      head("GET", `/q?dns=${target}`);
    }),
  );
});

test("a body is a message if its size is one", () => {
  const kinds = [11, 12, 65_535, 65_536].map((size) => readBody(new Uint8Array(size)));
  assert.deepEqual(
    kinds.map((one) => (one.kind === "refused" ? one.status : one.kind)),
    [400, "message", "message", 413],
  );
});
