// SPDX-License-Identifier: Apache-2.0
/** Statements of a named.conf: words, quotes, blocks, comments, includes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bindStatements, type Statement } from "../../../src/config/import-bind-text.ts";
import { ImportError } from "../../../src/config/import-draft.ts";

type Plain = readonly (string | readonly Plain[])[];
const plain = ({ parts }: Statement): Plain =>
  parts.map((part) => (typeof part === "string" ? part : part.map(plain)));

function statements(files: Readonly<Record<string, string>>): readonly Statement[] {
  const read = (file: string) => {
    const text = files[file];
    return text === undefined ? { error: "no such file" } : { text };
  };
  return bindStatements("/c/main", read);
}

test("comments are left out, and quotes keep what looks like them", () => {
  const text = 'a "b;{ # // /* \\"c" 10/8;# x\n// y;\n/* z;\n */ d { e; { f g; } h; } i;';
  const found = statements({ "/c/main": text });
  assert.deepEqual(found.map(plain), [
    ["a", 'b;{ # // /* "c', "10/8"],
    ["d", [["e"], [[["f", "g"]], "h"]], "i"],
  ]);
  assert.deepEqual(
    found.map(({ at }) => at.line),
    [1, 4],
  );
});

test("what is included stands in its place, with its own lines", () => {
  const files = {
    "/c/main": 'a;\nb { include "sub"; };',
    "/c/sub": '\nx;\ninclude "/d";',
    "/d": "y;",
  };
  const found = statements(files);
  assert.deepEqual(found.map(plain), [["a"], ["b", [["x"], ["y"]]]]);
  const inner = found[1]!.parts[1] as readonly Statement[];
  assert.deepEqual(inner[0]!.at, { file: "/c/sub", line: 2 });
});

test("a circle of includes ends", () => {
  assert.throws(
    () => statements({ "/c/main": "include main;" }),
    (error) => error instanceof ImportError && /circle/.test(error.message),
  );
});
