// SPDX-License-Identifier: Apache-2.0
/**
 * The nodes of a zone dealt out to ranges of neighbouring shards, and a range brought together.
 *
 * Shards are chosen by hash, so the nodes of one lie scattered over all of a large zone; to write a
 * shard from there costs some reads of main memory per node, which is more than everything else. So
 * the zone is read once from its beginning to its end and every node is copied, with its name and
 * its records, to the others of its range. A range is then so small that it stays in the cache of
 * one processor, where it is sorted and written. Pieces of the zone are dealt out, and ranges are
 * written, by any threads in any order.
 *
 * Invariants
 *   D1  A range is a zone value of its own: everything that reads zones reads it.
 *   D2  What a range is made of does not depend on how the zone was divided into pieces: its nodes
 *       are sorted, and the records of a node keep their order.
 */
import { mixHash } from "../base/hash.ts";
import { SHARD_OWNERS_MAX } from "../layout/limits.ts";
import type { ZoneIndex } from "../zone/index.ts";
import {
  RECORD_FILE_RDATA_SIZE,
  RECORD_OWNER,
  RECORD_RDATA,
  RECORD_WORDS,
  type ZoneValue,
} from "../zone/value.ts";
import { shardOf, sortByHash } from "./slots.ts";
import { bitsFor } from "./writer.ts";
import { poolOf, type SteeredType, type ZoneNodes } from "./zone-nodes.ts";

/** Nodes of a range: with names and records they fill the inner caches of one processor. */
const RANGE_NODES_MEAN = 16 * 1024;

/** What the writing wants of the nodes. */
export type DraftNodes = Omit<ZoneNodes, "apex" | "parent">;

/** The nodes of a zone, and how many shards and ranges they make. */
export interface ZoneDraft {
  readonly nodes: DraftNodes;
  /** log2 of the number of shards, and of the number of ranges. */
  readonly bits: number;
  readonly rangeBits: number;
}

/** Words of a dealt node: hash, offset of its name, size (low octet) and flags, records, number. */
const DEALT_WORDS = 5;
const DEALT_HASH = 0;
const DEALT_AT = 1;
const DEALT_SIZE_FLAGS = 2;
const DEALT_RECORDS = 3;
const DEALT_NUMBER = 4;

/** Some nodes of a zone by range. Range i has [starts[i], starts[i + 1]) of each memory. */
export interface DealtNodes {
  /** DEALT_WORDS per node. */
  readonly words: Uint32Array;
  readonly nodeStarts: Uint32Array;
  /** Names and RDATA. Offsets count from where the range begins. */
  readonly octets: Uint8Array;
  readonly octetStarts: Uint32Array;
  /** RECORD_WORDS per record, those of a node in order, node after node. */
  readonly records: Uint32Array;
  readonly recordStarts: Uint32Array;
}

/** Makes memory for so many words, of zeros. */
export type MakeWords = (length: number) => Uint32Array;

export const ownWords: MakeWords = (length) => new Uint32Array(length);

/** Decides on shards and ranges; `rangeNodes`: mean of the nodes of a range at most. */
export function draftOf(whole: ZoneNodes, rangeNodes: number = RANGE_NODES_MEAN): ZoneDraft {
  const { apex: _apex, parent: _parent, ...nodes } = whole;
  const bits = bitsFor(nodes.count, SHARD_OWNERS_MAX);
  const rangeBits = Math.min(bits, bitsFor(nodes.count, rangeNodes));
  return { nodes, bits, rangeBits };
}

/** Deals out the nodes [from, to). */
export function dealNodes(
  zone: ZoneValue,
  index: Pick<ZoneIndex, "start" | "order">,
  draft: ZoneDraft,
  from: number,
  to: number,
  makeWords: MakeWords = ownWords,
): DealtNodes {
  const { nodes, rangeBits } = draft;
  const { start, order } = index;
  const { owners } = nodes;
  const ranges = 2 ** rangeBits;
  const nodeStarts = new Uint32Array(ranges + 1);
  const octetStarts = new Uint32Array(ranges + 1);
  const recordStarts = new Uint32Array(ranges + 1);
  for (let node = from; node < to; node += 1) {
    const next = shardOf(nodes.mixed[node]!, rangeBits) + 1;
    nodeStarts[next]! += 1;
    octetStarts[next]! += nodes.size[node]!;
    if (node >= owners) continue;
    const end = start[node + 1]!;
    recordStarts[next]! += end - start[node]!;
    for (let k = start[node]!; k < end; k += 1) {
      octetStarts[next]! += rdataSizeOf(zone.records, order[k]!);
    }
  }
  for (let i = 0; i < ranges; i += 1) {
    nodeStarts[i + 1]! += nodeStarts[i]!;
    octetStarts[i + 1]! += octetStarts[i]!;
    recordStarts[i + 1]! += recordStarts[i]!;
  }
  const size = octetStarts[ranges]!;
  const out: DealtNodes = {
    words: makeWords(nodeStarts[ranges]! * DEALT_WORDS),
    octets: new Uint8Array(makeWords(Math.ceil(size / 4)).buffer, 0, size),
    records: makeWords(recordStarts[ranges]! * RECORD_WORDS),
    ...{ nodeStarts, octetStarts, recordStarts },
  };
  copyNodes(zone, index, nodes, from, to, out);
  return out;
}

function rdataSizeOf(records: Uint32Array, record: number): number {
  return records[record * RECORD_WORDS + RECORD_FILE_RDATA_SIZE]! & 0xffff;
}

/** Copies nodes to where `out` has room for them. */
function copyNodes(
  zone: ZoneValue,
  { start, order }: Pick<ZoneIndex, "start" | "order">,
  nodes: DraftNodes,
  from: number,
  to: number,
  out: DealtNodes,
): void {
  const { owners } = nodes;
  const ranges = out.nodeStarts.length - 1;
  const rangeBits = Math.log2(ranges);
  const nodeNext = out.nodeStarts.slice();
  const octetNext = out.octetStarts.slice();
  const recordNext = out.recordStarts.slice();
  const { octets, records, words } = out;
  for (let node = from; node < to; node += 1) {
    const range = shardOf(nodes.mixed[node]!, rangeBits);
    const base = out.octetStarts[range]!;
    const name = octetNext[range]!;
    const size = nodes.size[node]!;
    const pool = node < owners ? zone.octets : poolOf(nodes, node);
    copyOctets(octets, name, pool, nodes.at[node]!, size);
    let at = name + size;
    let count = 0;
    if (node < owners) {
      let word = recordNext[range]! * RECORD_WORDS;
      const end = start[node + 1]!;
      for (let k = start[node]!; k < end; k += 1, word += RECORD_WORDS) {
        const old = order[k]! * RECORD_WORDS;
        for (let w = 0; w < RECORD_WORDS; w += 1) records[word + w] = zone.records[old + w]!;
        const rdata = records[word + RECORD_RDATA]!;
        const rdataSize = records[word + RECORD_FILE_RDATA_SIZE]! & 0xffff;
        copyOctets(octets, at, zone.octets, rdata, rdataSize);
        records[word + RECORD_OWNER] = name - base;
        records[word + RECORD_RDATA] = at - base;
        at += rdataSize;
      }
      count = end - start[node]!;
      recordNext[range] = recordNext[range]! + count;
    }
    octetNext[range] = at;
    const word = nodeNext[range]! * DEALT_WORDS;
    nodeNext[range] = nodeNext[range]! + 1;
    words[word + DEALT_HASH] = nodes.hash[node]!;
    words[word + DEALT_AT] = name - base;
    words[word + DEALT_SIZE_FLAGS] = (nodes.flags[node]! << 8) | size;
    words[word + DEALT_RECORDS] = count;
    words[word + DEALT_NUMBER] = node;
  }
}

/**
 * The nodes of one range, in the order of the table, with their names and records beside them. Valid
 * up to the next gatherRange of this thread.
 */
export interface RangeNodes {
  readonly count: number;
  /** Names and RDATA of this range alone; the records of a node stand in their order. */
  readonly zone: ZoneValue;
  /** 0, 1, 2 …: the records are in order already. */
  readonly recordOrder: Uint32Array;
  /** Per node: mixed hash, ascending; hash; name in `zone.octets`, with its size; flags. */
  readonly mixed: Uint32Array;
  readonly hash: Int32Array;
  readonly at: Uint32Array;
  readonly size: Uint8Array;
  readonly flags: Uint8Array;
  /** Node i has the records [first[i], end[i]). */
  readonly first: Uint32Array;
  readonly end: Uint32Array;
  /** Steered types by place; null if no node of the zone has any. */
  readonly steered: readonly (readonly SteeredType[] | undefined)[] | null;
}

/** Nodes of a range before they are sorted. */
interface LooseNodes {
  readonly zone: ZoneValue;
  readonly words: Uint32Array;
  /** Where the records of each node begin, and the last ends. */
  readonly first: Uint32Array;
}

/** Brings a range together out of all pieces, and sorts it. */
export function gatherRange(
  zone: ZoneValue,
  draft: ZoneDraft,
  pieces: readonly DealtNodes[],
  range: number,
): RangeNodes {
  const loose = joinPieces(zone, pieces, range);
  const { words, first } = loose;
  const count = first.length - 1;
  const keys = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) keys[i] = mixHash(words[i * DEALT_WORDS + DEALT_HASH]!);
  const { order, mixed } = sortByHash(keys, count);
  orderCollisions(loose, order, mixed);
  const { steered } = draft.nodes;
  const recordOrder = scratchWords(3, loose.zone.recordCount);
  for (let i = 0; i < recordOrder.length; i += 1) recordOrder[i] = i;
  const out = {
    ...{ count, mixed, recordOrder, zone: loose.zone },
    hash: new Int32Array(count),
    at: new Uint32Array(count),
    size: new Uint8Array(count),
    flags: new Uint8Array(count),
    first: new Uint32Array(count),
    end: new Uint32Array(count),
    steered:
      steered.size === 0
        ? null
        : Array.from(order, (i) => steered.get(words[i * DEALT_WORDS + DEALT_NUMBER]!)),
  };
  for (let i = 0; i < count; i += 1) {
    const node = order[i]!;
    const word = node * DEALT_WORDS;
    const sizeFlags = words[word + DEALT_SIZE_FLAGS]!;
    out.hash[i] = words[word + DEALT_HASH]!;
    out.at[i] = words[word + DEALT_AT]!;
    out.size[i] = sizeFlags;
    out.flags[i] = sizeFlags >>> 8;
    out.first[i] = first[node]!;
    out.end[i] = first[node + 1]!;
  }
  return out;
}

/**
 * Memory that is used again for each range: fresh memory costs as much as what is done with it.
 * What stands in it is not zero.
 */
const scratch = [new Uint32Array(0), new Uint32Array(0), new Uint32Array(0), new Uint32Array(0)];
let octetScratch = new Uint8Array(0);

function scratchWords(which: number, length: number): Uint32Array {
  if (scratch[which]!.length < length) scratch[which] = new Uint32Array(Math.ceil(length * 1.1));
  return scratch[which]!.subarray(0, length);
}

function scratchOctets(length: number): Uint8Array {
  if (octetScratch.length < length) octetScratch = new Uint8Array(Math.ceil(length * 1.1));
  return octetScratch.subarray(0, length);
}

/** One range of all pieces, one behind the other. */
function joinPieces(zone: ZoneValue, pieces: readonly DealtNodes[], range: number): LooseNodes {
  const sum = (starts: (piece: DealtNodes) => Uint32Array): number =>
    pieces.reduce((all, one) => all + starts(one)[range + 1]! - starts(one)[range]!, 0);
  const count = sum((one) => one.nodeStarts);
  const recordCount = sum((one) => one.recordStarts);
  const words = scratchWords(0, count * DEALT_WORDS);
  const records = scratchWords(1, recordCount * RECORD_WORDS);
  const first = scratchWords(2, count + 1);
  first[0] = 0;
  const octets = scratchOctets(sum((one) => one.octetStarts));
  let node = 0;
  let at = 0;
  let record = 0;
  for (const piece of pieces) {
    const { nodeStarts, octetStarts, recordStarts } = piece;
    const part = (starts: Uint32Array, width: number): [number, number] => [
      starts[range]! * width,
      starts[range + 1]! * width,
    ];
    words.set(piece.words.subarray(...part(nodeStarts, DEALT_WORDS)), node * DEALT_WORDS);
    octets.set(piece.octets.subarray(...part(octetStarts, 1)), at);
    const recordWords = piece.records.subarray(...part(recordStarts, RECORD_WORDS));
    records.set(recordWords, record * RECORD_WORDS);
    const nodeEnd = node + nodeStarts[range + 1]! - nodeStarts[range]!;
    for (let next = record; node < nodeEnd; node += 1) {
      words[node * DEALT_WORDS + DEALT_AT]! += at;
      next += words[node * DEALT_WORDS + DEALT_RECORDS]!;
      first[node + 1] = next;
    }
    const recordEnd = record + recordStarts[range + 1]! - recordStarts[range]!;
    for (; record < recordEnd; record += 1) {
      records[record * RECORD_WORDS + RECORD_OWNER]! += at;
      records[record * RECORD_WORDS + RECORD_RDATA]! += at;
    }
    at += octetStarts[range + 1]! - octetStarts[range]!;
  }
  return { zone: { ...zone, octets, records, recordCount }, words, first };
}

/** A loop up to the size of most names, beyond which a call is quicker. */
function copyOctets(
  to: Uint8Array,
  toAt: number,
  from: Uint8Array,
  fromAt: number,
  size: number,
): void {
  if (size > 64) to.set(from.subarray(fromAt, fromAt + size), toAt);
  else for (let i = 0; i < size; i += 1) to[toAt + i] = from[fromAt + i]!;
}

/** Brings nodes of equal hash into the order of their octets (B1 of build-zone.ts). */
function orderCollisions(loose: LooseNodes, order: Uint32Array, mixed: Uint32Array): void {
  for (let i = 0; i < order.length; ) {
    let end = i + 1;
    while (end < order.length && mixed[end] === mixed[i]) end += 1;
    if (end - i > 1) order.subarray(i, end).sort((a, b) => compareOwners(loose, a, b));
    i = end;
  }
}

function compareOwners({ zone, words }: LooseNodes, a: number, b: number): number {
  const aAt = words[a * DEALT_WORDS + DEALT_AT]!;
  const bAt = words[b * DEALT_WORDS + DEALT_AT]!;
  const aSize = words[a * DEALT_WORDS + DEALT_SIZE_FLAGS]! & 0xff;
  const bSize = words[b * DEALT_WORDS + DEALT_SIZE_FLAGS]! & 0xff;
  for (let i = 0; i < Math.min(aSize, bSize); i += 1) {
    const difference = zone.octets[aAt + i]! - zone.octets[bAt + i]!;
    if (difference !== 0) return difference;
  }
  return aSize - bSize;
}
