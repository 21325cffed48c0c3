// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { runLoad } from "../../../../bench/profile/load.ts";
import { queryOctets } from "../../../../bench/zones.ts";

const QUERIES = [queryOctets("a.example."), queryOctets("b.example.")];

/** Sends back what it gets, but every `loseEvery`th. Counts what came. */
async function startEcho(t: TestContext, loseEvery: number) {
  const socket = createSocket("udp4");
  const seen = { count: 0, port: 0, cpuMs: () => 0, names: new Set<string>() };
  socket.on("message", (message, from) => {
    seen.count += 1;
    seen.names.add(message.subarray(12).toString("latin1"));
    if (seen.count % loseEvery !== 0) socket.send(message, from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  seen.port = socket.address().port;
  return seen;
}

test("it keeps on asking all queries, whatever is lost, and says how much that was", async (t) => {
  const echo = await startEcho(t, 10);
  const run = await runLoad(echo, QUERIES, 0.6);
  assert.equal(echo.names.size, 2);
  // All windows are full of losses after some thousands: without giving up on them it would end.
  assert.ok(echo.count > 8 * 16 * 10, `${echo.count} came`);
  assert.ok(run.lostPart >= 0.05, `${run.lostPart} was lost`);
  assert.ok(run.perSec > 0 && run.latencyUs > 0);
});

test("it asks no faster than told", async (t) => {
  const echo = await startEcho(t, Number.POSITIVE_INFINITY);
  const run = await runLoad(echo, QUERIES, 0.5, 400);
  assert.ok(echo.count <= 201, `${echo.count} came`);
  assert.ok(run.perSec <= 402);
});
