// SPDX-License-Identifier: Apache-2.0
/**
 * `azimuth zone refresh`, `retransfer` and `notify` move zones, and nothing else does: the primary
 * tells nobody and has two hours of refresh; what Azimuth tells unasked never reaches the secondary.
 */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import {
  createSite,
  runAzimuth,
  type Site,
  startTestDaemon,
  type TestDaemon,
  until,
  zoneText,
} from "../support/daemon.ts";
import { askUdp } from "../support/daemon-client.ts";
import { freePort } from "../support/ports.ts";
import { missing, PRIMARY_KINDS, startPrimary } from "../support/primaries.ts";
import { startSecondary } from "../support/secondaries.ts";

const APEX = "example.org.";
const key = {
  name: "xfr.example",
  algorithm: "hmac-sha256",
  secret: Buffer.from("a secret that is long enough").toString("base64"),
};

async function zoneVerb(site: Site, verb: string): Promise<string> {
  const done = runAzimuth(site, ["zone", verb, "example.org", "--socket", site.socket]);
  assert.equal(await done.ended, 0, done.stderr());
  return done.stdout();
}

/** `1 192.0.2.1`: the serial of the zone and the address of `a` in it; null while there is none. */
async function version(port: number): Promise<string | null> {
  const at = { host: "127.0.0.1", port, transport: "udp" as const };
  const { message: soa } = await askUdp(at, { name: APEX, type: "SOA" });
  const { message: a } = await askUdp(at, { name: `a.${APEX}`, type: "A" });
  const [record] = soa.answers;
  if (record === undefined || a.answers.length !== 1) return null;
  const serial = Buffer.from(record.rdata).readUInt32BE(record.rdata.length - 20);
  return `${serial} ${a.answers[0]!.rdata.join(".")}`;
}

const serves = (port: number, wanted: string): Promise<unknown> =>
  until(`port ${port} serves ${wanted}`, async () => (await version(port)) === wanted);

const HOUR_MS = 3_600_000;

/**
 * Waits until a primary has confirmed the zone, later than `after`, and nothing is due for an hour;
 * gives the time of that.
 */
function restingState(server: TestDaemon, after: string): Promise<string> {
  return until("the zone rests", async () => {
    const { secondary } = (await server.api("/api/v1/zones/example.org")).body;
    const { busy, confirmedAt, nextAt } = secondary;
    const rests = busy === "nothing" && Date.parse(nextAt) > Date.now() + HOUR_MS;
    return rests && confirmedAt > after ? confirmedAt : null;
  });
}

for (const kind of PRIMARY_KINDS) {
  test(`${kind}: refresh brings a new serial, retransfer another zone of the same`, {
    skip: missing(kind),
  }, async (t) => {
    const [port, ours] = [await freePort(), await freePort()];
    const site = createSite(t, {
      node: { listen: [`127.0.0.1:${ours}`] },
      keys: { "xfr.example": { algorithm: key.algorithm, secret: key.secret } },
      remotes: { primary: { addresses: [`127.0.0.1:${port}`], key: "xfr.example" } },
      zones: { "example.org": { primaries: ["primary"] } },
    });
    const text = (serial: number, address: string) =>
      `$ORIGIN ${APEX}\n${zoneText(serial, `a A ${address}`)}`;
    const start = (folder: string, content: string) =>
      startPrimary(kind, {
        ...{ folder: site.path(folder), apex: APEX, notifyPort: null, key, port, text: content },
      });
    const first = await start("first", text(1, "192.0.2.1"));
    site.atEnd(() => first.stop());
    const server = await startTestDaemon(site);
    await serves(ours, "1 192.0.2.1");

    first.update(text(2, "192.0.2.2"));
    await serves(port, "2 192.0.2.2");
    const begun = await restingState(server, "");
    assert.equal(await version(ours), "1 192.0.2.1");
    assert.equal(await zoneVerb(site, "refresh"), "Its primaries are asked.\n");
    await serves(ours, "2 192.0.2.2");
    const fetched = await restingState(server, begun);

    // The same serial with other data: of a primary that starts anew, since none would take it up.
    await first.stop();
    const second = await start("second", text(2, "192.0.2.3"));
    site.atEnd(() => second.stop());
    await serves(port, "2 192.0.2.3");
    await zoneVerb(site, "refresh");
    await restingState(server, fetched);
    assert.equal(await version(ours), "2 192.0.2.2", "to a refresh it is the same zone");
    assert.equal(await zoneVerb(site, "retransfer"), "It is fetched anew.\n");
    await serves(ours, "2 192.0.2.3");
  });
}

/** A way to a secondary that answers in its place until it is opened. */
async function startGate(t: TestContext, to: number) {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  t.after(() => socket.close());
  const gate = {
    port: (socket.address() as AddressInfo).port,
    isOpen: false,
    answered: 0,
    passed: 0,
  };
  let asker = 0;
  socket.on("message", (octets, from) => {
    if (from.port === to) socket.send(octets, asker, "127.0.0.1");
    else if (gate.isOpen) {
      gate.passed += 1;
      asker = from.port;
      socket.send(octets, to, "127.0.0.1");
    } else {
      // RFC 1996 §3.7: the request with QR set. Whoever has it asks no further.
      gate.answered += 1;
      octets[2]! |= 0x80;
      socket.send(octets, from.port, "127.0.0.1");
    }
  });
  return gate;
}

for (const kind of PRIMARY_KINDS) {
  test(`${kind} as secondary: notify makes it fetch`, { skip: missing(kind) }, async (t) => {
    const [port, ours] = [await freePort(), await freePort()];
    const gate = await startGate(t, port);
    const site = createSite(t, {
      node: { listen: [`127.0.0.1:${ours}`] },
      remotes: { other: { addresses: [`127.0.0.1:${gate.port}`] } },
      zones: { "example.org": { file: "zone", notify: ["other"], allowTransfer: ["127.0.0.1"] } },
    });
    site.write("zone", zoneText(1, "a A 192.0.2.1"));
    const server = await startTestDaemon(site);
    mkdirSync(site.path("peer"), { recursive: true });
    const peer = { folder: site.path("peer"), apex: APEX, port, primaryPort: ours, key: null };
    site.atEnd(startSecondary(kind, peer));
    await serves(port, "1 192.0.2.1");

    const before = gate.answered;
    site.replace("zone", zoneText(2, "a A 192.0.2.2"));
    await serves(ours, "2 192.0.2.2");
    await until("the change is announced", () => gate.answered > before);
    await until("nobody waits for an answer", async () => {
      const metrics = await server.metrics();
      const count = (event: string) => metrics.get(`azimuth_notify_out_total{event="${event}"}`);
      return count("sent") === gate.answered && count("acknowledged") === gate.answered;
    });
    gate.isOpen = true;
    assert.equal(await version(port), "1 192.0.2.1", "the announcement did not reach it");
    assert.equal(gate.passed, 0);
    assert.equal(await zoneVerb(site, "notify"), "Its secondaries are told.\n");
    await serves(port, "2 192.0.2.2");
    assert.ok(gate.passed > 0);
  });
}
