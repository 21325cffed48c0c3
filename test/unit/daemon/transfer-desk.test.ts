// SPDX-License-Identifier: Apache-2.0
/** Which handler gets what, and what a refusal looks like; signatures are tried in test/unit/workers/transfer.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDesk, type Handler, refusal, replyTo } from "../../../src/daemon/transfer-desk.ts";
import { composeQuery } from "../../../src/dns/compose.ts";
import { EdnsOption, Opcode, Rcode } from "../../../src/dns/iana.ts";
import type { SlowRequest } from "../../../src/io/slow.ts";
import { TRANSPORT_TCP, TRANSPORT_UDP } from "../../../src/layout/gen/enums.ts";
import { parse } from "../../support/daemon-client.ts";

test("each kind of request has its handler, and its room", async () => {
  const seen: [string, number][] = [];
  const handler =
    (name: string): Handler =>
    async ({ room }) => {
      seen.push([name, room]);
    };
  const desk = createDesk({
    handlers: {
      ...{ transfer: handler("transfer"), notify: handler("notify") },
      ...{ update: handler("update"), query: handler("query") },
    },
    ...{ keyOf: () => null, nowSecs: () => 0, udpSizeMax: 1232, onBadSignature: () => {} },
    ednsOf: () => null,
  });
  const ask = (transport: number, query: Parameters<typeof composeQuery>[0]): Promise<void> => {
    const request: SlowRequest = {
      ...{ kind: "request", id: 1, octets: composeQuery(query), client: new Uint8Array(16) },
      ...{ family: 4, port: 1, transport },
    };
    return desk({ request, isGone: () => false, send: async () => true });
  };
  const name = "example.org.";
  await ask(TRANSPORT_TCP, { name, type: "AXFR" });
  await ask(TRANSPORT_UDP, { name, type: "IXFR" });
  await ask(TRANSPORT_UDP, { name, type: "IXFR", edns: { payload: 900 } });
  await ask(TRANSPORT_UDP, { name, type: "IXFR", edns: { payload: 4096 } });
  await ask(TRANSPORT_UDP, { name, type: "SOA", opcode: Opcode.NOTIFY, edns: { payload: 100 } });
  await ask(TRANSPORT_TCP, { name, type: "SOA", opcode: Opcode.UPDATE });
  await ask(TRANSPORT_TCP, { name, type: "SOA" });
  assert.deepEqual(seen, [
    ["transfer", 65535],
    ["transfer", 512],
    ["transfer", 900],
    ["transfer", 1232],
    ["notify", 512],
    ["update", 65535],
    ["query", 65535],
  ]);
});

test("a refusal repeats the question, and says why only to who speaks EDNS", () => {
  const query = { name: "eXample.org.", type: "AXFR", id: 99, rd: true };
  const plain = parse(refusal(parse(composeQuery(query)), null, Rcode.REFUSED, 18));
  assert.equal(plain.id, 99);
  assert.ok(plain.qr && plain.rd && !plain.aa);
  assert.equal(plain.rcode, Rcode.REFUSED);
  assert.equal(plain.edns, null);
  assert.deepEqual(plain.questions, parse(composeQuery(query)).questions);
  const spoken = parse(composeQuery({ ...query, edns: { dnssecOk: true } }));
  const edns = parse(refusal(spoken, spoken.edns, Rcode.REFUSED, 18)).edns!;
  assert.deepEqual(edns.options, [{ code: EdnsOption.EDE, data: new Uint8Array([0, 18]) }]);
  assert.ok(edns.dnssecOk);
});

test("what cannot be read gets the header back, and the question if that can be read", () => {
  const query = composeQuery({ name: "example.org.", type: "AXFR", id: 99, opcode: 4 });
  const whole = parse(replyTo(query, Rcode.NOTAUTH));
  assert.equal(whole.opcode, 4);
  assert.equal(whole.rcode, Rcode.NOTAUTH);
  assert.equal(whole.questions.length, 1);
  for (let size = 12; size < query.length; size += 1) {
    const cut = parse(replyTo(query.slice(0, size), Rcode.FORMERR));
    assert.equal(cut.questions.length, 0);
    assert.equal(cut.id, 99);
  }
});
