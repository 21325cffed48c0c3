// SPDX-License-Identifier: Apache-2.0
/**
 * The zones, the partition of clients and the questions of the three workloads. Always the same
 * ones: chance comes from a seed, so that two runs, and two servers, are given the same work.
 *
 *   W1  20,000 names with an A record each, one question in twenty for a name that is not there
 *   W2  20 names whose answer depends on the client: 2,000 IPv4 and 200 IPv6 networks, eight edges
 *   W3  a million names, each as likely as another
 *
 * Four clients of five in W2 are inside one of the networks and the fifth anywhere. Random networks
 * of this size cover a hundredth of the address space, so that clients drawn from all of it would
 * ask for the fallback and measure nothing; hence not `questionsW2` of ../load. Prefixes may lie
 * inside each other and are all known to the servers; the longest wins, as each of them promises.
 */
import { type Prefix, parsePrefix, printPrefix } from "../../src/geo/prefix.ts";
import {
  hostName,
  type QuestionSpec,
  questionsW1,
  questionsW3,
  STATIC_APEX,
  STEERED_APEX,
  steeredName,
  W1_NAMES,
  W2_NAMES,
  W3_NAMES,
} from "../load/questions.ts";
import { createChance } from "../zones.ts";
import type { Network, Steering, WorkloadName } from "./kinds.ts";

export interface Workload {
  readonly name: WorkloadName;
  readonly doc: string;
  /** Without the final dot. */
  readonly apex: string;
  /** Records of the zone beside SOA and NS; 0 where all is steered. */
  readonly names: number;
  readonly zoneText: () => string;
  readonly steering: Steering | null;
  readonly questions: () => Iterable<QuestionSpec>;
  /** Address of the right answer; null where the name does not exist. */
  readonly expected: (question: QuestionSpec) => string | null;
}

export interface Sizes {
  readonly largeNames: number;
  readonly questions: number;
}

export const FULL: Sizes = { largeNames: W3_NAMES, questions: 400_000 };
export const QUICK: Sizes = { largeNames: 100_000, questions: 200_000 };

const V4_NETWORKS = 2000;
const V6_NETWORKS = 200;
const EDGES = 8;
/** What resolvers send at most, RFC 7871 §11.1. */
const V4_BITS = 24;
const V6_BITS = 56;
const EDNS_PAYLOAD = 1232;

/** Serial of every zone before it is edited. */
export const FIRST_SERIAL = 1;

export function createWorkload(name: WorkloadName, sizes: Sizes): Workload {
  if (name === "W2") return steeredWorkload(sizes);
  const names = name === "W1" ? W1_NAMES : sizes.largeNames;
  const make = name === "W1" ? questionsW1 : questionsW3;
  return {
    name,
    doc: `${names.toLocaleString("en")} static names, ${name === "W1" ? "5 % NXDOMAIN" : "no misses"}`,
    apex: STATIC_APEX.slice(0, -1),
    names,
    zoneText: () => staticZone(names),
    steering: null,
    questions: () => make({ count: sizes.questions, names }),
    expected: (question) => {
      const found = /^host-(\d+)\./.exec(question.name);
      return found === null ? null : addressOf(Number(found[1]));
    },
  };
}

/** Address of the record `i` of a static zone. */
export function addressOf(i: number): string {
  return `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
}

/** The line of record `i` of a static zone. */
export function recordLine(i: number, address = addressOf(i)): string {
  return `${hostName(i).split(".", 1)[0]} A ${address}\n`;
}

export function soaLine(serial: number): string {
  return `@ 3600 SOA ns1 hostmaster ${serial} 7200 1800 1209600 300\n`;
}

/** Every line of it is understood alike by all servers: no classes, no abbreviated times. */
function zoneHead(apex: string): string {
  return `$ORIGIN ${apex}\n$TTL 300\n${soaLine(FIRST_SERIAL)}@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n`;
}

function staticZone(names: number): string {
  const lines = Array.from({ length: names }, (_, i) => recordLine(i));
  return zoneHead(STATIC_APEX) + lines.join("");
}

function steeredWorkload(sizes: Sizes): Workload {
  const steering = createSteering();
  const edgeOf = createLookup(steering);
  return {
    name: "W2",
    doc: `${W2_NAMES} steered names, clients in and out of ${V4_NETWORKS + V6_NETWORKS} networks`,
    apex: STEERED_APEX.slice(0, -1),
    names: 0,
    zoneText: () => zoneHead(STEERED_APEX),
    steering,
    questions: () => steeredQuestions(steering, sizes.questions),
    expected: ({ ecs }) => {
      const family = ecs!.family === 1 ? 4 : 6;
      return steering.edges[edgeOf({ family, octets: ecs!.address, length: ecs!.prefix })]!;
    },
  };
}

function* steeredQuestions(steering: Steering, count: number): Generator<QuestionSpec> {
  const networks = steering.networks.map(({ prefix }) => toPrefix(prefix));
  const chance = createChance(2);
  for (let i = 0; i < count; i += 1) {
    const name = steeredName(chance() % W2_NAMES);
    const client = drawClient(chance, networks);
    const family = client.family === 4 ? 1 : 2;
    const ecs = { family, address: client.octets, prefix: client.length } as const;
    yield { name, type: "A", ecs, payload: EDNS_PAYLOAD, rcode: 0, answers: 1 };
  }
}

/** The partition. No prefix stands twice. */
export function createSteering(): Steering {
  const chance = createChance(4);
  const networks = new Map<string, Network>();
  const add = (prefix: Prefix): void => {
    networks.set(printPrefix(prefix), { prefix: printPrefix(prefix), edge: chance() % EDGES });
  };
  while (networks.size < V4_NETWORKS) add(randomPrefix(chance, 4, 16 + (chance() % 9)));
  while (networks.size < V4_NETWORKS + V6_NETWORKS) {
    add(randomPrefix(chance, 6, 32 + (chance() % 17)));
  }
  return {
    owners: Array.from({ length: W2_NAMES }, (_, i) => steeredName(i).split(".", 1)[0]!),
    edges: Array.from({ length: EDGES }, (_, i) => `198.18.${i}.1`),
    networks: [...networks.values()],
    fallback: 0,
  };
}

/** Edge of a client by its longest prefix, tried from its own length down. Slow, plainly right. */
export function createLookup(steering: Steering): (client: Prefix) => number {
  const edges = new Map(steering.networks.map(({ prefix, edge }) => [prefix, edge]));
  return ({ family, octets, length }) => {
    for (let bits = length; bits > 0; bits -= 1) {
      const edge = edges.get(printPrefix(truncated({ family, octets, length: bits })));
      if (edge !== undefined) return edge;
    }
    return steering.fallback;
  };
}

/** Unicast: 1.0.0.0 to 223.255.255.255, and of 2000::/3 what is no tunnel. */
function randomPrefix(chance: () => number, family: 4 | 6, length: number): Prefix {
  const octets = Uint8Array.from({ length: family === 4 ? 4 : 16 }, () => chance() & 255);
  octets[0] = family === 4 ? 1 + (octets[0]! % 223) : 0x24 | (octets[0]! & 0x0b);
  // 127.0.0.0/8 is this machine to some servers, whatever the map says.
  if (family === 4 && octets[0] === 127) octets[0] = 128;
  return truncated({ family, octets, length });
}

/** Of ten clients one is IPv6; of five, four are inside a network of the partition. */
function drawClient(chance: () => number, networks: readonly Prefix[]): Prefix {
  const family = chance() % 10 === 0 ? 6 : 4;
  const client = randomPrefix(chance, family, family === 4 ? V4_BITS : V6_BITS);
  if (chance() % 5 === 0) return client;
  const [first, count] = family === 4 ? [0, V4_NETWORKS] : [V4_NETWORKS, V6_NETWORKS];
  const inside = networks[first + (chance() % count)]!;
  const octets = client.octets.map((octet, i) => {
    const mask = maskOf(inside.length, i);
    return (octet & ~mask) | (inside.octets[i]! & mask);
  });
  return { family, octets, length: client.length };
}

/** All bits behind the length are zero (RFC 7871 §6). */
function truncated({ family, octets, length }: Prefix): Prefix {
  const size = family === 4 ? 4 : 16;
  const kept = Uint8Array.from({ length: size }, (_, i) => (octets[i] ?? 0) & maskOf(length, i));
  return { family, octets: kept, length };
}

/** Which bits of octet `i` belong to a prefix of `length` bits. */
function maskOf(length: number, i: number): number {
  const bits = Math.max(0, Math.min(8, length - 8 * i));
  return (0xff00 >> bits) & 0xff;
}

function toPrefix(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (typeof prefix === "string") throw new Error(`${text}: ${prefix}`);
  return prefix;
}
