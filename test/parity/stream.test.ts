// SPDX-License-Identifier: Apache-2.0
/**
 * Parity over streams: questions of a grammar, and octets spoiled, put to both kernels while the
 * plans are rewritten between batches. Octets, sizes, counters and cursors must be equal.
 *
 *   node test/parity/stream.test.ts --questions 10000000 --seed 7
 *
 * The seed is printed; without one it is the clock's. The last test builds a kernel that is wrong
 * in one comparison: a suite that does not find it would find nothing.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArgs } from "node:util";
import { UDP_SLOT_STRIDE } from "../../src/answer/kernel.ts";
import type { NativeAddon } from "../../src/io/native.ts";
import { counters } from "../../src/layout/counters.ts";
import * as slot from "../../src/layout/gen/slab.ts";
import {
  BATCH_MAX,
  TCP_SIZE_MAX,
  UDP_PLAIN_SIZE_MAX,
  UDP_SIZE_MAX,
} from "../../src/layout/limits.ts";
import type { TableViews } from "../../src/table/reader.ts";
import { bend, createGrammar, writeRequest } from "../support/grammar.ts";
import { nativeForTests } from "../support/native.ts";
import {
  askBoth,
  compareCursors,
  createPair,
  createSlots,
  Difference,
  type Pair,
  plantedAddon,
} from "../support/parity.ts";
import {
  COOKIE_SECRETS,
  changeSettings,
  type ParityWorld,
  randomWorld,
  rewriteRow,
  richWorld,
  signedWorld,
} from "../support/parity-worlds.ts";
import { createPrng, nextRandom, type Prng } from "../support/prng.ts";

const { values } = parseArgs({
  options: { questions: { type: "string" }, seed: { type: "string" } },
  strict: false,
});
const QUESTIONS = Number(values.questions ?? 300_000);
const SEED = Number(values.seed ?? Date.now() % 1_000_000);
/** Questions to one world of chance before the next is made. */
const WORLD_QUESTIONS = 20_000;
const { addon, reason: skip } = nativeForTests();
if (skip === false) console.log(`parity of ${QUESTIONS} questions, --seed ${SEED}`);

interface Stream {
  readonly random: Prng;
  readonly world: ParityWorld;
  readonly pair: Pair;
  readonly spoiled: boolean;
}

function open(its: NativeAddon, random: Prng, world: ParityWorld, spoiled: boolean): Stream {
  // Small answers now and then, and sizes that no default would have.
  const udpSizeMax = [1232, 1232, 512, 700, 4096][nextRandom(random) % 5]!;
  const slabSize = BATCH_MAX * UDP_SLOT_STRIDE;
  const root = world.world.kernel.root;
  const pair = createPair(its, world.world.memory, root, slabSize, udpSizeMax);
  return { random, world, pair, spoiled };
}

/** Another room for the slot at `base`: not every limit is that of a protocol. */
function setRoom(random: Prng, slab: TableViews, base: number): void {
  const rooms = [UDP_SIZE_MAX, UDP_SIZE_MAX, UDP_PLAIN_SIZE_MAX, 1231, 513];
  const any = UDP_PLAIN_SIZE_MAX + (nextRandom(random) % (UDP_SIZE_MAX - UDP_PLAIN_SIZE_MAX));
  const room = rooms[nextRandom(random) % 8] ?? any;
  slab.u32[(base + slot.PACKET_SLOT_ROOM) >> 2] = room;
}

/** Puts `count` questions to both, a batch at a time. */
function run(stream: Stream, count: number, story: string): void {
  const { random, world, pair } = stream;
  const slab = createSlots(BATCH_MAX, UDP_SLOT_STRIDE, UDP_SIZE_MAX);
  const grammar = createGrammar(random, world.names);
  grammar.secrets = COOKIE_SECRETS;
  for (let asked = 0; asked < count; asked += BATCH_MAX) {
    if (nextRandom(random) % 4 === 0) changeSettings(random, world);
    const size = nextRandom(random) % 8 === 0 ? 1 + (nextRandom(random) % BATCH_MAX) : BATCH_MAX;
    for (let i = 0; i < size; i += 1) {
      if (nextRandom(random) % 4 === 0) setRoom(random, slab, i * UDP_SLOT_STRIDE);
      writeRequest(grammar, slab, i * UDP_SLOT_STRIDE);
      if (stream.spoiled) bend(grammar, slab, i * UDP_SLOT_STRIDE);
    }
    for (let i = 0; i < 3; i += 1) rewriteRow(random, world);
    askBoth(pair, slab, UDP_SLOT_STRIDE, size, `${story}, batch at ${asked}`);
  }
  compareCursors(pair);
}

test("one of everything, by grammar", { skip }, () => {
  const stream = open(addon!, createPrng(SEED), richWorld(), false);
  const count = Math.ceil(QUESTIONS * 0.6);
  for (let done = 0; done < count; done += 1_000_000) {
    run(stream, Math.min(1_000_000, count - done), `--seed ${SEED}, rich world from ${done}`);
    if (done > 0) console.log(`${done + 1_000_000} of ${count}`);
  }
  const never = neverCounted(stream.pair);
  assert.deepEqual(never, [], "a stream that leaves a counter at zero has not been everywhere");
});

test("zones of chance, by grammar", { skip }, () => {
  const random = createPrng(SEED + 1);
  const count = Math.ceil(QUESTIONS * 0.2);
  for (let done = 0; done < count; done += WORLD_QUESTIONS) {
    const stream = open(addon!, random, randomWorld(random), false);
    run(stream, Math.min(WORLD_QUESTIONS, count - done), `--seed ${SEED}, chance from ${done}`);
  }
});

test("signed zones: each way to prove absence", { skip }, () => {
  const random = createPrng(SEED + 5);
  const ways = [
    {},
    { nsec3: true },
    { nsec3: true, salt: "ab0c", iterations: 3 },
    { nsec3: true, optOut: true },
  ];
  for (const way of ways) {
    const stream = open(addon!, random, signedWorld(way), false);
    run(stream, Math.ceil(QUESTIONS * 0.1), `--seed ${SEED}, signed ${JSON.stringify(way)}`);
  }
});

test("spoiled octets", { skip }, () => {
  const stream = open(addon!, createPrng(SEED + 2), richWorld(), true);
  run(stream, Math.ceil(QUESTIONS * 0.2), `--seed ${SEED}, spoiled`);
});

test("a stream's room: messages that need more than a datagram", { skip }, () => {
  const random = createPrng(SEED + 3);
  const world = richWorld();
  const stride = Math.ceil((slot.PACKET_SLOT_SIZE + TCP_SIZE_MAX) / 64) * 64;
  const count = 8;
  const { memory, kernel } = world.world;
  const pair = createPair(addon!, memory, kernel.root, count * stride);
  const slab = createSlots(count, stride, TCP_SIZE_MAX);
  const grammar = createGrammar(random, world.names);
  grammar.secrets = COOKIE_SECRETS;
  for (let asked = 0; asked < 20_000; asked += count) {
    changeSettings(random, world);
    for (let i = 0; i < count; i += 1) {
      writeRequest(grammar, slab, i * stride);
      slab.u8[i * stride + slot.PACKET_SLOT_TRANSPORT] = 1 + (nextRandom(random) % 3);
    }
    askBoth(pair, slab, stride, count, `--seed ${SEED}, streams, batch at ${asked}`);
  }
});

test("before the first table both say SERVFAIL", { skip }, () => {
  const random = createPrng(SEED + 4);
  const world = richWorld();
  const pair = createPair(addon!, world.world.memory, 0, BATCH_MAX * UDP_SLOT_STRIDE);
  run({ random, world, pair, spoiled: false }, 2000, `--seed ${SEED}, no table`);
  assert.ok(pair.script.counters[slotOf("servfail")]! > 0);
});

test("a planted difference is found", { skip }, () => {
  const stream = open(plantedAddon(), createPrng(SEED), richWorld(), false);
  assert.throws(() => run(stream, 300_000, "planted"), Difference);
});

const names = Object.keys(counters);
const slotOf = (name: string): number => names.indexOf(name);

/** Counters that a kernel moves and that stand at zero still. */
function neverCounted({ script }: Pair): string[] {
  // A referral over the limit is too rare for every seed.
  const elsewhere = "stream|tcp|tls|https|proxy|tsig|transfer|journal|update|received|notify";
  const others = new RegExp(
    `^(dropped(Port|Send|Late)|limited(Referral|Stream)|(${elsewhere})[A-Z].*)$`,
  );
  return names.filter((name, i) => !others.test(name) && script.counters[i] === 0);
}
