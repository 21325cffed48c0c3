// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  CLASS_DENIAL,
  CLASS_POSITIVE,
  limitAnswer,
  limitRequest,
  OVER,
  PASS,
} from "../../../src/answer/limit.ts";
import { type LimitValues, limitsOff } from "../../../src/io/settings.ts";
import {
  COUNTER_LIMITED_ADDRESS,
  COUNTER_LIMITED_DENIAL,
  COUNTER_LIMITED_DRY,
  COUNTER_LIMITED_NETWORK,
  COUNTER_LIMITED_POSITIVE,
} from "../../../src/layout/gen/counters.ts";
import { LIMIT_LEVELS_MAX } from "../../../src/layout/limits.ts";
import { clientOf, limiterWith } from "./limiter.ts";

const ON: LimitValues = {
  ...limitsOff,
  ...{ answerMode: 2, answersPerSecond: 50, answersAtOnce: 125, slip: 1, keys: [7, 11] },
};

/** A limiter with these values, and words with which to ask it. */
function world(limits: Partial<LimitValues> = {}) {
  const { settings, limiter, counters } = limiterWith({ ...ON, ...limits });
  const slotOf = (text: string): readonly [Uint8Array, number, number] => {
    const [octets, family] = clientOf(text);
    return [octets, 0, family];
  };
  return {
    counters,
    answer: (nowMs: number, client: string, kind = CLASS_POSITIVE, what = 1): number =>
      limitAnswer(limiter, settings, counters, ...slotOf(client), nowMs, kind, what),
    request: (nowMs: number, client: string): number =>
      limitRequest(limiter, settings, counters, ...slotOf(client), nowMs),
  };
}

/** How many of `count` at one moment pass. */
function passed(count: number, ask: () => number): number {
  let sum = 0;
  for (let i = 0; i < count; i += 1) if (ask() === PASS) sum += 1;
  return sum;
}

test("so many at once, then the rate (L2)", () => {
  const w = world();
  // What is allowed at once, and the one with which it is full.
  assert.equal(
    passed(1000, () => w.answer(0, "192.0.2.1")),
    126,
  );
  assert.equal(
    passed(1000, () => w.answer(1000, "192.0.2.1")),
    50,
  );
  assert.equal(
    passed(1000, () => w.answer(61_000, "192.0.2.1")),
    126,
  );
  assert.equal(w.counters[COUNTER_LIMITED_POSITIVE], 3000 - 126 - 50 - 126);
});

test("answers about other things, and other clients, have buckets of their own", () => {
  const w = world();
  passed(500, () => w.answer(0, "192.0.2.1"));
  assert.equal(w.answer(0, "192.0.2.1", CLASS_POSITIVE, 2), PASS);
  assert.equal(w.answer(0, "192.0.2.1", CLASS_DENIAL, 1), PASS);
  assert.equal(w.answer(0, "192.0.2.2"), PASS);
  assert.equal(w.answer(0, "2001:db8::1"), PASS);
  assert.equal(w.answer(0, "192.0.2.1"), OVER);
});

test("H02: a whole network has its own limit, though each address asks little", () => {
  const w = world();
  let sum = 0;
  for (let i = 0; i < 256; i += 1) {
    sum += passed(100, () => w.answer(0, `192.0.2.${i}`, CLASS_DENIAL));
  }
  // A /24 has 32 times what an address has: window / (20,000 µs / 32) and one.
  assert.equal(sum, 4001);
  assert.equal(w.answer(0, "192.0.3.1", CLASS_DENIAL), PASS, "the next one has its own");
  assert.ok(w.counters[COUNTER_LIMITED_DENIAL]! > 0);
});

test("IPv6 is counted by /64 and wider networks", () => {
  const w = world();
  let sum = 0;
  for (let i = 0; i < 50; i += 1) sum += passed(100, () => w.answer(0, `2001:db8::${i + 1}`));
  assert.equal(sum, 251, "twice the rate of an address");
});

test("H08: dry run answers and counts; the allow list lets alone", () => {
  const dry = world({ answerMode: 1 });
  assert.equal(
    passed(1000, () => dry.answer(0, "192.0.2.1")),
    1000,
  );
  assert.equal(dry.counters[COUNTER_LIMITED_DRY], 1000 - 126);
  const free = world({ allow: ["192.0.2.0/25", "2001:db8::/33"] });
  assert.equal(
    passed(1000, () => free.answer(0, "192.0.2.1")),
    1000,
  );
  assert.equal(
    passed(1000, () => free.answer(0, "192.0.2.129")),
    126,
  );
  assert.equal(
    passed(1000, () => free.answer(0, "2001:db8:7fff::1")),
    1000,
  );
  assert.equal(
    passed(1000, () => free.answer(0, "2001:db8:8000::1")),
    126,
  );
  assert.equal(free.counters[COUNTER_LIMITED_DRY], 0);
});

test("off costs nothing and counts nothing", () => {
  const w = world({ answerMode: 0 });
  assert.equal(
    passed(1000, () => w.answer(0, "192.0.2.1")),
    1000,
  );
  assert.equal(
    passed(1000, () => w.request(0, "192.0.2.1")),
    1000,
  );
  assert.ok(w.counters.every((one) => one === 0));
});

test("H09: token buckets of requests, per address and per network", () => {
  const w = world({ requestMode: 2, requestsPerAddress: 5, requestsPerNetwork: 50 });
  assert.equal(
    passed(100, () => w.request(0, "192.0.2.1")),
    6,
  );
  assert.equal(w.counters[COUNTER_LIMITED_ADDRESS], 94);
  let sum = 6;
  for (let i = 2; i < 60; i += 1) sum += passed(3, () => w.request(0, `192.0.2.${i}`));
  assert.equal(sum, 51);
  assert.ok(w.counters[COUNTER_LIMITED_NETWORK]! > 0);
  assert.equal(
    passed(100, () => w.request(2000, "192.0.2.1")),
    6,
  );
});

test("time may go round: a bucket that slept is not taken for one that is ahead", () => {
  const w = world();
  passed(500, () => w.answer(2 ** 32 - 10, "192.0.2.1"));
  assert.equal(
    passed(1000, () => w.answer(90, "192.0.2.1")),
    5,
    "100 ms later, in a new round",
  );
  assert.equal(
    passed(1000, () => w.answer(90 + 2_200_000, "192.0.2.1")),
    126,
    "half a circle",
  );
});

test("a bucket that slept for nearly the whole circle is empty, not ahead", () => {
  // Times repeat after 2^32 µs. Just before that an old time lies ahead again.
  const circleMs = 2 ** 32 / 1000;
  for (const earlyMs of [4_000, 10_000, 60_000, 119_000]) {
    const w = world();
    passed(500, () => w.answer(0, "192.0.2.1"));
    assert.equal(
      passed(1000, () => w.answer(Math.floor(circleMs - earlyMs + 2500), "192.0.2.1")),
      126,
      `${earlyMs} ms before it comes round`,
    );
  }
});

test("a reader whose batch began a little earlier does not empty what another filled", () => {
  const w = world();
  passed(500, () => w.answer(10_000, "192.0.2.1"));
  for (const behindMs of [1, 20, 500, 900]) {
    assert.equal(
      passed(500, () => w.answer(10_000 - behindMs, "192.0.2.1")),
      0,
    );
  }
});

test("L1: any number of networks finds buckets, and no more than the rate ever gets through", () => {
  const address = fc.tuple(...Array.from({ length: 4 }, () => fc.nat(255)));
  fc.assert(
    fc.property(fc.array(address, { maxLength: 200 }), fc.nat(2 ** 31), (addresses, now) => {
      const w = world();
      for (const octets of addresses) {
        const first = w.answer(now, octets.join("."));
        assert.ok(first === PASS || first === OVER);
      }
      assert.ok(passed(300, () => w.answer(now, "192.0.2.1")) <= 126);
    }),
    { numRuns: 20 },
  );
  assert.equal(LIMIT_LEVELS_MAX, 5);
});
