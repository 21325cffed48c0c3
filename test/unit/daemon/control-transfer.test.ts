// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { createControlTransfer } from "../../../src/daemon/control-transfer.ts";
import type { TransferOrder, TransferReport } from "../../../src/io/transfer-link.ts";
import { until } from "../../support/daemon.ts";

test("whoever comes up is told all, whoever is left hears what changes", async (t) => {
  let keys = 0;
  const reports: TransferReport[] = [];
  const wanted = () => ({
    ...{ remotes: [], zones: [] },
    keys: [
      { id: `k${keys}`, name: "k.", algorithm: "hmac-sha256" as const, secret: new Uint8Array(1) },
    ],
  });
  const link = createControlTransfer(wanted, {
    onReport: (report) => reports.push(report),
    prove: (apex) => (apex === "a." ? Promise.resolve([]) : null),
  });
  t.after(() => link.close());
  // Nobody is there yet.
  link.configured();
  link.published();
  const listen = () => {
    const { port1, port2 } = new MessageChannel();
    const got: TransferOrder[] = [];
    port2.on("message", (order) => got.push(order));
    t.after(() => port2.close());
    link.connect(port1);
    return { got, port2 };
  };
  const first = listen();
  await until("it is told", () => first.got.length === 2);
  assert.deepEqual(first.got, [{ kind: "wanted", wanted: wanted() }, { kind: "published" }]);
  keys = 1;
  link.configured();
  await until("it hears", () => first.got.length === 3);
  assert.deepEqual(first.got[2], { kind: "wanted", wanted: wanted() });
  link.forget(["/a.zone"]);
  await until("it forgets", () => first.got.length === 4);
  assert.deepEqual(first.got[3], { kind: "forget", files: ["/a.zone"] });
  const second = listen();
  link.published();
  await until("the new one hears", () => second.got.length === 3);
  second.port2.postMessage({ kind: "zone-written", apex: "a." });
  await until("control hears", () => reports.length === 1);
  assert.equal(first.got.length, 4);
  for (const [id, apex] of ["a.", "b."].entries()) {
    second.port2.postMessage({ kind: "prove", id, apex, text: "/a" });
  }
  await until("it is proved", () => second.got.length === 5);
  assert.deepEqual(second.got.slice(3), [
    { kind: "proved", id: 0, faults: [] },
    { kind: "proved", id: 1, faults: null },
  ]);
});
