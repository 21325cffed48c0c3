// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { knotSections, lastOf } from "../../../src/config/import-knot-text.ts";

const read = (files: Readonly<Record<string, string>>) => (file: string) =>
  file in files ? { text: files[file]! } : { error: "no such file or folder" };

function sections(text: string, more: Readonly<Record<string, string>> = {}) {
  return knotSections("/k.conf", read({ "/k.conf": text, ...more })).map(
    ({ name, at, blocks }) => ({
      name,
      line: at.line,
      blocks: blocks.map(({ items }) => [...items.values()].map((one) => [one.key, ...one.values])),
    }),
  );
}

test("sections, blocks, lists, repeated keys, quotes and comments", () => {
  const text = `# a comment
server:
    listen: 127.0.0.1@5353   # port
    listen: [ ::1@53, "2001:db8::1" ]
    version: "a # \\"sign\\""

acl:
  - id: one
    address: [ 192.0.2.0/24, 2001:db8::/32 ]  # both
    action: transfer
  - id: two
\tkey: a#b
`;
  assert.deepEqual(sections(text), [
    {
      name: "server",
      line: 2,
      blocks: [
        [
          ["listen", "127.0.0.1@5353", "::1@53", "2001:db8::1"],
          ["version", 'a # "sign"'],
        ],
      ],
    },
    {
      name: "acl",
      line: 7,
      blocks: [
        [
          ["id", "one"],
          ["address", "192.0.2.0/24", "2001:db8::/32"],
          ["action", "transfer"],
        ],
        [
          ["id", "two"],
          ["key", "a#b"],
        ],
      ],
    },
  ]);
});

test("of a key that stands several times the last value holds", () => {
  const [section] = knotSections(
    "/k.conf",
    read({ "/k.conf": "zone:\n - file: a\n   file: %s\n" }),
  );
  assert.equal(lastOf(section!.blocks[0]!, "file"), "%s");
  assert.equal(lastOf(section!.blocks[0]!, "storage"), "");
});

test("an include stands where it is written", () => {
  const text = "key:\n  - id: k\ninclude: more.conf\nzone:\n  - domain: b\n";
  const more = { "/more.conf": "zone:\n  - domain: a\n" };
  assert.deepEqual(
    sections(text, more).map(({ name, line }) => [name, line]),
    [
      ["key", 1],
      ["zone", 1],
      ["zone", 4],
    ],
  );
});

test("what is no knot.conf is told with its line", () => {
  for (const [text, line, reason] of [
    ['server:\n  version: "x\n', 2, /quote/],
    ["server:\n  listen: [ a\n", 2, /\[ has no end/],
    ["\nlisten: 127.0.0.1\n", 2, /stands in no section/],
    ["  id: x\n", 1, /stands in no section/],
    ["server:\n  words alone\n", 2, /no `key: value`/],
    ["server:\ninclude: none.conf\n", 2, /none\.conf/],
    ["include: k.conf\n", 1, /circle/],
  ] as const) {
    assert.throws(
      () => sections(text),
      (error: Error & { at?: { line: number } }) =>
        reason.test(error.message) && error.at?.line === line,
      text,
    );
  }
});
