// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";
import { loadConfig } from "../../../src/config/load.ts";
import type { ControlData, ControlReport } from "../../../src/daemon/messages.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { createSite, until, zoneText } from "../../support/daemon.ts";

test("the control thread publishes, reports, and ends when it is told to", async (t) => {
  const site = createSite(t, { zones: { "example.org": { file: "example.org.zone" } } });
  site.write("example.org.zone", zoneText(1));
  const { node } = loadConfig(site.configFile, { defaultCountryFile: "" }).value!;
  const memory = createMemory(16);
  const { port1, port2 } = new MessageChannel();
  t.after(() => port2.close());
  const data: ControlData = {
    memory: memory.shared,
    configFile: site.configFile,
    node,
    lastGood: null,
    startedAtMs: Date.now(),
    prober: port1,
    readers: [],
    transferReader: 0,
    dataPlane: { kernel: "ts", pump: "dgram" },
    listen: [],
    cookieSecret: new Uint8Array(16),
  };
  const worker = new Worker(new URL("../../../workers/control.ts", import.meta.url), {
    workerData: data,
    transferList: [port1],
  });
  t.after(() => worker.terminate());
  const ended = new Promise<number>((resolve) => worker.once("exit", resolve));
  const said: ControlReport[] = [];
  worker.on("message", (report: ControlReport) => said.push(report));
  const heard = (kind: ControlReport["kind"]) => () => said.some((one) => one.kind === kind);
  await until("it is ready", heard("ready"));
  await until("its configuration is kept", heard("configured"));
  await until("a table is in force", () => currentRoot(memory.control) !== 0);
  await until("it lives", heard("alive"));
  worker.postMessage({ kind: "stop" });
  assert.equal(await ended, 0);
  assert.ok(heard("stopped")());
});
