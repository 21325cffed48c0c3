// SPDX-License-Identifier: Apache-2.0
/**
 * AXFR in of one large zone: a new secondary is started with nothing, fetches the zone from one NSD
 * and answers from it. Azimuth, NSD, Knot and BIND in turns.
 *
 *   node bench/axfr-in.ts [records] [rounds]        kept in bench/results
 *
 * What is timed is what an operator waits for: from the start of the process to the first
 * authoritative answer for the zone's last name, TSIG checked, zone checked, zone kept on disk as the
 * server does it. So a server's start is in it, which is told beside it: the same without a zone.
 */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stopDaemon } from "../test/support/peers.ts";
import { freePort } from "../test/support/ports.ts";
import {
  missing,
  PRIMARY_KINDS,
  type PrimaryKind,
  startPrimary,
} from "../test/support/primaries.ts";
import { startSecondary } from "../test/support/secondaries.ts";
import { inFolder, inTurns, median, round, say, storeResults, tableText } from "./kit.ts";
import { compileProgram, openAsker } from "./server.ts";

const RECORDS = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const APEX = "example.org.";
const KEY = {
  name: "transfer-key.",
  algorithm: "hmac-sha256",
  secret: "c2VjcmV0IG9mIHRoZSBiZW5jaA==",
};
const PATIENCE_MS = 300_000;

function zoneText(): string {
  const hosts = Array.from({ length: RECORDS }, (_, i) => {
    return `h${i} A 192.0.${(i >> 8) & 255}.${i & 255}\n`;
  });
  return `$ORIGIN ${APEX}\n$TTL 300\n@ SOA ns1 host 1 7200 1800 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n${hosts.join("")}`;
}

/** Asks again and again until there is an answer with a record. */
async function untilServed(port: number, name: string): Promise<void> {
  const asker = await openAsker(port);
  const end = performance.now() + PATIENCE_MS;
  try {
    while ((await asker.ask(name, 5)) === null) {
      if (performance.now() > end) throw new Error(`${name} is not served at port ${port}`);
    }
  } finally {
    asker.close();
  }
}

type Start = (folder: string, port: number, primaryPort: number) => () => Promise<void>;

const startAzimuth =
  (program: string): Start =>
  (folder, port, primaryPort) => {
    const file = join(folder, "azimuth.yaml");
    writeFileSync(
      file,
      `node: { listen: ["127.0.0.1:${port}"], workers: 1, api: "off", state: ./state }
keys:
  transfer-key: { algorithm: ${KEY.algorithm}, secret: ${KEY.secret} }
remotes:
  primary: { addresses: ["127.0.0.1:${primaryPort}"], key: transfer-key }
zones:
  ${APEX}: { primaries: [primary] }
`,
    );
    const args = [program, "serve", "--config", file];
    const child = spawn(process.execPath, args, { stdio: "ignore" });
    return () => stopDaemon(child);
  };

const peer =
  (kind: PrimaryKind): Start =>
  (folder, port, primaryPort) =>
    startSecondary(kind, { folder, apex: APEX, port, primaryPort, key: KEY });

/** Milliseconds from the start of a secondary to its first answer for `name`. */
const timed = (start: Start, primaryPort: number, name: string) => (): Promise<number> =>
  inFolder(async (folder) => {
    const port = await freePort();
    const begun = performance.now();
    const stop = start(folder, port, primaryPort);
    try {
      await untilServed(port, name);
      return performance.now() - begun;
    } finally {
      await stop();
    }
  });

await inFolder(async (folder) => {
  const program = compileProgram(join(folder, "program"));
  const starts: Record<string, Start> = { azimuth: startAzimuth(program) };
  for (const kind of PRIMARY_KINDS) {
    const why = missing(kind);
    if (why === false) starts[kind] = peer(kind);
    else say(why);
  }
  const primary = async (name: string, text: string) => {
    mkdirSync(join(folder, name));
    const options = { folder: join(folder, name), apex: APEX, text, notifyPort: 1, key: KEY };
    return startPrimary("nsd", options);
  };
  const large = await primary("large", zoneText());
  const small = await primary("small", zoneText().split("\n").slice(0, 6).join("\n").concat("\n"));
  try {
    await untilServed(large.port, `h${RECORDS - 1}.${APEX}`);
    const sides: Record<string, () => Promise<number>> = {};
    for (const [name, start] of Object.entries(starts)) {
      sides[name] = timed(start, large.port, `h${RECORDS - 1}.${APEX}`);
      sides[`${name}, one host`] = timed(start, small.port, `h0.${APEX}`);
    }
    const got = await inTurns(sides, ROUNDS);
    const rows = Object.keys(starts).map((name) => {
      const ms = median(got[name]!);
      const startMs = median(got[`${name}, one host`]!);
      const rate = Math.round((RECORDS / (ms - startMs)) * 1000);
      return { name, ms: round(ms), startMs: round(startMs), recordsPerSec: rate };
    });
    const own = rows.find(({ name }) => name === "azimuth")!;
    const table = {
      title: `A new secondary of ${RECORDS} records, median of ${ROUNDS} rounds in turns`,
      head: ["server", "ms", "with one host, ms", "records/s of the rest", "own rate to it"],
      rows: rows.map((row) => [
        ...[row.name, row.ms, row.startMs, row.recordsPerSec],
        round(own.recordsPerSec / row.recordsPerSec, 2),
      ]),
    };
    process.stdout.write(`${tableText(table)}\n`);
    const figures = { records: RECORDS, rounds: ROUNDS, rows, raw: got };
    storeResults("axfr-in", `node bench/axfr-in.ts ${RECORDS} ${ROUNDS}`, { "axfr-in": figures });
  } finally {
    await large.stop();
    await small.stop();
  }
});
