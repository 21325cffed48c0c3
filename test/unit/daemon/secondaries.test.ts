// SPDX-License-Identifier: Apache-2.0
/** Zones that are wanted otherwise, or not at all, while their transfers are under way (S4). */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fault } from "../../../src/base/faults.ts";
import { createProofsAsked } from "../../../src/daemon/received.ts";
import { Type } from "../../../src/dns/iana.ts";
import { nameToText } from "../../../src/dns/names.ts";
import { until } from "../../support/daemon.ts";
import { framed, parse } from "../../support/daemon-client.ts";
import {
  startTransferThread,
  type TransferThread,
  wantedZone,
} from "../../support/transfer-thread.ts";
import { recordOf, soaLine, transferMessage } from "../../support/transfers.ts";

/** What was asked of a primary that only answers when it is told. */
interface Asked {
  readonly zone: string;
  readonly id: number;
  readonly socket: Socket;
}

async function startSilentPrimary(t: TestContext): Promise<{ port: number; asked: Asked[] }> {
  const asked: Asked[] = [];
  const listener = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (octets: Buffer) => {
      const { id, questions } = parse(new Uint8Array(octets.subarray(2)));
      asked.push({ zone: nameToText(questions[0]!.name), id, socket });
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const { socket } of asked) socket.destroy();
    listener.close();
  });
  return { port: (listener.address() as AddressInfo).port, asked };
}

function want(thread: TransferThread, port: number, zones: readonly string[]): Promise<void> {
  const addresses = [{ host: "127.0.0.1", port }];
  const remotes = [{ id: "p", addresses, key: null, source: null, tls: null }];
  return thread.want({
    remotes,
    zones: zones.map((apex) =>
      wantedZone(apex, { primaries: ["p"] }, { file: join(thread.folder, `${apex}zone`) }),
    ),
  });
}

/** Gives a zone of four records, and waits until it was taken. */
async function giveZone({ id, socket }: Asked): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const soa = recordOf(soaLine(5));
  const records = [soa, recordOf("@ 60 NS ns"), recordOf("www 60 A 192.0.2.1"), soa];
  socket.write(framed(transferMessage(Type.AXFR, records, { id })));
  await closed;
}

test("S3, S4: one that waits for its turn gets it, though the configuration came in between", async (t) => {
  const { port, asked } = await startSilentPrimary(t);
  const thread = await startTransferThread(t);
  const zones = Array.from({ length: 9 }, (_, i) => `z${i}.example.`);
  await want(thread, port, zones);
  await until("all places are taken", () => asked.length === 8);
  await want(thread, port, zones);
  const [waiting] = zones.filter((zone) => !asked.some((one) => one.zone === zone));
  for (const { socket } of [...asked]) socket.destroy();
  await until("its turn comes", () => asked.some((one) => one.zone === waiting));
});

test("S4: what comes for a zone that is wanted no more is kept nowhere", async (t) => {
  const { port, asked } = await startSilentPrimary(t);
  const thread = await startTransferThread(t);
  const answer = async (one: Asked): Promise<void> => {
    await giveZone(one);
    // What it has to say of that is said by now.
    await thread.order({ kind: "published" });
  };
  const file = join(thread.folder, "example.org.zone");
  const files = (): boolean[] =>
    [file, file.replace(/zone$/, "json"), `${file}.new`].map((one) => existsSync(one));
  await want(thread, port, ["example.org."]);
  await until("it is asked", () => asked.length === 1);
  await want(thread, port, []);
  await answer(asked[0]!);
  assert.deepEqual(files(), [false, false, false]);
  assert.ok(!thread.reports.some((one) => one.kind === "zone-written"));

  await want(thread, port, ["example.org."]);
  await until("it is asked again, at once", () => asked.length === 2);
  await answer(asked[1]!);
  await until("it is kept", () => thread.reports.some((one) => one.kind === "zone-written"));
  assert.deepEqual(files(), [true, true, false]);
  await want(thread, port, []);
  assert.deepEqual(files(), [true, true, false], "an operator's own zone may come back");
  await thread.order({ kind: "forget", files: [file] });
  assert.deepEqual(files(), [false, false, false]);
});

test("S5: control says whether it is a zone; what it calls wrong is kept nowhere", async (t) => {
  const { port, asked } = await startSilentPrimary(t);
  const texts: string[] = [];
  const place = { file: "example.org.zone", line: 3, column: 1 };
  const thread = await startTransferThread(t, (text) => {
    texts.push(readFileSync(text, "utf8"));
    return texts.length === 1 ? [fault("ZONE_NO_NS", place, "none at all")] : [];
  });
  const file = join(thread.folder, "example.org.zone");
  await want(thread, port, ["example.org."]);
  await until("it is asked", () => asked.length === 1);
  await giveZone(asked[0]!);
  const lastError = (): string | null | undefined =>
    thread.reports.flatMap((one) => (one.kind === "secondaries" ? one.list : [])).at(-1)?.lastError;
  const error = await until("the status says why", () => lastError() ?? null);
  assert.equal(error, "what was received fails the checks: ZONE_NO_NS: none at all");
  assert.match(
    texts[0]!,
    /^example\.org\. .*SOA.*\n.*\nwww\.example\.org\. 60 IN A 192\.0\.2\.1\n$/s,
  );
  assert.deepEqual([existsSync(file), existsSync(`${file}.new`)], [false, false]);

  await thread.order({ kind: "zone", apex: "example.org.", action: "retransfer" });
  await until("it is asked again", () => asked.length === 2);
  await giveZone(asked[1]!);
  await until("it is kept", () => thread.reports.some((one) => one.kind === "zone-written"));
  assert.equal(readFileSync(file, "utf8"), texts[1]);
});

test("S5: if the control thread is gone, or dies meanwhile, the thread sees for itself", async (t) => {
  const { port, asked } = await startSilentPrimary(t);
  let seen = 0;
  const thread = await startTransferThread(t, () => {
    seen += 1;
    return "silence";
  });
  await want(thread, port, ["example.org."]);
  await until("it is asked", () => asked.length === 1);
  await giveZone(asked[0]!);
  await until("control is asked", () => seen === 1);
  const file = join(thread.folder, "example.org.zone");
  assert.ok(!existsSync(file));
  thread.loseControl();
  await until("it is kept", () => existsSync(file));
  assert.equal(await createProofsAsked().ask(null, "example.org.", file), null);
});
