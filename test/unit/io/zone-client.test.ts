// SPDX-License-Identifier: Apache-2.0
/** The client against a server of the test's own, which says what no real one would. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { composeMessage } from "../../../src/dns/compose.ts";
import { Rcode, Type } from "../../../src/dns/iana.ts";
import { isMessage, type Message, readMessage } from "../../../src/dns/message.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import type { TsigKey } from "../../../src/dns/tsig.ts";
import { askSoa, CLIENT_LIMITS, fetchZone, type ZoneServer } from "../../../src/io/zone-client.ts";
import { framed } from "../../support/daemon-client.ts";
import { APEX, recordOf, soaLine } from "../../support/transfers.ts";

type Answer = (query: Message, socket: Socket) => void;

/** A server on loopback that answers the first message of each connection, and its queries. */
async function serve(t: TestContext, answer: Answer) {
  const queries: Message[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (chunk) => {
      const message = readMessage(chunk.subarray(2));
      assert.ok(isMessage(message));
      queries.push(message);
      answer(message, socket);
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  return { port: (listener.address() as AddressInfo).port, queries };
}

function serverAt(ports: readonly number[], key: TsigKey | null = null): ZoneServer {
  const addresses = ports.map((port) => ({ host: "127.0.0.1", port }));
  return { remote: { id: "p", addresses, key: null, source: null, tls: null }, key };
}

function replyTo(query: Message, lines: readonly string[], rest: Partial<Message> = {}): Buffer {
  const answers = lines.map(recordOf);
  return framed(
    composeMessage({ ...query, qr: true, aa: true, authorities: [], answers, ...rest }),
  );
}

test("the serial of a zone, octet by octet", async (t) => {
  const { port, queries } = await serve(t, (query, socket) => {
    for (const octet of replyTo(query, [soaLine(42)])) socket.write(Uint8Array.of(octet));
  });
  const answer = await askSoa(serverAt([port]), APEX);
  assert.equal(answer.kind === "soa" && answer.serial, 42);
  assert.deepEqual([queries[0]!.rd, queries[0]!.questions[0]!.type], [false, Type.SOA]);
});

test("an answer that is none is a reason and not a serial", async (t) => {
  const soa = [soaLine(42)];
  const cases: readonly [RegExp, (query: Message) => Buffer][] = [
    [/another query/, (query) => replyTo({ ...query, id: query.id ^ 1 }, soa)],
    [/another query/, (query) => replyTo(query, soa, { qr: false })],
    [/REFUSED/, (query) => replyTo(query, soa, { rcode: Rcode.REFUSED })],
    [/no authority/, (query) => replyTo(query, soa, { aa: false })],
    [/without a SOA/, (query) => replyTo(query, ["a 300 A 192.0.2.1"])],
    [/malformed/, () => Buffer.from([0, 13, ...new Uint8Array(4), 0, 9, ...new Uint8Array(7)])],
    [/shorter than a header/, () => Buffer.from([0, 3, 1, 2, 3])],
  ];
  for (const [reason, answer] of cases) {
    const { port } = await serve(t, (query, socket) => socket.write(answer(query)));
    const got = await askSoa(serverAt([port]), APEX);
    assert.equal(got.kind, "failed", String(reason));
    assert.match(got.kind === "failed" ? got.reason : "", reason);
  }
});

test("a zone in several messages; IXFR names what is had", async (t) => {
  const records = [soaLine(2), "@ 300 NS ns", "ns 300 A 192.0.2.1", "a 300 A 192.0.2.2"];
  const { port, queries } = await serve(t, (query, socket) => {
    const [first, ...rest] = [...records, soaLine(2)];
    socket.write(Buffer.concat([replyTo(query, [first!]), replyTo(query, rest)]));
  });
  const got: number[] = [];
  const whole = await fetchZone(serverAt([port]), APEX, null, ({ type }) => got.push(type));
  assert.equal(whole.kind, "whole", JSON.stringify(whole));
  assert.ok(got.includes(Type.NS) && got.filter((type) => type === Type.A).length === 2);
  assert.equal(queries[0]!.questions[0]!.type, Type.AXFR);

  const { class: _, ...have } = recordOf(soaLine(1));
  await fetchZone(serverAt([port]), APEX, have, () => {});
  assert.equal(queries[1]!.questions[0]!.type, Type.IXFR);
  assert.deepEqual(queries[1]!.authorities[0]!.rdata, have.rdata);
});

test("C1: silence, an early end, too many records: each is an end", async (t) => {
  const limits = { ...CLIENT_LIMITS, idleMs: 100 };
  const silent = await serve(t, () => {});
  const silence = await fetchZone(serverAt([silent.port]), APEX, null, () => {}, limits);
  assert.match(silence.kind === "failed" ? silence.reason : "", /no answer in time/);
  const short = await serve(t, (query, socket) => socket.end(replyTo(query, [soaLine(2)])));
  const early = await fetchZone(serverAt([short.port]), APEX, null, () => {});
  assert.match(early.kind === "failed" ? early.reason : "", /closed the connection/);
  const many = await serve(t, (query, socket) => {
    const hosts = Array.from({ length: 50 }, (_, i) => `h${i} 300 A 192.0.2.1`);
    socket.write(replyTo(query, [soaLine(2), ...hosts]));
  });
  const few = { ...CLIENT_LIMITS, recordsMax: 20 };
  const bounded = await fetchZone(serverAt([many.port]), APEX, null, () => {}, few);
  assert.equal(bounded.kind, "failed");
});

test("the next address is tried when one cannot be reached", async (t) => {
  const { port } = await serve(t, (query, socket) => socket.write(replyTo(query, [soaLine(7)])));
  const answer = await askSoa(serverAt([1, port]), APEX);
  assert.equal(answer.kind === "soa" && answer.serial, 7);
  const none = await askSoa(serverAt([1]), APEX);
  assert.match(none.kind === "failed" ? none.reason : "", /127\.0\.0\.1.*ECONNREFUSED/);
});

test("C2: what should be signed and is not is worth nothing", async (t) => {
  const secret = new Uint8Array(32);
  const key: TsigKey = { name: nameFromText("k1.")!, algorithm: "hmac-sha256", secret };
  const { port } = await serve(t, (query, socket) =>
    socket.write(replyTo({ ...query, additionals: [] }, [soaLine(7)])),
  );
  assert.equal((await askSoa(serverAt([port], key), APEX)).kind, "failed");
});
