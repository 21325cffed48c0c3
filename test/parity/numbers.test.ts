// SPDX-License-Identifier: Apache-2.0
/**
 * The numbers of the pickers, folded into one word that native/test/kernel_test.cc has, too: a
 * difference in the last bit of a logarithm decides one answer in a million, which no stream of
 * questions would find.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clientKey, negativeLog2 } from "../../src/answer/choose.ts";
import { mixHash } from "../../src/base/hash.ts";

const OTHER = join(import.meta.dirname, "../../native/test/kernel_test.cc");

test("both languages compute the same logarithms and keys", () => {
  let fold = 0;
  for (let i = 0; i < 200_000; i += 1) {
    const word = i < 64 ? 0xffffffff >>> (i & 31) : mixHash(i);
    fold = mixHash(fold ^ negativeLog2(word | 0));
    const low = mixHash(word) | 0;
    const client = { family: i % 3 === 0 ? 6 : 4, high: word | 0, low, scopeBase: 0 };
    fold = mixHash(fold ^ clientKey(client, i % 129, i));
  }
  const there = /numbers_fold = (0x[0-9a-f]+);/.exec(readFileSync(OTHER, "utf8"))?.[1];
  assert.equal(`0x${fold.toString(16)}`, there);
});
