// SPDX-License-Identifier: Apache-2.0
/** Starts other people's servers, NSD and Knot, on loopback with zones of ours, and asks them. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RandomZone } from "./random-zone.ts";

export interface Peer {
  readonly name: string;
  ask(query: Uint8Array): Promise<Uint8Array | null>;
  stop(): Promise<void>;
}

/** Path of a daemon, or null if this machine has none. */
export function findDaemon(name: string): string | null {
  for (const folder of ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"]) {
    if (spawnSync(join(folder, name), ["-h"]).error === undefined) return join(folder, name);
  }
  return null;
}

/** A UDP port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

export function writeZones(folder: string, zones: readonly RandomZone[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { apex, text } of zones) writeFileSync(join(folder, `${apex}zone`), text);
}

export async function startNsd(
  binary: string,
  folder: string,
  zones: readonly RandomZone[],
): Promise<Peer> {
  const port = await freePort();
  const head = [
    "server:",
    `  ip-address: 127.0.0.1@${port}`,
    `  zonesdir: ${folder}`,
    '  username: ""',
    '  chroot: ""',
    `  pidfile: ${folder}/nsd.pid`,
    '  database: ""',
    `  xfrdfile: ${folder}/xfrd`,
    `  zonelistfile: ${folder}/zonelist`,
    "  rrl-ratelimit: 0",
    "  minimal-responses: yes",
    "remote-control:",
    "  control-enable: no",
  ];
  const rows = zones.flatMap(({ apex }) => ["zone:", `  name: ${apex}`, `  zonefile: ${apex}zone`]);
  const file = join(folder, "nsd.conf");
  writeFileSync(file, `${[...head, ...rows].join("\n")}\n`);
  return startPeer("nsd", binary, ["-d", "-c", file], port);
}

export async function startKnot(
  binary: string,
  folder: string,
  zones: readonly RandomZone[],
): Promise<Peer> {
  const port = await freePort();
  const head = [
    "server:",
    `  listen: 127.0.0.1@${port}`,
    `  rundir: ${folder}`,
    "database:",
    `  storage: ${folder}/knot`,
    "template:",
    "  - id: default",
    `    storage: ${folder}`,
    "    zonefile-load: whole",
    "zone:",
  ];
  mkdirSync(join(folder, "knot"), { recursive: true });
  const rows = zones.flatMap(({ apex }) => [`  - domain: ${apex}`, `    file: ${apex}zone`]);
  const file = join(folder, "knot.conf");
  writeFileSync(file, `${[...head, ...rows].join("\n")}\n`);
  return startPeer("knot", binary, ["-c", file], port);
}

async function startPeer(
  name: string,
  binary: string,
  args: readonly string[],
  port: number,
): Promise<Peer> {
  const child = spawn(binary, args, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const waiting = new Map<number, (reply: Uint8Array) => void>();
  socket.on("message", (reply) => waiting.get(reply.readUInt16BE(0))?.(reply));
  let id = 0;
  const ask = (query: Uint8Array, waitMs = 2000): Promise<Uint8Array | null> => {
    id = (id + 1) & 0xffff;
    const mine = id;
    const packet = Uint8Array.from(query);
    packet[0] = mine >> 8;
    packet[1] = mine & 0xff;
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(null), waitMs);
      const done = (reply: Uint8Array | null): void => {
        clearTimeout(timer);
        waiting.delete(mine);
        resolve(reply);
      };
      waiting.set(mine, done);
      socket.send(packet, port, "127.0.0.1");
    });
  };
  const probe = Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1]);
  for (let i = 0; i < 100; i += 1) {
    if ((await ask(probe, 100)) !== null) return { name, ask, stop: () => stop(child, socket) };
    if (child.exitCode !== null) break;
  }
  await stop(child, socket);
  throw new Error(`${name} did not start: ${log}`);
}

async function stop(child: ChildProcess, socket: Socket): Promise<void> {
  socket.close();
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 3000);
  await ended;
  clearTimeout(timer);
}
