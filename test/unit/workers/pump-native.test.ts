// SPDX-License-Identifier: Apache-2.0
/** The pump in the thread of its test: both sleep in one event loop, and neither starves the other. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { composeQuery } from "../../../src/dns/compose.ts";
import { isMessage, readMessage } from "../../../src/dns/message.ts";
import { createSlowLink } from "../../../src/io/slow-link.ts";
import type { BoundAddress, UdpSettings } from "../../../src/io/threads.ts";
import { READER_TURNS } from "../../../src/layout/gen/control.ts";
import { COUNTER_QUERIES_UDP } from "../../../src/layout/gen/counters.ts";
import { BATCH_MAX, EPOCH_MAX } from "../../../src/layout/limits.ts";
import { observedBy } from "../../../src/table/publish.ts";
import { type Reader, readerWord } from "../../../workers/boot.ts";
import { startPump } from "../../../workers/pump-native.ts";
import { nativeForTests } from "../../support/native.ts";
import { readerData, readerHere } from "../../support/readers.ts";
import { handsOver, refusesWithOptions, slowEnd } from "../../support/slow-end.ts";
import { createWorld } from "../../support/world.ts";

const { reason: skip } = nativeForTests();
const READER = 4;
const ZONE = "@ 60 SOA n h 1 2 3 4 5\n@ 60 NS n.example.\n* 60 A 192.0.2.1\n";

function newReader(kernel: "ts" | "native" = "ts", udp: Partial<UdpSettings> = {}): Reader {
  const { memory } = createWorld({ zones: { "t.": ZONE } });
  const listen = [{ host: "127.0.0.1", port: 0, family: 4 as const }];
  return readerHere(memory, {
    ...{ reader: READER, listen, dataPlane: { kernel, pump: "native" } },
    udp: { ...readerData(memory).udp, ...udp },
  });
}

/** A client that sends at once and collects the ids of sound answers. */
async function connectClient(t: TestContext, to: BoundAddress) {
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  socket.connect(to.port, to.host);
  await once(socket, "connect");
  socket.setRecvBufferSize(4 << 20);
  const ids = new Set<number>();
  let wake = (): void => {};
  socket.on("message", (octets) => {
    const message = readMessage(octets);
    assert.ok(isMessage(message) && message.qr && message.answers.length === 1);
    ids.add(message.id);
    wake();
  });
  return {
    send: (id: number) => socket.send(composeQuery({ name: `n${id}.t.`, type: "A", id })),
    got: async (count: number) => {
      while (ids.size < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

const settings = [
  {},
  { spinMicros: 100 },
  { spread: "program" },
  { spread: "incoming-cpu" },
] as const;
for (const kernel of ["ts", "native"] as const) {
  for (const udp of settings) turns(kernel, udp);
}

function turns(kernel: "ts" | "native", udp: Partial<UdpSettings>): void {
  const title = `kernel ${kernel} answers between turns of the event loop ${JSON.stringify(udp)}`;
  test(title, { skip }, async (t) => {
    const reader = newReader(kernel, udp);
    const pump = await startPump(reader, 1, createSlowLink(0));
    const client = await connectClient(t, pump.addresses[0]!);
    for (let id = 0; id < 20; id += 1) {
      client.send(id);
      await client.got(id + 1);
      assert.equal(observedBy(reader.memory.control, READER), EPOCH_MAX);
    }
    await pump.close();
    assert.equal(reader.counters[COUNTER_QUERIES_UDP], 20);
    assert.ok(reader.memory.control[readerWord(READER, READER_TURNS)]! > 0);
  });
}

test("what came before the end is answered, though it is several batches", { skip }, async (t) => {
  const reader = newReader();
  const pump = await startPump(reader, 1, createSlowLink(0));
  const client = await connectClient(t, pump.addresses[0]!);
  const count = 3 * BATCH_MAX + 5;
  // Nothing lets the event loop run before the end is asked for.
  for (let id = 0; id < count; id += 1) client.send(id);
  await pump.close();
  assert.equal(reader.counters[COUNTER_QUERIES_UDP], count);
  await client.got(count);
});

test("an address that is not ours is refused", { skip }, async () => {
  const reader = newReader();
  const listen = [{ host: "192.0.2.1", port: 5300, family: 4 as const }];
  await assert.rejects(
    startPump({ ...reader, data: { ...reader.data, listen } }, 1, createSlowLink(0)),
    {
      message: "bind EADDRNOTAVAIL 192.0.2.1:5300",
    },
  );
});

for (const kernel of ["ts", "native"] as const) {
  const title = `kernel ${kernel}: what is slow is handed over and answered later; or refused`;
  test(title, { skip }, async (t) => {
    const end = slowEnd(t, ({ id, octets }, { reply }) => {
      octets[2]! |= 0x80;
      reply(id, octets, true);
    });
    const listen = [
      { host: "127.0.0.1", port: 0, family: 4 as const },
      { host: "::1", port: 0, family: 6 as const },
    ];
    const reader = newReader(kernel);
    const pump = await startPump({ ...reader, data: { ...reader.data, listen } }, 1, end.link);
    for (const [i, at] of pump.addresses.entries()) await handsOver(at, end, i);
    end.link.close();
    await refusesWithOptions(pump.addresses[1]!, reader.memory.settings);
    await pump.close();
  });
}
