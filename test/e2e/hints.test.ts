// SPDX-License-Identifier: Apache-2.0
/**
 * Steered hints end to end: a configuration, a zone file with `ipv4hint=auto`, a real endpoint that
 * dies; what other people's clients make of the answers.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import {
  createSite,
  startTestDaemon,
  type TestDaemon,
  until,
  zoneText,
} from "../support/daemon.ts";
import { ask, askUdp } from "../support/daemon-client.ts";
import { startWeb } from "../support/daemon-web.ts";
import { findDaemon } from "../support/peers.ts";

const FRA = "192.0.2.1";
const FRA6 = "2001:db8:1::1";
const IAD = "198.51.100.1";
const IAD6 = "2001:db8:2::1";

const sections = (ports: { fra: number; iad: number }) => ({
  pops: { fra: { latitude: 50.11, longitude: 8.68 }, iad: { latitude: 38.95, longitude: -77.45 } },
  probes: {
    web: {
      ...{ kind: "http", port: 80, method: "HEAD", path: "/healthz" },
      ...{ intervalMs: 300, timeoutMs: 120, retries: 1 },
    },
  },
  pools: {
    web: {
      probes: ["web"],
      endpoints: {
        fra1: { pop: "fra", v4: FRA, v6: FRA6, probeAddress: "127.0.0.1", probePort: ports.fra },
        iad1: { pop: "iad", v4: IAD, v6: IAD6, probeAddress: "127.0.0.1", probePort: ports.iad },
      },
    },
  },
  maps: {
    world: {
      default: "EU",
      networks: { here: { prefixes: ["127.0.0.0/8"], latitude: 50, longitude: 8 } },
    },
  },
  policies: {
    nearest: {
      ...{ map: "world", pool: "web", order: "nearest", ttlSecs: 300, ttlDegradedSecs: 60 },
      ...{ slowStartSecs: 1, ttlHoldSecs: 1 },
    },
  },
  zones: { "example.org": { file: "example.org.zone", steer: { www: "nearest" } } },
});

const ZONE = zoneText(
  1,
  "www 3600 HTTPS 1 . alpn=h3,h2 ipv4hint=auto ipv6hint=auto",
  "api 3600 HTTPS 1 www alpn=h2 ipv4hint=auto",
  "old 3600 HTTPS 1 www ipv4hint=192.0.2.1",
);

/** The answer as a client prints it, one line a record. */
function lookUp(client: string, { v4 }: TestDaemon, name: string, type: string): string[] {
  const args = ["+noall", "+answer", `@${v4.host}`, "-p", String(v4.port), name, type];
  const text = execFileSync(client, args, { encoding: "utf8", timeout: 10_000 });
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith(";"));
  return lines.map((line) => line.replace(/\s+/g, " ").trim());
}

test("hints move with A when an endpoint goes down, and come back with it", async (t) => {
  const fra = await startWeb(t);
  const iad = await startWeb(t);
  const site = createSite(t, sections({ fra: fra.port, iad: iad.port }));
  site.write("example.org.zone", ZONE);
  const server = await startTestDaemon(site);
  const www = (type: string) => ask(server.v4, "www.example.org.", type);

  await t.test("the same addresses as A and AAAA, and the TTL of the policy", async () => {
    await until("fra answers", async () => (await www("A"))[0] === FRA);
    // Until all have been probed the TTL is that of trouble.
    await until("the TTL is that of peace", async () => {
      const { message } = await askUdp(server.v4, { name: "www.example.org.", type: "HTTPS" });
      return message.answers[0]!.ttl === 300;
    });
    assert.deepEqual(await www("AAAA"), [FRA6]);
    assert.deepEqual(await www("HTTPS"), [`1 . alpn="h3,h2" ipv4hint=${FRA} ipv6hint=${FRA6}`]);
    assert.deepEqual(await ask(server.v4, "api.example.org.", "HTTPS"), [
      `1 www.example.org. alpn="h2" ipv4hint=${FRA}`,
    ]);
  });

  for (const name of ["dig", "kdig"]) {
    const client = findDaemon(name);
    await t.test(`${name} reads them`, { skip: client === null && `no ${name} here` }, () => {
      const [line, ...more] = lookUp(client!, server, "www.example.org", "HTTPS");
      assert.equal(more.length, 0);
      const told =
        /^www\.example\.org\. 300 IN HTTPS 1 \. alpn="?h3,h2"? ipv4hint=(\S+) ipv6hint=(\S+)$/;
      assert.deepEqual(told.exec(line!)?.slice(1), [FRA, FRA6], line);
    });
  }

  await t.test("the endpoint dies: the hints move; what is written does not", async () => {
    await fra.become("gone");
    await until("A moved", async () => (await www("A"))[0] === IAD);
    assert.deepEqual(await www("HTTPS"), [`1 . alpn="h3,h2" ipv4hint=${IAD} ipv6hint=${IAD6}`]);
    assert.deepEqual(await ask(server.v4, "api.example.org.", "HTTPS"), [
      `1 www.example.org. alpn="h2" ipv4hint=${IAD}`,
    ]);
    const dig = findDaemon("dig");
    if (dig !== null) {
      assert.match(lookUp(dig, server, "www.example.org", "HTTPS")[0]!, / 60 IN HTTPS .*198\.51/);
    }
    // The check has said so.
    assert.deepEqual(await ask(server.v4, "old.example.org.", "HTTPS"), [
      `1 www.example.org. ipv4hint=${FRA}`,
    ]);
    const { body } = await server.api("/api/v1/zones");
    assert.match(
      body[0].faults.join("\n"),
      /zone:\d+:1 warning ZONE_HINT_STATIC old\.example\.org\./,
    );
  });

  await t.test("explain tells the pick of each hint", async () => {
    const { body } = await server.api("/api/v1/explain?name=www.example.org&type=HTTPS");
    const picks = body.hints.map(
      (hint: {
        key: string;
        steering: { candidates: { endpoint: string; picked: boolean }[] };
      }) => [
        hint.key,
        hint.steering.candidates.filter((one) => one.picked).map((one) => one.endpoint),
      ],
    );
    assert.deepEqual(picks[0], ["ipv4hint", ["web/iad1"]]);
    assert.deepEqual(picks[1], ["ipv6hint", ["web/iad1"]]);
  });

  await t.test("it comes back, and so does the hint", async () => {
    await fra.become("well");
    await until("A is back", async () => (await www("A"))[0] === FRA);
    await until("the hint is back", async () => {
      const [line] = await www("HTTPS");
      return line === `1 . alpn="h3,h2" ipv4hint=${FRA} ipv6hint=${FRA6}` ? true : null;
    });
  });
});
