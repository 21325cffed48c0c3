// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { editDistance, suggest, suggestionText } from "../../../src/resource/suggest.ts";

test("the distance counts inserts, deletes, replacements and swaps", () => {
  assert.equal(editDistance("weight", "weight"), 0);
  assert.equal(editDistance("wieght", "weight"), 1);
  assert.equal(editDistance("wight", "weight"), 1);
  assert.equal(editDistance("weights", "weight"), 1);
  assert.equal(editDistance("", "abc"), 3);
  assert.equal(editDistance("ca", "abc"), 3);
});

test("the closest word within two edits is meant, whatever its case", () => {
  const known = ["ttlSecs", "ttlHoldSecs", "types", "policy"];
  assert.equal(suggest("ttlsecs", known), "ttlSecs");
  assert.equal(suggest("polcy", known), "policy");
  assert.equal(suggest("poicly", known), "policy");
  assert.equal(suggest("potato", known), null);
});

test("a short word is not two edits away from everything", () => {
  assert.equal(suggest("abc", ["xyc"]), null);
  assert.equal(suggest("a", ["b"]), null);
  assert.equal(suggest("wep", ["web"]), "web");
});

test("the suggestion ends a sentence, or is nothing", () => {
  assert.equal(suggestionText("wep", ["web"]), "; did you mean web?");
  assert.equal(suggestionText("nothing", ["web"]), "");
});

test("the distance is a metric: symmetric, and zero only for equals", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      assert.equal(editDistance(a, b), editDistance(b, a));
      assert.equal(editDistance(a, b) === 0, a === b);
      assert.ok(editDistance(a, b) <= Math.max(a.length, b.length));
    }),
  );
});
