// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../../src/answer/judge.ts";
import { BAD_COOKIE, BAD_KEEPALIVE, HAS_COOKIE } from "../../../src/answer/options.ts";
import { observeSettings } from "../../../src/answer/settings.ts";
import { settingsOff, writeSettings } from "../../../src/io/settings.ts";
import { transports, verdicts as v } from "../../../src/layout/slab.ts";
import { createWorld } from "../../support/world.ts";

const { kernel, memory } = createWorld({ zones: {}, tableMiB: 1 });
const { UDP, TCP, TLS, HTTPS } = transports;

function judged(verdict: number, transport: number, options = 0, type = 1): number {
  Object.assign(kernel.question, { options, type });
  return judge(kernel, verdict, transport);
}

function withCookies(count: number): void {
  const cookieSecrets = Array.from({ length: count }, () => new Uint8Array(16));
  writeSettings(memory.settings, { ...settingsOff, cookieSecrets });
  observeSettings(kernel.settings);
}

test("transfers are slow: IXFR anywhere, AXFR on streams", () => {
  for (const transport of [UDP, TCP, TLS, HTTPS]) {
    assert.equal(judged(v.OK, transport, 0, 251), v.SLOW);
    assert.equal(judged(v.OK, transport, 0, 252), transport === UDP ? v.OK : v.SLOW);
    assert.equal(judged(v.OK, transport, 0, 6), v.OK);
    // What was found wrong before stays wrong.
    assert.equal(judged(v.BADVERS, transport, 0, 251), v.BADVERS);
  }
});

test("a client's keepalive timeout is malformed where keepalive is for", () => {
  const verdicts = [UDP, TCP, TLS, HTTPS].map((one) => judged(v.OK, one, BAD_KEEPALIVE));
  assert.deepEqual(verdicts, [v.OK, v.FORMERR, v.FORMERR, v.OK]);
});

test("cookies matter to who has a secret", () => {
  withCookies(0);
  assert.equal(judged(v.OK, UDP, BAD_COOKIE), v.OK);
  assert.equal(judged(v.PROBE, UDP, HAS_COOKIE), v.FORMERR);
  withCookies(1);
  assert.equal(judged(v.OK, UDP, BAD_COOKIE), v.FORMERR);
  assert.equal(judged(v.PROBE, UDP, HAS_COOKIE), v.PROBE);
});
