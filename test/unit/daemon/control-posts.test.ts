// SPDX-License-Identifier: Apache-2.0
/** With threads of a few lines in the places of the real ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../../src/config/load.ts";
import { createControlPosts } from "../../../src/daemon/control-posts.ts";
import { createPosts } from "../../../src/daemon/posts.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { createFolder } from "../../support/control.ts";
import { until } from "../../support/daemon.ts";

const code = (text: string): URL => new URL(`data:text/javascript,${encodeURIComponent(text)}`);

/** Answers the prober's word with the number of its own start; tells what node it was given. */
const CONTROL = code(`
  import { parentPort, workerData } from "node:worker_threads";
  const listen = (port) => port.on("message", (word) => port.postMessage(word + 1));
  listen(workerData.prober);
  parentPort.postMessage({ kind: "configured", lastGood: "good" });
  parentPort.postMessage({ kind: "ready", api: ["http://127.0.0.1:4711"] });
  parentPort.postMessage({ kind: "alive", serving: workerData.node.api.port === 4711 && workerData.lastGood === "good" });
  parentPort.on("message", (word) => {
    if (word.kind === "prober") listen(word.port);
    else if (word.kind === "reload") throw new Error("told to die");
    else if (word.kind === "stop") process.exit();
  });`);
/** Says that it is there when the control thread has answered. */
const PROBER = code(`
  import { parentPort, workerData } from "node:worker_threads";
  workerData.port.on("message", (word) => parentPort.postMessage({ kind: "ready", word }));
  workerData.port.on("close", () => parentPort.close());
  workerData.port.postMessage(1);
  parentPort.on("message", () => process.exit());`);

test("both talk to each other whoever starts again, and control is told what it had", async (t) => {
  const { write } = createFolder(t);
  const config = write("azimuth.yaml", 'node: { api: "127.0.0.1:0" }\nzones: {}\n');
  const { node } = loadConfig(config, { defaultCountryFile: "" }).value!;
  const log = createLog({ thread: "test", level: "silent" });
  let states: Record<string, string> = {};
  const posts = createPosts(log, (threads) => {
    states = Object.fromEntries(threads.map(({ name, state }) => [name, state]));
  });
  t.after(() => posts.terminate());
  let serving = 0;
  const entries = { control: CONTROL, prober: PROBER };
  const control = createControlPosts(entries, posts, log, () => {
    serving += 1;
  });
  const api = await control.start({
    ...{ memory: createMemory(16).shared, configFile: config, node, startedAtMs: 0 },
    ...{ readers: [], transferReader: 0, dataPlane: { kernel: "ts", pump: "dgram" }, listen: [] },
    cookieSecret: new Uint8Array(16),
  });
  assert.deepEqual(api, ["http://127.0.0.1:4711"]);
  const allRun = () => states["control"] === "running" && states["prober"] === "running";
  await until("they talk", allRun);
  assert.equal(serving, 0);

  const { threads } = posts;
  const [prober, first] = [threads.get("prober")!, threads.get("control")!];
  await prober.terminate();
  await until("a new prober talks", () => threads.get("prober") !== prober && allRun());
  assert.equal(threads.get("control"), first);

  control.send({ kind: "reload" });
  await until("a new control knows its port and its configuration", () => serving > 0);
  assert.notEqual(threads.get("control"), first);
  await until("it talks to a prober", allRun);
  control.close();
});
