// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { limitAnswer, OVER, PASS } from "../../../src/answer/limit.ts";
import { chargeTime, isTimeLimited, limitTime } from "../../../src/answer/limit-time.ts";
import { type LimitValues, limitsOff } from "../../../src/io/settings.ts";
import { COUNTER_LIMITED_DRY, COUNTER_LIMITED_STREAM } from "../../../src/layout/gen/counters.ts";
import { clientOf, limiterWith } from "./limiter.ts";

/** 5 ms a second, 50 ms at once: 10 s of the rate. */
const ON: LimitValues = {
  ...limitsOff,
  ...{ streamMode: 2, streamMicrosPerSecond: 5000, streamMicrosAtOnce: 50_000, keys: [7, 11] },
};

function world(limits: Partial<LimitValues> = {}) {
  const { set, settings, limiter, counters } = limiterWith({ ...ON, ...limits });
  return {
    ...{ settings, limiter, counters, clientOf },
    set: (values: Partial<LimitValues>): void => set({ ...ON, ...values }),
    may: (nowMs: number, client: string): boolean =>
      limitTime(limiter, settings, counters, ...clientOf(client), nowMs) === PASS,
    work: (nowMs: number, client: string, micros: number): boolean =>
      chargeTime(limiter, settings, ...clientOf(client), nowMs, micros),
  };
}

test("H04: what is allowed at once, then the rate; a turn too many is paid off (T1)", () => {
  const w = world();
  for (let i = 0; i < 50; i += 1) {
    assert.ok(w.may(0, "192.0.2.1"), `${i} ms`);
    w.work(0, "192.0.2.1", 1000);
  }
  assert.ok(w.may(0, "192.0.2.1"), "just full");
  w.work(0, "192.0.2.1", 1000);
  assert.equal(w.may(0, "192.0.2.1"), false);
  assert.equal(w.may(199, "192.0.2.1"), false, "1 ms of work is 200 ms of waiting");
  assert.ok(w.may(200, "192.0.2.1"));
  assert.equal(w.counters[COUNTER_LIMITED_STREAM], 2);
  // In the long run: a tenth of a second's work in twenty.
  let done = 0;
  for (let ms = 20_000; ms < 40_000; ms += 1) {
    if (!w.may(ms, "192.0.2.1")) continue;
    w.work(ms, "192.0.2.1", 1000);
    done += 1;
  }
  assert.ok(done >= 145 && done <= 152, `${done} ms in 20 s, of them 50 at once`);
});

test("asking fills nothing, and nobody pays for others", () => {
  const w = world();
  for (let i = 0; i < 10_000; i += 1) assert.ok(w.may(0, "192.0.2.1"));
  w.work(0, "192.0.2.1", 60_000);
  assert.equal(w.may(0, "192.0.2.1"), false);
  for (const other of ["192.0.2.2", "192.0.3.1", "203.0.113.1", "2001:db8::1"]) {
    assert.ok(w.may(0, other), other);
  }
});

test("H04: a network has multiples of what an address has, IPv4 and IPv6", () => {
  // How many addresses of a network can take 50 ms each before one more is refused.
  const room = (client: (i: number) => string, most: number): number => {
    const w = world();
    for (let i = 0; i < most; i += 1) {
      if (!w.may(0, client(i))) return i;
      w.work(0, client(i), 50_000);
    }
    return most;
  };
  // A bucket that is just full conforms, so there is one more.
  assert.equal(
    room((i) => `192.0.2.${i}`, 256),
    33,
  );
  assert.equal(
    room((i) => `192.0.${i % 13}.${Math.floor(i / 13)}`, 1000),
    257,
    "a /20, though no /24 of it is full",
  );
  assert.equal(
    room((i) => `2001:db8::${(i + 1).toString(16)}`, 100),
    3,
  );
  assert.equal(
    room((i) => `2001:db8:0:${i.toString(16)}::1`, 100),
    4,
    "a /56",
  );
});

test("T2: a turn that took very long shuts nobody out for minutes", () => {
  const w = world();
  w.work(0, "192.0.2.1", 3_600_000_000);
  assert.equal(w.may(29_999, "192.0.2.1"), false);
  assert.ok(w.may(30_001, "192.0.2.1"));
  // Also with the longest window, and when it comes in many turns.
  const wide = world({ streamMicrosPerSecond: 1, streamMicrosAtOnce: 60_000_000 });
  for (let i = 0; i < 100; i += 1) wide.work(0, "192.0.2.1", 1_000_000);
  assert.equal(wide.may(0, "192.0.2.1"), false);
  assert.ok(wide.may(30_001, "192.0.2.1"));
});

test("H08: off, dry run and allow list", () => {
  const off = world({ streamMode: 0 });
  assert.equal(isTimeLimited(off.settings), false);
  assert.equal(off.work(0, "192.0.2.1", 1e9), false);
  assert.ok(off.may(0, "192.0.2.1"));
  assert.ok(off.limiter.words.every((one) => one === 0));

  const dry = world({ streamMode: 1 });
  assert.ok(dry.work(0, "192.0.2.1", 1e9));
  assert.ok(dry.may(0, "192.0.2.1"));
  assert.equal(dry.counters[COUNTER_LIMITED_STREAM], 1);
  assert.equal(dry.counters[COUNTER_LIMITED_DRY], 1);

  const free = world({ allow: ["192.0.2.0/25", "2001:db8::/33"] });
  assert.equal(free.work(0, "192.0.2.1", 1e9), false, "it does not pay");
  assert.ok(free.may(0, "192.0.2.1"));
  assert.ok(free.may(0, "192.0.2.200"), "nor does its network for it (T3)");
  for (let i = 129; i < 200; i += 1) free.work(0, `192.0.2.${i}`, 50_000);
  assert.equal(free.may(0, "192.0.2.200"), false);
  assert.ok(free.may(0, "192.0.2.1"), "though its network is full");
});

test("settings that change hold for the next turn; what was taken before is remembered", () => {
  const w = world();
  w.work(0, "192.0.2.1", 60_000);
  assert.equal(w.may(0, "192.0.2.1"), false);
  w.set({ streamMicrosAtOnce: 100_000 });
  assert.ok(w.may(0, "192.0.2.1"));
  w.set({ streamMode: 0 });
  assert.ok(w.may(0, "192.0.2.1"));
  w.set({});
  assert.equal(w.may(0, "192.0.2.1"), false);
});

test("answers and time have buckets of their own", () => {
  const w = world({ answerMode: 2 });
  w.work(0, "192.0.2.1", 60_000);
  const [client, family] = w.clientOf("192.0.2.1");
  const one = (): number =>
    limitAnswer(w.limiter, w.settings, w.counters, client, 0, family, 0, 1, 1);
  assert.equal(one(), PASS);
  assert.equal(w.may(0, "192.0.2.1"), false);
  for (let i = 0; i < 200; i += 1) one();
  assert.equal(one(), OVER);
  assert.equal(w.counters[COUNTER_LIMITED_STREAM], 1);
});

test("whenever it is asked and however much was taken, half a minute later there is time", () => {
  const turn = fc.record({ at: fc.nat(2000), micros: fc.nat(2 ** 31) });
  fc.assert(
    fc.property(
      fc.array(turn, { minLength: 1, maxLength: 50 }),
      fc.nat(2 ** 32 - 1),
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: 60_000_000 }),
      (turns, start, streamMicrosPerSecond, streamMicrosAtOnce) => {
        const w = world({ streamMicrosPerSecond, streamMicrosAtOnce });
        let now = start;
        for (const { at, micros } of turns) {
          now += at;
          w.work(now, "192.0.2.1", micros);
        }
        assert.ok(w.may(now + 31_000, "192.0.2.1"));
      },
    ),
    { numRuns: 200 },
  );
});
