// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { identitySize, putIdentity } from "../../../src/answer/identity.ts";
import { createKernel } from "../../../src/answer/scratch.ts";
import { observeSettings } from "../../../src/answer/settings.ts";
import { settingsOff, writeSettings } from "../../../src/io/settings.ts";
import { SETTINGS_NSID, SETTINGS_NSID_SIZE } from "../../../src/layout/gen/settings.ts";
import { IDENTITY_SIZE_MAX } from "../../../src/layout/limits.ts";
import { createWorld, createWorldKernel } from "../../support/world.ts";

const world = createWorld({ zones: {}, tableMiB: 1 });

/** What a kernel of that number makes of an identity; `root` 0 is before the first table. */
function told(text: string, worker: number, root = createWorldKernel(world.memory, 512, 0).root) {
  writeSettings(world.memory.settings, { ...settingsOff, nsid: new TextEncoder().encode(text) });
  const k = createKernel(
    { ...world.memory, ...{ counters: new Float64Array(0), planRows: 0 } },
    {
      ...{ udpSizeMax: 512, worker },
    },
  );
  k.root = root;
  observeSettings(k.settings);
  k.out.packet = new Uint8Array(2 * IDENTITY_SIZE_MAX).fill(0x7e);
  const size = identitySize(k, SETTINGS_NSID_SIZE, SETTINGS_NSID);
  putIdentity(k, SETTINGS_NSID, 0, size);
  assert.ok(
    k.out.packet.subarray(size).every((octet) => octet === 0x7e),
    "nothing behind it",
  );
  return Buffer.from(k.out.packet.subarray(0, size)).toString("latin1");
}

test("marks are numbers in decimal digits, whatever they stand beside", () => {
  assert.equal(told("fra", 3), "fra");
  assert.equal(told("\u0001", 0), "0");
  assert.equal(told("\u0001", 9), "9");
  assert.equal(told("w\u0001.\u0001r\u0002", 10), "w10.10r1");
  assert.equal(told("\u0001", 4_294_967_295), "4294967295");
  assert.equal(told("r\u0002", 1, 0), "r0");
});

test("ID1: what is longer than an identity is cut, inside of a number too", () => {
  const head = "a".repeat(IDENTITY_SIZE_MAX - 2);
  assert.equal(told(`${head}\u0001`, 12), `${head}12`);
  assert.equal(told(`${head}\u0001`, 1234), `${head}12`);
  assert.equal(told("\u0001".repeat(IDENTITY_SIZE_MAX), 77), "77".repeat(IDENTITY_SIZE_MAX / 2));
});
