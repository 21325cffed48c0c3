// SPDX-License-Identifier: Apache-2.0
/** H01, H03, H05, H08, H09: rate limits of a running server, over real sockets. */
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

const FLOOD = 600;
/** Far below what comes at once, so that time decides nothing. */
const ON = { mode: "on", answersPerSecond: 1, answersAtOnce: 20 };

const config = (rateLimit: object, kernel: string) => ({
  node: { listen: ["127.0.0.1:0"], kernel, pump: "auto", rateLimit },
  zones: { "example.org": { file: "zone" } },
});

async function serve(t: TestContext, rateLimit: object, kernel = "auto") {
  const site = createSite(t, config(rateLimit, kernel));
  site.write("zone", zoneText(1, "a A 192.0.2.1", "*.w A 192.0.2.2"));
  return { site, server: await startTestDaemon(site) };
}

interface Heard {
  /** Answers that are whole, and those with TC. */
  readonly whole: number;
  readonly truncated: number;
}

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
  return { whole: heard.length - truncated, truncated };
}

const many = (name: (i: number) => string, options: object = {}): Uint8Array[] =>
  Array.from({ length: FLOOD }, (_, i) =>
    composeQuery({ name: name(i), type: "A", id: i, ...options }),
  );

for (const kernel of ["ts", "auto"]) {
  test(`H05 (${kernel}): random names that do not exist cost one bucket; others are served`, async (t) => {
    const { server } = await serve(t, ON, kernel);
    const names = await flood(
      server,
      many((i) => `x${i}.example.org.`),
    );
    assert.ok(names.whole >= 1 && names.whole < 100, `${names.whole} whole answers`);
    assert.ok(names.truncated > FLOOD / 2, `${names.truncated} truncated`);
    // Another network and another kind of answer are let alone.
    const friend = await flood(
      server,
      many((i) => `y${i}.example.org.`).slice(0, 10),
      "127.77.0.9",
    );
    assert.deepEqual(friend, { whole: 10, truncated: 0 });
    const data = await flood(server, many(() => "a.example.org.").slice(0, 10));
    assert.deepEqual(data, { whole: 10, truncated: 0 });
    const wild = await flood(
      server,
      many((i) => `z${i}.w.example.org.`),
    );
    assert.ok(wild.truncated > FLOOD / 2, "names made by a wildcard cost one bucket, too");
    const metrics = await server.metrics();
    const denied = metrics.get('azimuth_rate_limited_total{class="denial"}') ?? 0;
    assert.ok(denied >= names.truncated);
  });
}

test("H03: slip 0 drops; a reload changes the limit without a restart", async (t) => {
  const { site, server } = await serve(t, { ...ON, slip: 0 });
  const silent = await flood(
    server,
    many((i) => `x${i}.example.org.`),
  );
  assert.equal(silent.truncated, 0);
  assert.ok(silent.whole < 100, `${silent.whole} whole answers`);
  const dropped = (await server.metrics()).get('azimuth_dropped_total{reason="limited"}') ?? 0;
  assert.ok(dropped > FLOOD / 2);
  const { node, ...rest } = config({ mode: "off" }, "auto");
  site.configure({ ...rest, node });
  server.daemon.reload();
  await until("the limit is off", async () => {
    const { whole } = await flood(server, many((i) => `x${i}.example.org.`).slice(0, 200));
    return whole === 200;
  });
});

test("H08: a dry run answers and counts, an allowed network is answered", async (t) => {
  const dry = await serve(t, { ...ON, mode: "dry-run" });
  const all = await flood(
    dry.server,
    many((i) => `x${i}.example.org.`),
  );
  assert.deepEqual(all, { whole: FLOOD, truncated: 0 });
  assert.ok(((await dry.server.metrics()).get("azimuth_rate_limited_dry_total") ?? 0) > FLOOD / 2);
  const free = await serve(t, { ...ON, allow: ["127.0.0.0/24"] });
  const allowed = await flood(
    free.server,
    many((i) => `x${i}.example.org.`),
  );
  assert.deepEqual(allowed, { whole: FLOOD, truncated: 0 });
});

test("H09: buckets of requests say what they are told to say", async (t) => {
  const requests = { requestMode: "on", requestsPerNetwork: 1000, requestAction: "refuse" };
  const { server } = await serve(t, requests);
  const heard = await flood(
    server,
    many(() => "a.example.org."),
  );
  assert.deepEqual(heard, { whole: FLOOD, truncated: 0 });
  const metrics = await server.metrics();
  assert.ok((metrics.get('azimuth_rcode_total{rcode="REFUSED"}') ?? 0) > FLOOD / 2);
  assert.ok((metrics.get('azimuth_rate_limited_total{class="address"}') ?? 0) > FLOOD / 2);
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
  assert.deepEqual(known, { whole: FLOOD, truncated: 0 });
  // BADCOOKIE, which is whole: it brings the cookie.
  await flood(
    server,
    many((i) => `x${i}.example.org.`, withCookie(client)),
  );
  const bad = (await server.metrics()).get('azimuth_rcode_total{rcode="BADCOOKIE"}') ?? 0;
  assert.ok(bad > FLOOD / 2);
});
