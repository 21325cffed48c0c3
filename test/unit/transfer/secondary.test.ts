// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  createSecondary,
  expiryOf,
  type Secondary,
  type SecondaryEffect,
  type SecondaryNews,
  type SoaTimes,
  stepSecondary,
} from "../../../src/transfer/secondary.ts";

const TIMES: SoaTimes = { refreshSecs: 3600, retrySecs: 600, expireSecs: 86_400 };
const HOUR = 3_600_000;

/** A secondary in a world of its own: says what was asked for, in short. */
function world(primaries: number, kept: Partial<Secondary> = {}) {
  let state = createSecondary(primaries, {
    ...{ serial: null, times: null, confirmedAt: null, expiresAt: null },
    ...kept,
  });
  return {
    get state() {
      return state;
    },
    say(now: number, event: SecondaryNews): string {
      const step = stepSecondary(state, { ...event, now, chance: 0 });
      state = step.secondary;
      return step.effects.map(short).join(" ");
    },
  };
}

function short(effect: SecondaryEffect): string {
  if (effect.kind === "ask-soa") return `soa@${effect.primary}`;
  if (effect.kind === "transfer") return `${effect.whole ? "axfr" : "ixfr"}@${effect.primary}`;
  return effect.kind;
}

const tick = { kind: "tick" } as const;
const failed = { kind: "failed", reason: "timeout" } as const;
const received = (serial: number) => ({ kind: "received", serial, times: TIMES }) as const;
const soa = (serial: number) => ({ kind: "soa", serial }) as const;
const KEPT = { serial: 5, times: TIMES, confirmedAt: 0, expiresAt: 86_400_000 };

test("a new zone is fetched whole, then refreshed by its SOA (RFC 1034 §4.3.5)", () => {
  const w = world(1);
  assert.equal(w.say(0, tick), "axfr@0");
  assert.equal(w.say(10, tick), "", "one thing at a time");
  assert.equal(w.say(20, received(5)), "");
  assert.equal(w.say(HOUR, tick), "", "not yet");
  assert.equal(w.say(20 + HOUR, tick), "soa@0");
  assert.equal(w.say(20 + HOUR, soa(5)), "");
  assert.equal(w.say(20 + 2 * HOUR, tick), "soa@0");
  assert.equal(w.say(20 + 2 * HOUR, soa(6)), "ixfr@0");
  assert.equal(w.say(20 + 2 * HOUR, received(6)), "");
  assert.equal(w.state.serial, 6);
});

test("B4: a failed incremental transfer is followed by a whole one", () => {
  const w = world(2, KEPT);
  assert.equal(w.say(1, tick), "soa@0");
  assert.equal(w.say(1, soa(6)), "ixfr@0");
  assert.equal(w.say(1, failed), "axfr@0");
  assert.equal(w.say(1, failed), "soa@1");
});

test("B3, B1: each primary once, then a pause of `retry`; the next round begins elsewhere", () => {
  const w = world(3, KEPT);
  assert.equal(w.say(1, tick), "soa@0");
  assert.equal(w.say(1, failed), "soa@1");
  assert.equal(w.say(1, soa(4)), "soa@2", "one that is behind confirms nothing");
  assert.match(w.state.lastError!, /behind 5/);
  assert.equal(w.say(1, failed), "");
  assert.equal(w.state.lastError, "timeout");
  assert.equal(w.say(600_000, tick), "");
  assert.equal(w.say(600_001, tick), "soa@0");
});

test("without data retries are quick at first and then slower", () => {
  const w = world(1);
  let now = 0;
  const pauses: number[] = [];
  for (let i = 0; i < 12; i += 1) {
    assert.equal(w.say(now, tick), "axfr@0");
    w.say(now, failed);
    pauses.push((w.state.nextAt - now) / 1000);
    now = w.state.nextAt;
  }
  assert.deepEqual(pauses.slice(0, 4), [2, 4, 8, 16]);
  assert.equal(pauses.at(-1), 600);
});

test("B2: expiry counts from the last confirmation, and the next one restores", () => {
  const w = world(1, KEPT);
  w.say(1, tick);
  w.say(1, failed);
  const end = w.state.expiresAt!;
  assert.equal(end, 86_400_000);
  assert.match(w.say(end - 1, tick), /^soa@0$/);
  w.say(end - 1, failed);
  assert.equal(w.say(end, tick), "expired");
  assert.equal(w.say(end + 1, tick), "", "said once");
  assert.equal(w.say(end + HOUR, tick), "soa@0");
  assert.equal(w.say(end + HOUR, soa(5)), "restored");
  assert.equal(w.state.expired, false);
});

test("B2: what was kept over a restart may have expired meanwhile", () => {
  const w = world(1, KEPT);
  assert.equal(w.say(86_400_000, tick), "expired soa@0");
});

test("RFC 1996 §3.11: NOTIFY begins a round with its sender, unless the serial is known", () => {
  const w = world(2, KEPT);
  w.say(1, tick);
  w.say(1, soa(5));
  assert.equal(w.say(2, { kind: "notified", primary: 1, serial: 5 }), "");
  assert.equal(w.say(2, { kind: "notified", primary: 1, serial: 6 }), "soa@1");
  assert.equal(w.say(3, { kind: "notified", primary: 0, serial: null }), "", "busy: afterwards");
  assert.equal(w.say(4, soa(6)), "ixfr@1");
  assert.equal(w.say(5, received(6)), "soa@1");
  assert.equal(w.say(6, soa(6)), "");
});

test("an operator may ask for a look, or for the whole zone", () => {
  const w = world(1, KEPT);
  w.say(1, tick);
  w.say(1, soa(5));
  assert.equal(w.say(2, { kind: "asked", whole: false }), "soa@0");
  assert.equal(w.say(2, { kind: "asked", whole: true }), "", "busy: afterwards");
  assert.equal(w.say(2, soa(5)), "axfr@0");
  assert.equal(w.say(3, received(5)), "");
  assert.equal(w.state.force, false);
});

test("bounds hold what a SOA asks for", () => {
  const times = { refreshSecs: 0, retrySecs: 0, expireSecs: 10 };
  const w = world(1, { ...KEPT, times });
  w.say(0, tick);
  w.say(0, soa(5));
  assert.equal(w.state.nextAt, 2000);
});

test("whatever comes in whatever order, one thing is on its way at most", () => {
  const event: fc.Arbitrary<SecondaryNews> = fc.oneof(
    fc.constantFrom<SecondaryNews>(
      tick,
      failed,
      { kind: "current" },
      { kind: "asked", whole: true },
    ),
    fc.integer({ min: 3, max: 8 }).map(soa),
    fc.integer({ min: 3, max: 8 }).map(received),
    fc.record({
      kind: fc.constant("notified" as const),
      primary: fc.integer({ min: -1, max: 1 }),
      serial: fc.option(fc.integer({ min: 3, max: 8 })),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(HOUR), event), { maxLength: 60 }), (events) => {
      const w = world(2, KEPT);
      let now = 0;
      for (const [later, said] of events) {
        now += later;
        const before = w.state.busy;
        const asked = w
          .say(now, said)
          .split(" ")
          .filter((one) => one.includes("@"));
        assert.ok(asked.length <= 1);
        const ends = !["tick", "notified", "asked"].includes(said.kind);
        if (before !== "nothing" && !ends) assert.deepEqual(asked, []);
        assert.equal(w.state.busy === "nothing", w.state.asked === 0);
      }
    }),
  );
});

test("RFC 7314 §4: a server that trusts its zone for less is believed for less, never for more", () => {
  const w = world(1);
  const DAY = 24 * HOUR;
  w.say(0, tick);
  // A new version: what the server says counts, within what the SOA says.
  w.say(0, { ...received(5), left: 3600 });
  assert.equal(w.state.expiresAt, HOUR);
  // The same version: the later of the two ends, within what the SOA says.
  assert.equal(w.say(HOUR - 10, tick), "");
  assert.equal(w.say(HOUR, tick), "expired soa@0");
  assert.equal(w.say(HOUR, { ...soa(5), left: 7200 }), "restored");
  assert.equal(w.state.expiresAt, 3 * HOUR);
  w.say(2 * HOUR, tick);
  w.say(2 * HOUR, { ...soa(5), left: 60 });
  assert.equal(w.state.expiresAt, 3 * HOUR);
  w.say(3 * HOUR - 1, { kind: "asked", whole: false });
  w.say(3 * HOUR - 1, { ...soa(5), left: 100 * 86_400 });
  assert.equal(w.state.expiresAt, 3 * HOUR - 1 + DAY);
  // A new version begins anew, even if that is sooner.
  w.say(4 * HOUR, tick);
  assert.equal(w.say(4 * HOUR, soa(6)), "ixfr@0");
  w.say(4 * HOUR, { ...received(6), left: 1 });
  assert.equal(w.state.expiresAt, 4 * HOUR + 1000);
  assert.equal(expiryOf(0, TIMES, null, 5 * DAY), DAY, "a server without the option");
});
