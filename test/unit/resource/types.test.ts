// SPDX-License-Identifier: Apache-2.0
/** The promise of types.ts: values are plain data that pass between threads and compare by JSON. */
import assert from "node:assert/strict";
import test from "node:test";
import { configWith, loadText } from "../../support/marked-config.ts";

test("a state survives JSON and a structured clone unchanged", () => {
  const { value } = loadText(configWith({}));
  assert.ok(value !== null);
  assert.deepEqual(JSON.parse(JSON.stringify(value.state)), value.state);
  assert.deepEqual(structuredClone(value.state), value.state);
});
