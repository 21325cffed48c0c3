// SPDX-License-Identifier: Apache-2.0
/**
 * Our answers put to validators: zones signed by dnssec-signzone, served by the kernel on loopback,
 * asked for by delv and by unbound with the zone's key as their only trust anchor. Every kind of
 * answer must be validated, the negative ones by their proofs. The zone as a whole, as the table has
 * it, is put to ldns-verify-zone.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { composeQuery } from "../../src/dns/compose.ts";
import { Type } from "../../src/dns/iana.ts";
import { isMessage, readMessage } from "../../src/dns/message.ts";
import { nameFromText } from "../../src/dns/names.ts";
import { findZoneHeader } from "../../src/table/find-zone.ts";
import { currentRoot } from "../../src/table/publish.ts";
import { readZoneHeader } from "../../src/table/table-image.ts";
import { zoneNode, zoneRRsets } from "../../src/table/zone-records.ts";
import { masterFile } from "../../src/zone/master.ts";
import type { PeerKind } from "../support/peer-configs.ts";
import { findDaemon, startPeer } from "../support/peers.ts";
import { freePort } from "../support/ports.ts";
import { type Denial, noSigner, signZone } from "../support/sign.ts";
import { askOctets, createWorld, type World } from "../support/world.ts";

const APEX = "signed.test.";
const ZONE = `$TTL 300
@ SOA ns1 hostmaster 1 7200 1800 259200 120
@ NS ns1
@ MX 10 mail
ns1 A 192.0.2.53
mail A 192.0.2.25
mail AAAA 2001:db8::25
www A 192.0.2.1
www TXT "one"
a.b.c TXT "deep"
*.w A 192.0.2.9
*.w TXT "wild"
x.y.w TXT "beside"
*.wc CNAME q.w
alias CNAME chain
chain CNAME www
dangle CNAME nothing
old DNAME c
\\000\\001.odd TXT "octets"
safe NS ns.safe
safe DS 12345 13 2 ${"ab".repeat(32)}
ns.safe A 192.0.2.3
plain NS ns.plain
ns.plain A 192.0.2.4
far.below NS ns.plain
b.e TXT "beside a wildcard without data"
x.*.e NS ns.plain
`;

/** Name and type. */
const POSITIVE = [
  ["@", "SOA"],
  ["@", "DNSKEY"],
  ["@", "MX"],
  ["www", "A"],
  ["a.b.c", "TXT"],
  ["q.w", "A"],
  ["q.q.w", "TXT"],
  ["*.w", "A"],
  ["m.wc", "A"],
  ["alias", "A"],
  ["alias", "CNAME"],
  ["a.b.old", "TXT"],
  ["safe", "DS"],
] as const;
const NEGATIVE = [
  ["nope", "A"],
  ["a.nope.www", "A"],
  ["0.b.c", "A"],
  ["www", "AAAA"],
  ["b.c", "A"],
  ["c", "TXT"],
  ["q.w", "MX"],
  ["z.y.w", "A"],
  ["y.w", "A"],
  ["plain", "DS"],
  ["far.below", "DS"],
  ["below", "A"],
  ["zzz.odd", "TXT"],
  ["mail", "HTTPS"],
  ["q.e", "A"],
] as const;
/** Aliases to what is not there. */
const DANGLING = [
  ["dangle", "A"],
  ["nope.old", "A"],
] as const;
const FORMS: readonly Denial[] = [
  { nsec3: false },
  { nsec3: true },
  { nsec3: true, salt: "abcd", iterations: 3 },
  { nsec3: true, optOut: true },
];

const delv = findDaemon("delv");
const skip = delv === null ? "needs delv (Debian package bind9-dnsutils)" : noSigner;

/** Serves a world over UDP and TCP on loopback. */
async function serve(world: World): Promise<{ port: number; stop(): void }> {
  const port = await freePort();
  const udp = createSocket("udp4");
  udp.on("message", (query, from) => {
    udp.send(askOctets(world, query), from.port, from.address);
  });
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", (octets) => {
      const reply = askOctets(world, octets.subarray(2), { tcp: true });
      socket.write(Uint8Array.of(reply.length >> 8, reply.length & 0xff, ...reply));
    });
  });
  await new Promise<void>((resolve) => udp.bind(port, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => tcp.listen(port, "127.0.0.1", resolve));
  return {
    port,
    stop: () => {
      udp.close();
      for (const socket of sockets) socket.destroy();
      tcp.close();
    },
  };
}

const run = promisify(execFile);

/** The zone's key, as a trust anchor has it. */
function keyData(key: string): string {
  return key.match(/DNSKEY\s+257\s+3\s+13\s+(.*)/)![1]!.replaceAll(" ", "");
}

for (const form of FORMS) {
  test(`delv validates every kind of answer: ${JSON.stringify(form)}`, { skip }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "azimuth-delv-"));
    const { text, key } = signZone(folder, APEX, ZONE, form);
    const anchors = join(folder, "anchors");
    writeFileSync(anchors, `trust-anchors { "${APEX}" static-key 257 3 13 "${keyData(key)}"; };\n`);
    const server = await serve(createWorld({ zones: { [APEX]: text } }));
    // An opt-out span leaves open what lies in it (RFC 5155 §9.2): good, but not secure.
    const verdict = form.optOut === true ? "(fully validated|unsigned answer)" : "fully validated";
    const ask = async (label: string, type: string): Promise<string> => {
      const name = label === "@" ? APEX : `${label}.${APEX}`;
      const args = ["@127.0.0.1", "-p", `${server.port}`, "-a", anchors, `+root=${APEX}`];
      const { stdout, stderr } = await run(delv!, [...args, "-t", type, "-q", name]).catch(
        (error: { stdout: string; stderr: string }) => error,
      );
      return `${stdout}${stderr}`;
    };
    try {
      for (const [label, type] of POSITIVE) {
        const said = await ask(label, type);
        assert.match(said, new RegExp(`^; ${verdict}`, "m"), `${label} ${type}: ${said}`);
        assert.doesNotMatch(said, /resolution failed/, `${label} ${type}: ${said}`);
      }
      for (const [label, type] of NEGATIVE) {
        const said = await ask(label, type);
        assert.match(
          said,
          new RegExp(`^; negative response, ${verdict}`, "m"),
          `${label} ${type}: ${said}`,
        );
      }
      for (const [label, type] of DANGLING) {
        const said = await ask(label, type);
        assert.match(said, new RegExp(`^; ${verdict}`, "m"), `${label} ${type}: ${said}`);
        assert.match(said, /ncache nxdomain/, `${label} ${type}: ${said}`);
      }
    } finally {
      server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** A resolver that asks nobody but the server at `upstream`, and trusts one key. */
const unbound = (upstream: number, key: string): PeerKind => ({
  name: "unbound",
  daemon: "unbound",
  configure(folder, port) {
    const file = join(folder, "unbound.conf");
    writeFileSync(
      file,
      `server:
  interface: 127.0.0.1@${port}
  access-control: 127.0.0.0/8 allow_snoop
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  use-syslog: no
  do-not-query-localhost: no
  local-zone: "test." nodefault
  trust-anchor: "${APEX} DNSKEY 257 3 13 ${keyData(key)}"
stub-zone:
  name: "${APEX}"
  stub-addr: 127.0.0.1@${upstream}
remote-control:
  control-enable: no
`,
    );
    return ["-d", "-p", "-c", file];
  },
});

const noUnbound =
  findDaemon("unbound") === null ? "needs unbound (scripts/install-peers.sh)" : noSigner;

for (const form of FORMS) {
  const title = `unbound finds every kind of answer secure: ${JSON.stringify(form)}`;
  test(title, { skip: noUnbound }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "azimuth-unbound-"));
    const { text, key } = signZone(folder, APEX, ZONE, form);
    const server = await serve(createWorld({ zones: { [APEX]: text } }));
    const zone = { apex: APEX, text, owners: [] };
    const resolver = await startPeer(unbound(server.port, key), folder, [zone]);
    try {
      for (const [label, type] of [...POSITIVE, ...NEGATIVE, ...DANGLING]) {
        const name = label === "@" ? APEX : `${label}.${APEX}`;
        const query = composeQuery({ name, type, rd: true, edns: { dnssecOk: true } });
        const reply = readMessage((await resolver.ask(query)) ?? Uint8Array.of());
        assert.ok(isMessage(reply), `${name} ${type}: no answer`);
        // What an opt-out span leaves open is good, but not secure.
        assert.ok(reply.rcode === 0 || reply.rcode === 3, `${name} ${type}: ${reply.rcode}`);
        if (form.optOut !== true) assert.ok(reply.ad, `${name} ${type} is not secure`);
      }
    } finally {
      await resolver.stop();
      server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

const verifier = findDaemon("ldns-verify-zone");
const noVerifier =
  verifier === null ? "needs ldns-verify-zone (Debian package ldnsutils)" : noSigner;

for (const form of FORMS) {
  const title = `ldns-verify-zone takes the zone as the table has it: ${JSON.stringify(form)}`;
  test(title, { skip: noVerifier }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "azimuth-verify-"));
    try {
      const { text } = signZone(folder, APEX, ZONE, form);
      const { memory } = createWorld({ zones: { [APEX]: text } });
      const apex = nameFromText(APEX)!;
      const root = currentRoot(memory.control);
      const header = readZoneHeader(memory.table, findZoneHeader(memory.table, root, apex));
      const soa = zoneNode(memory.table, header, apex)!.rrsets.get(Type.SOA)!;
      const file = join(folder, "served");
      writeFileSync(file, [...masterFile(soa, zoneRRsets(memory.table, header))].join(""));
      const { stdout } = await run(verifier!, [file]);
      assert.match(stdout, /Zone is verified and complete/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
