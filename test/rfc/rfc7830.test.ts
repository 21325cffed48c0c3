// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { composeQuery } from "../../src/dns/compose.ts";
import { EdnsOption, Opcode, Rcode } from "../../src/dns/iana.ts";
import { nameFromText } from "../../src/dns/names.ts";
import { signRequest, type TsigKey } from "../../src/dns/tsig.ts";
import { tsigCrypto } from "../../src/io/tsig.ts";
import { TRANSPORT_TCP, TRANSPORT_TLS } from "../../src/layout/gen/enums.ts";
import { parse } from "../support/daemon-client.ts";
import { runScript } from "../support/script.ts";
import { apexText, builtZone } from "../support/tables.ts";
import {
  ANYBODY,
  answerLines,
  startTransferThread,
  transferQuery,
  wantedZone,
} from "../support/transfer-thread.ts";

runScript("rfc7830");

test("§4, §6 the first message of a transfer, NOTIFY and UPDATE are padded, over TLS alone", async (t) => {
  const thread = await startTransferThread(t);
  const name = "example.org.";
  const hosts = Array.from({ length: 6000 }, (_, i) => `h${i} A 192.0.2.1\n`).join("");
  await thread.publish(builtZone(name, `${apexText(9)}${hosts}`));
  await thread.want({ zones: [wantedZone(name, { allowTransfer: ANYBODY })] });
  const edns = { options: [{ code: EdnsOption.PADDING, data: new Uint8Array(3) }] };
  const requests = [
    transferQuery(name, null, edns),
    transferQuery(name, 9, edns),
    composeQuery({ name, type: "SOA", opcode: Opcode.NOTIFY, edns }),
    composeQuery({ name, type: "SOA", opcode: Opcode.UPDATE, edns }),
  ];
  let padded = 0;
  for (const request of requests) {
    const plain = await thread.ask(request, { transport: TRANSPORT_TCP });
    const [first, ...rest] = await thread.ask(request, { transport: TRANSPORT_TLS });
    assert.deepEqual(answerLines([first!, ...rest]), answerLines(plain));
    for (const octets of rest) assert.equal(parse(octets).edns, null);
    // A message that is full has no room for a block, nor for the head of the option.
    if (first!.length > 65_531) continue;
    assert.equal(first!.length % 468, 0);
    assert.ok(first!.length > plain[0]!.length);
    const codes = parse(first!).edns!.options.map(({ code }) => code);
    assert.equal(codes.at(-1), EdnsOption.PADDING);
    assert.deepEqual(
      parse(plain[0]!).edns!.options.map(({ code }) => code),
      codes.slice(0, -1),
    );
    padded += 1;
  }
  assert.equal(padded, 3);
  const unasked = transferQuery("example.com.", null, {});
  const reply = parse((await thread.ask(unasked, { transport: TRANSPORT_TLS }))[0]!);
  assert.deepEqual([reply.rcode, reply.edns!.options], [Rcode.NOTAUTH, []]);
});

test("§4 a signed query over TLS: what the kernel answers is padded once", async (t) => {
  const thread = await startTransferThread(t);
  const name = "example.org.";
  const key: TsigKey = {
    ...{ name: nameFromText("k1.")!, algorithm: "hmac-sha256" },
    secret: new Uint8Array(32).fill(7),
  };
  const { algorithm, secret } = key;
  await thread.publish(builtZone(name, apexText(9)));
  await thread.want({ keys: [{ id: "one", name: "k1.", algorithm, secret }] });
  const edns = { options: [{ code: EdnsOption.PADDING, data: new Uint8Array(3) }] };
  const query = composeQuery({ name, type: "SOA", edns });
  const { octets } = signRequest(query, key, Math.floor(Date.now() / 1000), tsigCrypto);
  const [reply] = await thread.ask(octets, { transport: TRANSPORT_TLS });
  const message = parse(reply!);
  assert.equal(message.rcode, Rcode.NOERROR);
  assert.equal(message.answers.length, 1);
  assert.deepEqual(
    message.edns!.options.map(({ code }) => code),
    [EdnsOption.PADDING],
  );
});
