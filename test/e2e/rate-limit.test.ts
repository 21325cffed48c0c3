// SPDX-License-Identifier: Apache-2.0
/** H01, H02, H03, H05, H08, H09: rate limits of a running server, over real sockets. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { type TestContext, test } from "node:test";
import { composeQuery } from "../../src/dns/compose.ts";
import { isMessage, type Message, readMessage } from "../../src/dns/message.ts";
import {
  createSite,
  startTestDaemon,
  type TestDaemon,
  until,
  zoneText,
} from "../support/daemon.ts";
import { askUdp } from "../support/daemon-client.ts";
import { nativeForTests } from "../support/native.ts";

const FLOOD = 600;
/** Far below what comes at once, so that time decides nothing. */
const ON = { mode: "on", answersPerSecond: 1, answersAtOnce: 20 };

/** Both data planes by name: what `auto` comes to depends on the machine. */
const { reason } = nativeForTests();
const PLANES = [
  { plane: { kernel: "ts", pump: "dgram" }, skip: false },
  { plane: { kernel: "native", pump: "native" }, skip: reason },
] as const;
const AUTO = { kernel: "auto", pump: "auto" };

const config = (rateLimit: object, node: object) => ({
  node: { listen: ["127.0.0.1:0"], ...node, rateLimit },
  zones: { "example.org": { file: "zone" } },
});

async function serve(t: TestContext, rateLimit: object, node: object = AUTO) {
  const site = createSite(t, config(rateLimit, node));
  site.write("zone", zoneText(1, "a A 192.0.2.1", "*.w A 192.0.2.2"));
  const server = await startTestDaemon(site);
  const reload = (next: object): void => {
    site.configure(config(next, node));
    server.daemon.reload();
  };
  return { server, reload };
}

/** Sends and does not listen. */
async function spray(server: TestDaemon, queries: readonly Uint8Array[], from: string) {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, from, resolve));
  for (const query of queries) {
    await new Promise<void>((resolve) =>
      socket.send(query, server.v4.port, "127.0.0.1", () => resolve()),
    );
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

interface Heard {
  /** Answers that are whole, and those with TC. */
  readonly whole: number;
  readonly truncated: number;
  /** Answers by RCODE, truncated ones included. */
  readonly rcodes: Readonly<Record<number, number>>;
}

/** All of so many whole, none truncated, each with this RCODE. */
const allOf = (whole: number, rcode = 0): Heard => ({
  ...{ whole, truncated: 0 },
  rcodes: { [rcode]: whole },
});

/** Sends queries one after the other from `from`; what came back, when nothing more comes. */
async function flood(
  server: TestDaemon,
  queries: readonly Uint8Array[],
  from = "127.0.0.1",
): Promise<Heard> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, from, resolve));
  const heard: Message[] = [];
  socket.on("message", (octets) => {
    const message = readMessage(octets);
    if (isMessage(message)) heard.push(message);
  });
  for (const [i, query] of queries.entries()) {
    // A socket's buffer holds some hundred answers, and this thread has to take them.
    if (i % 64 === 63) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise<void>((resolve) =>
      socket.send(query, server.v4.port, "127.0.0.1", () => resolve()),
    );
  }
  for (let before = -1; before !== heard.length; ) {
    before = heard.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  const truncated = heard.filter((one) => one.tc).length;
  const rcodes: Record<number, number> = {};
  for (const { rcode } of heard) rcodes[rcode] = (rcodes[rcode] ?? 0) + 1;
  return { whole: heard.length - truncated, truncated, rcodes };
}

const many = (name: (i: number) => string, options: object = {}): Uint8Array[] =>
  Array.from({ length: FLOOD }, (_, i) =>
    composeQuery({ name: name(i), type: "A", id: i, ...options }),
  );
const randomNames = many((i) => `x${i}.example.org.`);
const oneName = many(() => "a.example.org.");
const metric = async (server: TestDaemon, name: string): Promise<number> =>
  (await server.metrics()).get(name) ?? 0;

for (const { plane, skip } of PLANES) {
  const { kernel } = plane;

  test(`H05 (${kernel}): random names that do not exist cost one bucket; others are served`, {
    skip,
  }, async (t) => {
    const { server } = await serve(t, ON, plane);
    const names = await flood(server, randomNames);
    assert.ok(names.whole >= 1 && names.whole < 100, `${names.whole} whole answers`);
    assert.ok(names.truncated > FLOOD / 2, `${names.truncated} truncated`);
    // Another network, a neighbour in the same /24 and another kind of answer are let alone.
    for (const friend of ["127.77.0.9", "127.0.0.2"]) {
      assert.deepEqual(await flood(server, randomNames.slice(0, 10), friend), allOf(10, 3));
    }
    assert.deepEqual(await flood(server, oneName.slice(0, 10)), allOf(10));
    const wild = await flood(
      server,
      many((i) => `z${i}.w.example.org.`),
    );
    assert.ok(wild.truncated > FLOOD / 2, "names made by a wildcard cost one bucket, too");
    const denied = await metric(server, 'azimuth_rate_limited_total{class="denial"}');
    assert.ok(denied >= names.truncated);
  });

  test(`H02 (${kernel}): a /24 that floods with all its addresses has 32 times as much, then no more`, {
    skip,
  }, async (t) => {
    // One reader, so that what is sent last is looked at last.
    const { server } = await serve(t, ON, { ...plane, workers: 1 });
    for (let i = 1; i <= 250; i += 1) await spray(server, oneName.slice(0, 21), `127.0.0.${i}`);
    const late = await flood(server, oneName.slice(0, 30), "127.0.0.253");
    assert.ok(late.whole < 20 && late.truncated > 10, `${late.whole} whole answers`);
    const next = await flood(server, oneName.slice(0, 20), "127.0.1.1");
    assert.deepEqual(next, allOf(20));
  });

  test(`H01, H03 (${kernel}): reloads turn it on, to another rate, to silence, and off`, {
    skip,
  }, async (t) => {
    const { server, reload } = await serve(t, { mode: "off" }, plane);
    const part = randomNames.slice(0, 200);
    assert.deepEqual(await flood(server, part), allOf(200, 3));

    reload(ON);
    await until("it is on", async () => (await flood(server, part)).truncated > 100);
    reload({ mode: "on", answersPerSecond: 1_000_000, answersAtOnce: 1_000_000 });
    await until("the rate is higher", async () => (await flood(server, part)).whole === 200);
    reload(ON);
    await until("it is lower again", async () => (await flood(server, part)).truncated > 100);
    const dropped = 'azimuth_dropped_total{reason="limited"}';
    assert.equal(await metric(server, dropped), 0);

    reload({ ...ON, slip: 0 });
    await until("it is silent", async () => {
      const { whole, truncated } = await flood(server, part);
      return whole < 100 && truncated === 0;
    });
    assert.ok((await metric(server, dropped)) > 100);

    reload({ mode: "off" });
    await until("it is off", async () => (await flood(server, part)).whole === 200);
  });

  test(`H09, H08 (${kernel}): requests over a limit hear what they are told to, or are counted only`, {
    skip,
  }, async (t) => {
    const requests = { requestMode: "on", requestsPerAddress: 1, requestsPerNetwork: 1000 };
    const { server, reload } = await serve(t, { ...requests, requestMode: "dry-run" }, plane);
    const [over, dry] = [
      'azimuth_rate_limited_total{class="address"}',
      "azimuth_rate_limited_dry_total",
    ];
    assert.deepEqual(await flood(server, oneName), allOf(FLOOD));
    const counted = await metric(server, dry);
    assert.ok(counted > FLOOD / 2);
    assert.equal(await metric(server, over), counted);

    const part = oneName.slice(0, 100);
    reload({ ...requests, requestAction: "truncate" });
    await until("they are truncated", async () => (await flood(server, part)).truncated > 50);
    const dryBefore = await metric(server, dry);
    for (const [requestAction, rcode] of [
      ["refuse", 5],
      ["servfail", 2],
    ] as const) {
      reload({ ...requests, requestAction });
      await until(requestAction, async () => {
        const { whole, truncated, rcodes } = await flood(server, part);
        return whole === 100 && truncated === 0 && (rcodes[rcode] ?? 0) > 50;
      });
    }
    assert.equal(await metric(server, dry), dryBefore);
    assert.ok((await metric(server, over)) > counted + 150);
    // A neighbour has a bucket of its own, and the network is not full.
    assert.deepEqual(await flood(server, oneName.slice(0, 1), "127.0.0.2"), allOf(1));
  });

  test(`H09 (${kernel}): the network is limited, though each address asks once`, {
    skip,
  }, async (t) => {
    const requests = { requestMode: "on", requestsPerAddress: 1000, requestsPerNetwork: 1 };
    const { server } = await serve(t, { ...requests, requestAction: "refuse" }, plane);
    for (let i = 1; i <= 40; i += 1) await spray(server, oneName.slice(0, 1), `127.0.0.${i}`);
    await until("one is refused", async () => {
      return (await metric(server, 'azimuth_rate_limited_total{class="network"}')) > 0;
    });
    assert.equal(await metric(server, 'azimuth_rate_limited_total{class="address"}'), 0);
    assert.deepEqual(await flood(server, oneName.slice(0, 1), "127.77.0.9"), allOf(1));
  });
}

test("H08: a dry run answers and counts, an allowed network is answered", async (t) => {
  const dry = await serve(t, { ...ON, mode: "dry-run" });
  assert.deepEqual(await flood(dry.server, randomNames), allOf(FLOOD, 3));
  assert.ok((await metric(dry.server, "azimuth_rate_limited_dry_total")) > FLOOD / 2);
  const free = await serve(t, { ...ON, allow: ["127.0.0.0/24"] });
  assert.deepEqual(await flood(free.server, randomNames), allOf(FLOOD, 3));
});

test("H03: who shows a valid cookie is exempt, who has none yet is told how to get one", async (t) => {
  const { server } = await serve(t, ON);
  const client = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const withCookie = (data: Uint8Array) => ({ edns: { options: [{ code: 10, data }] } });
  const first = { name: "a.example.org.", type: "A", ...withCookie(client) };
  const { message } = await askUdp(server.v4, first);
  const cookie = message.edns!.options.find((one) => one.code === 10)!.data;
  assert.equal(cookie.length, 24);
  const known = await flood(
    server,
    many((i) => `x${i}.example.org.`, withCookie(cookie)),
  );
  assert.deepEqual(known, allOf(FLOOD, 3));
  // BADCOOKIE, which is whole: it brings the cookie.
  await flood(
    server,
    many((i) => `x${i}.example.org.`, withCookie(client)),
  );
  assert.ok((await metric(server, 'azimuth_rcode_total{rcode="BADCOOKIE"}')) > FLOOD / 2);
});
