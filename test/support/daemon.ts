// SPDX-License-Identifier: Apache-2.0
/**
 * A whole server for a test: configuration in a folder of its own, free ports on loopback, an end
 * that leaves nothing behind.
 *
 * In this process by default, so that a test can reach its threads; `startProcess` runs the real
 * command for what only a process has: signals and exit codes. Nothing here measures time: waiting
 * ends with the event, and its bound only keeps a broken test from hanging.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { stringify } from "yaml";
import { start } from "../../src/daemon/main.ts";
import type { Daemon } from "../../src/daemon/supervisor.ts";
import type { BoundAddress } from "../../src/io/threads.ts";
import { type MmdbValue, writeMmdb } from "./mmdb-writer.ts";

/** Waits that long at most for anything, milliseconds: far more than a loaded machine needs. */
export const PATIENCE_MS = 30_000;

/** Asks again until `ask` gives something else than null, false or an exception. */
export async function until<T>(
  what: string,
  ask: () => T | null | false | Promise<T | null | false>,
): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  let last: unknown = null;
  for (;;) {
    try {
      const found = await ask();
      if (found !== null && found !== false) return found as T;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited in vain until ${what}`, last === null ? {} : { cause: last });
    }
    await pause(20);
  }
}

/** A temporary folder with a configuration in it. */
export interface Site {
  readonly folder: string;
  readonly configFile: string;
  readonly socket: string;
  path(name: string): string;
  /** Is done before the folder goes away; the last one first. */
  atEnd(cleanUp: () => Promise<unknown>): void;
  /** Writes a file in place; folders are made. */
  write(name: string, content: string | Uint8Array): void;
  /** Puts a file in the place of another by rename, as careful tools do. */
  replace(name: string, content: string | Uint8Array): void;
  /** Writes azimuth.yaml: `sections` beside a section `node` with free ports. */
  configure(sections: Sections): void;
}

export type Sections = Readonly<Record<string, unknown>> & {
  readonly node?: Readonly<Record<string, unknown>>;
};

export function createSite(t: TestContext, sections: Sections): Site {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-e2e-"));
  const cleanUps: (() => Promise<unknown>)[] = [];
  t.after(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
    rmSync(folder, { recursive: true, force: true });
  });
  const path = (name: string): string => join(folder, name);
  const write = (name: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), content);
  };
  const replace = (name: string, content: string | Uint8Array): void => {
    // From another folder, so that the watched one sees a rename alone.
    write("new/file", content);
    mkdirSync(dirname(path(name)), { recursive: true });
    renameSync(path("new/file"), path(name));
  };
  const site: Site = {
    folder,
    atEnd: (cleanUp) => cleanUps.push(cleanUp),
    configFile: path("azimuth.yaml"),
    socket: path("state/control.sock"),
    path,
    write,
    replace,
    configure: (given) => replace("azimuth.yaml", configText(given)),
  };
  site.configure(sections);
  return site;
}

function configText({ node, ...rest }: Sections): string {
  const free = {
    name: "test",
    listen: ["127.0.0.1:0", "[::1]:0"],
    workers: 2,
    state: "./state",
    api: "127.0.0.1:0",
    log: { level: process.env["E2E_LOG"] ?? "silent" },
    limits: { tableMiB: 64 },
  };
  return stringify({ node: { ...free, ...node }, ...rest });
}

/** A zone file: SOA and NS, then the lines given. */
export function zoneText(serial: number, ...lines: readonly string[]): string {
  const head = [
    "$TTL 300",
    `@ SOA ns1 hostmaster ${serial} 7200 1800 1209600 300`,
    "@ NS ns1",
    "ns1 A 127.0.0.1",
  ];
  return `${[...head, ...lines].join("\n")}\n`;
}

/** A country database of the flat shape from `prefix: code`. */
export function countryMmdb(rows: Readonly<Record<string, string>>): Uint8Array {
  const networks = Object.entries(rows).map(([prefix, code]) => ({
    prefix,
    data: { country_code: code } as MmdbValue,
  }));
  return writeMmdb({ databaseType: "ipvAll country", networks });
}

export interface TestDaemon {
  readonly daemon: Daemon;
  readonly v4: BoundAddress;
  readonly v6: BoundAddress;
  /** GET of the API, or another method; the body is parsed if it is JSON. */
  api(path: string, method?: string): Promise<ApiReply>;
  /** Samples of /metrics, summed over the workers: `azimuth_queries_total{transport="udp"}`. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** Ends the server; also done at the end of the test. */
  stop(): Promise<void>;
}

/** Starts a server in this process and waits until a table is in force. */
export async function startTestDaemon(site: Site): Promise<TestDaemon> {
  const daemon = await startOnFreePorts(site.configFile);
  const stop = (): Promise<void> => daemon.stop();
  site.atEnd(stop);
  const url = daemon.api.find((address) => address.startsWith("http://"))!;
  await until("a table is in force", () =>
    Promise.race([daemon.serving.then(() => true), pause(5000, false)]),
  );
  return {
    daemon,
    v4: daemon.udp[0]!,
    v6: daemon.udp[1]!,
    api: (path, method) => httpRequest(url + path, method),
    metrics: async () => parseMetrics((await httpRequest(`${url}/metrics`)).text),
    stop,
  };
}

/**
 * The kernel chooses the port of UDP; TCP of the same number may be the end of someone's connection,
 * as no port below the ephemeral ones is used here. Then there is another number.
 */
async function startOnFreePorts(configFile: string, tries = 3): Promise<Daemon> {
  try {
    return await start(configFile);
  } catch (error) {
    if (tries === 1 || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return startOnFreePorts(configFile, tries - 1);
  }
}

export interface ApiReply {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects.
  readonly body: any;
}

export function httpRequest(url: string, method = "GET"): Promise<ApiReply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () => {
        const isJson = /json/.test(response.headers["content-type"] ?? "");
        const body = isJson ? JSON.parse(text) : null;
        resolve({ status: response.statusCode ?? 0, text, body });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** Sums over the label `worker`. */
export function parseMetrics(text: string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const line of text.split("\n")) {
    const found = /^([a-z_]+(?:\{[^}]*\})?) (\S+)$/.exec(line);
    if (found === null) continue;
    const key = found[1]!.replace(/,?worker="[^"]*"/, "").replace("{}", "");
    sums.set(key, (sums.get(key) ?? 0) + Number(found[2]));
  }
  return sums;
}

export interface TestProcess {
  readonly child: ChildProcess;
  /** Everything written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Runs `azimuth` with these arguments. */
export function runAzimuth(site: Site, args: readonly string[], cwd = site.folder): TestProcess {
  const launcher = join(import.meta.dirname, "../../bin/azimuth.mjs");
  const child = spawn(process.execPath, [launcher, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd,
  });
  let stdout = "";
  let stderr = "";
  child.stdout!.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr!.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<number | string>((resolve) => {
    child.on("close", (code, signal) => resolve(code ?? signal ?? "?"));
  });
  site.atEnd(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

/**
 * Starts the real process and waits until it listens; the site must log at level info. As with
 * `startOnFreePorts`, its ports may be taken between UDP and TCP.
 */
export async function startProcess(
  site: Site,
  tries = 3,
): Promise<TestProcess & { readonly v4: BoundAddress; readonly url: string }> {
  const running = runAzimuth(site, ["serve", site.configFile]);
  const said = await until("the process listens", () => {
    if (running.child.exitCode !== null && running.stderr().includes("EADDRINUSE")) return "taken";
    assert.equal(running.child.exitCode, null, running.stderr());
    const line = running
      .stderr()
      .split("\n")
      .find((one) => one.includes('"listening"'));
    return line === undefined ? null : JSON.parse(line);
  });
  if (said === "taken" && tries > 1) return startProcess(site, tries - 1);
  return { ...running, v4: said.udp[0], url: said.api[0] };
}
