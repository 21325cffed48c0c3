// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { RETRY_GAP_MAX_MS } from "../../../src/health/track.ts";
import type { Outcome, ProbeTarget } from "../../../src/health/types.ts";
import type { ProbeResult } from "../../../src/plugins/probe.ts";
import {
  createProber,
  POST_INTERVAL_MS,
  type ProberOptions,
  type ProberReport,
  RETRY_GAP_MIN_MS,
  retryGapMs,
} from "../../../workers/prober-rounds.ts";
import { target } from "../plugins/servers.ts";

const PASS: ProbeResult = { passed: true, rttMs: 3, reason: "ok", abstained: false };
const FAIL: ProbeResult = { ...PASS, passed: false, reason: "no" };

/** A world whose time moves only when told to, with everything the prober did in it. */
function world(
  answer: (target: ProbeTarget, tookMs: (ms: number) => Promise<void>) => Promise<ProbeResult>,
  options: Partial<ProberOptions> = {},
) {
  let now = 0;
  let timers: { at: number; fn: () => void }[] = [];
  const runs: { at: number; port: number }[] = [];
  const reports: { at: number; report: ProberReport }[] = [];
  const after = (delayMs: number, fn: () => void) => {
    const timer = { at: now + delayMs, fn };
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  };
  const tookMs = (ms: number) => new Promise<void>((resume) => after(ms, resume));
  const prober = createProber({
    post: (report) => reports.push({ at: now, report }),
    now: () => now,
    after,
    run: (t) => {
      runs.push({ at: now, port: t.port });
      return answer(t, tookMs);
    },
    ...options,
  });
  /** Runs timers in order until `until`, letting promises settle after each. */
  const advance = async (until: number) => {
    await settle();
    for (;;) {
      timers.sort((a, b) => a.at - b.at);
      const next = timers[0];
      if (next === undefined || next.at > until) break;
      timers.shift();
      now = next.at;
      next.fn();
      await settle();
    }
    now = until;
  };
  const outcomes = (): Outcome[] =>
    reports.flatMap(({ report }) => (report.kind === "outcomes" ? report.outcomes : []));
  const stats = () => {
    const last = reports.findLast(({ report }) => report.kind === "stats")?.report;
    return last?.kind === "stats" ? last : null;
  };
  return { prober, advance, runs, reports, outcomes, stats, timers: () => timers };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

const targets = (count: number, fields = {}) =>
  Array.from({ length: count }, (_, i) => target(1000 + i, fields));

test("each target is asked once in an interval, and each round gives one outcome", async () => {
  const w = world(async () => PASS);
  w.prober.setTargets(targets(10));
  await w.advance(31_000);
  for (const { key } of targets(10)) {
    const own = w.outcomes().filter((o) => o.key === key);
    assert.ok(own.length >= 10 && own.length <= 12, `${own.length}`);
    assert.ok(own.every((o) => o.passed && o.rttMs === 3 && o.reason === "ok"));
  }
});

test("outcomes are gathered and posted together", async () => {
  const w = world(async () => PASS);
  w.prober.setTargets(targets(300));
  await w.advance(10_000);
  const posts = w.reports.filter(({ report }) => report.kind === "outcomes").map(({ at }) => at);
  assert.ok(posts.length > 10);
  for (let i = 1; i < posts.length; i += 1)
    assert.ok(posts[i]! - posts[i - 1]! >= POST_INTERVAL_MS);
  assert.equal(new Set(w.outcomes().map((o) => o.key)).size, 300);
});

test("retries belong to the round, after jittered gaps, and the last result counts", async () => {
  const answers = [FAIL, FAIL, PASS];
  const w = world(async () => answers.shift() ?? PASS);
  const [one] = targets(1, { retries: 2 });
  w.prober.setTargets([one!]);
  await w.advance(1500);
  assert.deepEqual(
    w.outcomes().map((o) => o.passed),
    [true],
  );
  assert.equal(w.runs.length, 3);
  for (const i of [0, 1]) {
    assert.equal(w.runs[i + 1]!.at - w.runs[i]!.at, retryGapMs(one!.key, i));
  }
  await w.advance(2000);
  assert.deepEqual([w.stats()?.probes, w.stats()?.failures], [3, 2]);
});

test("gaps lie between their bounds and differ", () => {
  const gaps = targets(200).map((t) => retryGapMs(t.key, 0));
  assert.ok(Math.min(...gaps) >= RETRY_GAP_MIN_MS);
  assert.ok(Math.max(...gaps) <= RETRY_GAP_MAX_MS);
  assert.ok(new Set(gaps).size > 50);
});

test("all attempts failed: one failed outcome", async () => {
  const w = world(async () => FAIL);
  w.prober.setTargets(targets(1, { retries: 2 }));
  await w.advance(1600);
  assert.deepEqual(
    w.outcomes().map((o) => [o.passed, o.reason]),
    [[false, "no"]],
  );
});

test("a prober that cannot ask says nothing", async () => {
  const w = world(async () => ({ ...FAIL, abstained: true }));
  w.prober.setTargets(targets(5));
  await w.advance(10_000);
  assert.deepEqual(w.outcomes(), []);
  assert.ok(w.stats()!.abstained >= 15);
  assert.equal(w.stats()!.failures, 0);
});

test("rounds in flight are bounded; what cannot start in time is late", async () => {
  let inFlight = 0;
  let most = 0;
  const slow = async (_: ProbeTarget, tookMs: (ms: number) => Promise<void>) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    await tookMs(500);
    inFlight -= 1;
    return PASS;
  };
  // Two at a time, each for 0.5 s, can serve 12 of 30 targets in 3 s.
  const w = world(slow, { inFlightMax: 2 });
  w.prober.setTargets(targets(30));
  await w.advance(30_000);
  assert.equal(most, 2);
  assert.ok(w.outcomes().length >= 100 && w.outcomes().length <= 120, `${w.outcomes().length}`);
  assert.ok(w.stats()!.late > 100);
  assert.equal(w.stats()!.inFlight, 2);
});

test("the budget bounds the rounds of any second", async () => {
  const w = world(async () => PASS, { roundsPerSecMax: 50 });
  w.prober.setTargets(targets(500));
  await w.advance(10_000);
  for (let from = 0; from < 10_000; from += 500) {
    const count = w.runs.filter(({ at }) => at >= from && at < from + 1000).length;
    assert.ok(count <= 56, `${count} from ${from}`);
  }
  assert.ok(w.runs.length > 450);
});

test("a target that left gives no outcome, one that came is asked soon", async () => {
  const w = world(async (_, tookMs) => tookMs(100).then(() => PASS));
  const [a, b] = targets(2);
  w.prober.setTargets([a!]);
  await w.advance(1);
  while (w.runs.length === 0) await w.advance(w.timers()[0]!.at);
  w.prober.setTargets([b!]);
  await w.advance(w.runs[0]!.at + 1200);
  assert.deepEqual([...new Set(w.outcomes().map((o) => o.key))], [b!.key]);
});

test("after stop nothing happens", async () => {
  const w = world(async (_, tookMs) => tookMs(100).then(() => FAIL));
  w.prober.setTargets(targets(20, { retries: 2 }));
  await w.advance(500);
  const before = w.reports.length;
  assert.ok(w.runs.length > 0);
  const ran = w.runs.length;
  w.prober.stop();
  w.prober.setTargets(targets(30));
  await w.advance(20_000);
  assert.equal(w.reports.length, before);
  assert.equal(w.runs.length, ran);
  assert.deepEqual(w.timers(), []);
});
