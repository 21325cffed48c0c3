// SPDX-License-Identifier: Apache-2.0
/** Behind a balancer, over real sockets: who is believed, and what of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { composeQuery } from "../../../src/dns/compose.ts";
import type { SlowRequest } from "../../../src/io/slow.ts";
import {
  COUNTER_PROXY_ACCEPTED,
  COUNTER_PROXY_MALFORMED,
  COUNTER_PROXY_REFUSED,
  COUNTER_QUERIES_UDP,
  COUNTER_TCP_REFUSED,
} from "../../../src/layout/gen/counters.ts";
import { isAllowed } from "../../../workers/stream-proxy.ts";
import { until } from "../../support/daemon.ts";
import { exchange, frame, framed, openStream, parse } from "../../support/daemon-client.ts";
import { notify } from "../../support/slow-end.ts";
import { LOOPBACK, LOOPBACK_V6, prefixes, startStreamThread } from "../../support/stream-thread.ts";

const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
const both = [LOOPBACK, LOOPBACK_V6];

/** Version 2: command, family and transport, what follows. */
function header(command: number, family: number, rest: readonly number[]): Buffer {
  const head = [0x20 | command, family, rest.length >> 8, rest.length & 255];
  return Buffer.concat([SIGNATURE, Buffer.from([...head, ...rest])]);
}

/** 192.0.2.<last> port 4711 to 192.0.2.99 port 53, with a TLV that nobody knows. */
function v4(last: number, transport = 1): Buffer {
  const addresses = [192, 0, 2, last, 192, 0, 2, 99, 4711 >> 8, 4711 & 255, 0, 53];
  return header(1, 0x10 | transport, [...addresses, 0xee, 0, 2, 1, 2]);
}

/** 2001:db8::1 port 4711. */
function v6(transport = 1): Buffer {
  const address = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
  return header(1, 0x20 | transport, [...address, ...address, 18, 103, 0, 53]);
}

const query = (id: number) => frame({ name: "www.t.", type: "A", id });

test("TCP: the client of the header is the client, in version 1, 2 and with LOCAL", async (t) => {
  const allow = prefixes("127.0.0.0/8", "::1/128");
  const thread = await startStreamThread(t, {}, { listenProxy: both, proxyAllow: allow });
  const seen: SlowRequest[] = [];
  thread.takeSlow((request, reply) => {
    seen.push({ ...request, client: request.client.slice(), octets: request.octets.slice() });
    reply(request.octets, true);
  });
  const heads = [
    v4(7),
    v6(),
    Buffer.from("PROXY TCP4 192.0.2.8 192.0.2.99 4712 53\r\n"),
    header(0, 0, []),
  ];
  for (const [i, head] of heads.entries()) {
    const stream = await openStream(thread.proxy[i % 2]!);
    // With the first query, or in pieces before it.
    if (i % 2 === 0) stream.socket.write(Buffer.concat([head, query(i), framed(notify(9))]));
    else {
      for (const octet of head) stream.socket.write(Buffer.of(octet));
      stream.socket.write(query(i));
      stream.socket.write(framed(notify(9)));
    }
    const replies = await stream.got(2);
    assert.deepEqual(
      replies.map(({ id }) => id),
      [i, 9],
    );
    stream.socket.destroy();
  }
  const who = seen.map(({ client, family, port, transport }) => {
    const address = Buffer.from(client.subarray(0, family === 4 ? 4 : 16)).toString("hex");
    return `${address} ${family === 6 && address.endsWith("0001") ? "v6" : "v4"} ${transport} ${port}`;
  });
  assert.equal(who[0], "c0000207 v4 1 4711");
  assert.equal(who[1], "20010db8000000000000000000000001 v6 1 4711");
  assert.equal(who[2], "c0000208 v4 1 4712");
  assert.match(who[3]!, /^00000000000000000000000000000001 v6 1 \d+$/);
  assert.equal(thread.counted(COUNTER_PROXY_ACCEPTED), 4);
});

test("TCP: bounds hold for the clients of the header, and not for the balancer", async (t) => {
  const allow = prefixes("127.0.0.1/32");
  const limits = { connectionsPerClientMax: 1, connectionsPerPrefixMax: 3 };
  const thread = await startStreamThread(t, limits, { listenProxy: [LOOPBACK], proxyAllow: allow });
  const open = async (last: number) => {
    const stream = await openStream(thread.proxy[0]!);
    stream.socket.write(Buffer.concat([v4(last), query(1)]));
    await Promise.race([stream.got(1), stream.closed]);
    return stream.replies.length;
  };
  assert.deepEqual([await open(1), await open(2), await open(3)], [1, 1, 1]);
  assert.deepEqual([await open(1), await open(4)], [0, 0]);
  assert.equal(thread.counted(COUNTER_TCP_REFUSED), 2);
});

test("TCP: who is not on the list is refused and counted; a broken header ends the connection", async (t) => {
  const allow = prefixes("127.0.0.1/32");
  const thread = await startStreamThread(t, {}, { listenProxy: [LOOPBACK], proxyAllow: allow });
  const stranger = await openStream(thread.proxy[0]!, "127.0.0.2");
  stranger.socket.write(Buffer.concat([v4(1), query(1)]));
  await stranger.closed;
  assert.equal(thread.counted(COUNTER_PROXY_REFUSED), 1);
  for (const head of [query(1), Buffer.from("PROXY TCP4 nowhere\r\n"), Buffer.alloc(3000, "P")]) {
    const stream = await openStream(thread.proxy[0]!);
    stream.socket.write(head);
    await stream.closed;
    assert.equal(stream.replies.length, 0);
  }
  assert.equal(thread.counted(COUNTER_PROXY_MALFORMED), 3);
  assert.equal(thread.counted(COUNTER_PROXY_ACCEPTED), 0);
  // Where no balancer is expected a header is noise.
  const plain = await openStream(thread.tcp[0]!);
  plain.socket.write(Buffer.concat([v4(1), query(1)]));
  plain.socket.end();
  await plain.closed;
  assert.equal(plain.replies.length, 0);
});

test("TCP: a header that never ends is no way to stay", async (t) => {
  const streams = { listenProxy: [LOOPBACK], proxyAllow: prefixes("127.0.0.1/32") };
  const thread = await startStreamThread(t, { idleMs: 1000 }, streams);
  const stream = await openStream(thread.proxy[0]!);
  stream.socket.write(SIGNATURE.subarray(0, 5));
  await stream.closed;
});

test("UDP: answers go to the balancer without a header; the client of the header asks", async (t) => {
  const allow = prefixes("127.0.0.0/8", "::1/128");
  const thread = await startStreamThread(t, {}, { listenProxy: both, proxyAllow: allow });
  const seen: SlowRequest[] = [];
  thread.takeSlow((request, reply) => {
    seen.push({ ...request, client: request.client.slice(), octets: request.octets.slice() });
    reply(request.octets, true);
  });
  const octets = composeQuery({ name: "www.t.", type: "A", id: 3 });
  for (const at of thread.proxy) {
    for (const head of [v4(7, 2), v6(2), header(0, 0, [])]) {
      const got = await exchange(at, Buffer.concat([head, octets]), 5000);
      assert.deepEqual([parse(got!.octets).id, parse(got!.octets).answers.length], [3, 1]);
    }
  }
  assert.equal(thread.counted(COUNTER_QUERIES_UDP), 6);
  const slow = await exchange(thread.proxy[0]!, Buffer.concat([v4(9, 2), notify(4)]), 5000);
  assert.equal(parse(slow!.octets).id, 4);
  const { client, family, port, transport } = seen[0]!;
  assert.deepEqual([...client.subarray(0, 4), family, port, transport], [192, 0, 2, 9, 4, 4711, 0]);
});

test("UDP: without a sound header of version 2 nothing is answered", async (t) => {
  const allow = prefixes("127.0.0.1/32");
  const thread = await startStreamThread(t, {}, { listenProxy: both, proxyAllow: allow });
  const octets = composeQuery({ name: "www.t.", type: "A", id: 3 });
  const [listed, other] = thread.proxy;
  await exchange(listed!, octets, 10);
  await exchange(listed!, Buffer.from("PROXY UNKNOWN\r\n"), 10);
  await exchange(listed!, v4(1, 2).subarray(0, 20), 10);
  await exchange(other!, Buffer.concat([v4(1, 2), octets]), 10);
  await until("all are counted", () => thread.counted(COUNTER_PROXY_REFUSED) === 1);
  await until("all are counted", () => thread.counted(COUNTER_PROXY_MALFORMED) === 3);
  assert.equal(thread.counted(COUNTER_QUERIES_UDP), 0);
  // A header and nothing behind it is as an empty datagram.
  await exchange(listed!, v4(1, 2), 10);
  const got = await exchange(listed!, Buffer.concat([v4(1, 2), octets]), 5000);
  assert.equal(parse(got!.octets).id, 3);
});

test("H1: networks of both families", () => {
  const allow = prefixes("192.0.2.0/24", "2001:db8::/32");
  for (const address of ["192.0.2.1", "2001:db8::5"]) assert.ok(isAllowed(allow, address));
  for (const address of ["192.0.3.1", "::1", "::ffff:192.0.2.1"]) {
    assert.ok(!isAllowed(allow, address), address);
  }
  assert.ok(!isAllowed([], "127.0.0.1"));
});
