// SPDX-License-Identifier: Apache-2.0
/**
 * AXFR out of one large zone: Azimuth, NSD and Knot in turn, one client that reads all of it.
 *
 *   node bench/axfr.ts [records] [rounds]        kept in bench/results
 *
 * Interleaved, since a machine that others use too changes from minute to minute: what counts are
 * the ratios of the medians. The client only counts octets and records, so that it is not what is
 * measured.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFramer, pushChunk } from "../src/answer/stream.ts";
import { composeQuery } from "../src/dns/compose.ts";
import { findDaemon } from "../test/support/peers.ts";
import { freePort } from "../test/support/ports.ts";
import { median, storeResults } from "./kit.ts";

const RECORDS = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = Number(process.argv[3] ?? 5);
const APEX = "example.org.";

interface Round {
  readonly ms: number;
  readonly records: number;
  readonly octets: number;
}

/** One transfer; null if it is not served (yet). */
function fetchZone(port: number): Promise<Round | null> {
  return new Promise((resolve) => {
    const query = composeQuery({ name: APEX, type: "AXFR", id: 7 });
    const framer = createFramer();
    const begun = performance.now();
    let records = 0;
    let octets = 0;
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(Buffer.concat([Buffer.from([query.length >> 8, query.length & 255]), query]));
    });
    socket.on("data", (chunk) => {
      octets += chunk.length;
      pushChunk(framer, chunk, (bytes, at) => {
        records += (bytes[at + 6]! << 8) | bytes[at + 7]!;
        return true;
      });
      // The second SOA is the last record.
      if (records < RECORDS + 4) return;
      resolve({ ms: performance.now() - begun, records, octets });
      socket.destroy();
    });
    socket.setTimeout(20_000, () => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", () => resolve(null));
  });
}

const folder = mkdtempSync(join(tmpdir(), "azimuth-axfr-"));
const lines = Array.from({ length: RECORDS }, (_, i) => {
  return `h${i} A 192.0.${(i >> 8) & 255}.${i & 255}`;
});
const head = `$TTL 300\n@ SOA ns1 host 1 7200 1800 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n`;
writeFileSync(join(folder, "zone"), `${head}${lines.join("\n")}\n`);
mkdirSync(join(folder, "knot"));

const servers = {
  azimuth: (port: number) => {
    const file = join(folder, "azimuth.yaml");
    const node = `{ listen: ["127.0.0.1:${port}"], workers: 1, api: "off", state: ./state }`;
    const zone = `{ file: zone, allowTransfer: ["127.0.0.1"] }`;
    writeFileSync(file, `node: ${node}\nzones:\n  example.org: ${zone}\n`);
    return [process.execPath, "bin/azimuth.mjs", "serve", "--config", file];
  },
  nsd: (port: number) => {
    const file = join(folder, "nsd.conf");
    writeFileSync(
      file,
      `server:\n  ip-address: 127.0.0.1@${port}\n  zonesdir: ${folder}\n  username: ""\n  chroot: ""\n` +
        `  pidfile: ${folder}/nsd.pid\n  database: ""\n  xfrdfile: ${folder}/xfrd\n` +
        `  zonelistfile: ${folder}/zonelist\nremote-control:\n  control-enable: no\n` +
        `zone:\n  name: ${APEX}\n  zonefile: zone\n  provide-xfr: 127.0.0.1 NOKEY\n`,
    );
    return [findDaemon("nsd") ?? "", "-d", "-c", file];
  },
  knot: (port: number) => {
    const file = join(folder, "knot.conf");
    writeFileSync(
      file,
      `server:\n  listen: 127.0.0.1@${port}\n  rundir: ${folder}\ndatabase:\n  storage: ${folder}/knot\n` +
        `acl:\n  - id: a\n    address: 127.0.0.1\n    action: transfer\n` +
        `zone:\n  - domain: ${APEX}\n    storage: ${folder}\n    file: zone\n    acl: a\n    zonefile-load: whole\n    journal-content: none\n`,
    );
    return [findDaemon("knotd") ?? "", "-c", file];
  },
} as const;

const running = [];
for (const [name, configure] of Object.entries(servers)) {
  const port = await freePort();
  const [binary, ...args] = configure(port);
  if (binary === "") continue;
  const child = spawn(binary!, args, { stdio: "ignore" });
  running.push({ name, port, child, rounds: [] as Round[] });
}
try {
  for (const { port } of running) {
    for (let i = 0; i < 240 && (await fetchZone(port)) === null; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  for (let i = 0; i < ROUNDS; i += 1) {
    for (const { port, rounds } of running) {
      const round = await fetchZone(port);
      if (round !== null) rounds.push(round);
    }
  }
} finally {
  for (const { child } of running) child.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
const rows = running.map(({ name, rounds }) => ({
  name,
  rounds: rounds.length,
  ms: Math.round(median(rounds.map(({ ms }) => ms))),
  recordsPerSec: Math.round(median(rounds.map(({ ms, records }) => (records / ms) * 1000))),
  octets: rounds[0]?.octets ?? 0,
}));
const own = rows.find(({ name }) => name === "azimuth")?.recordsPerSec ?? Number.NaN;
const ratios = Object.fromEntries(
  rows.map(({ name, recordsPerSec }) => [name, Number((own / recordsPerSec).toFixed(2))]),
);
const figures = { records: RECORDS, rounds: ROUNDS, rows, azimuthTo: ratios };
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
storeResults("axfr", `node bench/axfr.ts ${RECORDS} ${ROUNDS}`, { axfr: figures });
