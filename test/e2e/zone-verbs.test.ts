// SPDX-License-Identifier: Apache-2.0
/** `azimuth zone`, against a running server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSite, runAzimuth, type Site, startTestDaemon, zoneText } from "../support/daemon.ts";

async function run(site: Site, ...args: readonly string[]) {
  const process = runAzimuth(site, ["zone", ...args, "--socket", site.socket]);
  const code = await process.ended;
  return { code, out: process.stdout(), err: process.stderr() };
}

test("reload, dump, and what does not fit a zone", async (t) => {
  const site = createSite(t, {
    node: { watch: false },
    remotes: { ns1: { addresses: ["127.0.0.1:1"] } },
    zones: {
      "example.org": { file: "zone", notify: ["ns1"] },
      "example.net": { primaries: ["ns1"] },
    },
  });
  site.write("zone", zoneText(1, "a A 192.0.2.1"));
  await startTestDaemon(site);
  const dump = await run(site, "dump", "Example.ORG");
  assert.deepEqual([dump.code, dump.err], [0, ""]);
  assert.match(dump.out, /^example\.org\. 300 IN SOA ns1\.example\.org\. .* 1 7200 /);
  assert.match(dump.out, /\na\.example\.org\. 300 IN A 192\.0\.2\.1\n/);

  const status = await run(site, "status", "example.org");
  assert.equal(status.code, 0);
  assert.match(status.out, /^serial {2,}1$/m);
  assert.match(status.out, /^source {2,}file$/m);
  assert.match(status.out, /^loaded {2,}20\S+Z, \d+ \w+ ago$/m);
  const other = await run(site, "status", "example.net");
  assert.match(other.out, /^primary +ns1, /m);
  assert.match((await run(site, "status")).out, /^example\.net\. .* secondary /m);

  site.write("zone", zoneText(2, "b A 192.0.2.2"));
  const reload = await run(site, "reload", "example.org");
  assert.deepEqual([reload.code, reload.out], [0, "It is in force.\n"]);
  assert.match((await run(site, "dump", "example.org")).out, /\nb\.example\.org\. /);

  site.write("zone", zoneText(3, "b A 192.0.2.300"));
  const broken = await run(site, "reload", "example.org");
  assert.equal(broken.code, 1);
  assert.match(broken.err, /zone:5:\d+ error ZONE_RDATA/);
  assert.match((await run(site, "dump", "example.org")).out, /192\.0\.2\.2\n/);

  assert.equal((await run(site, "notify", "example.org")).code, 0);
  assert.match((await run(site, "notify", "example.net")).err, /it tells nobody/);
  assert.equal((await run(site, "retransfer", "example.net")).code, 0);
  assert.equal((await run(site, "refresh", "example.net")).out, "Its primaries are asked.\n");
  assert.match((await run(site, "refresh", "example.org")).err, /it has no primaries/);
  for (const action of ["reload", "dump"]) {
    const unknown = await run(site, action, "example.com");
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /There is no zone example\.com/);
  }
  assert.equal((await run(site, "frobnicate", "example.org")).code, 2);
});
