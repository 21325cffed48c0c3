// SPDX-License-Identifier: Apache-2.0
/** `azimuth zone check` and `azimuth zone diff`, with master files against a running server. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { createSite, runAzimuth, type Site, startTestDaemon, zoneText } from "../support/daemon.ts";
import { noSigner, signZone } from "../support/sign.ts";

async function run(site: Site, ...args: readonly string[]) {
  const process = runAzimuth(site, ["zone", ...args]);
  const code = await process.ended;
  return { code, out: process.stdout(), err: process.stderr() };
}

/** All that the table keeps apart: cuts with glue, what they hide, wildcards, mixed TTLs. */
const ROWS = [
  "a A 192.0.2.10",
  "a 60 A 192.0.2.11",
  "*.w TXT wild",
  "sub NS ns.sub",
  "sub NS ns.elsewhere.example.",
  "ns.sub A 192.0.2.53",
  "hidden.sub TXT occluded",
  "d DNAME elsewhere.example.",
  'odd\\.label TXT "a \\" quote" "and ; more"',
  "mx MX 10 Mail.Example.NET.",
  "generic TYPE65400 \\# 3 010203",
];

const STEERED = {
  pops: { fra: { latitude: 50.11, longitude: 8.68 } },
  pools: { web: { endpoints: { fra1: { pop: "fra", v4: "192.0.2.1" } } } },
  maps: { world: { networks: {}, default: "EU" } },
  policies: { nearest: { map: "world", pool: "web", order: "nearest" } },
};

test("check finds what a server would, by file and line, and needs none", async (t) => {
  const site = createSite(t, {
    ...STEERED,
    zones: { "example.org": { file: "zone", steer: { www: "nearest" } } },
  });
  site.write("zones/org", zoneText(7, ...ROWS, "$INCLUDE more/hosts"));
  site.write("zones/more/hosts", "b A 192.0.2.20\n");
  const warned = await run(site, "check", "Example.ORG", "zones/org");
  assert.equal(warned.code, 0, warned.err);
  assert.match(warned.out, /^zones\/org:\d+:\d+ warning ZONE_TTL_MIXED /m);
  assert.match(warned.out, /\nexample\.org\. serial 7, records 15, owners \d+, not signed\.\n$/);
  const strict = await run(site, "check", "--strict", "example.org", "zones/org");
  assert.equal(strict.code, 1);
  assert.match(strict.out, /ZONE_STRICT[\s\S]*\nA server would refuse it\.\n$/);

  site.write("zones/more/hosts", "b A 192.0.2.20\nb A 192.0.2.300\nwww A 192.0.2.1\n");
  const broken = await run(site, "check", "example.org", "zones/org");
  assert.equal(broken.code, 1);
  assert.match(broken.out, /^zones\/more\/hosts:2:5 error ZONE_RDATA /m);
  const json = await run(site, "check", "example.org", "zones/org", "--json");
  assert.deepEqual([json.code, JSON.parse(json.out).zone], [1, null]);

  site.write("zones/more/hosts", "www A 192.0.2.1\n");
  const alone = await run(site, "check", "example.org", "zones/org", "--json");
  assert.equal(alone.code, 0);
  assert.equal(JSON.parse(alone.out).zone.serial, 7);
  const together = await run(site, "check", "example.org", "zones/org", "-c", "azimuth.yaml");
  assert.equal(together.code, 1);
  assert.match(together.out, /ZONE_STEERED_STATIC www\.example\.org\. A /);
  const foreign = await run(site, "check", "example.net", "zones/org", "-c", "azimuth.yaml");
  assert.equal(foreign.code, 1);
  assert.match(foreign.err, /has no zone example\.net\./);
  assert.equal((await run(site, "check", "example.org", "nowhere")).code, 1);
  assert.equal((await run(site, "check", "example.org")).code, 2);
});

test("diff: what a file would change, and what policies answer", async (t) => {
  const site = createSite(t, {
    ...STEERED,
    node: { watch: false },
    zones: { "example.org": { file: "zone", steer: { www: "nearest" } } },
  });
  site.write("zone", zoneText(1, ...ROWS));
  await startTestDaemon(site);
  const diff = (file: string, ...more: readonly string[]) =>
    run(site, "diff", "Example.org", file, "--socket", site.socket, ...more);
  const told = "azimuth: not compared, since policies answer: www.example.org. A AAAA (nearest)\n";
  const same = await diff("zone");
  assert.deepEqual(same, { code: 0, out: "", err: told });

  const dump = await run(site, "dump", "example.org", "--socket", site.socket);
  assert.match(dump.out, /\n; www\.example\.org\. A AAAA: answered by policy nearest\n$/);
  writeFileSync(site.path("dumped"), dump.out);
  assert.deepEqual(await diff("dumped"), same, "a dump is no change");

  const rows = ROWS.filter((row) => row !== "*.w TXT wild");
  site.write("next", zoneText(2, ...rows, "$INCLUDE hosts"));
  site.write("hosts", "a A 192.0.2.12\nb 30 TXT new\n");
  const changed = await diff("next");
  assert.equal(changed.code, 1);
  const soa = (serial: number) =>
    `example.org. 300 IN SOA ns1.example.org. hostmaster.example.org. ${serial} 7200 1800 1209600 300`;
  const lines = [
    `- ${soa(1)}`,
    `+ ${soa(2)}`,
    "+ a.example.org. 60 IN A 192.0.2.12",
    '+ b.example.org. 30 IN TXT "new"',
    '- *.w.example.org. 300 IN TXT "wild"',
  ];
  assert.deepEqual(changed.out.trimEnd().split("\n"), lines);
  const document = JSON.parse((await diff("next", "--json")).out);
  assert.deepEqual([document.differences, document.added.length], [5, 3]);
  assert.deepEqual(document.steered[0], {
    owner: "www.example.org.",
    types: ["A", "AAAA"],
    policy: "nearest",
  });

  site.write("hosts", "www A 192.0.2.12\n");
  const refused = await diff("next");
  assert.deepEqual([refused.code, refused.out], [2, ""]);
  assert.match(refused.err, /ZONE_STEERED_STATIC www\.example\.org\. A .*hosts:1/);
  site.write("hosts", "b A 1.2.3\n");
  const broken = await diff("next");
  assert.equal(broken.code, 2);
  assert.match(broken.err, /^hosts:1:5 error ZONE_RDATA /m);
  const unknown = await run(site, "diff", "example.net", "zone", "--socket", site.socket);
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /There is no zone example\.net/);
  const nobody = await run(site, "diff", "example.org", "zone", "--socket", site.path("none"));
  assert.equal(nobody.code, 3);
});

for (const nsec3 of [false, true]) {
  const name = `diff and check of a zone signed with ${nsec3 ? "NSEC3" : "NSEC"}`;
  test(name, { skip: noSigner }, async (t) => {
    const site = createSite(t, { zones: { "example.org": { file: "zone" } } });
    const text = zoneText(1, ...ROWS.filter((row) => !row.startsWith("a 60")));
    const signed = signZone(site.path("keys"), "example.org.", text, { nsec3 }).text;
    site.write("zone", signed);
    await startTestDaemon(site);
    const good = await run(site, "check", "example.org", "zone");
    assert.equal(good.code, 0, good.out);
    assert.match(good.out, /, signed\.\n/);
    const same = await run(site, "diff", "example.org", "zone", "--socket", site.socket);
    assert.deepEqual(same, { code: 0, out: "", err: "" });
    const rows = signed.split("\n");
    const at = rows.findIndex((row) => /\sRRSIG\s+MX\s/.test(row));
    assert.ok(at >= 0, signed);
    site.write("gap", rows.with(at, "").join("\n"));
    const gap = await run(site, "check", "example.org", "gap");
    assert.match(gap.out, /^gap:\d+:\d+ warning ZONE_RRSIG_MISSING mx\.example\.org\. MX/m);
    const past = signed.replace(/(\sRRSIG\s+MX(?:\s+\d+){3}\s+)\d{14}/, "$120200101000000");
    site.write("past", past.replace(/(20200101000000\s+)\d{14}/, "$120190101000000"));
    const over = await run(site, "check", "example.org", "past");
    assert.equal(over.code, 0, over.out);
    assert.match(over.out, /ZONE_RRSIG_EXPIRED the signature of mx\.example\.org\. MX ended 2020/);
    assert.equal((await run(site, "check", "example.org", "past", "--strict")).code, 1);
    const lost = await run(site, "diff", "example.org", "gap", "--socket", site.socket);
    assert.equal(lost.code, 1);
    assert.match(lost.out, /^- mx\.example\.org\. \d+ IN RRSIG MX [^\n]*\n$/);
  });
}
