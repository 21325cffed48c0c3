// SPDX-License-Identifier: Apache-2.0
/**
 * The servers of a comparison over the same random zones: four others as processes on loopback, and
 * Azimuth in this process, from a table that was scanned, checked, built and published as always. If
 * the addon is there, both kernels answer and must agree in every octet.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UDP_SLOT_STRIDE } from "../../src/answer/kernel.ts";
import { refuseSlow } from "../../src/answer/slow.ts";
import type { NativeAddon } from "../../src/io/native.ts";
import { VERDICT_SLOW } from "../../src/layout/gen/enums.ts";
import * as slot from "../../src/layout/gen/slab.ts";
import { UDP_SIZE_MAX } from "../../src/layout/limits.ts";
import type { TableViews } from "../../src/table/reader.ts";
import { askBoth, createPair, createSlots } from "./parity.ts";
import { PEER_KINDS, PEER_PAYLOAD } from "./peer-configs.ts";
import { type Peer, startPeer, writeZones } from "./peers.ts";
import { createPrng } from "./prng.ts";
import { type RandomZone, randomFamily } from "./random-zone.ts";
import { type Denial, signZone } from "./sign.ts";
import { askOctets, createWorld, putRequest, type World } from "./world.ts";

const ZONE_SIZE = 20;

export interface OwnReply {
  /** Null if nothing is sent. */
  readonly octets: Uint8Array | null;
  /** The table cannot say: what a thread for transfers, updates and signatures would. */
  readonly slow: boolean;
}

/** Azimuth as one more server. */
export type Own = (query: Uint8Array) => OwnReply;

export interface Servers {
  readonly zones: readonly RandomZone[];
  readonly peers: readonly Peer[];
  readonly own: Own;
}

/** Zones of whole families, `count` at least. */
export function makeZones(seed: number, count: number): RandomZone[] {
  const random = createPrng(seed);
  const zones: RandomZone[] = [];
  for (let i = 0; zones.length < count; i += 1) zones.push(...randomFamily(random, i, ZONE_SIZE));
  return zones;
}

export interface ServersInput {
  readonly seed: number;
  readonly zones: number;
  readonly addon: NativeAddon | null;
  /** Zones are signed beforehand; PowerDNS, which wants a data base for that, stays away. */
  readonly signed?: boolean;
}

/** How absence is proved, in turn. */
const DENIALS: readonly Denial[] = [
  { nsec3: false },
  { nsec3: true },
  { nsec3: true, salt: "abcd", iterations: 5 },
  { nsec3: true, optOut: true },
];

/** The zones signed, each by a key of its own; those that no signer takes stay as they are. */
function signZones(folder: string, zones: readonly RandomZone[]): RandomZone[] {
  return zones.map((zone, i) => {
    try {
      const denial = DENIALS[i % DENIALS.length]!;
      const { text } = signZone(join(folder, "signer"), zone.apex, zone.text, denial);
      const hashes = [...text.matchAll(/^([0-9a-v]{32})\.\S+/gim)].map((one) => one[1]!);
      return { ...zone, text, owners: [...zone.owners, ...hashes.slice(0, 4)] };
    } catch {
      return zone;
    }
  });
}

/** Starts everybody, works, and ends those it started, come what may. */
export async function withServers<T>(
  input: ServersInput,
  tell: (text: string) => void,
  work: (servers: Servers) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-peers-"));
  const plain = makeZones(input.seed, input.zones);
  const zones = input.signed === true ? signZones(folder, plain) : plain;
  const kinds = PEER_KINDS.filter((kind) => input.signed !== true || kind.name !== "pdns");
  const peers: Peer[] = [];
  try {
    writeZones(folder, zones);
    const started = await Promise.allSettled(
      kinds.map(async (kind) => {
        const peer = await startPeer(kind, folder, zones);
        peers.push(peer);
      }),
    );
    for (const one of started) if (one.status === "rejected") throw one.reason;
    peers.sort((a, b) => a.name.localeCompare(b.name));
    tell(`${zones.length} zones are loaded`);
    const world = createWorld({
      zones: Object.fromEntries(zones.map(({ apex, text }) => [apex, text])),
      tableMiB: 16 + Math.ceil(zones.length / (input.signed === true ? 2 : 8)),
      udpSizeMax: PEER_PAYLOAD,
    });
    const result = await work({ zones, peers, own: createOwn(world, input.addon) });
    assertAlive(peers);
    return result;
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function assertAlive(peers: readonly Peer[]): void {
  const dead = peers.find((peer) => !peer.alive());
  if (dead !== undefined) throw new Error(`${dead.name} died: ${dead.log()}`);
}

function createOwn(world: World, addon: NativeAddon | null): Own {
  const { memory, kernel } = world;
  if (addon === null) {
    return (query) => {
      askOctets(world, query);
      return replyIn(world, world.slab);
    };
  }
  const pair = createPair(addon, memory, kernel.root, UDP_SLOT_STRIDE, PEER_PAYLOAD);
  const slab = createSlots(1, UDP_SLOT_STRIDE, UDP_SIZE_MAX);
  return (query) => {
    putRequest(slab, query);
    askBoth(pair, slab, UDP_SLOT_STRIDE, 1, "the kernels differ");
    return replyIn(world, slab);
  };
}

/** What is sent for slot 0; nobody takes what is slow, so that is refused. */
function replyIn(world: World, slab: TableViews): OwnReply {
  const slow = slab.u8[slot.PACKET_SLOT_VERDICT] === VERDICT_SLOW;
  if (slow) refuseSlow(world.kernel, slab, 0);
  const size = slab.u32[slot.PACKET_SLOT_SIZE_OUT >> 2]!;
  const octets = slab.u8.slice(slot.PACKET_SLOT_SIZE, slot.PACKET_SLOT_SIZE + size);
  return { octets: size === 0 ? null : octets, slow };
}
