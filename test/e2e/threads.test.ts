// SPDX-License-Identifier: Apache-2.0
/** Threads that die under load: the others serve on, and the dead one comes back (row K07). */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  countryMmdb,
  createSite,
  startTestDaemon,
  type TestDaemon,
  until,
  zoneText,
} from "../support/daemon.ts";
import { ask, askUdp, frame, openStream, rdataOf, startLoad } from "../support/daemon-client.ts";
import { startWeb } from "../support/daemon-web.ts";

const sections = (port: number) => ({
  pops: { fra: { latitude: 50.11, longitude: 8.68 }, iad: { latitude: 38.95, longitude: -77.45 } },
  probes: { web: { kind: "tcp", port, intervalMs: 400, timeoutMs: 100, retries: 1 } },
  pools: {
    web: {
      probes: ["web"],
      endpoints: {
        fra1: { pop: "fra", v4: "192.0.2.1", probeAddress: "127.0.0.1" },
        iad1: { pop: "iad", v4: "198.51.100.1", probeAddress: "127.0.0.1" },
      },
    },
  },
  maps: { world: { country: "country.mmdb", granularity: "country", default: "EU" } },
  policies: { nearest: { map: "world", pool: "web", order: "nearest" } },
  zones: { "example.org": { file: "example.org.zone", steer: { www: "nearest" } } },
});

async function restartsOf(server: TestDaemon, name: string): Promise<number> {
  const { body } = await server.api("/api/v1/status");
  const found = body.threads.find((one: { name: string }) => one.name === name);
  return found.state === "running" ? found.restarts : -1;
}

test("every thread may die", async (t) => {
  const web = await startWeb(t);
  const site = createSite(t, sections(web.port));
  site.write("country.mmdb", countryMmdb({ "203.0.113.0/24": "DE" }));
  site.write("example.org.zone", zoneText(1, "static A 192.0.2.80"));
  const server = await startTestDaemon(site);
  const { threads } = server.daemon;
  const check = (message: Parameters<Parameters<typeof startLoad>[1]["check"]>[0]): void => {
    assert.equal(message.rcode, 0);
    assert.deepEqual(rdataOf(message.answers), ["192.0.2.80"]);
  };
  const query = { name: "static.example.org.", type: "A" };
  const isUp = async (): Promise<boolean> => {
    const { body } = await server.api("/api/v1/endpoints");
    return body.every((one: { status: string }) => one.status === "up");
  };
  await until("the endpoints are up", isUp);

  await t.test("control dies under load: not one query is lost, and it comes back", async () => {
    const load = startLoad(server.v4, { clients: 8, query, check });
    for (let round = 1; round <= 2; round += 1) {
      const before = load.answered();
      await threads.get("control")!.terminate();
      await until("it is back", async () => (await restartsOf(server, "control")) === round);
      assert.ok(load.answered() > before);
    }
    await until("it is ready", async () => (await server.api("/readyz")).status === 200);
    site.replace("example.org.zone", zoneText(2, "static A 192.0.2.80", "new A 192.0.2.99"));
    await until("an edit is served", async () => {
      return (await ask(server.v4, "new.example.org."))[0] === "192.0.2.99";
    });
    await load.stop();
    assert.equal(load.lost(), 0);
    await until("the endpoints are probed again", isUp);
    const { body } = await server.api("/api/v1/status");
    assert.equal(body.source, "live");
  });

  await t.test(
    "control dies while the configuration is broken: the last good one is back",
    async () => {
      site.replace("azimuth.yaml", "node: [this is no node\n");
      await until("the fault is seen", async () => {
        return (await server.api("/api/v1/status")).body.faults.length > 0;
      });
      const before = await restartsOf(server, "control");
      await threads.get("control")!.terminate();
      await until("it is back", async () => (await restartsOf(server, "control")) > before);
      const { body } = await server.api("/api/v1/status");
      assert.ok(body.faults.length > 0);
      site.replace("example.org.zone", zoneText(3, "static A 192.0.2.80", "newer A 192.0.2.98"));
      await until("an edit is served", async () => {
        return (await ask(server.v4, "newer.example.org."))[0] === "192.0.2.98";
      });
      site.configure(sections(web.port));
      await until("all is well again", async () => {
        return (await server.api("/api/v1/status")).body.faults.length === 0;
      });
    },
  );

  await t.test("a UDP thread dies: the other serves, then both do", async () => {
    const load = startLoad(server.v4, { clients: 8, query, check });
    const before = load.answered();
    await threads.get("udp-0")!.terminate();
    await until("it is back", async () => (await restartsOf(server, "udp-0")) === 1);
    await until("answers go on", () => load.answered() > before + 100);
    await load.stop();
    // What lay in the socket of the dead thread is lost, one datagram of each client at most.
    assert.ok(load.lost() <= 8, `${load.lost()} lost`);
    assert.deepEqual(await ask(server.v6, "static.example.org."), ["192.0.2.80"]);
    assert.equal((await server.api("/readyz")).status, 200);
  });

  await t.test("a TCP thread dies: its connections end, new ones are served", async () => {
    const stream = await openStream(server.v4);
    stream.socket.write(frame(query));
    await stream.got(1);
    await threads.get("stream-0")!.terminate();
    await stream.closed;
    await until("it is back", async () => (await restartsOf(server, "stream-0")) === 1);
    const again = await openStream(server.v4);
    again.socket.write(frame(query));
    assert.equal((await again.got(1)).length, 1);
    again.socket.destroy();
  });

  await t.test("the prober dies: nobody is taken for dead, and probing goes on", async () => {
    await until("the endpoints are up", isUp);
    const before = await restartsOf(server, "prober");
    await threads.get("prober")!.terminate();
    await until("it is back", async () => (await restartsOf(server, "prober")) > before);
    const { message } = await askUdp(server.v4, { name: "www.example.org.", type: "A" });
    assert.deepEqual(rdataOf(message.answers), ["192.0.2.1"]);
    const { body } = await server.api("/api/v1/transitions?limit=1000");
    const down = body.filter((one: { kind: string; to: string }) => one.to === "down");
    assert.deepEqual(down, []);
    await web.become("gone");
    await until("it probes", async () => !(await isUp()));
  });

  await t.test("a stop while a thread is being restarted ends at once", async () => {
    void threads.get("udp-1")!.terminate();
    await server.stop();
  });
});
