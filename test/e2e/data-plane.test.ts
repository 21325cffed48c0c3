// SPDX-License-Identifier: Apache-2.0
/**
 * Which kernel and which pump serve: as the configuration and the environment say, in every
 * combination, with the same answers; and TypeScript where the addon is not to be had.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createSite, startProcess, startTestDaemon, until, zoneText } from "../support/daemon.ts";
import { ask, frame, openStream, rdataOf, startLoad } from "../support/daemon-client.ts";
import { nativeForTests } from "../support/native.ts";

const { reason: skip } = nativeForTests();
const ZONES = { zones: { "example.org": { file: "example.org.zone" } } };
const zone = (serial: number) => zoneText(serial, "www A 192.0.2.80", `s TXT "${serial}"`);

/** Sets a variable of the environment for one test. */
function withEnv(t: TestContext, name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  t.after(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

async function serve(t: TestContext, node: Readonly<Record<string, unknown>>) {
  const site = createSite(t, { ...ZONES, node });
  site.write("example.org.zone", zone(1));
  const server = await startTestDaemon(site);
  const { kernel, pump } = (await server.api("/api/v1/status")).body;
  return { site, server, runs: `${kernel} ${pump}` };
}

for (const kernel of ["native", "ts"]) {
  for (const pump of ["native", "dgram"]) {
    test(`kernel ${kernel} and pump ${pump}`, { skip }, async (t) => {
      const { server, runs } = await serve(t, { kernel, pump });
      assert.equal(runs, `${kernel} ${pump}`);
      for (const at of [server.v4, server.v6]) {
        assert.deepEqual(await ask(at, "www.example.org."), ["192.0.2.80"]);
        const stream = await openStream(at);
        stream.socket.write(frame({ name: "www.example.org.", type: "A", id: 7 }));
        const [reply] = await stream.got(1);
        assert.deepEqual(rdataOf(reply!.answers), ["192.0.2.80"]);
        stream.socket.destroy();
      }
      const metrics = await server.api("/metrics");
      assert.match(metrics.text, new RegExp(`build_info{.*kernel="${kernel}",pump="${pump}"`));
      const samples = await server.metrics();
      assert.equal(samples.get('azimuth_queries_total{transport="udp"}'), 2);
      assert.equal(samples.get('azimuth_queries_total{transport="tcp"}'), 2);
    });
  }
}

test("every option of the sockets serves, edits included", { skip }, async (t) => {
  const udp = { pin: true, spread: "program", spinMicros: 50, bufferKiB: 256 };
  for (const given of [udp, { ...udp, spread: "incoming-cpu", bufferKiB: 0, spinMicros: 0 }]) {
    const { site, server } = await serve(t, { udp: given, pump: "native", workers: 2 });
    const load = startLoad(server.v4, {
      clients: 4,
      query: { name: "www.example.org.", type: "A" },
      check: ({ answers }) => assert.deepEqual(rdataOf(answers), ["192.0.2.80"]),
    });
    site.replace("example.org.zone", zone(2));
    await until("the edit is served", async () => {
      const [said] = await ask(server.v6, "s.example.org.", "TXT");
      return said === '"2"';
    });
    await load.stop();
    assert.equal(load.lost(), 0);
    assert.ok(load.answered() > 0);
    await server.stop();
  }
});

test("the environment wins over the configuration", { skip }, async (t) => {
  withEnv(t, "AZIMUTH_KERNEL", "ts");
  withEnv(t, "AZIMUTH_PUMP", "dgram");
  const { runs } = await serve(t, { kernel: "native", pump: "native" });
  assert.equal(runs, "ts dgram");
});

test("an addon of another layout is refused, the log says so once, and TypeScript serves", async (t) => {
  const site = createSite(t, {
    ...ZONES,
    node: { kernel: "native", workers: 2, log: { level: "info" }, listen: ["127.0.0.1:0"] },
  });
  site.write("example.org.zone", zone(1));
  site.write(
    "other.cjs",
    `module.exports = { layoutFingerprint: () => 1, cpuAt() {}, pinThread() {}, slabSize: 0,
      slowAt: 0, slowMax: 0, Pump: class {}, Kernel: class {} };`,
  );
  withEnv(t, "AZIMUTH_NATIVE", site.path("other.cjs"));
  const running = await startProcess(site);
  await until("a table is in force", async () => {
    const [address] = await ask(running.v4, "www.example.org.");
    return address === "192.0.2.80";
  });
  const told = running.stderr().match(/in TypeScript alone: .*other\.cjs is of another layout/g);
  assert.equal(told?.length, 1);
});
