// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import fc from "fast-check";
import { type QuestionSpec, queryOf } from "../../../../bench/load/questions.ts";
import { openAsker, saidBy, until, verify } from "../../../../bench/peers/ask.ts";

const QUESTION: QuestionSpec = { name: "host-1.example.", type: "A" };
const A_RECORD = [0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1];
const CNAME = [0xc0, 12, 0, 5, 0, 1, 0, 0, 1, 44, 0, 2, 0xc0, 12];

function answer(records: readonly (readonly number[])[], rcode = 0): Uint8Array {
  const query = queryOf(QUESTION);
  query[2] = 0x84;
  query[3] = rcode;
  query[7] = records.length;
  return Uint8Array.from([...query, ...records.flat()]);
}

test("the first address of an answer is found, behind other records too", () => {
  assert.equal(saidBy(answer([A_RECORD])), "192.0.2.1");
  assert.equal(saidBy(answer([CNAME, A_RECORD])), "192.0.2.1");
  assert.equal(saidBy(answer([])), "no address");
  assert.equal(saidBy(answer([], 3)), "NXDOMAIN");
  assert.equal(saidBy(answer([], 5)), "RCODE 5");
});

test("any octets are borne", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => saidBy(octets) !== ""));
  const whole = answer([CNAME, A_RECORD]);
  for (let size = 0; size < whole.length; size += 1) {
    assert.notEqual(saidBy(whole.subarray(0, size)), "192.0.2.1");
  }
});

/** A server that answers as told; gives its port. */
async function serve(
  reply: (query: Uint8Array) => Uint8Array | null,
): Promise<{ port: number; close: () => void }> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  socket.on("message", (query, from) => {
    const octets = reply(query);
    if (octets === null) return;
    octets[0] = query[0]!;
    octets[1] = query[1]!;
    socket.send(octets, from.port, from.address);
  });
  return { port: socket.address().port, close: () => socket.close() };
}

test("it waits until the right answer comes and no other", async () => {
  let asked = 0;
  const server = await serve(() => {
    asked += 1;
    if (asked < 3) return null;
    return asked < 6 ? answer([], 5) : answer([A_RECORD]);
  });
  const asker = await openAsker(server.port);
  const options = { startedAt: performance.now(), waitMs: 20_000, broken: () => null };
  const took = await until(asker, QUESTION, "192.0.2.1", options);
  assert.ok(asked >= 6 && took > 0);
  asker.close();
  server.close();
});

test("a server that ended is not waited for", async () => {
  const asker = await openAsker(9);
  const options = { startedAt: performance.now(), waitMs: 20_000, broken: () => "it ended with 1" };
  await assert.rejects(until(asker, QUESTION, "192.0.2.1", options), /it ended with 1/);
  asker.close();
});

test("a wrong answer is counted and the first one told", async () => {
  const server = await serve(() => answer([A_RECORD]));
  const asker = await openAsker(server.port);
  const ecs = { family: 1, address: Uint8Array.of(10, 0, 0, 0), prefix: 24 } as const;
  const questions = [QUESTION, { ...QUESTION, ecs }, QUESTION];
  const got = await verify(asker, questions, (one) => (one.ecs ? "192.0.2.9" : "192.0.2.1"));
  assert.deepEqual([got.asked, got.right], [3, 2]);
  assert.equal(got.firstWrong, "host-1.example. for 10.0.0.0/24: 192.0.2.1 and not 192.0.2.9");
  asker.close();
  server.close();
});
