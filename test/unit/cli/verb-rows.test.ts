// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { CONFIG_PLACES, config, configArgument, ofServer } from "../../../src/cli/verb-rows.ts";

test("the places of a configuration are told wherever one may be named", () => {
  for (const place of CONFIG_PLACES) {
    assert.ok(config.doc.includes(place));
    assert.ok(configArgument.doc.includes(place));
  }
});

test("a server is named by its socket or by its configuration", () => {
  const words = ofServer.map(({ flags }) => /--([a-z]+)/.exec(flags)![1]);
  assert.deepEqual(words, ["socket", "config", "json", "color"]);
});
