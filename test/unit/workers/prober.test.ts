// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";
import type { Outcome } from "../../../src/health/types.ts";
import type { ProberCommand, ProberReport } from "../../../workers/prober-rounds.ts";
import { deadPort, serveHttp, serveSilence, target } from "../plugins/servers.ts";

const entry = new URL("../../../workers/prober.ts", import.meta.url);

test("the thread finds the living, the dead, the hanging, the sick and the recovered", async (t) => {
  let healed = false;
  const silent = await serveSilence(t);
  // Ample timeouts: a busy machine must not make the living look dead.
  const http = { intervalMs: 250, timeoutMs: 10_000, retries: 0 };
  const named = {
    alive: target(await serveHttp(t, (_, response) => void response.end()), http),
    sick: target(await serveHttp(t, (_, response) => void response.writeHead(500).end()), http),
    healing: target(
      await serveHttp(t, (_, response) => void response.writeHead(healed ? 200 : 503).end()),
      http,
    ),
    slow: target(await serveHttp(t, (_, response) => void setTimeout(() => response.end(), 20)), {
      ...http,
      intervalMs: 2000,
    }),
    dead: target(await deadPort(), { ...http, kind: "tcp" }),
    hanging: target(silent.port, { ...http, timeoutMs: 100 }),
    open: target(silent.port, { ...http, kind: "tcp" }),
  };

  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(entry, { workerData: { port: port2 }, transferList: [port2] });
  t.after(() => worker.terminate());
  assert.deepEqual((await once(worker, "message"))[0], { kind: "ready" });

  const seen = new Map<string, Outcome[]>();
  let statsSeen = 0;
  port1.on("message", (report: ProberReport) => {
    if (report.kind === "stats") statsSeen += 1;
    else for (const o of report.outcomes) seen.set(o.key, [...(seen.get(o.key) ?? []), o]);
  });
  const send = (command: ProberCommand) => port1.postMessage(command);
  const last = (name: keyof typeof named) => seen.get(named[name].key)?.at(-1);
  const until = async (holds: () => boolean) => {
    while (!holds()) await once(port1, "message");
  };

  send({ kind: "targets", targets: Object.values(named) });
  await until(() => seen.size === Object.keys(named).length);
  const reasons = Object.fromEntries(
    (Object.keys(named) as (keyof typeof named)[]).map((name) => [name, last(name)!.reason]),
  );
  assert.deepEqual(reasons, {
    alive: "status 200",
    sick: "status 500",
    healing: "status 503",
    slow: "status 200",
    dead: "connection refused",
    hanging: "no answer within 100 ms",
    open: "connected",
  });
  assert.equal(last("slow")!.passed, true);
  assert.ok(last("slow")!.rttMs >= 15);
  assert.ok(Math.abs(last("alive")!.at - Number(process.hrtime.bigint()) / 1e6) < 60_000);

  healed = true;
  await until(() => last("healing")!.passed);
  await until(() => statsSeen > 0);

  send({ kind: "stop" });
  const [code] = await once(worker, "exit");
  assert.equal(code, 0);
});

test("when the port closes the thread ends", async (t) => {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(entry, { workerData: { port: port2 }, transferList: [port2] });
  t.after(() => worker.terminate());
  await once(worker, "message");
  port1.close();
  assert.equal((await once(worker, "exit"))[0], 0);
});
