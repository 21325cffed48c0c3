// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { newTrack, type Track } from "../../../src/health/track.ts";
import { combineFamilies, judgeEndpoint, VERDICT_UNPROBED } from "../../../src/health/verdict.ts";

const track = (status: Track["status"], fields: Partial<Track> = {}): Track => ({
  ...newTrack(0),
  status,
  reason: `it is ${status}`,
  ...fields,
});
const tracks = new Map([
  ["up", track("up")],
  ["up2", track("up")],
  ["down", track("down")],
  ["unknown", track("unknown")],
]);
const judge = (v4: string[] | null, v6: string[] | null, whole: string[] = []) =>
  judgeEndpoint({ v4, v6, whole }, tracks);

test("any down is down, else any unknown is unknown, else up", () => {
  assert.equal(judge(["up", "up2"], null).status, "up");
  assert.equal(judge(["up", "unknown"], null).status, "unknown");
  assert.equal(judge(["down", "unknown", "up"], null).status, "down");
  assert.equal(judge(["a target without a track"], null).status, "unknown");
});

test("the families are judged apart, and one of them down degrades", () => {
  const verdict = judge(["down"], ["up"]);
  assert.deepEqual([verdict.v4, verdict.v6, verdict.status], ["down", "up", "degraded"]);
  assert.equal(judge(["down"], ["down"]).status, "down");
  assert.equal(judge(["up"], ["unknown"]).status, "unknown");
});

test("a probe address of its own judges all families", () => {
  const verdict = judge([], [], ["down"]);
  assert.deepEqual([verdict.v4, verdict.v6, verdict.status], ["down", "down", "down"]);
  assert.equal(judge(null, null, ["down"]).status, "down");
  assert.equal(judge(null, null, ["up"]).status, "up");
});

test("nothing asked is up", () => {
  assert.equal(judge([], null).status, "up");
  assert.equal(judge(null, null).status, "up");
  assert.equal(VERDICT_UNPROBED.status, "up");
});

test("reason, recovery and suspicion come from the tracks", () => {
  assert.equal(judge(["up", "down"], null).reason, "it is down");
  assert.equal(judge(["up"], null).reason, "");
  const own = new Map([
    ["a", track("up", { recoveredAt: 5 })],
    ["b", track("up", { recoveredAt: 9, against: 1 })],
  ]);
  const verdict = judgeEndpoint({ v4: ["a"], v6: ["b"], whole: [] }, own);
  assert.deepEqual([verdict.recoveredAt, verdict.suspect], [9, true]);
});

test("combined status", () => {
  assert.equal(combineFamilies(["up", "up"]), "up");
  assert.equal(combineFamilies(["down", "unknown"]), "degraded");
  assert.equal(combineFamilies(["up", "unknown"]), "unknown");
  assert.equal(combineFamilies(["down"]), "down");
});
