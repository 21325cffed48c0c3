// SPDX-License-Identifier: Apache-2.0
/**
 * The journal of accepted updates: kills, edits by hand beside it, and the way into the file.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { composeMessage, composeQuery } from "../../src/dns/compose.ts";
import { Opcode, Rcode } from "../../src/dns/iana.ts";
import { nameFromText } from "../../src/dns/names.ts";
import { signRequest, type TsigKey } from "../../src/dns/tsig.ts";
import type { BoundAddress } from "../../src/io/threads.ts";
import { tsigCrypto } from "../../src/io/tsig.ts";
import { updatesPath } from "../../src/io/updates-file.ts";
import {
  createSite,
  runAzimuth,
  type Site,
  startProcess,
  startTestDaemon,
  until,
  zoneText,
} from "../support/daemon.ts";
import { ask, askUdp, framed, parse } from "../support/daemon-client.ts";
import { recordOf } from "../support/transfers.ts";

const secret = Buffer.alloc(32, 7);
const key: TsigKey = {
  ...{ name: nameFromText("k1.")!, algorithm: "hmac-sha256", secret: new Uint8Array(secret) },
};
const SAVED = "state/table.azimuth";

function dynamicSite(t: TestContext, node: object = {}): Site {
  return createSite(t, {
    node: { watch: false, ...node },
    keys: { k1: { algorithm: "hmac-sha256", secret: secret.toString("base64") } },
    zones: {
      "example.org": { file: "example.org.zone", allowUpdate: [{ key: "k1" }] },
    },
  });
}

/** RCODE of an UPDATE with these records, over TCP; null if no answer came. */
function update(server: BoundAddress, ...lines: readonly string[]): Promise<number | null> {
  const empty = composeQuery({ name: "example.org.", type: "SOA", opcode: Opcode.UPDATE });
  const message = composeMessage({ ...parse(empty), authorities: lines.map(recordOf) });
  const { octets } = signRequest(message, key, Math.floor(Date.now() / 1000), tsigCrypto);
  return new Promise((resolve) => {
    const socket = connect(server.port, server.host, () => socket.write(framed(octets)));
    socket.on("data", (chunk) => {
      resolve(parse(new Uint8Array(chunk.subarray(2))).rcode);
      socket.destroy();
    });
    socket.on("error", () => resolve(null));
    socket.on("close", () => resolve(null));
  });
}

async function serialOf(server: BoundAddress): Promise<number> {
  const { message } = await askUdp(server, { name: "example.org.", type: "SOA" });
  const { rdata } = message.answers[0]!;
  return new DataView(rdata.buffer, rdata.byteOffset).getUint32(rdata.length - 20);
}

const serves = (server: BoundAddress, name: string, addresses: readonly string[]): Promise<true> =>
  until(`${name} is ${addresses}`, async () =>
    String(await ask(server, name)) === String(addresses) ? true : null,
  );

async function zoneVerb(site: Site, ...args: readonly string[]) {
  const process = runAzimuth(site, ["zone", ...args, "--socket", site.socket]);
  const code = await process.ended;
  return { code, said: process.stdout() + process.stderr() };
}

test("killed between journal and publication, what was answered is served, the rest not by halves", async (t) => {
  const site = dynamicSite(t, { log: { level: "info" } });
  // So many owners that no compiler is done before the kill.
  const many = Array.from({ length: 4 }, (_, i) => `$GENERATE 0-49999 x${i}-$ A 192.0.2.9`);
  site.write("example.org.zone", zoneText(1, ...many));
  const answered = new Set<number>();
  for (let round = 0; round < 3; round += 1) {
    const server = await startProcess(site);
    await serves(server.v4, "x3-49999.example.org.", ["192.0.2.9"]);
    // What is served from the saved table may be there before the thread that knows the keys.
    await until("updates are taken", async () => (await update(server.v4)) === Rcode.NOERROR);
    const all = Array.from({ length: 6 }, async (_, i) => {
      const number = round * 6 + i;
      const names = ["l", "r"].map((side) => `${side}${number}`);
      const rcode = await update(server.v4, ...names.map((name) => `${name} 9 A 192.0.2.1`));
      if (rcode === null) return;
      assert.equal(rcode, Rcode.NOERROR);
      answered.add(number);
      server.child.kill("SIGKILL");
    });
    await Promise.all(all);
    await server.ended;
    assert.ok(answered.size > round, "an update was answered");
  }
  // The table of a publication that came in time is not asked.
  rmSync(site.path(SAVED), { force: true });
  const server = await startTestDaemon(site);
  for (let number = 0; number < 18; number += 1) {
    const [left, right] = await Promise.all(
      ["l", "r"].map((side) => ask(server.v4, `${side}${number}.example.org.`)),
    );
    assert.deepEqual(left, right, `update ${number} is whole`);
    if (answered.has(number)) assert.deepEqual(left, ["192.0.2.1"], `update ${number} is served`);
  }
});

test("an edit by hand meets updates: both are served, or the edit is refused", async (t) => {
  const site = dynamicSite(t);
  site.write("example.org.zone", zoneText(7, "a A 192.0.2.1"));
  const { v4, stop } = await startTestDaemon(site);
  assert.equal(await update(v4, "b 300 A 192.0.2.2"), Rcode.NOERROR);
  await serves(v4, "b.example.org.", ["192.0.2.2"]);
  assert.equal(await serialOf(v4), 8);

  // Not yet taken up: an update goes on top of what is served, and the edit is not lost.
  site.write("example.org.zone", zoneText(10, "a A 192.0.2.1", "c A 192.0.2.3"));
  assert.equal(await update(v4, "d 300 A 192.0.2.4"), Rcode.NOERROR);
  await serves(v4, "d.example.org.", ["192.0.2.4"]);
  await serves(v4, "c.example.org.", ["192.0.2.3"]);
  assert.deepEqual(await ask(v4, "b.example.org."), ["192.0.2.2"]);
  assert.equal(await serialOf(v4), 12);
  assert.equal(await update(v4, "e 300 A 192.0.2.5"), Rcode.NOERROR);
  await serves(v4, "e.example.org.", ["192.0.2.5"]);
  assert.equal(await serialOf(v4), 13);

  // A serial that stands still: refused, and told; what was served goes on, and updates as well.
  site.write("example.org.zone", zoneText(10, "f A 192.0.2.6"));
  const refused = await zoneVerb(site, "reload", "example.org");
  assert.equal(refused.code, 1);
  assert.match(refused.said, /ZONE_UPDATES_EDITED.*serial 10 is not newer than 10/s);
  assert.deepEqual(await ask(v4, "a.example.org."), ["192.0.2.1"]);
  assert.deepEqual(await ask(v4, "f.example.org."), []);
  assert.equal(await update(v4, "g 300 A 192.0.2.7"), Rcode.NOERROR);

  // Repaired while the server is down: all of it is there, from the file and the journal alone.
  await stop();
  site.write("example.org.zone", zoneText(11, "f A 192.0.2.6"));
  rmSync(site.path(SAVED), { force: true });
  const again = await startTestDaemon(site);
  const wanted = { a: [], b: [2], c: [], d: [4], e: [5], f: [6], g: [7] };
  for (const [name, last] of Object.entries(wanted)) {
    const addresses = last.map((one) => `192.0.2.${one}`);
    await serves(again.v4, `${name}.example.org.`, addresses);
  }
  assert.equal(await serialOf(again.v4), 15);
});

test("zone flush writes the updates to the file, and the journal is gone", async (t) => {
  const site = dynamicSite(t);
  site.write("example.org.zone", zoneText(7, "a A 192.0.2.1"));
  const { v4, stop, metrics } = await startTestDaemon(site);
  const journal = updatesPath(site.path("state"), "example.org.");
  assert.equal((await zoneVerb(site, "flush", "example.org")).code, 0);
  assert.equal(await update(v4, "b 300 A 192.0.2.2"), Rcode.NOERROR);
  assert.equal(await update(v4, "c 300 A 192.0.2.3"), Rcode.NOERROR);
  const kept = readFileSync(journal);
  const flushed = await zoneVerb(site, "flush", "example.org");
  assert.deepEqual(flushed, { code: 0, said: "Its file has all updates.\n" });
  assert.equal(existsSync(journal), false);
  const text = readFileSync(site.path("example.org.zone"), "utf8");
  assert.match(text, /SOA ns1\.example\.org\. \S+ 9 /);
  assert.equal(text.match(/^[bc]\.example\.org\. 300 IN A 192\.0\.2\.[23]$/gm)?.length, 2);
  const { body } = { body: await metrics() };
  assert.equal(body.get('azimuth_update_journal_total{event="flushed"}'), 1);
  assert.equal(body.get('azimuth_update_journal_total{event="appended"}'), 2);

  // An edit that is not in force is not written over.
  assert.equal(await update(v4, "d 300 A 192.0.2.4"), Rcode.NOERROR);
  site.write("example.org.zone", `${text}e.example.org. 300 IN A 192.0.2.5\n`);
  const refused = await zoneVerb(site, "flush", "example.org");
  assert.equal(refused.code, 1);
  assert.match(refused.said, /has errors, or its journal does not fit|was changed/);
  assert.match(readFileSync(site.path("example.org.zone"), "utf8"), /192\.0\.2\.5/);
  await stop();

  // A journal that cannot be read is a fault, and not half a zone.
  const broken = Buffer.from(kept);
  broken[20]! ^= 1;
  writeFileSync(journal, broken);
  const check = runAzimuth(site, ["check", site.configFile]);
  assert.equal(await check.ended, 1);
  assert.match(check.stdout() + check.stderr(), /ZONE_UPDATES_BROKEN/);
});
