// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { createSeats, dismiss, doParts } from "../../../src/io/crew.ts";

const MODULE = new URL("../../../src/io/crew.ts", import.meta.url).href;
/** A mate that multiplies, and throws at 13. */
const MATE = `
import { workerData, threadId } from "node:worker_threads";
import { assist } from ${JSON.stringify(MODULE)};
assist(workerData, (work, part) => {
  if (work.factor * part === 13) throw new Error("unlucky");
  return { product: work.factor * part, by: threadId };
});
workerData.port.close();
`;

interface Product {
  readonly product: number;
  readonly by: number;
}

function startMate(seat: ReturnType<typeof createSeats>["mate"]): Promise<void> {
  const url = new URL(`data:text/javascript,${encodeURIComponent(MATE)}`);
  const worker = new Worker(url, { workerData: seat, transferList: [seat.port] });
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", () => resolve());
  });
}

/** Slow enough that the mate gets its share. */
function multiply({ factor }: { factor: number }, part: number): Product {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  return { product: factor * part, by: 0 };
}

test("W1: all parts are done once, in order, by both; W2: work after work", async () => {
  const { leader, mate } = createSeats();
  const ended = startMate(mate);
  const by = new Set<number>();
  for (let factor = 0; by.size < 2 || factor < 5; factor += 1) {
    const got = doParts(leader, { factor: factor * 20 }, 40, multiply);
    assert.deepEqual(
      got.map((one) => one.product),
      Array.from({ length: 40 }, (_, part) => part * factor * 20),
    );
    for (const one of got) by.add(one.by);
  }
  dismiss(leader);
  await ended;
  leader.port.close();
});

test("W3: what throws in the mate throws in the leader", async () => {
  const { leader, mate } = createSeats();
  const ended = startMate(mate);
  const wait = (): Product => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    return { product: 0, by: 0 };
  };
  assert.throws(() => {
    for (;;) doParts(leader, { factor: 1 }, 14, wait);
  }, /unlucky/);
  dismiss(leader);
  await ended;
  leader.port.close();
});

test("without a mate, or with one that never comes, the leader does everything", () => {
  const square = (work: number, part: number): number => work * part;
  assert.deepEqual(doParts(null, 3, 4, square), [0, 3, 6, 9]);
  const { leader, mate } = createSeats();
  assert.deepEqual(doParts(leader, 3, 4, square), [0, 3, 6, 9]);
  leader.port.close();
  mate.port.close();
});
