// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { explainText } from "../../../src/cli/explain-text.ts";
import { story } from "../api/sample.ts";

const lines = (...list: readonly string[]) => [...list, ""].join("\n");

test("a steered answer is told from question to reply", () => {
  assert.equal(
    explainText(story, false),
    lines(
      "question  www.example.org. A",
      "client    198.51.100.7, for the network 192.0.2.0/24",
      "zone      example.org. serial 2026112203",
      "epoch     7",
      "policy    www",
      "map       world",
      "layer     country, a network of 22 bits",
      "region    de",
      "scope     /22",
      "plan      row 3, normal",
      "",
      "   CANDIDATE  POP  RANK  WEIGHT  WHY",
      "*  fra-1      fra     0   65535  picked",
      "                                 12 km, up",
      "-  iad-1      iad     1     100  dropped: rank 1, rank 0 is served",
      "",
      "NO CANDIDATE  WHY",
      "syd-1         draining",
      "",
      "picker  rendezvous",
      "pick    fra-1 (fra)",
      "TTL     30 s",
      "",
      "reply",
      "  ;; NOERROR",
      "  www.example.org.\t30\tIN\tA\t192.0.2.10",
    ),
  );
});

test("an answer of the zone's own data says so", () => {
  const plain = { ...story, subnet: "", steering: null, synthesized: true };
  const text = explainText(plain, false);
  assert.match(text, /^client {4}198\.51\.100\.7$/m);
  assert.match(text, /^zone .*, synthesized from a wildcard$/m);
  assert.match(text, /^policy {4}none: the answer is the zone's own data$/m);
  assert.doesNotMatch(text, /CANDIDATE/);
});

test("hints: the story of each pick by its key", () => {
  const steering = story.steering!;
  const hints = ["ipv4hint", "ipv6hint"].map((key) => ({ key, steering }));
  const text = explainText({ ...story, steering: null, hints }, false);
  assert.doesNotMatch(text, /own data/);
  const told = text.split("\n").filter((line) => /^(hint|policy|pick |\*)/.test(line));
  const pick = "pick    fra-1 (fra)";
  const row = "*  fra-1      fra     0   65535  picked";
  assert.deepEqual(told, [
    ...["hint    ipv4hint", "policy  www", row, pick],
    ...["hint    ipv6hint", "policy  www", row, pick],
  ]);
});

test("no zone, no reply", () => {
  const nothing = { ...story, zone: null, steering: null, replyText: "" };
  const text = explainText(nothing, false);
  assert.match(text, /^zone {6}none of ours$/m);
  assert.ok(text.endsWith("reply  none is sent\n"));
});

test("the all-down rule and an empty pick are told", () => {
  const steering = { ...story.steering!, allDownRule: true, candidates: [], dropped: [] };
  const text = explainText({ ...story, steering }, false);
  assert.match(text, /^plan {6}row 3, normal, all-down rule$/m);
  assert.match(text, /^The plan has no candidates\.$/m);
  assert.match(text, /^pick {4}nothing$/m);
  assert.doesNotMatch(text, /NO CANDIDATE/);
});

test("a reply cannot drive the terminal, and keeps its tabs and lines", () => {
  const text = explainText({ ...story, replyText: 'a\tTXT\t"\u001b[2J"\nb\n' }, false);
  assert.ok(text.endsWith('reply\n  a\tTXT\t"\\x1b[2J"\n  b\n'));
});

test("the pick stands out in colour", () => {
  assert.match(explainText(story, true), /\u001b\[32mpicked\u001b\[0m/);
});
