// SPDX-License-Identifier: Apache-2.0
/** Files that change under a running server: what is good comes into force, what is bad changes nothing. */
import assert from "node:assert/strict";
import { appendFileSync, rmSync, utimesSync } from "node:fs";
import { test } from "node:test";
import {
  countryMmdb,
  createSite,
  type Sections,
  startTestDaemon,
  until,
  zoneText,
} from "../support/daemon.ts";
import { ask, askUdp } from "../support/daemon-client.ts";

const base = {
  zones: { "example.org": { file: "example.org.zone" } },
  zoneFolders: [{ folder: "zones.d" }],
};

const steering = {
  pops: { fra: { latitude: 50.11, longitude: 8.68 }, iad: { latitude: 38.95, longitude: -77.45 } },
  pools: {
    web: {
      endpoints: {
        fra1: { pop: "fra", v4: "192.0.2.1" },
        iad1: { pop: "iad", v4: "198.51.100.1" },
      },
    },
  },
  maps: { world: { country: "country.mmdb", granularity: "country", default: "EU" } },
  policies: { nearest: { map: "world", pool: "web", order: "nearest" } },
};

const steered = (owners: Readonly<Record<string, string>>): Sections => ({
  ...base,
  ...steering,
  zones: { "example.org": { file: "example.org.zone", steer: owners } },
});

const CLIENT = "44.1.2.0/24";

test("files are watched", async (t) => {
  const site = createSite(t, base);
  site.write("country.mmdb", countryMmdb({ "44.0.0.0/9": "DE" }));
  site.write("part.inc", "included A 192.0.2.30\n");
  site.write("example.org.zone", zoneText(1, "a A 192.0.2.10", "$INCLUDE part.inc"));
  site.write("zones.d/one.example.zone", zoneText(1, "www A 192.0.2.50"));
  const server = await startTestDaemon(site);
  const answers = async (name: string, wanted: string, ecs?: string): Promise<void> => {
    await until(`${name} is ${wanted}`, async () => {
      return (await ask(server.v4, name, "A", ecs)).join() === wanted;
    });
  };
  const zone = async (name: string) => (await server.api(`/api/v1/zones/${name}`)).body;
  const faults = async () => (await server.api("/api/v1/status")).body.faults as string[];

  await t.test("a changed record is served", async () => {
    await answers("a.example.org.", "192.0.2.10");
    site.replace("example.org.zone", zoneText(2, "a A 192.0.2.11", "$INCLUDE part.inc"));
    await answers("a.example.org.", "192.0.2.11");
    assert.equal((await zone("example.org")).serial, 2);
  });

  await t.test("a changed file of $INCLUDE is noticed, and one that is new as well", async () => {
    site.write("part.inc", "included A 192.0.2.31\n");
    await answers("included.example.org.", "192.0.2.31");
    site.write("other.inc", "more A 192.0.2.32\n");
    site.write("part.inc", "included A 192.0.2.31\n$INCLUDE other.inc\n");
    await answers("more.example.org.", "192.0.2.32");
    site.write("other.inc", "more A 192.0.2.33\n");
    await answers("more.example.org.", "192.0.2.33");
  });

  await t.test("a faulty zone leaves the last good one in force, and says where", async () => {
    site.replace("example.org.zone", zoneText(3, "a A 192.0.2.300"));
    const stale = await until("it is stale", async () => {
      const one = await zone("example.org");
      return one.state === "stale" ? one : null;
    });
    assert.equal(stale.serial, 2);
    assert.match(stale.faults[0], /example\.org\.zone:5:\d+ error \w+/);
    assert.deepEqual(await ask(server.v4, "a.example.org."), ["192.0.2.11"]);
    assert.equal((await server.api("/readyz")).status, 200);
    site.replace("example.org.zone", zoneText(4, "a A 192.0.2.12"));
    await answers("a.example.org.", "192.0.2.12");
    assert.equal((await zone("example.org")).state, "loaded");
  });

  await t.test("zones come and go with their files", async () => {
    site.replace("zones.d/two.example.zone", zoneText(1, "www A 192.0.2.51"));
    await answers("www.two.example.", "192.0.2.51");
    site.replace("zones.d/two.example.zone", zoneText(2, "www A 192.0.2.52"));
    await answers("www.two.example.", "192.0.2.52");
    rmSync(site.path("zones.d/two.example.zone"));
    await until("it is gone", async () => {
      const { message } = await askUdp(server.v4, { name: "www.two.example.", type: "A" });
      return message.rcode === 5;
    });
    assert.equal((await server.api("/api/v1/zones/two.example")).status, 404);
    await answers("www.one.example.", "192.0.2.50");
  });

  await t.test("a policy is added, and a zone is steered by it", async () => {
    site.configure(steered({ www: "nearest" }));
    await answers("www.example.org.", "192.0.2.1", CLIENT);
    assert.deepEqual(await ask(server.v4, "a.example.org."), ["192.0.2.12"]);
  });

  await t.test("a faulty configuration changes nothing", async () => {
    const broken = steered({ www: "nowhere", gone: "nearest" });
    site.configure({ ...broken, zones: { ...(broken["zones"] as object), "new.example": {} } });
    const found = await until("the fault is seen", async () => {
      const list = await faults();
      return list.length > 0 ? list : null;
    });
    assert.ok(
      found.some((one) => /azimuth\.yaml:\d+:\d+ error \w+ /.test(one)),
      found.join("\n"),
    );
    assert.deepEqual(await ask(server.v4, "www.example.org.", "A", CLIENT), ["192.0.2.1"]);
    const refused = await server.api("/api/v1/reload", "POST");
    assert.equal(refused.status, 422);
    // Zones are watched as before.
    site.replace("example.org.zone", zoneText(5, "a A 192.0.2.13"));
    await answers("a.example.org.", "192.0.2.13");
    site.configure(steered({ www: "nearest" }));
    await until("it is mended", async () => (await faults()).length === 0);
    assert.equal((await server.api("/api/v1/reload", "POST")).status, 200);
  });

  await t.test("a new database moves the answers, a bad one changes nothing", async () => {
    site.replace("country.mmdb", countryMmdb({ "44.0.0.0/9": "US" }));
    await answers("www.example.org.", "198.51.100.1", CLIENT);
    site.replace("country.mmdb", new TextEncoder().encode("this is no database"));
    await until("it is refused", async () => {
      const { body } = await server.api("/api/v1/transitions?limit=1000");
      return body.some(
        (one: { kind: string; to: string }) => one.kind === "map" && one.to === "refused",
      );
    });
    assert.deepEqual(await ask(server.v4, "www.example.org.", "A", CLIENT), ["198.51.100.1"]);
    site.replace("country.mmdb", countryMmdb({ "44.0.0.0/9": "DE" }));
    await answers("www.example.org.", "192.0.2.1", CLIENT);
  });

  await t.test(
    "endpoints are renumbered by a reload, and no answer is wrong meanwhile",
    async () => {
      const pools = {
        // Sorted before `web`: every endpoint of it gets another number.
        alpha: { endpoints: { x: { pop: "iad", v4: "203.0.113.7" } } },
        ...steering.pools,
      };
      site.configure({
        ...steered({ www: "nearest", other: "alpha" }),
        pools,
        policies: { ...steering.policies, alpha: { map: "world", pool: "alpha" } },
      });
      await answers("other.example.org.", "203.0.113.7", CLIENT);
      assert.deepEqual(await ask(server.v4, "www.example.org.", "A", CLIENT), ["192.0.2.1"]);
      site.configure(base);
      await until("nothing is steered", async () => {
        return (await ask(server.v4, "other.example.org.")).length === 0;
      });
      assert.deepEqual(await ask(server.v4, "a.example.org."), ["192.0.2.13"]);
    },
  );
});

test("without watching, a reload takes up every changed file", async (t) => {
  const site = createSite(t, { ...base, zoneFolders: [], node: { watch: false } });
  site.write("example.org.zone", zoneText(1, "a A 192.0.2.10"));
  const server = await startTestDaemon(site);
  await until("it is served", async () => (await ask(server.v4, "a.example.org.")).length === 1);
  site.replace("example.org.zone", zoneText(2, "a A 192.0.2.11"));
  assert.deepEqual(await ask(server.v4, "a.example.org."), ["192.0.2.10"]);
  const { status, body } = await server.api("/api/v1/reload", "POST");
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(await ask(server.v4, "a.example.org."), ["192.0.2.11"]);
});

test("a zone that is written in place is not served half; without a new serial it is warned of", async (t) => {
  const site = createSite(t, { zones: base.zones });
  site.write("example.org.zone", zoneText(1, "a A 192.0.2.10", "last A 192.0.2.90"));
  const server = await startTestDaemon(site);
  await until("it is served", async () => (await ask(server.v4, "last.example.org.")).length === 1);
  // A sound zone up to here, whose writer goes on after a while.
  const whole = zoneText(1, "a A 192.0.2.11", "last A 192.0.2.90");
  const half = whole.slice(0, whole.indexOf("last"));
  site.write("example.org.zone", half);
  const seen = new Set<string>();
  for (let i = 0; i < 8; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    seen.add(`${await ask(server.v4, "last.example.org.")}`);
  }
  appendFileSync(site.path("example.org.zone"), whole.slice(half.length));
  await until("the whole is served", async () => {
    seen.add(`${await ask(server.v4, "last.example.org.")}`);
    return (await ask(server.v4, "a.example.org."))[0] === "192.0.2.11";
  });
  assert.deepEqual([...seen], ["192.0.2.90"]);
  const { body } = await server.api("/api/v1/zones/example.org");
  assert.match(body.faults[0], /warning ZONE_SERIAL/);
});

test("five thousand small zones of a folder are loaded", async (t) => {
  const site = createSite(t, { zoneFolders: [{ folder: "zones.d" }] });
  for (let i = 0; i < 5000; i += 1) {
    site.write(`zones.d/z${i}.example.zone`, zoneText(i + 1, `www A 10.0.${i >> 8}.${i & 255}`));
  }
  const server = await startTestDaemon(site);
  await until(
    "all are served",
    async () => (await server.api("/api/v1/status")).body.zones === 5000,
  );
  for (const i of [0, 1234, 4999]) {
    assert.deepEqual(await ask(server.v4, `www.z${i}.example.`), [`10.0.${i >> 8}.${i & 255}`]);
  }
  utimesSync(site.path("zones.d/z7.example.zone"), 1, 1);
  site.replace("zones.d/z8.example.zone", zoneText(9999, "www A 10.9.9.9"));
  await until("one of them is new", async () => {
    return (await ask(server.v4, "www.z8.example."))[0] === "10.9.9.9";
  });
});

test("a zone without data is not answered from the zone around it", async (t) => {
  const zones = {
    "example.org": { file: "example.org.zone" },
    "sub.example.org": { file: "sub.zone" },
  };
  const site = createSite(t, { zones, node: { watch: true } });
  site.write("example.org.zone", zoneText(1, "a A 192.0.2.10", "alias CNAME www.sub"));
  site.write("sub.zone", zoneText(1, "www A 192.0.2.300"));
  const server = await startTestDaemon(site);
  const rcode = async (name: string): Promise<number> =>
    (await askUdp(server.v4, { name, type: "A" })).message.rcode;
  await until("the good zone is served", async () => (await rcode("a.example.org.")) === 0);
  for (const name of ["www.sub.example.org.", "sub.example.org.", "alias.example.org."]) {
    assert.equal(await rcode(name), 2, name);
  }
  assert.equal(await rcode("nope.example.org."), 3);

  const { body } = await server.api("/api/v1/status");
  assert.equal(body.zones, 1);
  assert.match(body.faults.join("\n"), /sub\.zone:\d+:\d+ error/);
  assert.equal((await server.api("/readyz")).status, 200);
  assert.equal((await server.api("/api/v1/zones/sub.example.org")).body.state, "failed");
  const metrics = await server.metrics();
  assert.deepEqual([metrics.get("azimuth_zones"), metrics.get("azimuth_zones_failed")], [1, 1]);

  site.replace("sub.zone", zoneText(2, "www A 192.0.2.30"));
  await until("it is mended", async () => {
    return (await ask(server.v4, "www.sub.example.org."))[0] === "192.0.2.30";
  });
  assert.equal((await server.metrics()).get("azimuth_zones_failed"), 0);

  // A zone that is added and faulty: what was the parent's to say is so no longer.
  const more = { ...zones, "late.example.org": { file: "late.zone" } };
  assert.equal(await rcode("www.late.example.org."), 3);
  site.configure({ zones: more, node: { watch: true } });
  await until("it fails", async () => (await rcode("www.late.example.org.")) === 2);
  site.write("late.zone", zoneText(3, "www A 192.0.2.31"));
  await until("its file came", async () => {
    return (await ask(server.v4, "www.late.example.org."))[0] === "192.0.2.31";
  });
});
