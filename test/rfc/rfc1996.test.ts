// SPDX-License-Identifier: Apache-2.0
/** RFC 1996, NOTIFY, by section: what the real transfer thread sends to a socket of ours. */
import assert from "node:assert/strict";
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { composeMessage } from "../../src/dns/compose.ts";
import { Class, Opcode, Rcode, Type } from "../../src/dns/iana.ts";
import { isMessage, type Message, readMessage } from "../../src/dns/message.ts";
import { nameFromText } from "../../src/dns/names.ts";
import { createSigner, type TsigKey, verifyRequest } from "../../src/dns/tsig.ts";
import { tsigCrypto } from "../../src/io/tsig.ts";
import type { Remote } from "../../src/resource/types.ts";
import { createNotifyPlan, NOTIFY_TRIES, NOTIFY_WAIT_MS } from "../../src/transfer/notify.ts";
import { until } from "../support/daemon.ts";
import { apexText, builtZone } from "../support/tables.ts";
import { startTransferThread, wantedZone } from "../support/transfer-thread.ts";

const APEX = "example.org.";
const key: TsigKey = {
  ...{ name: nameFromText("k1.")!, algorithm: "hmac-sha384", secret: new Uint8Array(48) },
};

interface Heard {
  readonly octets: Uint8Array;
  readonly message: Message;
  readonly from: RemoteInfo;
}

/** A server that keeps what it is told. */
async function listen(t: TestContext) {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  const heard: Heard[] = [];
  socket.on("message", (octets, from) => {
    const message = readMessage(octets);
    assert.ok(isMessage(message));
    heard.push({ octets, message, from });
  });
  const remote: Remote = {
    ...{ id: "other", addresses: [{ host: "127.0.0.1", port: socket.address().port }] },
    ...{ key: null, source: null, tls: null },
  };
  const answer = ({ message, from }: Heard, rcode: number = Rcode.NOERROR): Uint8Array => {
    const reply = composeMessage({ ...message, qr: true, rcode, additionals: [] });
    socket.send(reply, from.port, from.address);
    return reply;
  };
  return { socket, heard, remote, answer };
}

test("RFC 1996 §3.7, §3.8: a NOTIFY has the zone as question, AA, and nothing that must be read", async (t) => {
  const { heard, remote, answer } = await listen(t);
  const thread = await startTransferThread(t);
  await thread.want({ remotes: [remote], zones: [wantedZone(APEX, { notify: ["other"] })] });
  assert.equal(heard.length, 0, "a zone without data is not announced");
  await thread.publish(builtZone(APEX, apexText(1)));
  await until("it is told", () => heard.length === 1);
  const { message } = heard[0]!;
  assert.equal(message.opcode, Opcode.NOTIFY);
  assert.ok(message.aa && !message.qr);
  assert.deepEqual(message.questions, [
    { name: nameFromText(APEX)!, type: Type.SOA, class: Class.IN },
  ]);
  assert.equal(message.edns, null);
  answer(heard[0]!);
});

test("RFC 1996 §3.1, §4.1: at the start, and whenever the serial changes; not otherwise", async (t) => {
  const { heard, remote, answer } = await listen(t);
  const thread = await startTransferThread(t);
  await thread.want({ remotes: [remote], zones: [wantedZone(APEX, { notify: ["other"] })] });
  await thread.publish(builtZone(APEX, apexText(1)));
  await until("the first", () => heard.length === 1);
  answer(heard[0]!);
  await thread.publish(builtZone(APEX, `${apexText(1)}a A 192.0.2.1\n`));
  await thread.publish(builtZone("other.org.", apexText(9)));
  await thread.publish(builtZone(APEX, `${apexText(2)}a A 192.0.2.1\n`));
  await until("the second", () => heard.length === 2);
  answer(heard[1]!);
  await thread.restart();
  await thread.want({ remotes: [remote], zones: [wantedZone(APEX, { notify: ["other"] })] });
  await until("after a restart", () => heard.length === 3);
  answer(heard[2]!);
});

test("RFC 1996 §3.6: it is said again until there is an answer to this very question", async (t) => {
  const { heard, remote, answer, socket } = await listen(t);
  const thread = await startTransferThread(t);
  await thread.want({ remotes: [remote], zones: [wantedZone(APEX, { notify: ["other"] })] });
  await thread.publish(builtZone(APEX, apexText(1)));
  await until("the first", () => heard.length === 1);
  const { message, from } = heard[0]!;
  // Another id, and another question.
  for (const wrong of [
    { ...message, id: message.id ^ 1 },
    { ...message, questions: [{ name: nameFromText("x.")!, type: 6, class: 1 }] },
  ]) {
    socket.send(composeMessage({ ...wrong, qr: true }), from.port, from.address);
  }
  await until("the second", () => heard.length === 2);
  answer(heard[1]!);
});

test("RFC 1996 §3.6: five tries, each wait twice the one before, then it is given up", () => {
  const plan = createNotifyPlan(10);
  plan.announce(APEX, 1, ["other"], 0);
  const times: number[] = [];
  for (let now = plan.nextAt(); now !== null; now = plan.nextAt()) {
    for (const _ of plan.take(now)) times.push(now);
  }
  assert.equal(times.length, NOTIFY_TRIES);
  assert.deepEqual(
    times,
    [0, 1, 3, 7, 15].map((count) => count * NOTIFY_WAIT_MS),
  );
  assert.equal([...plan.tasks.values()][0]!.state, "failed");
});

test("RFC 1996 §4.8: any answer ends it, and a refusal is remembered", () => {
  const plan = createNotifyPlan(10);
  plan.announce(APEX, 1, ["a", "b"], 0);
  plan.take(0);
  plan.answered(APEX, "a", Rcode.NOTIMP);
  plan.answered(APEX, "b", Rcode.NOERROR);
  assert.deepEqual(
    [...plan.tasks.values()].map(({ state, rcode }) => [state, rcode]),
    [
      ["refused", Rcode.NOTIMP],
      ["acknowledged", 0],
    ],
  );
  assert.equal(plan.nextAt(), null);
  // A newer serial begins anew.
  plan.announce(APEX, 2, ["a"], 5);
  assert.equal(plan.nextAt(), 5);
});

test("RFC 8945: a NOTIFY is signed if the server has a key, and so must be the answer", async (t) => {
  const { heard, remote, answer, socket } = await listen(t);
  const thread = await startTransferThread(t);
  await thread.want({
    keys: [{ id: "one", name: "k1.", algorithm: key.algorithm, secret: key.secret }],
    remotes: [{ ...remote, key: "one" }],
    zones: [wantedZone(APEX, { notify: ["other"] })],
  });
  await thread.publish(builtZone(APEX, apexText(1)));
  await until("the first", () => heard.length === 1);
  const now = Math.floor(Date.now() / 1000);
  const check = verifyRequest(heard[0]!.octets, () => key, now, tsigCrypto);
  assert.equal(check.status, "good");
  // Unsigned: it counts as none.
  answer(heard[0]!);
  await until("the second", () => heard.length === 2);
  const again = verifyRequest(heard[1]!.octets, () => key, now, tsigCrypto);
  assert.ok(again.status === "good");
  const { message, from } = heard[1]!;
  const reply = composeMessage({ ...message, qr: true, additionals: [] });
  const signed = createSigner(key, again.record.mac, tsigCrypto).sign(reply, now);
  socket.send(signed, from.port, from.address);
});
