// SPDX-License-Identifier: Apache-2.0
/** The configuration of a running NSD is taken over, and Azimuth answers as NSD does. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { Type } from "../../src/dns/iana.ts";
import { nameFromText } from "../../src/dns/names.ts";
import { createSite, runAzimuth, startProcess, until, zoneText } from "../support/daemon.ts";
import { askUdp } from "../support/daemon-client.ts";
import { findDaemon, freePort, stopDaemon } from "../support/peers.ts";
import { missing } from "../support/primaries.ts";

const nsd = findDaemon("nsd");

test("a server of NSD, imported, gives the same answers", { skip: missing("nsd") }, async (t) => {
  const site = createSite(t, { zones: {} });
  const log = { level: "info" };
  const apexes = ["example.org", "example.net"];
  for (const apex of apexes) {
    const text = zoneText(
      7,
      "a A 192.0.2.10\n*.w TXT wild\nsub NS ns.elsewhere.example.\nc CNAME a",
    );
    site.write(`zones/${apex}.zone`, text.replaceAll("example.org", apex));
  }
  const port = await freePort();
  const zone = (apex: string) => `zone:\n  name: ${apex}\n  include-pattern: all\n`;
  const server = `server:
  ip-address: 127.0.0.1@${port}
  zonesdir: ${site.path("zones")}
  username: ""
  chroot: ""
  pidfile: ${site.path("nsd.pid")}
  database: ""
  xfrdfile: ${site.path("xfrd")}
  zonelistfile: ${site.path("zonelist")}
  minimal-responses: yes
remote-control:
  control-enable: no
pattern:
  name: all
  zonefile: %s.zone
`;
  writeFileSync(site.path("nsd.conf"), server + apexes.map(zone).join(""));
  const child = spawn(nsd!, ["-d", "-c", site.path("nsd.conf")], { stdio: "ignore" });
  site.atEnd(() => stopDaemon(child));

  const done = runAzimuth(site, ["import", "nsd", site.path("nsd.conf")]);
  assert.equal(await done.ended, 0, done.stderr());
  assert.match(done.stderr(), /nsd\.conf:4: server: username is not mapped/);
  const { node, ...sections } = parse(done.stdout());
  assert.deepEqual(node, { listen: [`127.0.0.1:${port}`] });
  site.configure({ ...sections, node: { log } });
  const { v4 } = await startProcess(site);
  const theirs = { ...v4, address: "127.0.0.1", port };

  const answer = async (of: typeof v4, name: string, type: number) => {
    const { message } = await askUdp(of, { name: nameFromText(name)!, type });
    const { aa, rcode, answers, authorities } = message;
    const rows = (list: typeof answers) =>
      list.map(({ owner, type, ttl, rdata }) => [...owner, type, ttl, ...rdata].join()).sort();
    return { aa, rcode, answers: rows(answers), authorities: rows(authorities) };
  };
  const ready = async () => (await answer(v4, "example.net.", Type.SOA)).answers.length === 1;
  await until("it serves", ready);
  for (const apex of apexes) {
    for (const label of ["", "a.", "none.", "x.w.", "w.", "x.sub.", "c."]) {
      for (const type of [Type.A, Type.TXT, Type.SOA]) {
        const name = `${label}${apex}.`;
        const [ours, other] = [await answer(v4, name, type), await answer(theirs, name, type)];
        assert.deepEqual(ours, other, `${name} ${type}`);
      }
    }
  }
});
