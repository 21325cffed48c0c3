// SPDX-License-Identifier: Apache-2.0
/** The thread as its readers see it: what is signed, what is refused, what happens at its end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { composeQuery } from "../../../src/dns/compose.ts";
import { Rcode, Type } from "../../../src/dns/iana.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import {
  createVerifier,
  findTsig,
  signRequest,
  TsigError,
  type TsigKey,
} from "../../../src/dns/tsig.ts";
import { tsigCrypto } from "../../../src/io/tsig.ts";
import { TRANSPORT_UDP } from "../../../src/layout/gen/enums.ts";
import { EPOCH_MAX } from "../../../src/layout/limits.ts";
import { observedBy } from "../../../src/table/publish.ts";
import { parse } from "../../support/daemon-client.ts";
import { apexText, builtZone } from "../../support/tables.ts";
import { rcodeOf, startTransferThread } from "../../support/transfer-thread.ts";

const secret = Buffer.alloc(32, 7);
const key: TsigKey = { name: nameFromText("k1.")!, algorithm: "hmac-sha256", secret };
const wanted = {
  keys: [{ id: "one", name: "k1.", algorithm: key.algorithm, secret: new Uint8Array(secret) }],
} as const;

function now(): number {
  return Math.floor(Date.now() / 1000);
}

test("a signed query is answered by the kernel, and signed", async (t) => {
  const thread = await startTransferThread(t);
  await thread.want(wanted);
  await thread.publish(builtZone("example.org.", `${apexText(9)}www A 192.0.2.1\n`));
  const query = composeQuery({ name: "WWW.example.org.", type: "A", id: 77, edns: {} });
  const { octets, mac } = signRequest(query, key, now(), tsigCrypto);
  for (const transport of [undefined, TRANSPORT_UDP]) {
    const [reply] = await thread.ask(octets, transport === undefined ? {} : { transport });
    assert.deepEqual(createVerifier(key, mac, tsigCrypto).check(reply!, now()), {
      good: true,
      signed: true,
    });
    const message = parse(reply!);
    assert.equal(message.id, 77);
    assert.ok(message.aa);
    assert.deepEqual(message.questions[0]!.name, nameFromText("WWW.example.org."));
    assert.deepEqual(message.answers[0]!.rdata, new Uint8Array([192, 0, 2, 1]));
  }
});

test("a signed answer that does not fit a datagram is empty, signed and truncated", async (t) => {
  const thread = await startTransferThread(t);
  await thread.want(wanted);
  const many = Array.from({ length: 26 }, (_, i) => `www A 192.0.2.${i}\n`).join("");
  await thread.publish(builtZone("example.org.", `${apexText(9)}${many}`));
  const query = composeQuery({ name: "www.example.org.", type: "A", id: 5 });
  const { octets, mac } = signRequest(query, key, now(), tsigCrypto);
  const [reply] = await thread.ask(octets, { transport: TRANSPORT_UDP });
  assert.ok(reply!.length <= 512);
  assert.ok(createVerifier(key, mac, tsigCrypto).check(reply!, now()).good);
  const message = parse(reply!);
  assert.ok(message.tc);
  assert.equal(message.answers.length, 0);
  assert.equal(message.id, 5);
});

test("signatures that are not good get what RFC 8945 §5.2 says", async (t) => {
  const thread = await startTransferThread(t);
  await thread.want(wanted);
  await thread.publish(builtZone("example.org.", apexText(9)));
  const query = composeQuery({ name: "example.org.", type: "AXFR", id: 77 });
  const stranger = { ...key, name: nameFromText("k2.")! };
  const forger = { ...key, secret: Buffer.alloc(32, 8) };
  const cases = [
    [signRequest(query, stranger, now(), tsigCrypto).octets, TsigError.BADKEY, 0],
    [signRequest(query, forger, now(), tsigCrypto).octets, TsigError.BADSIG, 0],
    [signRequest(query, key, now() - 1000, tsigCrypto).octets, TsigError.BADTIME, 32],
  ] as const;
  for (const [octets, error, macSize] of cases) {
    const [reply] = await thread.ask(octets);
    const message = parse(reply!);
    assert.equal(message.rcode, Rcode.NOTAUTH);
    assert.equal(message.id, 77);
    assert.equal(message.questions[0]!.type, Type.AXFR);
    const record = findTsig(reply!);
    assert.ok(record !== null && record !== "malformed");
    assert.equal(record.error, error);
    assert.equal(record.mac.length, macSize);
  }
  const good = signRequest(query, key, now(), tsigCrypto).octets;
  const twice = Buffer.concat([good, good.subarray(query.length)]);
  twice[11] = 2;
  assert.equal(parse((await thread.ask(twice))[0]!).rcode, Rcode.FORMERR);
});

test("what comes before the configuration waits for it", async (t) => {
  const thread = await startTransferThread(t);
  await thread.publish(builtZone("example.org.", `${apexText(9)}www A 192.0.2.1\n`));
  const query = composeQuery({ name: "www.example.org.", type: "A", id: 77, edns: {} });
  const { octets } = signRequest(query, key, now(), tsigCrypto);
  const asked = thread.ask(octets);
  await thread.order({ kind: "published" });
  await thread.want(wanted);
  const reply = parse((await asked)[0]!);
  assert.equal(reply.rcode, Rcode.NOERROR);
  assert.equal(reply.answers.length, 1);
});

test("without a configuration for seconds it is SERVFAIL", async (t) => {
  const thread = await startTransferThread(t);
  const query = composeQuery({ name: "example.org.", type: "AXFR", id: 77 });
  assert.equal(rcodeOf(await thread.ask(query)), Rcode.SERVFAIL);
  await thread.want({});
  assert.equal(rcodeOf(await thread.ask(query)), Rcode.NOTAUTH);
});

test("what cannot be read is FORMERR, and the thread goes on", async (t) => {
  const thread = await startTransferThread(t);
  await thread.want({});
  const query = composeQuery({ name: "example.org.", type: "AXFR", id: 77 });
  for (let size = 12; size < query.length; size += 1) {
    const [reply] = await thread.ask(query.slice(0, size));
    assert.equal(reply![3]! & 15, Rcode.FORMERR, `${size} octets`);
  }
  assert.equal((await thread.ask(query)).length, 1);
});

test("it holds nothing back at its end", async (t) => {
  const thread = await startTransferThread(t);
  await thread.publish(builtZone("example.org.", apexText(9)));
  await thread.restart();
  assert.equal(observedBy(thread.memory.control, 5), EPOCH_MAX);
});
