// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { HASH_LABEL_SIZE, hashOfLabel, putHashLabel } from "../../../src/dns/hash-label.ts";

const HASH = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom";
const label = Uint8Array.of(32, ...Buffer.from(HASH));

test("a hash is written where it is told, and read back (RFC 5155 appendix A)", () => {
  const hash = hashOfLabel(label, 0)!;
  assert.equal(Buffer.from(hash).toString("hex"), "065368abeed7ec6e9feba96b8c8bc3e8b791f716");
  const out = new Uint8Array(HASH_LABEL_SIZE + 2);
  putHashLabel(out, 1, Uint8Array.of(7, ...hash), 1);
  assert.deepEqual(out, Uint8Array.of(0, ...label, 0));
});

test("other labels spell no hash", () => {
  assert.equal(hashOfLabel(Uint8Array.of(31, ...Buffer.from(HASH.slice(1))), 0), null);
  assert.equal(hashOfLabel(Uint8Array.of(32, ...Buffer.from(HASH.replace("0", "w"))), 0), null);
  assert.equal(hashOfLabel(Uint8Array.of(32, ...Buffer.from(HASH.toUpperCase())), 0), null);
});
