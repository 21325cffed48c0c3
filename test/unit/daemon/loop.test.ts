// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { createLoop } from "../../../src/daemon/loop.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher } from "../../../src/io/publisher.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { createTransitionRing } from "../../../src/telemetry/transitions.ts";
import { createFolder, desiredState } from "../../support/control.ts";
import { until } from "../../support/daemon.ts";

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
  assert.match(loop.last.digest, /^[0-9a-f]{32}$/);
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
