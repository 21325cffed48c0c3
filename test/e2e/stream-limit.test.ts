// SPDX-License-Identifier: Apache-2.0
/** H04: the time that a client takes of the stream threads of a running server. Real clients. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { connect } from "node:tls";
import { type BoundAddress } from "../../src/io/threads.ts";
import { newCertificate, skipTls as skip } from "../support/certificates.ts";
import {
  createSite,
  type Sections,
  startTestDaemon,
  type TestDaemon,
  until,
  zoneText,
} from "../support/daemon.ts";
import { collect, frame, openStream } from "../support/daemon-client.ts";

/** A client that does not stop has taken that much soon, and it is a minute until it is earned. */
const ON = { streamMode: "on", streamMicrosPerSecond: 1000, streamMicrosAtOnce: 50_000 };
/** So little that a connection alone takes it. */
const NEXT_TO_NOTHING = { streamMode: "on", streamMicrosPerSecond: 1, streamMicrosAtOnce: 1 };

const LIMITED = 'azimuth_tcp_connections_total{event="limited"}';
const OVER = 'azimuth_rate_limited_total{class="stream"}';
const DRY = "azimuth_rate_limited_dry_total";
const WORK = "azimuth_stream_work_microseconds_total";

const sections = (rateLimit: object, node: object = {}): Sections => ({
  node: { listen: ["127.0.0.1:0"], streamWorkers: 2, rateLimit, ...node },
  zones: { "example.org": { file: "zone" } },
});

async function serve(t: TestContext, rateLimit: object, node: object = {}) {
  const site = createSite(t, sections(rateLimit, node));
  const text = Array.from({ length: 20 }, (_, i) => `big TXT "${i} ${"x".repeat(200)}"`);
  site.write("zone", zoneText(1, "a A 192.0.2.1", ...text));
  const pem = newCertificate();
  site.write("cert.pem", pem.certificate);
  site.write("key.pem", pem.key);
  return { site, ca: pem.certificate, server: await startTestDaemon(site) };
}

/** Whether a client of that address is answered over TCP. */
async function isServed(server: TestDaemon, from: string): Promise<boolean> {
  const stream = await openStream(server.v4, from);
  stream.socket.write(frame({ name: "a.example.org.", type: "A", id: 1 }));
  await Promise.race([stream.got(1).catch(() => {}), stream.closed]);
  stream.socket.destroy();
  return stream.replies.length === 1;
}

async function metric(server: TestDaemon, name: string): Promise<number> {
  return (await server.metrics()).get(name) ?? 0;
}

for (const kernel of ["ts", "auto"]) {
  test(`H04 (${kernel}): who asks without end is closed; its neighbours and others are served`, async (t) => {
    const { server } = await serve(t, ON, { kernel });
    const turn = Buffer.concat(
      Array.from({ length: 500 }, (_, id) => frame({ name: "big.example.org.", type: "TXT", id })),
    );
    const stream = await openStream(server.v4);
    let asked = 0;
    while (!stream.socket.destroyed) {
      asked += 500;
      stream.socket.write(turn);
      await Promise.race([stream.got(asked).catch(() => {}), stream.closed]);
    }
    // What came is whole, and in order.
    assert.ok(stream.replies.length >= 1);
    assert.ok(
      stream.replies.every(({ id, answers }, i) => id === i % 500 && answers.length === 20),
    );
    assert.ok((await metric(server, LIMITED)) >= 1);
    assert.ok((await metric(server, OVER)) >= 1);
    assert.ok((await metric(server, WORK)) > 50_000);
    // A /24 has 32 times as much; another network has its own.
    assert.ok(await isServed(server, "127.0.0.2"));
    assert.ok(await isServed(server, "127.77.0.9"));
  });
}

test("H04: handshakes cost what they cost, though nothing is asked", { skip }, async (t) => {
  const { server, ca } = await serve(t, ON, {
    tls: { certificate: "cert.pem", key: "key.pem", listen: ["127.0.0.1:0"] },
  });
  const at: BoundAddress = server.daemon.tls[0]!;
  const shake = async (from: string): Promise<boolean> => {
    const stream = collect(
      connect({ ...at, ca, servername: "dns.test", localAddress: from } as object),
    );
    const secure = new Promise<boolean>((resolve) => {
      stream.socket.once("secureConnect", () => resolve(true));
      void stream.closed.then(() => resolve(false));
    });
    const isDone = await secure;
    stream.socket.destroy();
    return isDone;
  };
  let done = 0;
  while (await shake("127.0.0.1")) done += 1;
  assert.ok(done >= 1);
  assert.ok(await shake("127.77.0.9"));
  assert.ok((await metric(server, LIMITED)) >= 1);
});

test("H04, H08: a reload turns it on, to a dry run, to another rate, for whom, and off", async (t) => {
  const { site, server } = await serve(t, { streamMode: "off" });
  const reload = (rateLimit: object): void => {
    site.configure(sections(rateLimit));
    server.daemon.reload();
  };
  for (let i = 0; i < 20; i += 1) assert.ok(await isServed(server, "127.0.0.1"));
  assert.equal(await metric(server, WORK), 0);

  reload({ ...NEXT_TO_NOTHING, streamMode: "dry-run" });
  await until("the dry run counts", async () => {
    assert.ok(await isServed(server, "127.0.0.1"));
    return (await metric(server, DRY)) > 0;
  });
  assert.equal(await metric(server, LIMITED), 0);

  reload(NEXT_TO_NOTHING);
  await until("it is limited", async () => !(await isServed(server, "127.0.0.1")));
  assert.ok((await metric(server, LIMITED)) > 0);

  reload({ ...NEXT_TO_NOTHING, allow: ["127.0.0.0/24"] });
  await until("it is allowed", () => isServed(server, "127.0.0.1"));
  for (let i = 0; i < 20; i += 1) assert.ok(await isServed(server, "127.0.0.1"));
  assert.equal(await isServed(server, "127.77.0.9"), false, "others are not");

  reload(NEXT_TO_NOTHING);
  await until("it is limited again", async () => !(await isServed(server, "127.0.0.1")));
  // Far more than all turns of this test take.
  reload({ streamMode: "on", streamMicrosPerSecond: 1_000_000, streamMicrosAtOnce: 60_000_000 });
  await until("there is time", () => isServed(server, "127.0.0.1"));

  reload(NEXT_TO_NOTHING);
  await until("there is none again", async () => !(await isServed(server, "127.0.0.1")));
  reload({ streamMode: "off" });
  await until("it is off", () => isServed(server, "127.0.0.1"));
});
