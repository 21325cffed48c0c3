// SPDX-License-Identifier: Apache-2.0
/** A configuration of another server taken over, and Azimuth asked beside that server. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { parse } from "yaml";
import type { ImportSource } from "../../src/cli/verbs.ts";
import { Type } from "../../src/dns/iana.ts";
import { nameFromText } from "../../src/dns/names.ts";
import type { BoundAddress } from "../../src/io/threads.ts";
import { runAzimuth, type Site, startProcess, until } from "./daemon.ts";
import { askUdp } from "./daemon-client.ts";
import type { SharedKey } from "./primaries.ts";

export interface Imported {
  /** Where Azimuth serves. */
  readonly v4: BoundAddress;
  /** What was not mapped. */
  readonly notes: string;
  /** The configuration that was made. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects.
  readonly made: any;
}

/** Imports `file`, and starts the real process with what comes out, on a port of its own. */
export async function startImported(
  site: Site,
  from: ImportSource,
  file: string,
): Promise<Imported> {
  const done = runAzimuth(site, ["import", from, file]);
  assert.equal(await done.ended, 0, done.stderr());
  const made = parse(done.stdout());
  const { node: _, ...sections } = made;
  site.configure({ ...sections, node: { log: { level: "info" } } });
  const { v4 } = await startProcess(site);
  return { v4, notes: done.stderr(), made };
}

/** Waits until both serve the zones: what they have to fetch takes them a moment. */
export async function bothServe(
  ours: BoundAddress,
  port: number,
  apexes: readonly string[],
): Promise<void> {
  for (const at of [ours, { ...ours, port }]) {
    for (const apex of apexes) {
      await until(`port ${at.port} serves ${apex}`, async () => {
        return (await answer(at, `${apex}.`, Type.SOA)).answers.length === 1;
      });
    }
  }
}

/** Both give the same answer to each name and type. */
export async function sameAnswers(
  ours: BoundAddress,
  port: number,
  names: readonly string[],
  types: readonly number[],
): Promise<void> {
  const theirs = { ...ours, port };
  for (const name of names) {
    for (const type of types) {
      const [mine, other] = [await answer(ours, name, type), await answer(theirs, name, type)];
      assert.deepEqual(mine, other, `${name} ${type}`);
    }
  }
}

async function answer(of: BoundAddress, name: string, type: number) {
  const { message } = await askUdp(of, { name: nameFromText(name)!, type });
  const { aa, rcode, answers, authorities } = message;
  const rows = (list: typeof answers) =>
    list.map(({ owner, type, ttl, rdata }) => [...owner, type, ttl, ...rdata].join()).sort();
  return { aa, rcode, answers: rows(answers), authorities: rows(authorities) };
}

/** Whatever dig gets by AXFR from a port, as sorted lines; empty if it is refused. */
export function axfr(port: number, apex: string, key: SharedKey | null = null): string[] {
  const sign = key === null ? [] : ["-y", `${key.algorithm}:${key.name}:${key.secret}`];
  const args = ["+nocomments", "+nostats", "+nocmd", "+time=5", "+tries=1", "-p", `${port}`];
  const { stdout } = spawnSync("dig", [...args, ...sign, "@127.0.0.1", apex, "AXFR"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const lines = stdout.split("\n").filter((line) => line !== "" && !line.startsWith(";"));
  return lines
    .filter((line) => !/\sTSIG\s/.test(line))
    .map((line) => line.replaceAll(/\s+/g, " ").toLowerCase())
    .sort();
}
