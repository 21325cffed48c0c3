// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf, filesIn, importsOf, layerOf, roomOf } from "./tree.ts";

test("comments and strings are blanked, code and lines stay", () => {
  const flat = (text: string) => codeOf(text).replaceAll(/ +/g, " ").trim();
  assert.equal(flat("a(); // Date\nb();"), "a(); \nb();");
  assert.equal(flat("/** async\n */ x"), "x");
  assert.equal(codeOf("/* a\nb */c").split("\n").length, 2);
  assert.equal(flat('f("Date\\"Date") + 1'), "f( ) + 1");
  assert.equal(flat("g('//') + h"), "g( ) + h");
  assert.match(codeOf(`\`Date \${Date.now()} Date\``), /^\s+Date\.now\(\)\s+$/);
  assert.match(codeOf(`\`\${ {a: 1}.a }Date\`;Math`), /^[^D]*;Math$/);
});

test("a regular expression is blanked, a division is not", () => {
  assert.doesNotMatch(codeOf('x.replace(/["Date]/g, y)'), /Date/);
  assert.match(codeOf('x.replace(/["]/g, Date)'), /Date/);
  assert.match(codeOf("a / Date / b"), /Date/);
});

test("imports are found in all their forms", () => {
  const imports = importsOf("test/tidy/layers.test.ts");
  assert.ok(imports.some((i) => i.to === "test/tidy/tree.ts" && i.local && !i.typeOnly));
  assert.ok(imports.some((i) => i.to === "node:test" && !i.local));
  assert.ok(
    importsOf("src/base/result.ts").every((i) => i.typeOnly && i.to === "src/base/faults.ts"),
  );
});

test("rooms and layers", () => {
  assert.equal(roomOf("src/dns/names.ts"), "dns");
  assert.equal(roomOf("workers/udp.ts"), "workers");
  assert.equal(roomOf("scripts/gen.ts"), null);
  assert.equal(layerOf("base"), 0);
  assert.equal(layerOf("attic"), -1);
  assert.ok(filesIn("src", ".ts").includes("src/base/assert.ts"));
});
