// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parseYaml } from "../../../src/config/yaml.ts";
import { placesIn } from "../../../src/config/yaml-places.ts";
import type { Path } from "../../../src/resource/place.ts";

const parse = (text: string) => parseYaml("f", new TextEncoder().encode(text));

function at(text: string, path: Path, part?: "key"): string {
  const place = parse(text).placeOf(path, part);
  return `${place.line}:${place.column}`;
}

test("the place of a value is its own; of a block, that of its key", () => {
  const text = "pools:\n  www:\n    probes: [web, other]\n    n: 1\nlist:\n  - a\n  - b: 2\n";
  assert.equal(at(text, ["pools", "www", "n"]), "4:8");
  assert.equal(at(text, ["pools", "www", "n"], "key"), "4:5");
  assert.equal(at(text, ["pools", "www"]), "2:3");
  assert.equal(at(text, ["pools", "www", "probes"]), "3:13");
  assert.equal(at(text, ["pools", "www", "probes", 1]), "3:19");
  assert.equal(at(text, ["list", 0]), "6:5");
  assert.equal(at(text, ["list", 1, "b"]), "7:8");
});

test("Y4: a path that leads nowhere stands where its ancestor does", () => {
  const text = "a:\n  b: 1\n";
  assert.equal(at(text, ["a", "c", "d"]), "1:1");
  assert.equal(at(text, ["a", "c"], "key"), "1:1");
  assert.equal(at(text, ["x"]), "0:0");
  assert.equal(at(text, []), "0:0");
  assert.equal(at(text, ["a", "b", 0]), "2:6");
  assert.equal(at("", ["x"]), "0:0");
  assert.equal(at("a:\n", ["a"]), "1:1");
});

test("aliases and merges stand where their text is written", () => {
  const text = "x: &x { a: 1, b: 2 }\ny: { <<: *x, b: 3 }\nz: *x\n";
  assert.equal(at(text, ["y", "a"]), "1:12");
  assert.equal(at(text, ["y", "b"]), "2:17");
  assert.equal(at(text, ["z", "a"]), "1:12");
  assert.equal(at(text, ["z"]), "3:4");
});

test("a mapping merged in many ways is searched once", () => {
  let text = "m0: &m0 { k: 1 }\n";
  for (let i = 1; i < 6; i += 1) {
    text += `m${i}: &m${i} { <<: [${Array(8)
      .fill(`*m${i - 1}`)
      .join(", ")}] }\n`;
  }
  const { placeOf } = parse(text);
  for (let i = 0; i < 2000; i += 1) assert.equal(placeOf(["m5", "nothing"]).line, 6);
  assert.equal(placeOf(["m5", "k"]).line, 1);
});

test("an offset stands behind the line ends before it", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "\n", "\r"), maxLength: 30 }), (text) => {
      const placeAt = placesIn("f", text);
      for (let at = 0; at <= text.length; at += 1) {
        const lines = text.slice(0, at).split("\n");
        assert.deepEqual(placeAt(at), {
          file: "f",
          line: lines.length,
          column: lines.at(-1)!.length + 1,
        });
      }
    }),
  );
});
