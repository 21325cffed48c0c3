// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { composeQuery } from "../../../src/dns/compose.ts";
import { compileZone } from "../../../src/io/compile-zone.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher, publish } from "../../../src/io/publisher.ts";
import { createSlowLink } from "../../../src/io/slow-link.ts";
import type { ListenAddress } from "../../../src/io/threads.ts";
import { COUNTER_QUERIES_UDP } from "../../../src/layout/gen/counters.ts";
import { EPOCH_MAX } from "../../../src/layout/limits.ts";
import { observedBy } from "../../../src/table/publish.ts";
import type { Reader } from "../../../workers/boot.ts";
import { startPump } from "../../../workers/pump-dgram.ts";
import { createFolder } from "../../support/control.ts";
import { until } from "../../support/daemon.ts";
import { ask, exchange, parse } from "../../support/daemon-client.ts";
import { readerHere } from "../../support/readers.ts";
import { handsOver, refusesWithOptions, slowEnd } from "../../support/slow-end.ts";

const LOOPBACK: readonly ListenAddress[] = [
  { host: "127.0.0.1", port: 0, family: 4 },
  { host: "::1", port: 0, family: 6 },
];

function createReader(t: TestContext, listen: readonly ListenAddress[]): Reader {
  const { folder } = createFolder(t);
  const memory = createMemory(16);
  const file = join(folder, "example.org.zone");
  const { built } = compileZone({ apex: "example.org.", file, steered: [], known: null });
  publish(createPublisher(memory), { revision: 1, put: [built!] });
  return readerHere(memory, { listen });
}

test("datagrams are answered on every address; G1: between turns the reader is offline", async (t) => {
  const reader = createReader(t, LOOPBACK);
  const pump = await startPump(reader, 1, createSlowLink(0));
  t.after(() => pump.close());
  for (const address of pump.addresses) {
    assert.deepEqual(await ask(address, "a.example.org."), ["192.0.2.10"]);
  }
  assert.equal(reader.counters[COUNTER_QUERIES_UDP], 2);
  await until("it is offline", () => observedBy(reader.memory.control, 0) === EPOCH_MAX);
});

test("a request beyond any slot is cut, and an empty one is dropped; both leave the pump well", async (t) => {
  const reader = createReader(t, LOOPBACK);
  const pump = await startPump(reader, 1, createSlowLink(0));
  t.after(() => pump.close());
  const [at] = pump.addresses;
  const long = new Uint8Array(9000);
  long.set(composeQuery({ name: "a.example.org.", type: "A", id: 77 }));
  const reply = await exchange(at!, long, 2000);
  if (reply !== null) assert.equal(parse(reply.octets).id, 77);
  await exchange(at!, new Uint8Array(0), 50);
  assert.deepEqual(await ask(at!, "a.example.org."), ["192.0.2.10"]);
});

test("an address that cannot be bound rejects, and gives back those that could", async (t) => {
  const foreign: ListenAddress = { host: "192.0.2.1", port: 0, family: 4 };
  await assert.rejects(
    startPump(createReader(t, [...LOOPBACK, foreign]), 1, createSlowLink(0)),
    /EADDRNOTAVAIL/,
  );
});

test("what is slow is handed over with its client, and answered by its socket; or refused", async (t) => {
  const end = slowEnd(t, ({ id, octets }, { reply }) => {
    octets[2]! |= 0x80;
    reply(id, octets, true);
  });
  const reader = createReader(t, LOOPBACK);
  const pump = await startPump(reader, 1, end.link);
  t.after(() => pump.close());
  for (const [i, at] of pump.addresses.entries()) {
    await handsOver(at, end, i);
  }
  end.link.close();
  await refusesWithOptions(pump.addresses[0]!, reader.memory.settings);
});
