// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { createLoop } from "../../../src/daemon/loop.ts";
import { checkConfig, compileConfig, explainConfig } from "../../../src/daemon/offline.ts";
import { createStoryteller } from "../../../src/daemon/story.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { proveTable } from "../../../src/io/prove-table.ts";
import { createPublisher } from "../../../src/io/publisher.ts";
import { readTable } from "../../../src/io/read-table.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { createTransitionRing } from "../../../src/telemetry/transitions.ts";
import { CONFIG, createFolder, desiredState } from "../../support/control.ts";
import { until, zoneText } from "../../support/daemon.ts";

const QUERY = {
  name: "www.example.org",
  type: "A",
  client: "44.1.2.3",
  subnet: "",
  transport: "udp",
} as const;

test("check counts what is good, and finds faults of all files at once", async (t) => {
  const { write } = createFolder(t);
  const config = write("azimuth.yaml", CONFIG);
  const good = await checkConfig(config);
  assert.deepEqual(good.faults, []);
  assert.deepEqual(good.summary, { zones: 2, pools: 1, endpoints: 2, maps: 1, policies: 1 });
  write("example.org.zone", zoneText(1, "a A 192.0.2.300"));
  write("plain.example.zone", zoneText(1, "a AAAA 1"));
  const files = (await checkConfig(config)).faults.map((one) => one.place.file);
  assert.equal(new Set(files).size, 2);
  write("azimuth.yaml", "zones: [\n");
  assert.ok((await checkConfig(config)).faults.length > 0);
});

test("a secondary that was never fetched is no fault, one whose kept file is broken is", async (t) => {
  const { write } = createFolder(t);
  const config = write(
    "azimuth.yaml",
    `node: { state: . }
remotes: { hidden: { addresses: [192.0.2.1] } }
zones: { example.org: { primaries: [hidden] } }
`,
  );
  assert.deepEqual((await checkConfig(config)).faults, []);
  mkdirSync(join(dirname(config), "zones"));
  write("zones/example.org.zone", "broken\n");
  assert.ok((await checkConfig(config)).faults.length > 0);
});

test("compile writes a table that a server starts from, or nothing", async (t) => {
  const { folder, write } = createFolder(t);
  const config = write("azimuth.yaml", CONFIG);
  const report = await compileConfig(config, join(folder, "table.azimuth"));
  assert.match(report.written!.digest, /^[0-9a-f]{32}$/);
  const memory = createMemory(64);
  const read = readTable(memory, folder);
  assert.ok(read.header !== null);
  assert.deepEqual(proveTable(memory, read.header), []);
  write("example.org.zone", "broken\n");
  const none = await compileConfig(config, join(folder, "other"));
  assert.equal(none.written, null);
  assert.equal(existsSync(join(folder, "other")), false);
});

test("explain tells the answer of a server that has probed nothing", async (t) => {
  const { write } = createFolder(t);
  const config = write("azimuth.yaml", CONFIG);
  const told = await explainConfig(config, QUERY);
  assert.ok("steering" in told && told.steering !== null);
  assert.equal(told.steering.region, "NA/US");
  assert.match(told.replyText, /198\.51\.100\.1/);
  write("azimuth.yaml", "zones: [\n");
  assert.ok("error" in (await explainConfig(config, QUERY)));
});

test("a server that has just started tells the same story as the files alone", async (t) => {
  const { folder, write } = createFolder(t);
  const config = write("azimuth.yaml", CONFIG);
  const offline = await explainConfig(config, QUERY);
  const memory = createMemory(64);
  const loop = createLoop({
    publisher: createPublisher(memory),
    compilerEntry: new URL("../../../workers/compiler.ts", import.meta.url),
    log: createLog({ thread: "test", level: "silent" }),
    transitions: createTransitionRing({}),
    now: () => performance.now(),
    onTableChanged: () => {},
    onFiles: () => {},
  });
  t.after(() => loop.close());
  const state = desiredState(folder);
  loop.feed({ kind: "configured", now: performance.now(), state, tableInForce: false });
  await until("it serves", () => loop.publisher.image.zoneCount === 2);
  loop.feed({ kind: "tick", now: performance.now() });
  const live = createStoryteller(memory, loop.core, 1232).tell(QUERY);
  assert.ok("steering" in live && "steering" in offline);
  assert.deepEqual(live.steering, offline.steering);
  assert.equal(live.replyText, offline.replyText);
  // What docs/guide/cli.md says of it.
  const { ttlSecs, candidates } = offline.steering!;
  assert.equal(ttlSecs, state.policies[0]!.ttlDegradedSecs);
  assert.ok(candidates.every((one) => one.rank >= candidates.length));
  assert.match(candidates[0]!.notes.join(), /^placed at preference 0, \d+ km,unknown/);
});
