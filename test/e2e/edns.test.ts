// SPDX-License-Identifier: Apache-2.0
/**
 * EDNS over real sockets: what dig and kdig, made by others, see of it; what a reload changes; and
 * cookies that cross over to BIND and Knot, which share our secret, and back.
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import type { Message } from "../../src/dns/message.ts";
import type { BoundAddress } from "../../src/io/threads.ts";
import { createSite, type Site, startTestDaemon, until, zoneText } from "../support/daemon.ts";
import { askUdp, frame, openStream } from "../support/daemon-client.ts";
import { nativeForTests } from "../support/native.ts";
import { findDaemon, stopDaemon } from "../support/peers.ts";
import { freePort } from "../support/ports.ts";
import { missing } from "../support/primaries.ts";

const SECRET = "00112233445566778899aabbccddeeff";
const OTHER = "ffeeddccbbaa99887766554433221100";
const ZONE = { zones: { "example.org": { file: "example.org.zone" } } };
const run = promisify(execFile);
const { reason: noNative } = nativeForTests();

const node = (rest: object = {}) => ({
  ...{ name: "ns1.test", watch: false, cookies: { secrets: [SECRET] } },
  ...rest,
});

/** What a tool prints for a question. */
async function told(tool: string, at: BoundAddress, ...words: readonly string[]) {
  const to = [`@${at.host}`, "-p", `${at.port}`];
  return (await run(tool, [...to, "+time=5", tool === "dig" ? "+tries=3" : "+retry=2", ...words]))
    .stdout;
}

const option = (code: number, data: Uint8Array = new Uint8Array(0)) => ({ code, data });
const cookieOf = (message: Message): Uint8Array =>
  message.edns!.options.find(({ code }) => code === 10)!.data;

for (const kernel of ["ts", "native"] as const) {
  const skip = kernel === "native" ? noNative : false;
  test(`dig and kdig read what kernel ${kernel} tells`, { skip }, async (t) => {
    const options = {
      kernel,
      pump: kernel === "ts" ? "dgram" : "native",
      reportAgent: "er.example.",
    };
    const site = createSite(t, { ...ZONE, node: node(options) });
    site.write("example.org.zone", zoneText(7));
    const { v4, v6, api } = await startTestDaemon(site);
    const soa = ["example.org", "SOA"];
    await t.test("NSID, cookie, keepalive", async () => {
      for (const at of [v4, v6]) {
        const text = await told("dig", at, ...soa, "+nsid", "+cookie", "+keepalive", "+tcp");
        assert.match(text, /NSID: .*\("ns1\.test"\)/);
        assert.match(text, /COOKIE: [0-9a-f]{16}01000000[0-9a-f]{24} \(good\)/);
        assert.match(text, /TCP[ -]KEEPALIVE: 10\.0 secs/i);
      }
    });
    await t.test("zone version, expire, agent domain, extended error", async () => {
      const text = await told("dig", v4, ...soa, "+ednsopt=19", "+expire");
      assert.match(text, /OPT=19: 02 00 00 00 00 07/);
      assert.match(text, /EXPIRE: 1209600/);
      assert.match(text, /OPT=18: 02 65 72 07 65 78 61 6d 70 6c 65 00/);
      assert.match(await told("dig", v4, "example.net", "A"), /EDE: 20 \(Not Authoritative\)/);
      assert.match(await told("kdig", v4, "example.net", "A", "+edns"), /EDE: 20 \(Not Auth/);
    });
    await t.test("the thread and the table that an answer is from", async () => {
      const identity = { nsid: "ns1-w{worker}-r{revision}" };
      site.configure({ ...ZONE, node: node({ ...options, identity }) });
      assert.equal((await api("/api/v1/reload", "POST")).status, 200);
      const { revision } = (await api("/api/v1/status")).body as { revision: number };
      const udp = await told("dig", v4, ...soa, "+nsid", "+notcp");
      assert.match(udp, new RegExp(`NSID: .*\\("ns1-w[0-9]-r${revision}"\\)`));
      // Threads for streams come behind those for datagrams.
      const tcp = await told("dig", v4, ...soa, "+nsid", "+tcp");
      assert.match(tcp, new RegExp(`NSID: .*\\("ns1-w[1-9]-r${revision}"\\)`));
      // The digest of the table, as the status tells it: two servers that know the same say the same.
      const { digest } = (await api("/api/v1/status")).body as { digest: string };
      const octets = `02 f6 ${digest.slice(0, 16).replace(/..(?=.)/g, "$& ")}`;
      assert.match(await told("dig", v4, ...soa, "+ednsopt=19"), new RegExp(`OPT=19: ${octets}`));
    });
    await t.test("class CH", async () => {
      const id = ["CH", "TXT", "+short"];
      assert.equal(await told("dig", v4, "id.server", ...id), '"ns1.test"\n');
      assert.equal(await told("dig", v4, "hostname.bind", ...id), '"ns1.test"\n');
      assert.equal(await told("dig", v4, "version.bind", ...id), '"azimuth"\n');
      assert.match(await told("dig", v4, "authors.bind", "CH", "TXT"), /status: REFUSED/);
    });
    await t.test("opcodes, a question less, options of another form", async () => {
      for (const opcode of ["1", "2", "6", "15"]) {
        const text = await told("dig", v4, ...soa, `+opcode=${opcode}`, "+nocookie");
        assert.match(text, /status: NOTIMP/);
      }
      assert.match(
        await told("dig", v4, "+header-only", "+cookie"),
        /status: NOERROR[\s\S]*\(good\)/,
      );
      assert.match(await told("dig", v4, "+header-only", "+nocookie"), /status: FORMERR/);
      assert.match(await told("dig", v4, ...soa, "+ednsopt=10:00", "+nocookie"), /FORMERR/);
      assert.match(await told("dig", v4, ...soa, "+ednsopt=3:00"), /FORMERR/);
      assert.match(await told("dig", v4, ...soa, "+edns=1", "+noednsneg"), /BADVERS/);
    });
    await t.test(
      "nobody takes a transfer, a NOTIFY or an UPDATE here: an answer all the same",
      async () => {
        for (const opcode of ["notify", "update"]) {
          const text = await told("dig", v4, ...soa, `+opcode=${opcode}`, "+nocookie");
          assert.match(text, /status: (NOTIMP|REFUSED|NOTAUTH|FORMERR)/);
        }
        // An answer of nothing but its header, or the SOA (RFC 1995 §4).
        assert.match(
          await told("dig", v4, "example.org", "IXFR=1", "+notcp"),
          /MSG SIZE +rcvd: \d\d/,
        );
      },
    );
  });
}

test("a reload rolls secrets over, and hides what a node said", async (t) => {
  const site = createSite(t, { ...ZONE, node: node() });
  site.write("example.org.zone", zoneText(1));
  const server = await startTestDaemon(site);
  const ask = async (data: Uint8Array) => {
    const edns = { options: [option(10, data), option(3)] };
    const { message } = await askUdp(server.v4, { name: "example.org.", type: "SOA", edns });
    return { message, cookie: cookieOf(message) };
  };
  const reload = async (given: object) => {
    site.configure({ ...ZONE, node: node(given) });
    assert.equal((await server.api("/api/v1/reload", "POST")).status, 200);
  };
  const client = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const first = await ask(client);
  assert.equal(first.message.edns!.options.length, 2);
  assert.deepEqual((await ask(first.cookie)).cookie, first.cookie);
  // RFC 9018 §5: the new secret is known, then it makes cookies, then the old one goes.
  await reload({ cookies: { secrets: [SECRET, OTHER], demand: true } });
  assert.deepEqual((await ask(first.cookie)).cookie, first.cookie);
  await reload({ cookies: { secrets: [OTHER, SECRET], demand: true } });
  const second = await ask(first.cookie);
  assert.equal(second.message.rcode, 0);
  assert.notDeepEqual(second.cookie, first.cookie);
  await reload({ cookies: { secrets: [OTHER], demand: true }, identity: { nsid: "off" } });
  const third = await ask(second.cookie);
  assert.deepEqual([third.message.rcode, third.cookie], [0, second.cookie]);
  assert.equal(third.message.edns!.options.length, 1);
  const old = await ask(first.cookie);
  assert.deepEqual([old.message.rcode, old.message.answers.length], [23, 0]);
  assert.equal((await server.metrics()).get('azimuth_rcode_total{rcode="BADCOOKIE"}'), 1);
  // A stream needs none.
  const stream = await openStream(server.v4);
  const edns = { options: [option(10, client)] };
  stream.socket.write(frame({ name: "example.org.", type: "SOA", edns }));
  assert.equal((await stream.got(1))[0]!.rcode, 0);
  stream.socket.destroy();
});

/** A server of others in the site's folder, on a port of its own. */
async function startPeer(site: Site, path: string, args: readonly string[], port: number) {
  const child = spawn(path, args, { stdio: "ignore", cwd: site.folder });
  site.atEnd(() => stopDaemon(child));
  const at = { host: "127.0.0.1", port };
  await until("it answers", async () => (await told("dig", at, "example.org", "SOA")) !== "");
  return at;
}

/** Asks with a cookie. */
async function askWith(at: BoundAddress, data: Uint8Array): Promise<Message> {
  const edns = { options: [option(10, data)] };
  return (await askUdp(at, { name: "example.org.", type: "SOA", edns })).message;
}

/** Cookies of each are demanded by the other, and taken; by the wrong secret none is. */
async function crossOver(t: TestContext, ours: BoundAddress, theirs: BoundAddress) {
  const client = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);
  for (const [maker, taker] of [
    [ours, theirs],
    [theirs, ours],
  ] as const) {
    const refused = await askWith(taker, client);
    assert.equal(refused.rcode, 23);
    const made = cookieOf(await askWith(maker, client));
    assert.equal(made.length, 24);
    const taken = await askWith(taker, made);
    assert.deepEqual(
      [taken.rcode, taken.answers.length],
      [0, 1],
      Buffer.from(made).toString("hex"),
    );
    made[20]! ^= 1;
    assert.equal((await askWith(taker, made)).rcode, 23);
  }
  t.diagnostic("both ways");
}

function siteOf(t: TestContext): Site {
  const cookies = { secrets: [SECRET], demand: true };
  const site = createSite(t, { ...ZONE, node: node({ cookies }) });
  site.write("example.org.zone", zoneText(1));
  return site;
}

const named = findDaemon("named");
test("BIND takes our cookies and we take BIND's", { skip: missing("bind") }, async (t) => {
  const site = siteOf(t);
  const { v4 } = await startTestDaemon(site);
  const port = await freePort();
  const { folder } = site;
  site.write(
    "named.conf",
    `options {
  directory "${folder}"; pid-file "${folder}/named.pid"; session-keyfile "${folder}/session";
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; answer-cookie yes; require-server-cookie yes;
  cookie-algorithm siphash24; cookie-secret "${SECRET}";
};
controls { };
zone "example.org" { type primary; file "${folder}/example.org.zone"; };
`,
  );
  const args = ["-f", "-n", "1", "-c", site.path("named.conf")];
  await crossOver(t, v4, await startPeer(site, named!, args, port));
});

const knot = findDaemon("knotd");
test("Knot takes our cookies and we take Knot's", { skip: missing("knot") }, async (t) => {
  const site = siteOf(t);
  const { v4 } = await startTestDaemon(site);
  const port = await freePort();
  const { folder } = site;
  mkdirSync(site.path("db"));
  site.write(
    "knot.conf",
    `server:
  rundir: "${folder}"
  listen: 127.0.0.1@${port}
control:
  listen: "${folder}/knot.sock"
database:
  storage: "${folder}/db"
mod-cookies:
  - id: shared
    secret: 0x${SECRET}
    badcookie-slip: 1
template:
  - id: default
    global-module: mod-cookies/shared
zone:
  - domain: example.org
    file: "${folder}/example.org.zone"
    zonefile-sync: -1
`,
  );
  const args = ["-c", site.path("knot.conf")];
  await crossOver(t, v4, await startPeer(site, knot!, args, port));
});
