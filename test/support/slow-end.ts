// SPDX-License-Identifier: Apache-2.0
/** The far end of a slow path for tests: a real port, and whatever the test answers at it. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { composeQuery } from "../../src/dns/compose.ts";
import { EdnsOption, Opcode, Rcode } from "../../src/dns/iana.ts";
import type { Edns, Message } from "../../src/dns/message.ts";
import { settingsOff, writeSettings } from "../../src/io/settings.ts";
import type { SlowAsk, SlowReply, SlowRequest } from "../../src/io/slow.ts";
import { createSlowLink, type SlowLink } from "../../src/io/slow-link.ts";
import type { BoundAddress } from "../../src/io/threads.ts";
import { exchange, parse } from "./daemon-client.ts";

export interface SlowEnd {
  readonly link: SlowLink;
  /** All that was heard, in order. */
  readonly heard: SlowAsk[];
  reply(id: number, octets: Uint8Array, last: boolean): void;
  close(): void;
}

/** `answer` is called for each request. */
export function slowEnd(
  t: TestContext,
  answer: (request: SlowRequest, end: SlowEnd) => void,
  waitingMax = 8,
): SlowEnd {
  const { port1, port2 } = new MessageChannel();
  const link = createSlowLink(waitingMax);
  const end: SlowEnd = {
    ...{ link, heard: [] },
    reply: (id, octets, last) => {
      const reply: SlowReply = { kind: "reply", id, octets, last };
      port2.postMessage(reply);
    },
    close: () => port2.close(),
  };
  port2.on("message", (ask: SlowAsk) => {
    end.heard.push(ask);
    if (ask.kind === "request") answer(ask, end);
  });
  link.connect(port1);
  t.after(() => {
    link.close();
    port2.close();
  });
  return end;
}

/** A NOTIFY: slow for every kernel. */
export function notify(id: number, edns?: Partial<Edns>): Uint8Array {
  const name = "example.org.";
  return composeQuery({ name, type: "SOA", id, opcode: Opcode.NOTIFY, ...(edns && { edns }) });
}

/** What nobody takes is NOTIMP, with OPT as in any answer. */
export async function refusesWithOptions(at: BoundAddress, settings: Int32Array): Promise<void> {
  tellOptions(settings);
  const refused = await exchange(at, notify(5, ASKING), 5000);
  const message = parse(refused!.octets);
  assert.equal(message.rcode, Rcode.NOTIMP);
  optionsTold(message);
}

/** Options that an answer repeats or fills in, whoever gives it: a client's cookie, and NSID. */
export const ASKING: Partial<Edns> = {
  options: [
    { code: EdnsOption.COOKIE, data: new Uint8Array(8).fill(7) },
    { code: EdnsOption.NSID, data: new Uint8Array(0) },
  ],
};

/** Has a server make cookies, and tell the NSID `fra-1`. */
export function tellOptions(settings: Int32Array): void {
  const cookieSecrets = [new Uint8Array(16).fill(1)];
  writeSettings(settings, { ...settingsOff, cookieSecrets, nsid: Buffer.from("fra-1") });
}

/** The answer has a whole cookie to ASKING's, and the NSID. */
export function optionsTold({ edns }: Message): void {
  assert.deepEqual(
    edns?.options.map(({ code, data }) => [code, data.length]),
    [
      [EdnsOption.COOKIE, 24],
      [EdnsOption.NSID, 5],
    ],
  );
  assert.deepEqual([...edns!.options[0]!.data.subarray(0, 8)], [7, 7, 7, 7, 7, 7, 7, 7]);
}

/** A NOTIFY is heard at the other end as it came, and its reply comes from where it was asked. */
export async function handsOver(at: BoundAddress, end: SlowEnd, id: number): Promise<void> {
  const before = end.heard.length;
  const got = await exchange(at, notify(id), 5000);
  assert.equal(parse(got!.octets).id, id);
  assert.equal(got!.octets[2], 0xa0);
  const request = end.heard[before] as SlowRequest;
  const v6 = at.host.includes(":");
  assert.deepEqual([request.family, request.transport], [v6 ? 6 : 4, 0]);
  assert.deepEqual([...request.client.subarray(0, 4)], v6 ? [0, 0, 0, 0] : [127, 0, 0, 1]);
  assert.ok(request.port > 0);
  assert.equal(request.octets.length, notify(id).length);
}
