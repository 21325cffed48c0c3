// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createSettings, observeSettings, SETTINGS_WORDS } from "../../../src/answer/settings.ts";
import { decodeNode } from "../../../src/config/node.ts";
import { chanceSecret, createNodeSettings } from "../../../src/daemon/node-settings.ts";
import * as at from "../../../src/layout/gen/settings.ts";
import { limitModes, requestActions, settingsFlags } from "../../../src/layout/settings.ts";
import { placeNowhere } from "../../../src/resource/place.ts";

const A = "00112233445566778899aabbccddeeff";
const B = "ffeeddccbbaa99887766554433221100";

function setUp() {
  const words = new Int32Array(SETTINGS_WORDS);
  const settings = createSettings(words);
  const chance = chanceSecret();
  const keeper = createNodeSettings(words, chance);
  const apply = (raw: unknown, secondaries = false) => {
    const machine = { hostName: "host".repeat(40), cpuCount: 1 };
    const { node, faults } = decodeNode(raw, machine, (path) => path, placeNowhere("test"));
    assert.ok(node !== null, JSON.stringify(faults));
    const said = keeper.apply(node, secondaries);
    observeSettings(settings);
    return said;
  };
  const text = (from: number, size: number) =>
    Buffer.from(settings.u8.subarray(from, from + settings.u8[size]!)).toString("latin1");
  const secrets = () => {
    const count = settings.u8[at.SETTINGS_COOKIE_SECRET_COUNT]!;
    const all = settings.u8.subarray(at.SETTINGS_COOKIE_SECRETS).slice(0, 16 * count);
    return Buffer.from(all).toString("hex");
  };
  return { apply, text, secrets, settings, chance: Buffer.from(chance).toString("hex") };
}

test("what the configuration says is what kernels are told", () => {
  const { apply, text, secrets, settings, chance } = setUp();
  assert.equal(apply({ limits: { tcpIdleSecs: 30 } }), null);
  assert.equal(secrets(), chance);
  // The name of a host may be longer than an identity.
  assert.equal(text(at.SETTINGS_NSID, at.SETTINGS_NSID_SIZE), "host".repeat(32));
  assert.equal(text(at.SETTINGS_VERSION, at.SETTINGS_VERSION_SIZE), "azimuth");
  assert.equal(settings.u8[at.SETTINGS_AGENT_SIZE], 0);
  assert.equal(settings.u16[at.SETTINGS_KEEPALIVE_UNITS >> 1], 300);
  assert.equal(settings.i32[at.SETTINGS_FLAGS >> 2], settingsFlags.EXTENDED_ERRORS);

  apply({ reportAgent: "Er.Example.", extendedErrors: false, cookies: { demand: true } });
  assert.equal(text(at.SETTINGS_AGENT, at.SETTINGS_AGENT_SIZE), "\u0002er\u0007example\u0000");
  assert.equal(settings.i32[at.SETTINGS_FLAGS >> 2], settingsFlags.DEMAND_COOKIE);
  apply({ identity: { nsid: "fra-{worker}-{revision}", serverId: "{node}" } });
  assert.equal(text(at.SETTINGS_NSID, at.SETTINGS_NSID_SIZE), "fra-\u0001-\u0002");
  assert.equal(text(at.SETTINGS_SERVER_ID, at.SETTINGS_SERVER_ID_SIZE), "{node}");
  apply({ extendedErrors: false }, true);
  assert.equal(settings.i32[at.SETTINGS_FLAGS >> 2], settingsFlags.SLOW_EXPIRE);
  apply({ cookies: { enabled: false }, identity: { nsid: "off" } });
  assert.deepEqual([secrets(), settings.u8[at.SETTINGS_NSID_SIZE]], ["", 0]);
});

test("secrets from the configuration, in its order", () => {
  const { apply, secrets, chance } = setUp();
  apply({ cookies: { secrets: [A, B] } });
  assert.equal(secrets(), A + B);
  apply({ cookies: { secrets: [B.toUpperCase(), A] } });
  assert.equal(secrets(), B + A);
  apply({});
  assert.equal(secrets(), chance);
});

test("N1, N2: secrets from a file; one that is wrong changes nothing and is not shown", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-secrets-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const secretFile = join(folder, "secrets");
  const { apply, secrets, chance } = setUp();
  const cookies = { secretFile };
  assert.match(apply({ cookies })!, /stay as they are/);
  assert.equal(secrets(), chance);
  writeFileSync(secretFile, `# today\n${A}\n\n${B} # yesterday\r\n`);
  assert.equal(apply({ cookies }), null);
  assert.equal(secrets(), A + B);
  for (const wrong of ["", `${A}0\n`, `${A}\n${B}\n${A}\n${B}\n`, "x".repeat(5000)]) {
    writeFileSync(secretFile, wrong);
    const said = apply({ cookies })!;
    assert.ok(said.includes(secretFile) && !said.includes(A), said);
    assert.equal(secrets(), A + B);
  }
});

test("rate limits: modes, rates and the list; the keys stay over a reload", () => {
  const { apply, settings } = setUp();
  apply({ rateLimit: {} });
  assert.equal(settings.u8[at.SETTINGS_ANSWER_MODE], limitModes.OFF);
  const requests = { requestMode: "on", requestsPerAddress: 100, requestAction: "refuse" };
  apply({ rateLimit: { mode: "dry-run", slip: 2, allow: ["192.0.2.0/24"], ...requests } });
  assert.deepEqual(
    [
      settings.u8[at.SETTINGS_ANSWER_MODE],
      settings.u8[at.SETTINGS_SLIP],
      settings.u8[at.SETTINGS_ALLOW_COUNT],
      settings.u8[at.SETTINGS_REQUEST_MODE],
      settings.u8[at.SETTINGS_REQUEST_ACTION],
      settings.i32[at.SETTINGS_ADDRESS_INTERVAL_MICROS >> 2],
    ],
    [limitModes.DRY, 2, 1, limitModes.ON, requestActions.REFUSE, 10_000],
  );
  const keys = settings.i32.slice(at.SETTINGS_LIMIT_KEY0 >> 2, (at.SETTINGS_LIMIT_KEY1 >> 2) + 1);
  assert.ok(keys.every((key) => key !== 0));
  apply({ rateLimit: { mode: "on" } });
  const after = settings.i32.slice(at.SETTINGS_LIMIT_KEY0 >> 2, (at.SETTINGS_LIMIT_KEY1 >> 2) + 1);
  assert.deepEqual(after, keys);
});
