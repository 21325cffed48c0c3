// SPDX-License-Identifier: Apache-2.0
/** Steering end to end: real databases, real probes, real endpoints that die and come back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { countryMmdb, createSite, startTestDaemon, until, zoneText } from "../support/daemon.ts";
import { ask, askUdp, rdataOf } from "../support/daemon-client.ts";
import { type Mood, startWeb } from "../support/daemon-web.ts";

const FRA = "192.0.2.1";
const IAD = "198.51.100.1";
const GERMAN = "203.0.113.0/24";
const AMERICAN = "18.18.0.0/24";

const sections = (ports: { fra: number; iad: number }, policy: object = {}) => ({
  pops: {
    fra: { latitude: 50.11, longitude: 8.68, country: "DE" },
    iad: { latitude: 38.95, longitude: -77.45, country: "US" },
  },
  probes: {
    web: {
      kind: "http",
      port: 80,
      method: "HEAD",
      path: "/healthz",
      intervalMs: 300,
      timeoutMs: 120,
      retries: 1,
    },
  },
  pools: {
    web: {
      probes: ["web"],
      endpoints: {
        fra1: { pop: "fra", v4: FRA, probeAddress: "127.0.0.1", probePort: ports.fra },
        iad1: { pop: "iad", v4: IAD, probeAddress: "127.0.0.1", probePort: ports.iad },
      },
    },
  },
  maps: { world: { country: "country.mmdb", granularity: "country", default: "EU" } },
  policies: {
    nearest: {
      map: "world",
      pool: "web",
      order: "nearest",
      ttlSecs: 300,
      ttlDegradedSecs: 60,
      ...policy,
    },
  },
  zones: { "example.org": { file: "example.org.zone", steer: { www: "nearest" } } },
});

const database = () =>
  countryMmdb({ "203.0.64.0/18": "DE", "18.18.0.0/15": "US", "2600::/16": "US" });

test("clients are sent to their nearest POP, and away from dead ones", async (t) => {
  const fra = await startWeb(t);
  const iad = await startWeb(t);
  const site = createSite(
    t,
    sections({ fra: fra.port, iad: iad.port }, { slowStartSecs: 1, ttlHoldSecs: 1 }),
  );
  site.write("country.mmdb", database());
  site.write("example.org.zone", zoneText(1, "alias CNAME www"));
  const server = await startTestDaemon(site);
  const www = (ecs?: string) => ask(server.v4, "www.example.org.", "A", ecs);
  const ttl = async (ecs: string) =>
    (await askUdp(server.v4, { name: "www.example.org.", type: "A", ecs })).message.answers[0]?.ttl;
  const statusOf = async (id: string) =>
    (await server.api("/api/v1/endpoints")).body.find(
      (one: { endpoint: string }) => one.endpoint === id,
    ).status;

  await t.test("the client's network decides, and the scope says how much of it", async () => {
    await until("both are up", async () => {
      return (await ttl(GERMAN)) === 300 && (await ttl(AMERICAN)) === 300;
    });
    const before = await server.metrics();
    assert.deepEqual(await www(GERMAN), [FRA]);
    assert.deepEqual(await www(AMERICAN), [IAD]);
    assert.deepEqual(await www("2600:1::/48"), [IAD]);
    const { message } = await askUdp(server.v4, {
      name: "www.example.org.",
      type: "A",
      ecs: AMERICAN,
    });
    const option = message.edns!.options.find((one) => one.code === 8)!;
    // Family 1, source 24, scope 15: as wide as the network of the database.
    assert.deepEqual([...option.data.subarray(0, 4)], [0, 1, 24, 15]);
    // Without a subnet the resolver's own address counts; nobody knows where loopback is.
    assert.deepEqual(await www(), [FRA]);
    const alias = { name: "alias.example.org.", type: "A" };
    const chased = await askUdp(server.v4, alias);
    assert.deepEqual(rdataOf(chased.message.answers), [FRA, "www.example.org."]);
    // One scope cannot hold for a chain (RFC 7871 §7.2.1): the end is left to a query of its own.
    const tailored = await askUdp(server.v4, { ...alias, ecs: AMERICAN });
    assert.deepEqual(rdataOf(tailored.message.answers), ["www.example.org."]);

    const after = await server.metrics();
    const grown = (key: string) => after.get(key)! - before.get(key)!;
    assert.equal(grown("azimuth_steered_total"), 6);
    assert.equal(grown("azimuth_client_subnet_total"), 5);
    assert.equal(grown("azimuth_client_subnet_used_total"), 4);
    assert.equal(after.get('azimuth_endpoint_up{endpoint="web/fra1",pop="fra"}'), 1);
  });

  const illnesses: readonly Mood[] = ["gone", "ill", "silent"];
  for (const mood of illnesses) {
    await t.test(`an endpoint that is ${mood} leaves the answers and comes back`, async () => {
      await until("all clients are back", async () => (await www(GERMAN))[0] === FRA);
      await fra.become(mood);
      await until("the answers moved", async () => (await www(GERMAN))[0] === IAD);
      assert.equal(await ttl(GERMAN), 60);
      assert.deepEqual(await www(AMERICAN), [IAD]);
      assert.equal(await statusOf("web/fra1"), "down");
      await fra.become("well");
      await until("it is up", async () => (await statusOf("web/fra1")) === "up");
      await until("it has its first clients back", async () => {
        const { body } = await server.api(
          `/api/v1/explain?name=www.example.org&type=A&subnet=${GERMAN}`,
        );
        const find = (id: string) =>
          body.steering.candidates.find((one: { endpoint: string }) => one.endpoint === id);
        const share = find("web/fra1").weight / find("web/iad1").weight;
        // Slow start: a small share beside the one that stood in, and more of it later.
        return find("web/fra1").weight > 0 && share < 1 ? true : null;
      });
    });
  }

  await t.test("all down: everybody is named, and it is counted", async () => {
    await Promise.all([fra.become("gone"), iad.become("gone")]);
    await until("both are down", async () => {
      return (await statusOf("web/fra1")) === "down" && (await statusOf("web/iad1")) === "down";
    });
    const answers = await until("all are answered", async () => {
      const before = await server.metrics();
      const got = await www(GERMAN);
      const after = await server.metrics();
      const key = "azimuth_steered_all_down_total";
      return after.get(key)! > before.get(key)! ? got : null;
    });
    assert.ok(answers.length >= 1 && answers.every((one) => one === FRA || one === IAD));
    const { body } = await server.api("/api/v1/transitions?limit=100");
    const seen = body.filter((one: { kind: string }) => one.kind === "endpoint");
    assert.ok(seen.some((one: { to: string; reason: string }) => /refused/.test(one.reason)));
    assert.ok(seen.some((one: { to: string; reason: string }) => /500/.test(one.reason)));
  });
});

test("a recovered endpoint gets its clients back little by little, until it has them all", async (t) => {
  const fra = await startWeb(t);
  const iad = await startWeb(t);
  const ramp = { slowStartSecs: 2, ttlHoldSecs: 1, allDown: "servfail" };
  const site = createSite(t, sections({ fra: fra.port, iad: iad.port }, ramp));
  site.write("country.mmdb", database());
  site.write("example.org.zone", zoneText(1));
  const server = await startTestDaemon(site);
  const clients = Array.from({ length: 64 }, (_, i) => `203.0.${64 + i}.0/24`);
  const share = async (): Promise<number> => {
    let count = 0;
    for (const ecs of clients) {
      if ((await ask(server.v4, "www.example.org.", "A", ecs))[0] === FRA) count += 1;
    }
    return count;
  };
  await until("all go to fra", async () => (await share()) === 64);
  await fra.become("gone");
  await until("none goes to fra", async () => (await share()) === 0);
  await fra.become("well");
  const shares: number[] = [];
  await until("all go to fra again", async () => {
    const now = await share();
    if (now !== shares.at(-1)) shares.push(now);
    return now === 64;
  });
  assert.ok(shares.length >= 4, `steps ${shares.join(" ")}`);
  assert.deepEqual(
    shares,
    shares.toSorted((a, b) => a - b),
    "no client goes away again",
  );
  await until("the TTL is back", async () => {
    const { message } = await askUdp(server.v4, {
      name: "www.example.org.",
      type: "A",
      ecs: GERMAN,
    });
    return message.answers[0]!.ttl === 300;
  });

  await Promise.all([fra.become("silent"), iad.become("ill")]);
  await until("the rule for all down is SERVFAIL", async () => {
    const { message } = await askUdp(server.v4, { name: "www.example.org.", type: "A" });
    return message.rcode === 2;
  });
});
