// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { CONFIG_SIZE_MAX, DEPTH_MAX, FAULTS_MAX, parseYaml } from "../../../src/config/yaml.ts";

const parse = (text: string) => parseYaml("f", new TextEncoder().encode(text));
const keys = (text: string) =>
  parse(text).faults.map((f) => `${f.place.line}:${f.place.column} ${f.key}`);

/** JSON text, since objects of the reader have no prototype. */
const value = (text: string) => JSON.stringify(parse(text).value);

test("scalars of the core schema", () => {
  assert.equal(
    value("a: [1, 1.5, true, null, ~, no, x, '1', 0x10]"),
    '{"a":[1,1.5,true,null,null,"no","x","1",16]}',
  );
  assert.equal(value(""), "null");
  assert.equal(value("\ufeffa: 1\r\n"), '{"a":1}');
});

test("keys are texts as written", () => {
  assert.equal(value("1.50: a\n0x10: b\nnull: c"), '{"1.50":"a","0x10":"b","null":"c"}');
});

test("malformed text is a fault at its place", () => {
  assert.deepEqual(keys("a: [1, 2\nb: 3\n"), ["2:1 CONFIG_YAML"]);
  assert.deepEqual(keys("a: 1\n---\nb: 2\n"), ["2:1 CONFIG_YAML"]);
  assert.deepEqual(keys("a: 'x"), ["1:6 CONFIG_YAML"]);
  assert.deepEqual(keys("a: !thing x"), ["1:4 CONFIG_YAML"]);
  assert.deepEqual(keys("? [a]\n: 1\n"), ["1:3 CONFIG_YAML"]);
});

test("octets that are not UTF-8 are a fault at their place", () => {
  const octets = Uint8Array.of(0x61, 0x3a, 0x20, 0x31, 0x0a, 0x62, 0xff);
  assert.deepEqual(parseYaml("f", octets).faults[0]?.place, { file: "f", line: 2, column: 2 });
  assert.deepEqual(keys("a: \ufffd"), []);
});

test("a key that stands twice is a fault at the second", () => {
  assert.deepEqual(keys("a: 1\nb: 2\na: 3\n"), ["3:1 CONFIG_KEY_TWICE"]);
  assert.equal(value("a: 1\na: 3\n"), '{"a":1}');
});

test("Y3: no key is special", () => {
  assert.equal(
    value("__proto__: { a: 1 }\nconstructor: 2"),
    '{"__proto__":{"a":1},"constructor":2}',
  );
});

test("aliases and merges are followed", () => {
  const text = "x: &x { a: 1, b: 2 }\ny: { <<: *x, b: 3 }\nz: *x\n";
  assert.equal(value(text), '{"x":{"a":1,"b":2},"y":{"b":3,"a":1},"z":{"a":1,"b":2}}');
});

test("several mappings are merged, the first wins; others cannot be", () => {
  assert.equal(
    value("a: &a { k: 1 }\nb: &b { k: 2, l: 3 }\nc: { <<: [*a, *b] }"),
    '{"a":{"k":1},"b":{"k":2,"l":3},"c":{"k":1,"l":3}}',
  );
  assert.deepEqual(keys("a: &a 1\nc: { <<: *a }"), ["2:4 CONFIG_YAML"]);
});

test("an anchor may be defined anew; an alias means the last before it", () => {
  assert.equal(value("a: &x 1\nb: *x\nc: &x 2\nd: *x"), '{"a":1,"b":1,"c":2,"d":2}');
});

test("an alias without anchor is a fault", () => {
  assert.deepEqual(keys("a: *nothing"), ["1:4 CONFIG_YAML"]);
});

test("Y2: a billion laughs are refused, and so is an alias inside of itself", () => {
  let bomb = "l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n";
  for (let i = 1; i < 10; i += 1) {
    bomb += `l${i}: &l${i} [${Array(10)
      .fill(`*l${i - 1}`)
      .join(", ")}]\n`;
  }
  assert.deepEqual(
    parse(bomb).faults.map((f) => f.key),
    ["CONFIG_TOO_LARGE"],
  );
  assert.deepEqual(
    parse("a: &a [*a, *a]").faults.map((f) => f.key),
    ["CONFIG_TOO_LARGE"],
  );
});

test("depth has a bound, however it is written", () => {
  const flow = (n: number) => `${"[".repeat(n)}${"]".repeat(n)}`;
  assert.deepEqual(keys(flow(DEPTH_MAX)), []);
  for (const deep of [
    flow(DEPTH_MAX + 2),
    flow(100_000),
    "[".repeat(1_000_000),
    "- ".repeat(50_000),
  ]) {
    const found = parse(deep).faults.map((f) => f.key);
    assert.ok(found.includes("CONFIG_TOO_LARGE"), found.join());
  }
});

test("size and the number of faults have bounds", () => {
  const large = new Uint8Array(CONFIG_SIZE_MAX + 1);
  assert.deepEqual(
    parseYaml("f", large).faults.map((f) => f.key),
    ["CONFIG_TOO_LARGE"],
  );
  assert.equal(parse("a: *x\n".repeat(2000)).faults.length, FAULTS_MAX);
});
