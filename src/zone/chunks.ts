// SPDX-License-Identifier: Apache-2.0
/**
 * A large master file scanned in chunks that do not wait for each other.
 *
 * A chunk begins at a line whose first octet looks like an owner, with a guess of what the scanner
 * would know there: $ORIGIN and $TTL are found by looking for dollar signs at the beginning of
 * lines, which takes a hundredth of a scan. Afterwards it is compared with what the chunk before
 * ended with. A guess can be wrong, since a line may lie inside of parentheses; then, and with
 * whatever is unusual, the answer is null, and the text is scanned as a whole. So faults, their
 * order and their places have one source only, the serial scan.
 *
 * Invariants
 *   K1  If the result is not null, it is what a serial scan gives: the same records in the same
 *       order, with the same lines, and no faults; a checkpoint tells what it would know there.
 *   K2  Nothing throws, whatever the octets, and the work is that of one scan and a look.
 *
 * K1 rests on this: every chunk was scanned without a fault and ended between two entries, and the
 * next one began with the origin, the default TTL and the class that it ended with. The owner is
 * not inherited, because the chunk begins with one. The last written TTL is not known to a chunk;
 * it matters only at a record without a TTL and without a default, which is a fault then, or an SOA,
 * which only the first chunk may hold.
 */
import { hashLabel, NAME_HASH_ROOT, nameHash } from "../base/hash.ts";
import { Type } from "../dns/iana.ts";
import type { Checkpoint } from "./edit.ts";
import { createScanner, type ScanContext, type Scanner } from "./scan.ts";
import { POOL_SIZE_MAX, RECORDS_MAX, type ScanMemory } from "./state.ts";
import {
  RECORD_LINE,
  RECORD_OWNER,
  RECORD_RDATA,
  RECORD_SIZE_TYPE,
  RECORD_WORDS,
  type ZoneValue,
} from "./value.ts";

/** The zone that a text is of. */
export interface ChunkOptions {
  /** Lower-case wire form. */
  readonly apex: Uint8Array;
  readonly file: string;
  /** Octets from the beginning that are scanned to guess; HEAD_SIZE unless given. */
  readonly headSize?: number;
}

/** A part of the text that can be scanned by itself. */
export interface ZoneChunk {
  readonly from: number;
  readonly to: number;
  /** What the scanner is thought to know at `from`; null at the beginning of the text. */
  readonly context: ScanContext | null;
  /** Where its octets go in the pool of all, and how many fit. */
  readonly poolAt: number;
  readonly poolSize: number;
  /** Likewise for its records, in words. */
  readonly wordsAt: number;
  readonly wordsSize: number;
}

/** Memory of all chunks. */
export interface ChunkMemory extends ScanMemory {
  /** The hash of each record's owner: taken by the scanning threads, where the name is at hand. */
  readonly hashes: Int32Array;
}

/** A chunk that was scanned without a fault. Its records lie where the chunk says. */
export interface ChunkScan {
  readonly recordCount: number;
  /** Octets of the pool that it took. */
  readonly poolUsed: number;
  /** Newlines in it. */
  readonly lines: number;
  /** What the next entry inherits, as far as this chunk knows. */
  readonly context: ScanContext;
  /** Places between two entries, from the beginning of the whole text. */
  readonly checkpoints: readonly Checkpoint[];
  readonly hasSoa: boolean;
}

/** Pieces handed to a scanner at once: between two of them is a checkpoint. Octets. */
const PIECE_SIZE = 8 * 1024;
/** Octets from the beginning in which $ORIGIN, $TTL and the SOA mostly stand. */
const HEAD_SIZE = 32 * 1024;
/** Octets in which a line for the beginning of a chunk is looked for. */
const LINE_SEARCH_SIZE = 64 * 1024;
/** $ORIGIN and $TTL lines that are followed to guess a context. */
const DIRECTIVES_MAX = 20_000;
/**
 * Octets of the pool per octet of text: a record of twelve octets, `a A 192.0.2.1`, becomes 6 + the
 * size of the apex. Room that is not used costs no memory.
 */
const POOL_FACTOR = 4;
/** An RDATA of the largest size needs so much behind it (dns/sink.ts, S1). */
const POOL_SLACK = 128 * 1024;
/** A record takes at least `\tA 1.2.3.4\n`, that is eleven octets, and few are as short. */
const TEXT_PER_RECORD_MIN = 8;
const NEWLINE = 0x0a;
const DOLLAR = 0x24;

/** Cuts a text into at most `count` chunks; null if it is to be scanned as a whole. */
export function cutZone(
  text: Uint8Array,
  options: ChunkOptions,
  count: number,
): readonly ZoneChunk[] | null {
  const cuts: number[] = [];
  const { headSize = HEAD_SIZE } = options;
  for (let i = 1; i < count; i += 1) {
    const cut = cutFrom(text, Math.floor((text.length * i) / count));
    if (cut > (cuts.at(-1) ?? headSize)) cuts.push(cut);
  }
  if (cuts.length === 0) return null;
  const contexts = guessContexts(text, options, cuts);
  if (contexts === null) return null;
  const chunks: ZoneChunk[] = [];
  let poolAt = 0;
  let wordsAt = 0;
  for (let i = 0; i <= cuts.length; i += 1) {
    const from = cuts[i - 1] ?? 0;
    const to = cuts[i] ?? text.length;
    const poolSize = (to - from) * POOL_FACTOR + POOL_SLACK;
    const wordsSize = (Math.ceil((to - from) / TEXT_PER_RECORD_MIN) + 1) * RECORD_WORDS;
    const context = i === 0 ? null : contexts[i - 1]!;
    chunks.push({ from, to, context, poolAt, poolSize, wordsAt, wordsSize });
    poolAt += poolSize;
    wordsAt += wordsSize;
  }
  return poolAt > POOL_SIZE_MAX ? null : chunks;
}

/** The beginning of the first line at or behind `at` that looks as if it began with an owner. */
function cutFrom(text: Uint8Array, at: number): number {
  const end = Math.min(text.length - 1, at + LINE_SEARCH_SIZE);
  for (let i = at; i < end; i += 1) {
    if (text[i] === NEWLINE && looksLikeOwner(text[i + 1]!)) return i + 1;
  }
  return -1;
}

/** Neither blank nor newline, comment, directive, quote or parenthesis. */
function looksLikeOwner(octet: number): boolean {
  return octet >= 0x2a && octet !== 0x3b;
}

/** What the scanner will know at each of `cuts`, if the lines that look like directives are. */
function guessContexts(
  text: Uint8Array,
  { apex, file, headSize = HEAD_SIZE }: ChunkOptions,
  cuts: readonly number[],
): readonly ScanContext[] | null {
  const head = text.indexOf(NEWLINE, headSize) + 1;
  if (head === 0 || head > cuts[0]!) return null;
  const scanner = createScanner({ apex, file });
  scanner.push(text.subarray(0, head));
  const contexts: ScanContext[] = [];
  const end = cuts.at(-1)!;
  let directives = 0;
  for (let at = text.indexOf(DOLLAR, head); ; at = text.indexOf(DOLLAR, at + 1)) {
    const here = at < 0 ? end : at;
    while (contexts.length < cuts.length && cuts[contexts.length]! <= here) {
      contexts.push({ ...scanner.context(), ttlLast: null, owner: null });
    }
    if (contexts.length === cuts.length) break;
    if (text[at - 1] !== NEWLINE) continue;
    const second = text[at + 1]! | 0x20;
    // $INCLUDE is not for chunks; $GENERATE changes nothing that a chunk begins with.
    if (second === 0x69) return null;
    if (second !== 0x6f && second !== 0x74) continue;
    directives += 1;
    if (directives > DIRECTIVES_MAX) return null;
    scanner.push(text.subarray(at, text.indexOf(NEWLINE, at) + 1));
  }
  return scanner.end().faults.length > 0 ? null : contexts;
}

/** How much memory all chunks take together: octets of the pool, words of records. */
export function roomOf(chunks: readonly ZoneChunk[]): { octets: number; words: number } {
  const last = chunks.at(-1)!;
  return { octets: last.poolAt + last.poolSize, words: last.wordsAt + last.wordsSize };
}

/** Scans a chunk into its part of `memory`; null if the text must be scanned as a whole. */
export function scanChunk(
  text: Uint8Array,
  { apex, file }: ChunkOptions,
  chunk: ZoneChunk,
  memory: ChunkMemory,
): ChunkScan | null {
  const { from, to, context, poolAt, poolSize, wordsAt, wordsSize } = chunk;
  const own = {
    octets: memory.octets.subarray(poolAt, poolAt + poolSize),
    records: memory.records.subarray(wordsAt, wordsAt + wordsSize),
  };
  const inherited = context === null ? {} : { context };
  const scanner = createScanner({ apex, file, memory: own, ...inherited });
  const checkpoints = pushPieces(scanner, text, from, to);
  const whole = from + scanner.position() === to;
  if (!whole && to < text.length) return null;
  const lines = scanner.line() - 1;
  const { value, faults } = scanner.end();
  const { octets, records, recordCount, files } = value;
  if (faults.length > 0 || files.length > 1) return null;
  // Memory that was too small: the scanner went on with its own.
  if (octets.buffer !== memory.octets.buffer || records.buffer !== memory.records.buffer) {
    return null;
  }
  hashOwners(value, memory.hashes.subarray(wordsAt / RECORD_WORDS));
  return {
    recordCount,
    poolUsed: octets.length,
    lines,
    context: scanner.context(),
    checkpoints,
    hasSoa: hasType(records, recordCount, Type.SOA),
  };
}

/**
 * Hands octets [from, to) of a text to a scanner that has seen none yet; gives the places between two
 * entries that it came by, from the beginning of the text.
 */
export function pushPieces(
  scanner: Scanner,
  text: Uint8Array,
  from: number,
  to: number,
): readonly Checkpoint[] {
  const checkpoints: Checkpoint[] = [];
  for (let at = from; at < to; at += PIECE_SIZE) {
    const position = from + scanner.position();
    // A piece in the midst of one long entry has no place between two.
    if (position > (checkpoints.at(-1)?.at ?? -1)) {
      checkpoints.push({ at: position, context: scanner.context() });
    }
    scanner.push(text.subarray(at, Math.min(at + PIECE_SIZE, to)));
  }
  return checkpoints;
}

/** The hashes of all owners. Most share all but the first label with the owner before. */
function hashOwners({ octets, records, recordCount }: ZoneValue, hashes: Int32Array): void {
  let parentAt = 0;
  let parentSize = 1;
  let parentHash = NAME_HASH_ROOT;
  let known = false;
  for (let i = 0; i < recordCount; i += 1) {
    const at = records[i * RECORD_WORDS + RECORD_OWNER]!;
    const size = records[i * RECORD_WORDS + RECORD_SIZE_TYPE]! >>> 16;
    const label = octets[at]!;
    const from = at + 1 + label;
    if (label === 0) {
      hashes[i] = NAME_HASH_ROOT;
      continue;
    }
    if (!known || size - 1 - label !== parentSize || !same(octets, from, parentAt, parentSize)) {
      known = true;
      parentAt = from;
      parentSize = size - 1 - label;
      parentHash = nameHash(octets, from, parentSize);
    }
    hashes[i] = hashLabel(parentHash, octets, at + 1, label);
  }
}

function same(octets: Uint8Array, a: number, b: number, size: number): boolean {
  for (let i = 0; i < size; i += 1) if (octets[a + i] !== octets[b + i]) return false;
  return true;
}

function hasType(records: Uint32Array, count: number, type: number): boolean {
  for (let i = 0; i < count; i += 1) {
    if ((records[i * RECORD_WORDS + RECORD_SIZE_TYPE]! & 0xffff) === type) return true;
  }
  return false;
}

export interface JoinedChunks {
  readonly zone: ZoneValue;
  /** Of each record's owner. */
  readonly hashes: Int32Array;
  readonly checkpoints: readonly Checkpoint[];
}

/**
 * The zone of all chunks; null if they do not fit together. `makeWords` gives memory for so many
 * words, of zeros.
 */
export function joinChunks(
  options: ChunkOptions,
  chunks: readonly ZoneChunk[],
  scans: readonly (ChunkScan | null)[],
  memory: ChunkMemory,
  makeWords: (words: number) => Uint32Array,
): JoinedChunks | null {
  let recordCount = 0;
  let before: ScanContext | null = null;
  const checkpoints: Checkpoint[] = [];
  for (const [i, scan] of scans.entries()) {
    if (scan === null) return null;
    const { context } = chunks[i]!;
    if (context !== null && (before === null || scan.hasSoa || !sameStart(context, before))) {
      return null;
    }
    for (const one of scan.checkpoints) {
      checkpoints.push({ at: one.at, context: completed(one.context, before) });
    }
    before = completed(scan.context, before);
    recordCount += scan.recordCount;
  }
  if (recordCount > RECORDS_MAX) return null;
  const records = makeWords(recordCount * RECORD_WORDS);
  const hashes = new Int32Array(recordCount);
  let at = 0;
  let line = 0;
  for (const [i, scan] of scans.entries()) {
    const { poolAt, wordsAt } = chunks[i]!;
    const end = wordsAt + scan!.recordCount * RECORD_WORDS;
    records.set(memory.records.subarray(wordsAt, end), at);
    const own = memory.hashes.subarray(wordsAt / RECORD_WORDS, end / RECORD_WORDS);
    hashes.set(own, at / RECORD_WORDS);
    for (const next = at + end - wordsAt; at < next; at += RECORD_WORDS) {
      records[at + RECORD_OWNER]! += poolAt;
      records[at + RECORD_RDATA]! += poolAt;
      records[at + RECORD_LINE]! += line;
    }
    line += scan!.lines;
  }
  const end = chunks.at(-1)!.poolAt + scans.at(-1)!.poolUsed;
  const { apex, file } = options;
  const octets = memory.octets.subarray(0, end);
  return { zone: { apex, octets, records, recordCount, files: [file] }, hashes, checkpoints };
}

/** What a chunk could not know of the lines in front of it. */
function completed(context: ScanContext, before: ScanContext | null): ScanContext {
  if (before === null || (context.owner !== null && context.ttlLast !== null)) return context;
  return {
    ...context,
    owner: context.owner ?? before.owner,
    ttlLast: context.ttlLast ?? before.ttlLast,
  };
}

function sameStart(guess: ScanContext, before: ScanContext): boolean {
  const { origin } = guess;
  return (
    guess.ttlDefault === before.ttlDefault &&
    guess.class === before.class &&
    origin.length === before.origin.length &&
    origin.every((octet, i) => octet === before.origin[i])
  );
}
