// SPDX-License-Identifier: Apache-2.0
/**
 * Files of questions for the load generator, and the workloads of the benchmark.
 *
 * Why a file and not questions made while they are asked: to make one takes longer than to send
 * one, and two servers must be asked the same ones in the same order. The generator maps the file
 * and walks it round and round.
 *
 *   "AZQ1"  count u32   then `count` records      integers little-endian, nothing aligned
 *   record  size u16 · rcode u8 (255: any) · least number of answer records u8 · `size` octets
 *
 * The reader is question_file.cc. Chance comes from a seed, so a file is always the same one.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { assert } from "../../src/base/assert.ts";
import { composeQuery } from "../../src/dns/compose.ts";
import { createChance } from "../zones.ts";

/** Whatever RCODE comes is right. */
export const RCODE_ANY = 255;

/** The client subnet of a query, RFC 7871 §6. */
export interface EcsSpec {
  /** 1 for IPv4, 2 for IPv6. */
  readonly family: 1 | 2;
  /** At least as many octets as the prefix needs; what is beyond it is not sent. */
  readonly address: Uint8Array;
  readonly prefix: number;
}

/** One question, and what is known of its answer. */
export interface QuestionSpec {
  /** Absolute, as text. */
  readonly name: string;
  /** Mnemonic or number. */
  readonly type: string | number;
  readonly ecs?: EcsSpec;
  /** UDP payload of EDNS, octets. Without it and without `ecs` there is no EDNS. */
  readonly payload?: number;
  /** RCODE of the right answer; any unless given. */
  readonly rcode?: number;
  /** Least number of records of its answer section; 0 unless given. */
  readonly answers?: number;
}

const MAGIC = [0x41, 0x5a, 0x51, 0x31];
const FILE_HEAD_SIZE = 8;
const RECORD_HEAD_SIZE = 4;
/** What a query may take: QUESTION_SIZE_MAX of question_file.hh. */
const QUERY_SIZE_MAX = 1232;
const CHUNK_SIZE = 1 << 20;

/** Writes the questions in their order; gives how many there were. */
export function writeQuestions(file: string, questions: Iterable<QuestionSpec>): number {
  const fd = openSync(file, "w");
  try {
    const chunk = new Uint8Array(CHUNK_SIZE);
    const view = new DataView(chunk.buffer);
    let count = 0;
    let at = FILE_HEAD_SIZE;
    for (const question of questions) {
      const octets = queryOf(question);
      assert(octets.length <= QUERY_SIZE_MAX, `${question.name}: a query too large`);
      if (at + RECORD_HEAD_SIZE + octets.length > CHUNK_SIZE) {
        writeWhole(fd, chunk.subarray(0, at));
        at = 0;
      }
      view.setUint16(at, octets.length, true);
      view.setUint8(at + 2, question.rcode ?? RCODE_ANY);
      view.setUint8(at + 3, question.answers ?? 0);
      chunk.set(octets, at + RECORD_HEAD_SIZE);
      at += RECORD_HEAD_SIZE + octets.length;
      count += 1;
    }
    writeWhole(fd, chunk.subarray(0, at));
    const head = new Uint8Array(FILE_HEAD_SIZE);
    head.set(MAGIC);
    new DataView(head.buffer).setUint32(4, count, true);
    writeSync(fd, head, 0, head.length, 0);
    return count;
  } finally {
    closeSync(fd);
  }
}

function writeWhole(fd: number, octets: Uint8Array): void {
  for (let at = 0; at < octets.length; ) at += writeSync(fd, octets, at);
}

/** The octets of the query, with an identifier of zero and without RD: authorities are asked. */
export function queryOf(question: QuestionSpec): Uint8Array {
  const { name, type, ecs, payload } = question;
  return composeQuery({
    name,
    type,
    ...(payload === undefined ? {} : { edns: { payload } }),
    ...(ecs === undefined
      ? {}
      : { ecs: { family: ecs.family, source: ecs.prefix, scope: 0, address: ecs.address } }),
  });
}

/** Zone of the static names of W1 and W3. */
export const STATIC_APEX = "example.";
/** Zone of the steered names of W2. */
export const STEERED_APEX = "steer.example.";

/** Owner `i` of a static zone: one A record. */
export function hostName(i: number): string {
  return `host-${i}.${STATIC_APEX}`;
}

/** A name that no static zone holds, asked for in W1. */
export function missingName(i: number): string {
  return `none-${i}.${STATIC_APEX}`;
}

/** Steered owner `i`: an A record for each client. */
export function steeredName(i: number): string {
  return `cdn-${i}.${STEERED_APEX}`;
}

export const W1_NAMES = 20_000;
export const W2_NAMES = 20;
export const W3_NAMES = 1_000_000;
/** Questions of a file unless said otherwise: too many for a server to remember its answers. */
export const QUESTIONS_DEFAULT = 200_000;
/** Of W3: enough to touch a good part of its names. */
export const W3_QUESTIONS_DEFAULT = 500_000;

export interface WorkloadOptions {
  /** Questions of the file; QUESTIONS_DEFAULT unless given, W3_QUESTIONS_DEFAULT of W3. */
  readonly count?: number;
  /** Names that the zone holds; as the workload says unless given. */
  readonly names?: number;
  readonly seed?: number;
  /** EDNS payload for W1 and W3; they have no EDNS unless given. */
  readonly payload?: number;
}

/** W1: static names by chance, each twentieth question for a name that does not exist. */
export function* questionsW1(options: WorkloadOptions = {}): Generator<QuestionSpec> {
  const { count = QUESTIONS_DEFAULT, names = W1_NAMES, seed = 1 } = options;
  const chance = createChance(seed);
  const rest = { type: "A", ...payloadOf(options) };
  const order = shuffledMisses(count, chance);
  for (let i = 0; i < count; i += 1) {
    const at = chance() % names;
    yield order[i] === 1
      ? { name: missingName(at), rcode: 3, answers: 0, ...rest }
      : { name: hostName(at), rcode: 0, answers: 1, ...rest };
  }
}

/** One for each question that misses: exactly 5 % of them, in an order of chance. */
function shuffledMisses(count: number, chance: () => number): Uint8Array {
  const order = new Uint8Array(count).fill(1, 0, Math.floor(count / 20));
  for (let i = count - 1; i > 0; i -= 1) {
    const other = chance() % (i + 1);
    const kept = order[i]!;
    order[i] = order[other]!;
    order[other] = kept;
  }
  return order;
}

/** W2: steered names, on behalf of IPv4 networks of 24 bits (90 %) and IPv6 networks of 56. */
export function* questionsW2(options: WorkloadOptions = {}): Generator<QuestionSpec> {
  const { count = QUESTIONS_DEFAULT, names = W2_NAMES, seed = 2, payload = 1232 } = options;
  const chance = createChance(seed);
  for (let i = 0; i < count; i += 1) {
    const name = steeredName(chance() % names);
    const ecs = chance() % 10 === 0 ? networkV6(chance) : networkV4(chance);
    yield { name, type: "A", ecs, payload, rcode: 0, answers: 1 };
  }
}

/** 1.0.0.0 to 223.255.255.0: unicast. */
function networkV4(chance: () => number): EcsSpec {
  const word = chance();
  const address = new Uint8Array([1 + ((word >>> 24) % 223), word >>> 16, word >>> 8, 0]);
  return { family: 1, address, prefix: 24 };
}

/** Of 2000::/3, what is given out. */
function networkV6(chance: () => number): EcsSpec {
  const address = new Uint8Array(16);
  new DataView(address.buffer).setUint32(0, chance());
  new DataView(address.buffer).setUint32(4, chance() & ~0xff);
  address[0] = 0x20 | (address[0]! & 0x1f);
  return { family: 2, address, prefix: 56 };
}

/** W3: one million static names, equally often. */
export function* questionsW3(options: WorkloadOptions = {}): Generator<QuestionSpec> {
  const { count = W3_QUESTIONS_DEFAULT, names = W3_NAMES, seed = 3 } = options;
  const chance = createChance(seed);
  const rest = { type: "A", rcode: 0, answers: 1, ...payloadOf(options) };
  for (let i = 0; i < count; i += 1) yield { name: hostName(chance() % names), ...rest };
}

function payloadOf({ payload }: WorkloadOptions): { payload?: number } {
  return payload === undefined ? {} : { payload };
}

/** The workloads by name, as the benchmark lists them. */
export const WORKLOADS = { W1: questionsW1, W2: questionsW2, W3: questionsW3 } as const;
export type WorkloadName = keyof typeof WORKLOADS;
