// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { composeQuery } from "../../../src/dns/compose.ts";
import { settingsOff, writeSettings } from "../../../src/io/settings.ts";
import { IDENTITY_SIZE_MAX } from "../../../src/layout/limits.ts";
import { ask, createWorld } from "../../support/world.ts";

const world = createWorld({ zones: {}, tableMiB: 1 });
const chaos = (name: string) => ask(world, composeQuery({ name, type: "TXT", class: 3 })).message!;

test("the longest identity is one string of TXT, and each name has its own text", () => {
  const serverId = new Uint8Array(IDENTITY_SIZE_MAX).fill(97);
  const version = Uint8Array.of(118, 49);
  writeSettings(world.memory.settings, { ...settingsOff, serverId, version });
  for (const [name, text] of [
    ["id.server.", serverId],
    ["hostname.bind.", serverId],
    ["version.server.", version],
    ["version.bind.", version],
  ] as const) {
    const { rcode, aa, answers } = chaos(name);
    assert.deepEqual([rcode, aa, answers.length], [0, true, 1]);
    assert.deepEqual([answers[0]!.class, answers[0]!.ttl], [3, 0]);
    assert.deepEqual(answers[0]!.rdata, Uint8Array.from([text.length, ...text]));
  }
});

test("what is not told is refused, each by itself", () => {
  writeSettings(world.memory.settings, { ...settingsOff, version: Uint8Array.of(118) });
  assert.equal(chaos("id.server.").rcode, 5);
  assert.equal(chaos("version.bind.").rcode, 0);
  assert.equal(chaos("server.").rcode, 5);
});
