// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { fault } from "../../../src/base/faults.ts";
import { createLoop, logFaults } from "../../../src/daemon/loop.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher } from "../../../src/io/publisher.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { createTransitionRing } from "../../../src/telemetry/transitions.ts";
import { createFolder, desiredState } from "../../support/control.ts";
import { until, zoneText } from "../../support/daemon.ts";

test("events go in, and the world changes: a table, targets of the prober, transitions", async (t) => {
  const { folder } = createFolder(t);
  const memory = createMemory(64);
  const transitions = createTransitionRing({});
  let changes = 0;
  const loop = createLoop({
    publisher: createPublisher(memory),
    compilerEntry: new URL("../../../workers/compiler.ts", import.meta.url),
    log: createLog({ thread: "test", level: "silent" }),
    transitions,
    now: () => 0,
    onTableChanged: () => {
      changes += 1;
    },
    onFiles: () => {},
  });
  t.after(() => loop.close());
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  const sent: { kind: string; targets: readonly unknown[] }[] = [];
  port2.on("message", (message) => sent.push(message));
  loop.feed({ kind: "configured", now: 0, state: desiredState(folder), tableInForce: false });
  loop.setProber(port1);
  await until("a table is in force", () => currentRoot(memory.control) !== 0);
  await until("the prober has its targets", () => sent.length > 0);
  assert.equal(sent[0]!.targets.length, 2);
  assert.equal(loop.publisher.image.zoneCount, 2);
  assert.ok(changes > 0);
  assert.deepEqual([...loop.filesRead.zones.keys()].sort(), ["example.org.", "plain.example."]);
  assert.ok(transitions.list({ limit: 10 }).some((one) => one.subject === "example.org."));
  const outcomes = loop.core.targets.targets.map(({ key }) => ({
    key,
    passed: false,
    rttMs: 1,
    reason: "refused",
    at: 1,
  }));
  for (let i = 0; i < 3; i += 1) loop.feed({ kind: "probe-reported", now: i, outcomes });
  loop.feed({ kind: "tick", now: 10 });
  assert.ok(loop.last.wordsWritten > 0);
});

test("a touch publishes nothing; a change does, in one line of the log", async (t) => {
  const { folder, write } = createFolder(t);
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const memory = createMemory(64);
  const loop = createLoop({
    publisher: createPublisher(memory),
    compilerEntry: new URL("../../../workers/compiler.ts", import.meta.url),
    log: createLog({ thread: "test", level: "info", destination }),
    transitions: createTransitionRing({}),
    now: () => performance.now(),
    onTableChanged: () => {},
    onFiles: () => {},
  });
  t.after(() => loop.close());
  const published = () => lines.filter((one) => one["msg"] === "table published");
  const zoneOf = (apex: string) => loop.core.zones.get(apex)!;
  loop.feed({ kind: "configured", now: 0, state: desiredState(folder), tableInForce: false });
  await until("it is published", () => loop.publisher.image.zoneCount === 2);
  const before = loop.publisher.image.revision;
  const count = published().length;
  const zones = ["plain.example."];
  loop.feed({ kind: "files-changed", now: 1, zones, maps: [] });
  await until("it is compiled", () => !zoneOf(zones[0]!).compiling);
  await until("it was looked at", () => zoneOf(zones[0]!).waiting === null);
  assert.equal(published().length, count);
  assert.equal(loop.publisher.image.revision, before);
  write("plain.example.zone", zoneText(3));
  loop.feed({ kind: "files-changed", now: 2, zones, maps: [] });
  await until("it is served", () => zoneOf(zones[0]!).serial === 3);
  const { revision, zones: inForce, changed } = published().at(-1)!;
  assert.deepEqual([revision, inForce, changed], [before + 1, 2, 1]);

  // I3: what the end cuts off is no fault of the zone.
  await loop.close();
  const cut = { apex: zones[0]!, built: null, faults: [] };
  loop.feed({ kind: "zone-compiled", now: 3, ...cut });
  assert.equal(zoneOf(zones[0]!).phase, "loaded");
});

test("of many faults the log has ten, errors first, and their number", () => {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const log = createLog({ thread: "test", level: "info", destination });
  const faults = Array.from({ length: 1000 }, (_, i) =>
    fault(i === 900 ? "ZONE_PARENTHESES" : "ZONE_SERIAL", { file: "x", line: i, column: 1 }, "d"),
  );
  logFaults(log, "zone x.", faults);
  assert.equal(lines.length, 11);
  assert.deepEqual([lines[0]!["level"], lines[0]!["line"]], ["error", 900]);
  assert.match(String(lines[10]!["msg"]), /^zone x\.: 990 more faults/);
  logFaults(log, "zone x.", faults.slice(0, 10));
  assert.equal(lines.length, 21);
});
