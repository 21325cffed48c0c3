// SPDX-License-Identifier: Apache-2.0
/**
 * RFC 2136, 3007: a zone is changed by nsupdate, by section. What an update makes of a zone, case by
 * case, is tried in test/unit/transfer/update.test.ts; here are the real client and a real server.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { composeMessage, composeQuery } from "../../src/dns/compose.ts";
import { Opcode, Rcode } from "../../src/dns/iana.ts";
import { nameFromText } from "../../src/dns/names.ts";
import { signRequest, type TsigKey } from "../../src/dns/tsig.ts";
import { type Publication, publish } from "../../src/io/publisher.ts";
import { SAVED_TABLE_NAME } from "../../src/io/saved.ts";
import type { WantedZone } from "../../src/io/transfer-link.ts";
import { tsigCrypto } from "../../src/io/tsig.ts";
import { openUpdates, updatesPath } from "../../src/io/updates-file.ts";
import type { TransferRecord } from "../../src/transfer/receive.ts";
import { linesOf } from "../../src/zone/master.ts";
import {
  createSite,
  type Site,
  startTestDaemon,
  type TestDaemon,
  until,
  zoneText,
} from "../support/daemon.ts";
import { ask, askUdp, parse } from "../support/daemon-client.ts";
import { findDaemon } from "../support/peers.ts";
import { apexText, builtMap, builtSteering, builtZone, policy } from "../support/tables.ts";
import {
  startTransferThread,
  type TransferThread,
  wantedZone,
} from "../support/transfer-thread.ts";
import { recordOf } from "../support/transfers.ts";

const NSUPDATE = findDaemon("nsupdate");
const skip = NSUPDATE === null ? "no nsupdate here: bind9-dnsutils" : false;
const ALGORITHMS = ["hmac-sha256", "hmac-sha384", "hmac-sha512"] as const;
const SECRET = Buffer.from("a secret of more than thirty-two octets, to be sure").toString(
  "base64",
);
const OTHER = Buffer.from("another secret of more than thirty-two octets, too").toString("base64");

type KeyOf = { readonly name: string; readonly algorithm: string; readonly secret: string };
const good = (algorithm = "hmac-sha256"): KeyOf => {
  return { name: algorithm, algorithm, secret: SECRET };
};

async function dynamicSite(t: TestContext): Promise<{ site: Site; server: TestDaemon }> {
  const keys = [...ALGORITHMS, "stranger"].map((id) => {
    const algorithm = id === "stranger" ? "hmac-sha256" : id;
    return [id, { algorithm, secret: SECRET }] as const;
  });
  const site = createSite(t, {
    keys: Object.fromEntries(keys),
    zones: {
      "example.org": {
        file: "example.org.zone",
        allowUpdate: ALGORITHMS.map((key) => ({ key, prefix: "127.0.0.0/8" })),
      },
      "fixed.org": { file: "fixed.org.zone" },
    },
  });
  site.write("example.org.zone", zoneText(7, "a A 192.0.2.1", "alias CNAME a"));
  site.write("fixed.org.zone", zoneText(7, "a A 192.0.2.1"));
  return { site, server: await startTestDaemon(site) };
}

/** What nsupdate complains of; empty if the server said NOERROR. */
function nsupdate(
  { v4 }: TestDaemon,
  lines: readonly string[],
  key: KeyOf | null = good(),
  ...args: readonly string[]
): Promise<string> {
  const signed = key === null ? [] : [`key ${key.algorithm}:${key.name} ${key.secret}`];
  const child = spawn(NSUPDATE!, ["-t", "20", ...args], { stdio: ["pipe", "pipe", "pipe"] });
  const input = [`server ${v4.host} ${v4.port}`, ...signed, "zone example.org.", ...lines, "send"];
  child.stdin.end(`${input.join("\n")}\n`);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(said.trim()));
  });
}

async function serialOf({ v4 }: TestDaemon): Promise<number> {
  const { message } = await askUdp(v4, { name: "example.org.", type: "SOA" });
  const { rdata } = message.answers[0]!;
  return new DataView(rdata.buffer, rdata.byteOffset).getUint32(rdata.length - 20);
}

const serves = (server: TestDaemon, name: string, type: string, count: number): Promise<true> =>
  until(`${name} ${type} has ${count} records`, async () =>
    (await ask(server.v4, name, type)).length === count ? true : null,
  );

test("§2.5, §3.6: a token of a certificate authority comes and goes, and the serial grows", {
  skip,
}, async (t) => {
  const { server } = await dynamicSite(t);
  const name = "_acme-challenge.example.org.";
  let before = await serialOf(server);
  // As the client of dns-rfc2136 does it, with each algorithm, over UDP and over TCP.
  for (const algorithm of ALGORITHMS) {
    const args = algorithm === "hmac-sha384" ? ["-v"] : [];
    const add = `update add ${name} 120 TXT "token"`;
    assert.equal(await nsupdate(server, [add], good(algorithm), ...args), "");
    await serves(server, name, "TXT", 1);
    const remove = `update delete ${name} TXT "token"`;
    assert.equal(await nsupdate(server, [remove], good(algorithm), ...args), "");
    await serves(server, name, "TXT", 0);
    const after = await serialOf(server);
    assert.equal(after, before + 2);
    before = after;
  }
});

test("§2.4, §3.2: prerequisites hold or nothing is done", { skip }, async (t) => {
  const { server } = await dynamicSite(t);
  const change = "update add b.example.org. 300 A 192.0.2.2";
  const failing = [
    ["prereq nxdomain a.example.org.", "YXDOMAIN"],
    ["prereq yxdomain none.example.org.", "NXDOMAIN"],
    ["prereq nxrrset a.example.org. A", "YXRRSET"],
    ["prereq yxrrset a.example.org. AAAA", "NXRRSET"],
    ["prereq yxrrset a.example.org. A 192.0.2.9", "NXRRSET"],
  ] as const;
  for (const [required, rcode] of failing) {
    assert.equal(await nsupdate(server, [required, change]), `update failed: ${rcode}`, required);
  }
  assert.equal(await serialOf(server), 7);
  const met = ["prereq yxrrset a.example.org. A 192.0.2.1", "prereq nxdomain b.example.org."];
  assert.equal(await nsupdate(server, [...met, change]), "");
  await serves(server, "b.example.org.", "A", 1);
  // D2: the same again sees the first, published or not.
  assert.equal(await nsupdate(server, [...met, change]), "update failed: YXDOMAIN");
});

test("§3.1, §3.3, RFC 3007 §3: who may not change it changes nothing", { skip }, async (t) => {
  const { server } = await dynamicSite(t);
  const change = ["update add b.example.org. 300 A 192.0.2.2"];
  assert.equal(await nsupdate(server, change, null), "update failed: REFUSED");
  const stranger = { ...good(), name: "stranger" };
  assert.equal(await nsupdate(server, change, stranger), "update failed: REFUSED");
  const forged = await nsupdate(server, change, { ...good(), secret: OTHER });
  assert.match(forged, /BADSIG|NOTAUTH/);
  const unknown = await nsupdate(server, change, { ...good(), name: "nobody" });
  assert.match(unknown, /BADKEY|NOTAUTH/);
  const fixed = ["zone fixed.org.", "update add b.fixed.org. 300 A 192.0.2.2"];
  assert.equal(await nsupdate(server, fixed), "update failed: REFUSED");
  const foreign = ["zone example.net.", "update add b.example.net. 300 A 192.0.2.2"];
  assert.match(await nsupdate(server, foreign), /NOTAUTH/);
  const outside = ["update add b.example.net. 300 A 192.0.2.2"];
  assert.equal(await nsupdate(server, outside), "update failed: NOTZONE");
  assert.equal(await serialOf(server), 7);
  assert.deepEqual(await ask(server.v4, "b.example.org."), []);
});

test("§3.4.2: SOA, last NS and CNAME are kept whole", { skip }, async (t) => {
  const { server } = await dynamicSite(t);
  const harmless = [
    "update delete example.org. SOA",
    "update delete example.org. NS",
    "update add alias.example.org. 300 A 192.0.2.3",
    "update add a.example.org. 300 CNAME b.example.org.",
  ];
  for (const line of harmless) assert.equal(await nsupdate(server, [line]), "", line);
  assert.equal(await serialOf(server), 7);
  assert.equal((await ask(server.v4, "example.org.", "NS")).length, 1);
  const soa = "ns1.example.org. hostmaster.example.org. 2000 7200 1800 1209600 300";
  const raised = [`update add example.org. 300 SOA ${soa}`, "update delete a.example.org."];
  assert.equal(await nsupdate(server, raised), "");
  await until("the serial of the client", async () => (await serialOf(server)) === 2000);
  assert.deepEqual(await ask(server.v4, "a.example.org."), []);
});

test("§3.5: what was answered NOERROR outlives the server", { skip }, async (t) => {
  const { site, server } = await dynamicSite(t);
  const text = readFileSync(site.path("example.org.zone"), "utf8");
  const names = Array.from({ length: 40 }, (_, i) => `h${i}.example.org.`);
  const said = await Promise.all(
    names.map((name) => nsupdate(server, [`update add ${name} 300 A 192.0.2.7`])),
  );
  assert.deepEqual([...new Set(said)], [""]);
  await server.stop();
  // The table of the last publication is not asked: the file and the journal have all of it.
  rmSync(site.path(`state/${SAVED_TABLE_NAME}`), { force: true });
  assert.equal(readFileSync(site.path("example.org.zone"), "utf8"), text);
  const again = await startTestDaemon(site);
  for (const name of names) await serves(again, name, "A", 1);
  assert.equal(await serialOf(again), 47);
});

/** RCODE of one signed UPDATE that adds an address to `name`, given to the real thread. */
async function addTo(thread: TransferThread, name: string): Promise<number> {
  const key: TsigKey = {
    ...{ name: nameFromText("k1.")!, algorithm: "hmac-sha256", secret: new Uint8Array(32) },
  };
  const empty = composeQuery({ name: "example.org.", type: "SOA", opcode: Opcode.UPDATE });
  const update = composeMessage({
    ...parse(empty),
    authorities: [recordOf(`${name} 9 A 192.0.2.9`)],
  });
  const { octets } = signRequest(update, key, Math.floor(Date.now() / 1000), tsigCrypto);
  return parse((await thread.ask(octets))[0]!).rcode;
}

async function threadWith(
  t: TestContext,
  change: Omit<Publication, "revision">,
  more: Partial<WantedZone> = {},
) {
  const thread = await startTransferThread(t);
  const done = publish(thread.publisher, { revision: 1, ...change });
  assert.ok("epoch" in done, JSON.stringify(done));
  const allowUpdate = [{ prefix: null, key: "one", tls: false }];
  const file = join(thread.folder, "example.org.zone");
  writeFileSync(file, `${apexText(7)}`);
  await thread.want({
    keys: [{ id: "one", name: "k1.", algorithm: "hmac-sha256", secret: new Uint8Array(32) }],
    zones: [wantedZone("example.org.", { allowUpdate }, { file, ...more })],
  });
  return { thread, file, journal: updatesPath(thread.folder, "example.org.") };
}

const lineOf = ({ owner, type, ttl, rdata }: TransferRecord): string =>
  linesOf({ owner, type, ttl, rdatas: [rdata] }).trim();

test("§3.3: a steered name is nobody else's to write, its neighbours are", async (t) => {
  const zone = builtZone("example.org.", apexText(7), [["www.example.org.", "A", "m"]]);
  const map = builtMap("w");
  const steering = builtSteering([policy("m", "w")], [map]);
  const shape = { picker: 0, answers: 1, allDown: 0, endpoints: [0] };
  const row = { ttlSecs: 30, state: 0, shares: [{ rank: 0, weight: 1 }] };
  const policies = [{ policy: "m", shapes: [shape], rows: [row] }];
  const place = { file: "", line: 0, column: 0 };
  const { thread, journal } = await threadWith(
    t,
    { put: [zone], maps: [map], steering, policies },
    {
      steered: true,
      steeredNames: [{ owner: "www.example.org.", types: ["A"], policy: "m", place }],
    },
  );
  assert.equal(await addTo(thread, "WWW"), Rcode.REFUSED);
  assert.equal(openUpdates(journal).log, null);
  assert.equal(await addTo(thread, "b"), Rcode.NOERROR);
  const [step] = openUpdates(journal).log!.steps;
  assert.deepEqual(step!.added.map(lineOf), ["b.example.org. 9 IN A 192.0.2.9"]);
});

test("§3.4: hints that are filled in stay auto in the journal and in the file", {
  skip,
}, async (t) => {
  const { site, server } = await dynamicSite(t);
  const service = "www HTTPS 1 . alpn=h2 ipv4hint=auto port=8";
  site.write("example.org.zone", zoneText(8, service, "www A 192.0.2.1"));
  assert.equal((await server.api("/api/v1/reload", "POST")).status, 200);
  const hint = async (): Promise<string> => {
    const { message } = await askUdp(server.v4, { name: "www.example.org.", type: "HTTPS" });
    return message.answers.map(({ rdata }) => Buffer.from(rdata).toString("hex")).join();
  };
  // Key 4 of 4 octets: the address that the zone has.
  const filled = (address: string) => async () => (await hint()).endsWith(`00040004${address}`);
  await until("the hint is filled in", filled("c0000201"));
  const change = [
    "update delete www.example.org. A",
    "update add www.example.org. 300 A 192.0.2.9",
  ];
  assert.equal(await nsupdate(server, change), "");
  await until("the hint follows the update", filled("c0000209"));
  assert.equal((await server.api("/api/v1/zones/example.org./flush", "POST")).status, 200);
  const text = readFileSync(site.path("example.org.zone"), "utf8");
  assert.match(text, /^www\.example\.org\. 300 IN HTTPS 1 \. alpn="h2" port=8 ipv4hint=auto$/m);
  assert.match(text, /^www\.example\.org\. 300 IN A 192\.0\.2\.9$/m);
  assert.ok(await filled("c0000209")());
});

test("§3.3: a zone that was signed elsewhere is not changed here", async (t) => {
  const dnskey = "@ DNSKEY 257 3 13 " + Buffer.alloc(64, 5).toString("base64");
  const zone = builtZone("example.org.", `${apexText(7)}${dnskey}\n`);
  const { thread, journal } = await threadWith(t, { put: [zone] });
  assert.equal(await addTo(thread, "b"), Rcode.REFUSED);
  assert.equal(openUpdates(journal).log, null);
});
