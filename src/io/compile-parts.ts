// SPDX-License-Identifier: Apache-2.0
/**
 * The parts of compiling a large zone that need not wait for each other, for two threads (crew.ts):
 *
 *   scan      chunks of the text
 *   examine   the checks of the zone; beside them the nodes and their order
 *   deal      pieces of the zone, by ranges of shards
 *   build     ranges of shards, verified
 *
 * Between them stand joining the chunks and the owner index, which are one thread's. Everything large
 * lies in shared memory, made at its greatest size: the system gives pages only when they are
 * written, and nothing is ever copied from thread to thread.
 */
import type { Fault } from "../base/faults.ts";
import { buildRange, roomFor, type ShardRange } from "../table/build-shard.ts";
import { prepareZone } from "../table/build-zone.ts";
import { type DealtNodes, dealNodes, type ZoneDraft } from "../table/zone-draft.ts";
import { checkZone } from "../zone/check.ts";
import {
  type ChunkMemory,
  type ChunkOptions,
  type ChunkScan,
  roomOf,
  scanChunk,
  type ZoneChunk,
} from "../zone/chunks.ts";
import { indexData, openIndex, type ZoneIndex, type ZoneIndexData } from "../zone/index.ts";
import { RECORD_WORDS, type SteeredOwner, type ZoneValue } from "../zone/value.ts";
import { type DoPart, doParts, type Seat } from "./crew.ts";
import { sha256 } from "./digest.ts";

interface ScanWork {
  readonly kind: "scan";
  readonly text: Uint8Array;
  readonly options: ChunkOptions;
  readonly chunks: readonly ZoneChunk[];
  readonly memory: ChunkMemory;
}

interface ZoneWork {
  readonly zone: ZoneValue;
  readonly index: ZoneIndexData;
  readonly steered: readonly SteeredOwner[];
}

interface ExamineWork extends ZoneWork {
  readonly kind: "examine";
  /** What of it has nodes. */
  readonly served: { readonly zone: ZoneValue; readonly index: ZoneIndexData };
}

interface DealWork extends ZoneWork {
  readonly kind: "deal";
  readonly draft: ZoneDraft;
}

interface BuildWork {
  readonly kind: "build";
  readonly zone: ZoneValue;
  readonly draft: ZoneDraft;
  readonly pieces: readonly DealtNodes[];
  readonly known: Uint8Array | null;
  /** For all ranges, in equal pieces. */
  readonly memory: Uint8Array;
}

type Work = ScanWork | ExamineWork | DealWork | BuildWork;
type Part = ChunkScan | null | readonly Fault[] | ZoneDraft | DealtNodes | ShardRange | Fault;

/** Does a part of any of the works. */
export const doZonePart: DoPart<Work, Part> = (work, part) => {
  switch (work.kind) {
    case "scan":
      return scanChunk(work.text, work.options, work.chunks[part]!, work.memory);
    case "examine": {
      const { zone, steered, served } = work;
      if (part > 0) return checkZone(zone, openIndex(zone, work.index), steered);
      const index = openIndex(served.zone, served.index);
      return prepareZone({ zone: served.zone, index, steered }, sharedWords);
    }
    case "deal": {
      const { zone, index, draft } = work;
      const { count } = draft.nodes;
      const from = Math.floor((count * part) / PIECES);
      const to = Math.floor((count * (part + 1)) / PIECES);
      return dealNodes(zone, index, draft, from, to, sharedWords);
    }
    case "build":
      return buildPart(work, part);
  }
};

function buildPart(work: BuildWork, part: number): ShardRange | Fault {
  const { zone, draft, pieces, known, memory } = work;
  const input = { zone, digest: sha256, ...(known === null ? {} : { known }) };
  const room = memory.length / 2 ** draft.rangeBits;
  return buildRange(input, draft, pieces, part, memory.subarray(part * room, (part + 1) * room));
}

/** Shared memory for so many words. */
export function sharedWords(length: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(length * 4));
}

/** Memory for all chunks, as large as the largest text could need. */
export function chunkMemory(chunks: readonly ZoneChunk[]): ChunkMemory {
  const { octets, words } = roomOf(chunks);
  return {
    octets: new Uint8Array(new SharedArrayBuffer(octets)),
    records: sharedWords(words),
    hashes: new Int32Array(new SharedArrayBuffer((words / RECORD_WORDS) * 4)),
  };
}

/** Scans all chunks. */
export function scanChunks(
  seat: Seat | null,
  work: Omit<ScanWork, "kind">,
): readonly (ChunkScan | null)[] {
  const results = doParts(seat, { kind: "scan", ...work }, work.chunks.length, doZonePart);
  return results as readonly (ChunkScan | null)[];
}

/** Checks a zone, and prepares it for building, which means nothing if the checks found errors. */
export function examineZone(
  seat: Seat | null,
  { zone, index }: { zone: ZoneValue; index: ZoneIndex },
  served: { zone: ZoneValue; index: ZoneIndex },
  steered: readonly SteeredOwner[],
): { readonly draft: ZoneDraft | Fault; readonly faults: readonly Fault[] } {
  const work: ExamineWork = {
    kind: "examine",
    ...{ zone, index: indexData(index), steered },
    served: { zone: served.zone, index: indexData(served.index) },
  };
  const [draft, faults] = doParts(seat, work, 2, doZonePart);
  return { draft: draft as ZoneDraft | Fault, faults: faults as readonly Fault[] };
}

const PAGE_SIZE = 4096;
/** Pieces in which a zone is dealt out. */
const PIECES = 4;

/** Builds the shards of a zone; a fault if one of them cannot be. */
export function buildRanges(
  seat: Seat | null,
  zone: ZoneValue,
  index: ZoneIndex,
  draft: ZoneDraft,
  known: Uint8Array | null,
): readonly ShardRange[] | Fault {
  const deal: DealWork = { kind: "deal", zone, index: indexData(index), steered: [], draft };
  const pieces = doParts(seat, deal, PIECES, doZonePart) as readonly DealtNodes[];
  const ranges = 2 ** draft.rangeBits;
  // Shards are of one size but for chance; what does not fit moves to other memory.
  const room = (roomFor(zone.recordCount, draft.nodes.count) * 1.25) / ranges;
  const piece = (Math.ceil(room / PAGE_SIZE) + 16) * PAGE_SIZE;
  const memory = new Uint8Array(new SharedArrayBuffer(piece * ranges));
  const work: BuildWork = {
    kind: "build",
    ...{ zone, draft, pieces, known, memory },
  };
  const results = doParts(seat, work, ranges, doZonePart) as readonly (ShardRange | Fault)[];
  const ranged: ShardRange[] = [];
  for (const one of results) {
    if ("key" in one) return one;
    ranged.push(one);
  }
  return ranged;
}
