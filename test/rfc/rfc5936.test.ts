// SPDX-License-Identifier: Apache-2.0
/** RFC 5936, AXFR, by section, asked of the real transfer thread. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rcode, Type } from "../../src/dns/iana.ts";
import { nameFromText } from "../../src/dns/names.ts";
import { TRANSPORT_UDP } from "../../src/layout/gen/enums.ts";
import { createReceiver, takeMessage } from "../../src/transfer/receive.ts";
import { parse } from "../support/daemon-client.ts";
import { apexText, builtZone } from "../support/tables.ts";
import {
  ANYBODY,
  answerLines,
  rcodeOf,
  startTransferThread,
  type TransferThread,
  transferQuery,
  wantedZone,
} from "../support/transfer-thread.ts";

const APEX = "example.org.";

/** Publishes a zone that anybody may have. */
async function serve(thread: TransferThread, text: string, serial = 1): Promise<void> {
  await thread.want({ zones: [wantedZone(APEX, { allowTransfer: ANYBODY })] });
  await thread.publish(builtZone(APEX, `${apexText(serial)}${text}`));
}

test("RFC 5936 §2.1: header and question of each message are those of the query", async (t) => {
  const thread = await startTransferThread(t);
  const lines = Array.from({ length: 6000 }, (_, i) => `h${i} A 192.0.2.${i % 256}\n`);
  await serve(thread, lines.join(""));
  const messages = await thread.ask(transferQuery("EXample.org.", null));
  assert.ok(messages.length > 1);
  for (const octets of messages) {
    const { id, qr, aa, tc, rcode, opcode, questions } = parse(octets);
    assert.deepEqual(
      { id, qr, aa, tc, rcode, opcode },
      {
        ...{ id: 77, qr: true, aa: true, tc: false, rcode: 0, opcode: 0 },
      },
    );
    assert.deepEqual(questions[0]!.name, nameFromText("EXample.org."));
    assert.equal(questions[0]!.type, Type.AXFR);
  }
});

test("RFC 5936 §2.2: every record once, between two SOA", async (t) => {
  const thread = await startTransferThread(t);
  const odd = ["*.sub TXT a", "a.b.c.d A 192.0.2.1", "\\000\\255x A 192.0.2.2", "cut NS ns.cut"];
  const glue = ["ns.cut A 192.0.2.3", "www A 192.0.2.4", "www A 192.0.2.5", "x DNAME other.net."];
  await serve(thread, `${[...odd, ...glue].join("\n")}\nm MX 5 www\ns SRV 1 2 3 www\n`);
  const lines = answerLines(await thread.ask(transferQuery(APEX, null)));
  const soa =
    "example.org. 3600 IN SOA ns1.example.org. hostmaster.example.org. 1 7200 1800 259200 120";
  assert.equal(lines[0], soa);
  assert.equal(lines.at(-1), soa);
  assert.deepEqual(lines.slice(1, -1).sort(), [
    '*.sub.example.org. 3600 IN TXT "a"',
    "\\000\\255x.example.org. 3600 IN A 192.0.2.2",
    "a.b.c.d.example.org. 3600 IN A 192.0.2.1",
    "cut.example.org. 3600 IN NS ns.cut.example.org.",
    "example.org. 3600 IN NS ns1.example.org.",
    "m.example.org. 3600 IN MX 5 www.example.org.",
    "ns.cut.example.org. 3600 IN A 192.0.2.3",
    "s.example.org. 3600 IN SRV 1 2 3 www.example.org.",
    "www.example.org. 3600 IN A 192.0.2.4",
    "www.example.org. 3600 IN A 192.0.2.5",
    "x.example.org. 3600 IN DNAME other.net.",
  ]);
});

test("RFC 5936 §2.2: messages are filled, up to what one may have", async (t) => {
  const thread = await startTransferThread(t);
  const lines = Array.from({ length: 20_000 }, (_, i) => `host${i} A 192.0.2.${i % 256}\n`);
  await serve(thread, lines.join(""));
  const messages = await thread.ask(transferQuery(APEX, null));
  assert.equal(answerLines(messages).length, 20_000 + 3);
  for (const octets of messages.slice(0, -1)) {
    assert.ok(octets.length <= 65_535 && octets.length > 65_400, `${octets.length}`);
  }
});

test("RFC 5936 §2.2.5: EDNS in the first message, if the query had it; RFC 7314 §4: EXPIRE", async (t) => {
  const thread = await startTransferThread(t);
  await serve(thread, Array.from({ length: 6000 }, (_, i) => `h${i} A 192.0.2.1\n`).join(""));
  assert.equal(parse((await thread.ask(transferQuery(APEX, null)))[0]!).edns, null);
  const options = [{ code: 9, data: new Uint8Array(0) }];
  const asked = await thread.ask(transferQuery(APEX, null, { options }));
  const [first, second] = asked.map(parse);
  assert.deepEqual(first!.edns!.options, [{ code: 9, data: new Uint8Array([0, 3, 0xf4, 0x80]) }]);
  assert.equal(second!.edns, null);
  const plain = await thread.ask(transferQuery(APEX, null, {}));
  assert.deepEqual(parse(plain[0]!).edns!.options, []);
});

test("RFC 5936 §2.2.1: a zone that is not ours is NOTAUTH, one without data SERVFAIL", async (t) => {
  const thread = await startTransferThread(t);
  await thread.want({ zones: [wantedZone(APEX, { allowTransfer: ANYBODY })] });
  assert.equal(rcodeOf(await thread.ask(transferQuery(APEX, null))), Rcode.SERVFAIL);
  await thread.publish(builtZone(APEX, apexText()));
  assert.equal(rcodeOf(await thread.ask(transferQuery("other.org.", null))), Rcode.NOTAUTH);
  // Neither the parent nor a name in it is a zone.
  assert.equal(rcodeOf(await thread.ask(transferQuery("www.example.org.", null))), Rcode.NOTAUTH);
  assert.equal(rcodeOf(await thread.ask(transferQuery("org.", null))), Rcode.NOTAUTH);
});

test("RFC 5936 §3.4: names are compressed, and those of newer types are not", async (t) => {
  const thread = await startTransferThread(t);
  await serve(thread, "www A 192.0.2.4\nwww A 192.0.2.5\nm MX 5 www\ns SRV 1 2 3 www\n");
  const [octets] = await thread.ask(transferQuery(APEX, null));
  const text = Buffer.from(octets!).toString("latin1");
  // Once in the question, and once in SRV (RFC 2782).
  assert.equal(text.split("\x07example\x03org\x00").length - 1, 2);
});

test("RFC 5936 §4.2: there is no AXFR over UDP", async (t) => {
  const thread = await startTransferThread(t);
  await serve(thread, "");
  const udp = { transport: TRANSPORT_UDP };
  assert.equal(rcodeOf(await thread.ask(transferQuery(APEX, null), udp)), Rcode.FORMERR);
});

test("RFC 5936 §5: the list of a zone is by address, by key, or both; others are REFUSED", async (t) => {
  const thread = await startTransferThread(t);
  const rule = { prefix: "192.0.2.0/25", key: null, tls: false };
  const v6 = { prefix: "2001:db8::/32", key: null, tls: false };
  await thread.want({ zones: [wantedZone(APEX, { allowTransfer: [rule, v6] })] });
  await thread.publish(builtZone(APEX, apexText()));
  const from = async (client: string): Promise<number> =>
    rcodeOf(await thread.ask(transferQuery(APEX, null, {}), { client }));
  assert.equal(await from("192.0.2.127"), 0);
  assert.equal(await from("2001:db8:ffff::1"), 0);
  assert.equal(await from("192.0.2.128"), Rcode.REFUSED);
  assert.equal(await from("2001:db9::1"), Rcode.REFUSED);
  const [refused] = await thread.ask(transferQuery(APEX, null, {}), { client: "192.0.2.200" });
  // RFC 8914 §4.19: Prohibited.
  assert.deepEqual(parse(refused!).edns!.options[0]!.data, new Uint8Array([0, 18]));
  await thread.want({ zones: [wantedZone(APEX)] });
  assert.equal(await from("192.0.2.1"), Rcode.REFUSED);
});

test("RFC 5936 §6: a transfer shows one version, whatever is published meanwhile", async (t) => {
  const thread = await startTransferThread(t);
  const lines = (from: number): string =>
    Array.from({ length: 30_000 }, (_, i) => `h${i} A 192.0.${from}.${i % 256}\n`).join("");
  await serve(thread, lines(2), 1);
  const asked = thread.ask(transferQuery(APEX, null));
  const next = builtZone(APEX, `${apexText(2)}${lines(3)}`);
  await thread.publish(next);
  const messages = await asked;
  const serials = new Set<number>();
  const seen = new Set<string>();
  const receiver = createReceiver({
    ...{ apex: nameFromText(APEX)!, type: Type.AXFR, id: 77, serial: 0 },
    ...{ recordsMax: 1e6, octetsMax: 1e9 },
    onRecord: ({ type, rdata }) => {
      if (type === Type.A) seen.add(`${rdata[2]}`);
    },
  });
  for (const octets of messages) {
    const receipt = takeMessage(receiver, octets);
    if (receipt.kind === "whole") serials.add(receipt.serial);
    else assert.equal(receipt.kind, "more");
  }
  assert.equal(serials.size, 1);
  assert.equal(seen.size, 1);
});

test("RFC 5936 §3: hints that are filled in go out filled, by static and by flattened targets", async (t) => {
  const thread = await startTransferThread(t);
  const owner = nameFromText("geo.example.org.")!;
  const flattened = [{ owner, type: Type.A, ttl: 30, rdatas: [new Uint8Array([192, 0, 2, 7])] }];
  const transfer = { allowTransfer: ANYBODY, steered: "flatten" } as const;
  await thread.want({ zones: [wantedZone(APEX, transfer, { steered: true, flattened })] });
  const lines = "www A 192.0.2.4\nwww HTTPS 1 . ipv4hint=auto port=8\nb SVCB 1 geo ipv4hint=auto\n";
  await thread.publish(builtZone(APEX, apexText() + lines));
  const got = answerLines(await thread.ask(transferQuery(APEX, null)));
  assert.deepEqual(got.slice(1, -1).sort(), [
    "b.example.org. 30 IN SVCB 1 geo.example.org. ipv4hint=192.0.2.7",
    "example.org. 3600 IN NS ns1.example.org.",
    "geo.example.org. 30 IN A 192.0.2.7",
    "www.example.org. 3600 IN A 192.0.2.4",
    "www.example.org. 3600 IN HTTPS 1 . port=8 ipv4hint=192.0.2.4",
  ]);
});

test("steered names are refused, or flattened to what the configuration says", async (t) => {
  const thread = await startTransferThread(t);
  await thread.want({ zones: [wantedZone(APEX, { allowTransfer: ANYBODY }, { steered: true })] });
  await thread.publish(builtZone(APEX, apexText()));
  assert.equal(rcodeOf(await thread.ask(transferQuery(APEX, null))), Rcode.REFUSED);
  const owner = nameFromText("www.example.org.")!;
  const flattened = [{ owner, type: Type.A, ttl: 30, rdatas: [new Uint8Array([192, 0, 2, 1])] }];
  const transfer = { allowTransfer: ANYBODY, steered: "flatten" } as const;
  await thread.want({ zones: [wantedZone(APEX, transfer, { steered: true, flattened })] });
  const lines = answerLines(await thread.ask(transferQuery(APEX, null)));
  assert.ok(lines.includes("www.example.org. 30 IN A 192.0.2.1"));
  assert.equal(lines.length, 4);
});
