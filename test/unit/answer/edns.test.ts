// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { composeQuery } from "../../../src/dns/compose.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import { settingsOff, writeSettings, writeStale } from "../../../src/io/settings.ts";
import { settingsFlags } from "../../../src/layout/settings.ts";
import { transports } from "../../../src/layout/slab.ts";
import { ask, createWorld } from "../../support/world.ts";

const SIZES = Array.from({ length: 256 }, (_, i) => i);
const world = createWorld({
  zones: {
    "t.": [
      "@ 60 SOA n h 1 2 3 4 5\n@ 60 NS n.example.",
      ...SIZES.map((i) => `n${i} 60 TXT "${"x".repeat(250)}" "${"y".repeat(i)}"`),
      "",
    ].join("\n"),
  },
});
const agent = nameFromText("agent.example.")!;
writeStale(world.memory.settings, 1);
writeSettings(world.memory.settings, {
  ...settingsOff,
  ...{ flags: settingsFlags.EXTENDED_ERRORS, keepaliveUnits: 1 },
  ...{ cookieSecrets: [new Uint8Array(16)], nsid: new Uint8Array(128), agent },
});
const option = (code: number, size = 0) => ({ code, data: new Uint8Array(size) });

/** Octets of the options of an answer, their heads included, by code. */
function sizesOf(query: Uint8Array, from: Parameters<typeof ask>[2] = {}) {
  const { octets, message } = ask(world, query, from);
  const sizes = message!.edns!.options.map(({ code, data }) => [code, 4 + data.length] as const);
  return { octets, message: message!, sizes };
}

test("E1: what was asked for is kept room for, to the octet; what was not takes what is left", () => {
  const asked = 4 + 24 + (4 + 128) + (4 + 6) + (4 + 10);
  const seen = { cut: 0, full: 0, error: 0, agent: 0, none: 0 };
  for (const i of SIZES) {
    const name = `n${i}.t.`;
    const options = [option(10, 8), option(3), option(19)];
    const query = composeQuery({ name, type: "TXT", edns: { payload: 600, options } });
    const { octets, message, sizes } = sizesOf(query);
    const least = 12 + nameFromText(name)!.length + 4 + 12 + 251 + 1 + i + 11 + asked;
    assert.equal(message.tc, least > 600, name);
    assert.ok(octets.length <= 600);
    assert.deepEqual(
      sizes.slice(0, 4).map(([code]) => code),
      [10, 3, 19, 19],
    );
    const codes = sizes.slice(4).map(([code]) => code);
    if (message.tc) {
      seen.cut += 1;
      continue;
    }
    const left = 600 - least;
    const hasError = left >= 6;
    const hasAgent = left - (hasError ? 6 : 0) >= 4 + agent.length;
    assert.deepEqual(codes, [...(hasError ? [15] : []), ...(hasAgent ? [18] : [])], `${left}`);
    if (left === 0) seen.full += 1;
    if (hasError) seen.error += 1;
    if (hasAgent) seen.agent += 1;
    if (codes.length === 0) seen.none += 1;
  }
  assert.ok(
    Object.values(seen).every((count) => count > 0),
    JSON.stringify(seen),
  );
});

test("E2: without OPT nothing is written, and a plain OPT gets what is unasked alone", () => {
  assert.equal(ask(world, composeQuery({ name: "n0.t.", type: "TXT" })).message!.edns, null);
  const plain = composeQuery({ name: "n0.t.", type: "TXT", edns: {} });
  assert.deepEqual(
    sizesOf(plain).sizes.map(([code]) => code),
    [15, 18],
  );
});

test("E3: padding comes last, and makes a multiple of 468 or fills the room", () => {
  const { TLS, HTTPS } = transports;
  for (const transport of [TLS, HTTPS]) {
    for (const i of SIZES) {
      const options = [option(12), option(3), option(10, 8), option(11)];
      const query = composeQuery({ name: `n${i}.t.`, type: "TXT", edns: { options } });
      const { octets, sizes } = sizesOf(query, { transport });
      assert.equal(octets.length % 468, 0);
      assert.equal(sizes.at(-1)![0], 12);
      assert.equal(
        sizes.some(([code]) => code === 11),
        transport === TLS,
      );
    }
  }
});
