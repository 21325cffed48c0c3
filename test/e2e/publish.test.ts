// SPDX-License-Identifier: Apache-2.0
/** Publication under load: tables change all the time, and every answer is one of their versions. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { countryMmdb, createSite, startTestDaemon, until, zoneText } from "../support/daemon.ts";
import { ask, rdataOf, startLoad } from "../support/daemon-client.ts";

/** Long enough for hundreds of publications and the reuse of their space. */
const LOAD_MS = 3000;

test("no answer is wrong while zones and policies are published in a loop", async (t) => {
  const sections = (weight: number) => ({
    pops: { fra: { latitude: 50.11, longitude: 8.68 } },
    pools: {
      web: {
        endpoints: {
          a: { pop: "fra", v4: "203.0.113.1", weight },
          b: { pop: "fra", v4: "203.0.113.2", weight: 100 - weight },
        },
      },
    },
    maps: { world: { country: "country.mmdb", granularity: "country", default: "EU" } },
    policies: { spread: { map: "world", pool: "web", order: "weight", picker: "wrr" } },
    zones: { "example.org": { file: "example.org.zone", steer: { www: "spread" } } },
  });
  const site = createSite(t, sections(50));
  site.write("country.mmdb", countryMmdb({ "44.0.0.0/9": "DE" }));
  // Both records of a version carry its number: a mix of two versions would be seen.
  const version = (n: number): string => {
    const filler = Array.from({ length: 300 }, (_, i) => `h${i} A 10.0.0.${n & 255}`);
    return zoneText(n, `v A 10.1.${n >> 8}.${n & 255}`, `v A 10.2.${n >> 8}.${n & 255}`, ...filler);
  };
  let newest = 1;
  site.write("example.org.zone", version(newest));
  const server = await startTestDaemon(site);
  await until("it serves", async () => (await ask(server.v4, "v.example.org.")).length === 2);

  let seen = 0;
  const versions = new Set<number>();
  const plain = startLoad(server.v4, {
    clients: 6,
    query: { name: "v.example.org.", type: "A" },
    check: (message) => {
      assert.equal(message.rcode, 0);
      const [one, two, ...more] = rdataOf(message.answers);
      assert.equal(more.length, 0);
      const [, , high, low] = one!.split(".").map(Number);
      assert.equal(two, one!.replace(/^10\.1/, "10.2"));
      const n = high! * 256 + low!;
      assert.ok(n >= 1 && n <= newest, `version ${n} of ${newest}`);
      versions.add(n);
      seen += 1;
    },
  });
  const steered = startLoad(server.v6, {
    clients: 3,
    query: { name: "www.example.org.", type: "A" },
    check: (message) => {
      assert.equal(message.rcode, 0);
      assert.match(rdataOf(message.answers).join(), /^203\.0\.113\.[12]$/);
    },
  });
  const end = Date.now() + LOAD_MS;
  while (Date.now() < end) {
    newest += 1;
    site.replace("example.org.zone", version(newest));
    if (newest % 20 === 0) site.configure(sections(1 + (newest % 98)));
    await pause(20);
  }
  await until("the last version is served", async () => {
    const low = (await ask(server.v4, "v.example.org."))[0];
    return low === `10.1.${newest >> 8}.${newest & 255}`;
  });
  await Promise.all([plain.stop(), steered.stop()]);
  assert.equal(plain.lost() + steered.lost(), 0);
  assert.ok(seen > 1000 && versions.size > 10, `${seen} answers of ${versions.size} versions`);
  const metrics = await server.metrics();
  for (const rcode of ["SERVFAIL", "REFUSED", "FORMERR"]) {
    assert.equal(metrics.get(`azimuth_rcode_total{rcode="${rcode}"}`), 0, rcode);
  }
  assert.ok(metrics.get("azimuth_publications_total")! > 10);
  t.diagnostic(`${seen} answers, ${versions.size} versions of ${newest} seen`);
  // Retired space is given back: what is in use is one table, and not all there ever were.
  await until("the space is free again", async () => {
    return (await server.metrics()).get('azimuth_table_octets{state="retired"}') === 0;
  });
});
