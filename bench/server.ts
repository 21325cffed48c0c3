// SPDX-License-Identifier: Apache-2.0
/**
 * Servers under measurement, as processes of their own: started, pinned, asked, stopped.
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../test/support/ports.ts";
import { cpuMsOf, hasCommand, ROOT, rssMiBOf } from "./kit.ts";
import { queryOctets } from "./zones.ts";

export interface Server {
  readonly port: number;
  readonly pid: number;
  /** From the start of the process to the first answer that holds a record. Milliseconds. */
  readonly firstAnswerMs: number;
  cpuMs(): number;
  rssMiB(): number;
  /** Ends it, and resolves when it is gone. */
  stop(): Promise<void>;
}

export interface AzimuthOptions {
  readonly folder: string;
  /** Section of YAML with zones, and whatever else they need. */
  readonly resources: string;
  /** A name that the server answers with an A record when it serves. */
  readonly probe: string;
  readonly cpu?: number;
  /** Launcher of the program; the sources without it. */
  readonly program?: string;
  /** More lines of the section `node`, such as `kernel: ts`. */
  readonly nodeLines?: readonly string[];
  /** Flags for Node, such as --cpu-prof. */
  readonly nodeFlags?: readonly string[];
  /** How long the first answer may take. Milliseconds. */
  readonly waitMs?: number;
}

/** Starts `azimuth serve` with one UDP thread. */
export async function startAzimuth(options: AzimuthOptions): Promise<Server> {
  const { folder, cpu } = options;
  const port = await freePort();
  mkdirSync(join(folder, "state"), { recursive: true });
  const config = join(folder, "azimuth.yaml");
  writeFileSync(
    config,
    `node:
  listen: ["127.0.0.1:${port}"]
  workers: 1
  state: ./state
  api: off
  log: { level: warn }
${(options.nodeLines ?? []).map((line) => `  ${line}\n`).join("")}${options.resources}`,
  );
  const program = options.program ?? join(ROOT, "bin/azimuth.mjs");
  const flags = options.nodeFlags ?? [];
  const command = [process.execPath, ...flags, program, "serve", "--config", config];
  return startProcess(port, options.probe, command, cpu, options.waitMs ?? 60_000);
}

/** Starts the bare responder that everything in Node is measured against. */
export async function startBare(probe: string, cpu?: number): Promise<Server> {
  const port = await freePort();
  const program = [process.execPath, join(import.meta.dirname, "bare-dgram.ts"), String(port)];
  return startProcess(port, probe, program, cpu, 10_000);
}

/**
 * Compiles the program into `folder` and gives its launcher: what is installed is JavaScript, and
 * stripping types at each start takes longer than many a thing that is measured here.
 */
export function compileProgram(folder: string): string {
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  const args = ["-p", join(ROOT, "tsconfig.build.json"), "--outDir", join(folder, "dist")];
  execFileSync(tsc, args, { stdio: ["ignore", "inherit", "inherit"] });
  cpSync(join(ROOT, "bin"), join(folder, "bin"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return join(folder, "bin/azimuth.mjs");
}

/** Starts any server; resolves with its first answer to `probe`. */
export async function startProcess(
  port: number,
  probe: string,
  args: readonly string[],
  cpu: number | undefined,
  waitMs: number,
): Promise<Server> {
  const command = pinned(args, cpu);
  const startedAt = performance.now();
  const child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "ignore", "inherit"] });
  // A measurement that is ended, as by Ctrl-C, leaves no server behind.
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  process.on("exit", kill);
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.once("exit", () => process.off("exit", kill));
  const asker = await openAsker(port);
  try {
    while ((await asker.ask(probe, 5)) === null) {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
      if (performance.now() - startedAt > waitMs) throw new Error("the server gives no answer");
    }
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    asker.close();
  }
  const pid = child.pid!;
  return {
    port,
    pid,
    firstAnswerMs: performance.now() - startedAt,
    cpuMs: () => cpuMsOf(pid),
    rssMiB: () => rssMiBOf(pid),
    stop: async () => {
      end(child);
      await gone;
    },
  };
}

function end(child: ChildProcess): void {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  child.once("exit", () => clearTimeout(timer));
}

/** A command line bound to one processor, where the system can do it. */
export function pinned(command: readonly string[], cpu: number | undefined): readonly string[] {
  if (cpu === undefined || !hasCommand("taskset")) return command;
  return ["taskset", "-c", String(cpu), ...command];
}

export interface Asker {
  /** The last four octets of the answer, the address of an A record, or null after `waitMs`. */
  ask(name: string, waitMs: number): Promise<string | null>;
  close(): void;
}

/** One socket that asks one question after the other. */
export async function openAsker(port: number): Promise<Asker> {
  const socket: Socket = createSocket("udp4");
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", resolve));
  let id = 0;
  let waiting: ((answer: Uint8Array | null) => void) | null = null;
  socket.on("message", (message) => {
    if (((message[0]! << 8) | message[1]!) === id) waiting?.(message);
  });
  return {
    async ask(name, waitMs) {
      id = (id + 1) & 0xffff;
      const query = queryOctets(name);
      query[0] = id >> 8;
      query[1] = id & 0xff;
      const got = await new Promise<Uint8Array | null>((resolve) => {
        const timer = setTimeout(() => resolve(null), waitMs);
        waiting = (answer) => {
          clearTimeout(timer);
          resolve(answer);
        };
        socket.send(query, () => {});
      });
      waiting = null;
      if (got === null || got[7] === 0) {
        // A refusal comes at once: without a pause the wait would be a busy loop.
        if (got !== null) await new Promise((resolve) => setTimeout(resolve, waitMs));
        return null;
      }
      return got.subarray(got.length - 4).join(".");
    },
    close: () => socket.close(),
  };
}
