// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { attempt, dropSocket, type Settle } from "../../../src/plugins/probe.ts";
import { serveSilence } from "./servers.ts";

const failure = (code: string) => Object.assign(new Error("failed"), { code });

test("an attempt settles once and drops its connection once", async () => {
  let drops = 0;
  let settle: Settle | null = null;
  const running = attempt(3000, (given) => {
    settle = given;
    setImmediate(() => given.passed("first"));
    return () => {
      drops += 1;
    };
  });
  const result = await running;
  assert.deepEqual([result.passed, result.reason, result.abstained], [true, "first", false]);
  settle!.failed("late");
  settle!.broken(failure("ECONNRESET"));
  assert.equal(drops, 1);
});

test("what settles before it has begun is dropped too", async () => {
  let drops = 0;
  const result = await attempt(3000, (settle) => {
    settle.failed("at once");
    return () => {
      drops += 1;
    };
  });
  assert.deepEqual([result.passed, drops], [false, 1]);
});

test("the deadline ends an attempt that says nothing", async () => {
  let drops = 0;
  const result = await attempt(5, () => () => {
    drops += 1;
  });
  assert.equal(result.passed, false);
  assert.equal(result.reason, "no answer within 5 ms");
  assert.equal(drops, 1);
});

test("errors of the endpoint fail, errors of the prober abstain", async () => {
  const broken = (code: string) =>
    attempt(3000, (settle) => {
      settle.broken(failure(code));
      return () => {};
    });
  assert.deepEqual(reasonOf(await broken("ECONNREFUSED")), ["connection refused", false]);
  assert.deepEqual(reasonOf(await broken("ENETUNREACH")), ["network unreachable", false]);
  assert.deepEqual(reasonOf(await broken("HPE_INVALID_CONSTANT")), ["HPE_INVALID_CONSTANT", false]);
  assert.deepEqual(reasonOf(await broken("EMFILE")), [
    "the prober has no file descriptor left",
    true,
  ]);
  assert.deepEqual(reasonOf(await broken("EADDRNOTAVAIL"))[1], true);
});

test("an exception at the start is a failure, not a crash", async () => {
  const result = await attempt(3000, () => {
    throw new TypeError("a bad setting");
  });
  assert.deepEqual(reasonOf(result), ["a bad setting", false]);
});

test("a connected socket is reset, a connecting one destroyed", async (t) => {
  const server = await serveSilence(t);
  const socket = connect(server.port, "127.0.0.1");
  await new Promise((resolve) => socket.on("connect", resolve));
  dropSocket(socket);
  await server.gone(1);
  assert.equal(server.seen.resets, 1);
  const early = connect(server.port, "127.0.0.1");
  early.on("error", () => {});
  dropSocket(early);
  assert.ok(early.destroyed);
});

function reasonOf(result: { reason: string; abstained: boolean }): [string, boolean] {
  return [result.reason, result.abstained];
}
