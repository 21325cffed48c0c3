// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { runTcpProbe } from "../../../../src/plugins/probe-tcp/run.ts";
import { deadPort, serveSilence, target } from "../servers.ts";

for (const host of ["127.0.0.1", "::1"]) {
  test(`an open port passes, and the connection is reset: ${host}`, async (t) => {
    const server = await serveSilence(t, host);
    const result = await runTcpProbe(target(server.port, { kind: "tcp" }, host));
    assert.deepEqual([result.passed, result.reason], [true, "connected"]);
    assert.ok(result.rttMs >= 0 && result.rttMs < 3000);
    await server.gone(1);
    assert.equal(server.seen.resets, 1);
  });
}

test("a dead port fails", async () => {
  const result = await runTcpProbe(target(await deadPort(), { kind: "tcp" }));
  assert.deepEqual([result.passed, result.reason], [false, "connection refused"]);
});
