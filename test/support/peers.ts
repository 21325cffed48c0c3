// SPDX-License-Identifier: Apache-2.0
/** Starts other people's servers on loopback with zones of ours, and asks them. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PeerKind } from "./peer-configs.ts";
import { freePort } from "./ports.ts";
import type { RandomZone } from "./random-zone.ts";

export interface Peer {
  readonly name: string;
  /** The reply to these octets, with the id that was sent; null if none comes. */
  ask(query: Uint8Array): Promise<Uint8Array | null>;
  /** One try. */
  askOnce(query: Uint8Array, waitMs: number): Promise<Uint8Array | null>;
  /** Whether the process still runs. */
  alive(): boolean;
  /** What it has said on its standard error, or the last of it. */
  log(): string;
  stop(): Promise<void>;
}

/** Path of a daemon, or null if this machine has none. */
export function findDaemon(name: string): string | null {
  for (const folder of ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"]) {
    if (spawnSync(join(folder, name), ["-h"]).error === undefined) return join(folder, name);
  }
  return null;
}

export function writeZones(folder: string, zones: readonly RandomZone[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { apex, text } of zones) writeFileSync(join(folder, `${apex}zone`), text);
}

const START_MS_MAX = 120_000;
const REPLY_MS_MAX = 3000;
const TRIES = 2;
const START_TRIES = 3;
const LOG_MAX = 1 << 20;

/** Starts one kind over the zones in `folder`; resolves when it answers for most of them. */
export async function startPeer(
  kind: PeerKind,
  folder: string,
  zones: readonly RandomZone[],
): Promise<Peer> {
  // Somebody else may take the port between our look and the start.
  for (let i = 1; ; i += 1) {
    try {
      return await tryPeer(kind, folder, zones);
    } catch (error) {
      if (i === START_TRIES) throw error;
    }
  }
}

async function tryPeer(
  kind: PeerKind,
  folder: string,
  zones: readonly RandomZone[],
): Promise<Peer> {
  const binary = findDaemon(kind.daemon);
  if (binary === null) throw new Error(`${kind.daemon} is not installed`);
  const port = await freePort();
  const args = kind.configure(folder, port, zones);
  const child = spawn(binary, args, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-LOG_MAX);
  });
  const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 22 });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const asker = createAsker(socket, port);
  const peer: Peer = {
    name: kind.name,
    ask: async (query) => {
      for (let i = 0; i < TRIES && child.exitCode === null; i += 1) {
        const reply = await asker(query, REPLY_MS_MAX);
        if (reply !== null) return reply;
      }
      return null;
    },
    askOnce: asker,
    alive: () => child.exitCode === null && child.signalCode === null,
    log: () => log,
    stop: () => end(child, socket),
  };
  if (await answers(asker, child, zones)) return peer;
  await end(child, socket);
  throw new Error(`${kind.name} did not start: ${log}`);
}

/** Zones load in any order, so some are asked for until most of them have an answer. */
async function answers(
  ask: Ask,
  child: ChildProcess,
  zones: readonly RandomZone[],
): Promise<boolean> {
  const probes = [0, 0.25, 0.5, 0.75, 0.999].map((at) =>
    soaQuery(zones[Math.floor(at * zones.length)]!.apex),
  );
  const end = performance.now() + START_MS_MAX;
  while (performance.now() < end) {
    if (child.exitCode !== null) return false;
    const replies = await Promise.all(probes.map((probe) => ask(probe, 300)));
    if (replies.filter((reply) => reply !== null && (reply[3]! & 15) === 0).length > 2) {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

function soaQuery(apex: string): Uint8Array {
  const labels = apex.split(".").slice(0, -1);
  const name = labels.flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 0, 6, 0, 1]);
}

type Ask = (query: Uint8Array, waitMs: number) => Promise<Uint8Array | null>;

/** Gives each question an id of its own, so that many may be under way. */
function createAsker(socket: Socket, port: number): Ask {
  const waiting = new Map<number, (reply: Uint8Array) => void>();
  socket.on("message", (reply) => {
    if (reply.length >= 2) waiting.get(reply.readUInt16BE(0))?.(reply);
  });
  let id = 0;
  return (query, waitMs) => {
    do id = (id + 1) & 0xffff;
    while (waiting.has(id));
    const mine = id;
    const packet = Uint8Array.from(query);
    packet[0] = mine >> 8;
    packet[1] = mine & 0xff;
    return new Promise((resolve) => {
      const done = (reply: Uint8Array | null): void => {
        clearTimeout(timer);
        waiting.delete(mine);
        if (reply !== null) {
          reply[0] = query[0]!;
          reply[1] = query[1]!;
        }
        resolve(reply);
      };
      const timer = setTimeout(() => done(null), waitMs);
      waiting.set(mine, done);
      socket.send(packet, port, "127.0.0.1");
    });
  };
}

function end(child: ChildProcess, socket: Socket): Promise<void> {
  socket.close();
  return stopDaemon(child, 3000);
}

/** Ends a daemon: asked first, then made to after `patienceMs`. */
export async function stopDaemon(child: ChildProcess, patienceMs = 5000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await ended;
  clearTimeout(timer);
}
