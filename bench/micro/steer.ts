// SPDX-License-Identifier: Apache-2.0
/**
 * Parts of the kernel that steer: a client's leaf in the map, and the pickers.
 *
 * The expected results come from the folded map and from the formulas of the pickers in floating
 * point, not from the table and its integers.
 */
import { choose, clientKey } from "../../src/answer/choose.ts";
import { locate, setClient } from "../../src/answer/locate.ts";
import { mixHash } from "../../src/base/hash.ts";
import { composeQuery } from "../../src/dns/compose.ts";
import type { FoldedMap } from "../../src/geo/types.ts";
import {
  PICKER_ALL,
  PICKER_INDEPENDENT,
  PICKER_RANDOM,
  PICKER_RENDEZVOUS,
  PICKER_WRR,
} from "../../src/layout/gen/enums.ts";
import {
  PLAN_ENTRY_ENDPOINT,
  PLAN_ENTRY_SHARE,
  PLAN_ENTRY_SIZE,
  PLAN_SIZE,
} from "../../src/layout/gen/plan.ts";
import {
  DIRECTORY_MAPS,
  DIRECTORY_STEERING,
  ENDPOINT_HASH_SEED,
  ENDPOINT_SIZE,
  SEGMENT_SIZE,
  STEERING_ENDPOINTS,
} from "../../src/layout/gen/table.ts";
import { PLAN_CANDIDATES_MAX } from "../../src/layout/limits.ts";
import { ask, type World } from "../../test/support/world.ts";
import { createChance } from "../zones.ts";
import { INPUTS, type Part } from "./part.ts";

const GOLDEN = 0x9e3779b9;

export function mapParts(world: World): readonly Part[] {
  const { table, root, client } = world.kernel;
  const folded = [...world.folded.values()][0]!;
  const map = table.u32[(root + table.u32[(root + SEGMENT_SIZE + DIRECTORY_MAPS) >> 2]!) >> 2]!;
  const part = (name: string, family: 4 | 6, addresses: Uint8Array, leaves: number[]): Part => {
    const size = family === 4 ? 4 : 16;
    return {
      group: "map",
      name,
      operations: INPUTS,
      work: () => {
        let all = 0;
        for (let i = 0; i < INPUTS; i += 1) {
          setClient(client, addresses, i * size, family, size * 8);
          all = (all + locate(table, map, client)) | 0;
        }
        return all;
      },
      expected: leaves.reduce((all, leaf) => (all + leaf) | 0, 0),
    };
  };
  const chance = createChance(7);
  const v4 = Uint32Array.from({ length: INPUTS }, () => chance());
  const v4Leaves = [...v4].map((address) => leafOfV4(folded, address));
  const v4Octets = octetsOf(v4);
  const embedded = new Uint8Array(INPUTS * 16);
  for (let i = 0; i < INPUTS; i += 1) {
    // RFC 6052 §2.1: 64:ff9b::/96.
    embedded.set([0, 0x64, 0xff, 0x9b], i * 16);
    embedded.set(v4Octets.subarray(i * 4, i * 4 + 4), i * 16 + 12);
  }
  // First addresses of networks, since nearly all of the space belongs to nobody.
  const networks = Array.from(v4, (address) => address % folded.v6High.length).filter(
    (n) => !isEmbedded(folded.v6High[n]!),
  );
  const v6 = Array.from({ length: INPUTS }, (_, i) => networks[i % networks.length]!);
  const words = v6.flatMap((n) => [folded.v6High[n]!, folded.v6Low[n]!, 0, 1]);
  const v6Leaves = v6.map((n) => folded.v6Leaves[n]!);
  return [
    part("client and leaf, IPv4", 4, v4Octets, v4Leaves),
    part("client and leaf, IPv6", 6, octetsOf(Uint32Array.from(words)), v6Leaves),
    part("client and leaf, IPv4 within IPv6", 6, embedded, v4Leaves),
  ];
}

/** 6to4 and Teredo are looked up as the IPv4 that they carry; the rest of that kind begins with 0. */
function isEmbedded(high: number): boolean {
  return high >>> 16 === 0x2002 || high === 0x20010000 || high >>> 16 === 0 || high === 0x64ff9b;
}

/** Words in network order. */
function octetsOf(words: Uint32Array): Uint8Array {
  const octets = new Uint8Array(words.length * 4);
  const view = new DataView(octets.buffer);
  for (const [i, word] of words.entries()) view.setUint32(i * 4, word);
  return octets;
}

/** Goes through the networks from the first one. */
function leafOfV4(map: FoldedMap, address: number): number {
  const after = map.v4Starts.findIndex((start) => start > address);
  return map.v4Leaves[after < 0 ? map.v4Leaves.length - 1 : after - 1]!;
}

/** What a picker chooses from: entry numbers with their endpoints and weights. */
interface Candidate {
  readonly entry: number;
  readonly ref: number;
  readonly seed: number;
  readonly weight: number;
}

export function pickParts(world: World): readonly Part[] {
  const { kernel } = world;
  const { table, plans, picked, cursors } = kernel;
  // One steered answer leaves a plan row in the scratch records.
  ask(world, composeQuery({ id: 1, name: "sticky.example.org.", type: "A", ecs: "192.0.2.0/24" }));
  const steering = table.u32[(kernel.root + SEGMENT_SIZE + DIRECTORY_STEERING) >> 2]!;
  const endpoints = steering + table.u32[(steering + SEGMENT_SIZE + STEERING_ENDPOINTS) >> 2]!;
  const row = picked.row;
  const candidates = Array.from({ length: PLAN_CANDIDATES_MAX }, (_, entry): Candidate => {
    const at = picked.planAt + ((PLAN_SIZE + entry * PLAN_ENTRY_SIZE) >> 2);
    const ref = endpoints + plans[at + (PLAN_ENTRY_ENDPOINT >> 2)]! * ENDPOINT_SIZE;
    const seed = table.i32[(ref + ENDPOINT_HASH_SEED) >> 2]!;
    return { entry, ref, seed, weight: plans[at + (PLAN_ENTRY_SHARE >> 2)]! & 0xffff };
  });
  for (const { entry, weight } of candidates) kernel.weight[entry] = weight;
  const eligible = (1 << candidates.length) - 1;
  const chance = createChance(11);
  const keys = Int32Array.from({ length: INPUTS }, () => {
    kernel.client.high = chance() | 0;
    return clientKey(kernel.client, 24, 1);
  });
  const part = (
    name: string,
    picker: number,
    expect: (key: number, i: number) => number[],
  ): Part => ({
    group: "pick",
    name: name,
    operations: INPUTS,
    work: () => {
      cursors[row] = 0;
      let all = 0;
      for (let i = 0; i < INPUTS; i += 1) {
        choose(kernel, picker, 1, eligible, endpoints, keys[i]!);
        for (let n = 0; n < picked.count; n += 1) all = (all * 31 + picked.endpoints[n]!) | 0;
      }
      return all;
    },
    expected: [...keys]
      .flatMap((key, i) => expect(key, i))
      .reduce((all, ref) => (Math.imul(all, 31) + ref) | 0, 0),
  });
  const onLine = (point: number): number[] => [candidateAt(candidates, point / 2 ** 32).ref];
  return [
    part("rendezvous, 1 of 8", PICKER_RENDEZVOUS, (key) => [winner(candidates, key).ref]),
    part("wrr, 1 of 8", PICKER_WRR, (_, i) => onLine(Math.imul(i + 1, GOLDEN) >>> 0)),
    part("random, 1 of 8", PICKER_RANDOM, (key) => onLine(key >>> 0)),
    part("independent, of 8", PICKER_INDEPENDENT, (key) => drawn(candidates, key)),
    part("all 8", PICKER_ALL, () => candidates.map(({ ref }) => ref)),
  ];
}

/** Least −log2(U) / weight. */
function winner(candidates: readonly Candidate[], key: number): Candidate {
  const cost = ({ seed, weight }: Candidate): number =>
    -Math.log2((mixHash(key ^ Math.imul(seed, GOLDEN)) || 1) / 2 ** 32) / weight;
  return candidates.reduce((best, one) => (cost(one) < cost(best) ? one : best));
}

/** The candidate that covers the point `part` of a line on which each takes its weight. */
function candidateAt(candidates: readonly Candidate[], part: number): Candidate {
  let at = part * candidates.reduce((sum, { weight }) => sum + weight, 0);
  return candidates.find(({ weight }) => (at -= weight) < 0)!;
}

function drawn(candidates: readonly Candidate[], key: number): number[] {
  const heaviest = Math.max(...candidates.map(({ weight }) => weight));
  return candidates
    .filter(({ entry, weight }) => {
      const draw = (mixHash(key ^ Math.imul(entry + 1, GOLDEN)) >>> 16) / 0x10000;
      return draw < weight / heaviest;
    })
    .map(({ ref }) => ref);
}
