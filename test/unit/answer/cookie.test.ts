// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressText } from "../../../src/dns/address.ts";
import { composeQuery } from "../../../src/dns/compose.ts";
import { settingsOff, writeSettings } from "../../../src/io/settings.ts";
import { SLOT_FLAG_VALID_COOKIE } from "../../../src/layout/gen/enums.ts";
import { PACKET_SLOT_FLAGS } from "../../../src/layout/gen/slab.ts";
import { serverCookie, sipHash } from "../../support/server-cookie.ts";
import { ask, createWorld } from "../../support/world.ts";

const world = createWorld({ zones: { "t.": "@ 60 SOA n h 1 2 3 4 5\n@ 60 NS n.example.\n" } });
const octets = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });

function cookieOf(data: Uint8Array, client: Uint8Array, unixSecs: number) {
  const query = composeQuery({ name: "t.", type: "SOA", edns: { options: [{ code: 10, data }] } });
  const { message } = ask(world, query, { client: addressText(client), unixSecs });
  const [option, ...more] = message!.edns!.options;
  assert.deepEqual([option!.code, more.length], [10, 0]);
  const flags = world.slab.u8[PACKET_SLOT_FLAGS]!;
  return { data: option!.data, valid: (flags & SLOT_FLAG_VALID_COOKIE) !== 0 };
}

test("the reference of the tests is SipHash-2-4: the vector of its paper", () => {
  const count = (n: number) => Uint8Array.from({ length: n }, (_, i) => i);
  assert.equal(Buffer.from(sipHash(count(16), count(15))).toString("hex"), "e545be4961ca29a1");
});

test("C1, C2: what the reference makes is what the kernel makes, takes and repeats", () => {
  const times = fc.integer({ min: 0, max: 0xffffffff });
  const addresses = fc.oneof(octets(4), octets(16));
  fc.assert(
    fc.property(
      octets(16),
      octets(16),
      octets(8),
      addresses,
      times,
      (now, old, client, from, t) => {
        fc.pre(Buffer.compare(now, old) !== 0);
        writeSettings(world.memory.settings, { ...settingsOff, cookieSecrets: [now, old] });
        const made = serverCookie(now, client, from, t);
        assert.deepEqual(cookieOf(client, from, t), { data: made, valid: false });
        assert.deepEqual(cookieOf(made, from, t), { data: made, valid: true });
        // By the secret of yesterday: taken, and made anew.
        const earlier = serverCookie(old, client, from, t);
        assert.deepEqual(cookieOf(earlier, from, t), { data: made, valid: true });
        const spoiled = made.slice();
        spoiled[23]! ^= 1;
        assert.deepEqual(cookieOf(spoiled, from, t), { data: made, valid: false });
      },
    ),
    { numRuns: 200 },
  );
});
