// SPDX-License-Identifier: Apache-2.0
/** RFC 9432: a catalog of BIND's, and the zones that it lists. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  createSite,
  startTestDaemon,
  type TestDaemon,
  until,
  zoneText,
} from "../support/daemon.ts";
import { askUdp } from "../support/daemon-client.ts";
import { findDaemon, freePort, stopDaemon } from "../support/peers.ts";
import { missing } from "../support/primaries.ts";

const HEAD = (serial: number): string =>
  `$TTL 60\n@ SOA invalid. invalid. ${serial} 2 1 3600 60\n@ NS invalid.\n`;

async function codeOf(server: TestDaemon, name: string): Promise<number> {
  const { message } = await askUdp(server.v4, { name, type: "A" });
  return message.rcode === 0 && message.answers.length === 0 ? -1 : message.rcode;
}

test("members are fetched and served, come and go; a broken catalog changes nothing", {
  skip: missing("bind"),
}, async (t) => {
  const port = await freePort();
  const site = createSite(t, {
    node: { listen: ["127.0.0.1:0"] },
    remotes: { primary: { addresses: [`127.0.0.1:${port}`] } },
    zones: { "catalog.example": { primaries: ["primary"], catalog: true } },
  });
  const folder = site.path("named");
  mkdirSync(folder, { recursive: true });
  const catalog = (serial: number, ...lines: string[]): void =>
    writeFileSync(join(folder, "catalog"), `${HEAD(serial)}${lines.join("\n")}\n`);
  const zones = ["catalog.example", "one.example", "two.example"].map(
    (apex, i) => `zone "${apex}" { type primary; file "${["catalog", "one", "two"][i]}"; };`,
  );
  for (const name of ["one", "two"]) {
    writeFileSync(
      join(folder, name),
      `$ORIGIN ${name}.example.\n${zoneText(1, "www A 192.0.2.1")}`,
    );
  }
  catalog(1, 'version TXT "2"', "a.zones PTR one.example.");
  writeFileSync(
    join(folder, "named.conf"),
    `options { directory "${folder}"; pid-file "${folder}/pid"; session-keyfile "${folder}/k";
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; notify no;
  allow-transfer { any; }; };
controls { };
${zones.join("\n")}
`,
  );
  const named = spawn(findDaemon("named")!, ["-g", "-c", join(folder, "named.conf")], {
    stdio: "ignore",
  });
  site.atEnd(() => stopDaemon(named));
  const server = await startTestDaemon(site);
  await until("the member is served", async () => (await codeOf(server, "www.one.example.")) === 0);
  assert.equal(await codeOf(server, "www.two.example."), 5, "REFUSED: nobody lists it");

  catalog(2, 'version TXT "2"', "a.zones PTR one.example.", "b.zones PTR two.example.");
  named.kill("SIGHUP");
  await until(
    "the new member is served",
    async () => (await codeOf(server, "www.two.example.")) === 0,
  );

  catalog(3, 'version TXT "9"');
  named.kill("SIGHUP");
  await until("the broken version is here", async () => {
    const { body } = await server.api("/api/v1/zones/catalog.example");
    return body.serial === 3;
  });
  assert.equal(await codeOf(server, "www.one.example."), 0, "its members stay");

  catalog(4, 'version TXT "2"', "b.zones PTR two.example.");
  named.kill("SIGHUP");
  await until(
    "the old member is gone",
    async () => (await codeOf(server, "www.one.example.")) === 5,
  );
  assert.equal(await codeOf(server, "www.two.example."), 0);

  named.kill("SIGKILL");
  await server.stop();
  const again = await startTestDaemon(site);
  await until("kept over a restart", async () => (await codeOf(again, "www.two.example.")) === 0);
});
