// SPDX-License-Identifier: Apache-2.0
/**
 * Writes the shards of a zone: slots, nodes, RRsets, digest; range by range (zone-draft.ts).
 *
 * Every shard is verified as soon as it is written, with what is known of its zone: here it is in
 * the cache, and another thread may do half of them, while the control thread would read all of it
 * from memory, in the way of everything else.
 */
import type { Fault, FaultKey } from "../base/faults.ts";
import { fault } from "../base/faults.ts";
import { nameHash } from "../base/hash.ts";
import { Type } from "../dns/iana.ts";
import { nameToText } from "../dns/names.ts";
import {
  RRSET_FLAG_SIGNED,
  RRSET_FLAG_STEERED,
  SEGMENT_KIND_ZONE_SHARD,
} from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import type { ZoneIndex } from "../zone/index.ts";
import { recordFile, recordLine, recordType } from "../zone/records.ts";
import { signaturesFrom } from "../zone/signed.ts";
import type { ZoneValue } from "../zone/value.ts";
import { DIGEST_SIZE, type Digest, equalDigests, leafDigest } from "./digest.ts";
import { checkShard } from "./open-zone.ts";
import { viewsOf } from "./reader.ts";
import { createSource, hintsFlagOf, putSigned, type RRsetSource, rrsetFlagsOf } from "./rrset.ts";
import { placeEntries, shardOf } from "./slots.ts";
import {
  align,
  type BuiltSegment,
  beginSegment,
  createWriter,
  endSegment,
  put8,
  put16,
  put32,
  sealLeaf,
  skip,
  type Writer,
  writerOver,
} from "./writer.ts";
import {
  type DealtNodes,
  dealNodes,
  draftOf,
  gatherRange,
  type RangeNodes,
  type ZoneDraft,
} from "./zone-draft.ts";
import type { SteeredType, ZoneNodes } from "./zone-nodes.ts";

/** The octets of some shards, one behind the other. */
export interface ShardRange {
  readonly octets: Uint8Array;
  /** Where each ends in `octets`. */
  readonly ends: Uint32Array;
  readonly digests: Uint8Array;
  /** Some RRset has hints (T6). */
  readonly hinted: boolean;
}

/** What the shards are made of beside their nodes. */
export interface ShardInput {
  readonly zone: ZoneValue;
  readonly digest: Digest;
  /** Digests of the shards in force; of a new shard that equals the known one no octets are given. */
  readonly known?: Uint8Array;
}

/** Octets of a range that are copied out of the room they were written in. */
const COPY_SIZE_MAX = 256 * 1024;

/** Octets that a zone's shards mostly take: more is made room for when it is needed. */
export function roomFor(records: number, nodes: number): number {
  return records * 40 + nodes * 48 + 4096;
}

/** Writes the shards of one range, into `memory` (zeros) as far as it suffices, and verifies them. */
export function buildRange(
  input: ShardInput,
  draft: ZoneDraft,
  pieces: readonly DealtNodes[],
  range: number,
  memory: Uint8Array | null = null,
): ShardRange | Fault {
  const { digest, known } = input;
  const { apex } = input.zone;
  const nodes = gatherRange(input.zone, draft, pieces, range);
  const count = 2 ** (draft.bits - draft.rangeBits);
  const first = range * count;
  const ends = new Uint32Array(count);
  const digests = new Uint8Array(count * DIGEST_SIZE);
  const room = roomFor(nodes.zone.recordCount, nodes.count);
  const w = memory === null ? createWriter(room) : writerOver(memory);
  const job: Job = { w, nodes, source: createSource(nodes.zone), hinted: false };
  const context = {
    apexHash: nameHash(apex, 0, apex.length),
    apexSize: apex.length,
    policyCount: draft.nodes.policies.length,
    shardBits: draft.bits,
  };
  const knownSize = DIGEST_SIZE * 2 ** draft.bits;
  let views = viewsOf(w.octets);
  for (let shard = first, from = 0; shard < first + count; shard += 1) {
    const start = w.at;
    let to = from;
    while (to < nodes.count && shardOf(nodes.mixed[to]!, draft.bits) === shard) to += 1;
    const wrong = putShard(job, from, to);
    if (wrong !== null) return wrong;
    const octets = w.octets.subarray(start, w.at);
    const value = leafDigest(octets, digest);
    octets.set(value, layout.SEGMENT_DIGEST);
    digests.set(value, (shard - first) * DIGEST_SIZE);
    if (known?.length === knownSize && equalDigests(known, shard * DIGEST_SIZE, value, 0)) {
      octets.fill(0);
      w.at = start;
    } else {
      if (views.u8.buffer !== w.octets.buffer) views = viewsOf(w.octets);
      const part = { views, ref: start, length: w.at - start };
      const found = checkShard(part, { ...context, shard });
      if (found !== null) return found;
    }
    ends[shard - first] = w.at;
    from = to;
  }
  // Of a small zone the octets alone are kept, of a large one a copy would cost more than the room.
  const written = w.octets.subarray(0, w.at);
  const octets = w.at < COPY_SIZE_MAX ? written.slice() : written;
  return { octets, ends, digests, hinted: job.hinted };
}

/** One shard by itself: that of all `nodes`. `input.zone` holds their records. */
export function buildShard(
  input: ShardInput & { readonly index: ZoneIndex },
  whole: ZoneNodes,
): BuiltSegment | Fault {
  const { zone, index } = input;
  const draft = { ...draftOf(whole), rangeBits: 0 };
  const nodes = gatherRange(zone, draft, [dealNodes(zone, index, draft, 0, whole.count)], 0);
  const w = createWriter(roomFor(zone.recordCount, nodes.count));
  const job: Job = { w, nodes, source: createSource(nodes.zone), hinted: false };
  const wrong = putShard(job, 0, nodes.count);
  return wrong ?? sealLeaf(w, input.digest);
}

/** A fault at the line of `record`, or at the zone as a whole if it is −1. */
export function zoneFault(key: FaultKey, zone: ZoneValue, record: number, detail: string): Fault {
  if (record < 0) return fault(key, { file: zone.files[0] ?? "", line: 0, column: 0 }, detail);
  const place = { file: recordFile(zone, record), line: recordLine(zone, record), column: 0 };
  return fault(key, place, detail);
}

/** A range that is written. */
interface Job {
  readonly w: Writer;
  readonly nodes: RangeNodes;
  readonly source: RRsetSource;
  /** Some RRset that was written has hints. */
  hinted: boolean;
}

/** Scratch of putShard: the offset of each node's slot. */
let slotOf = new Uint32Array(1024);

/** Writes the shard of nodes [from, to) of the range. */
function putShard(job: Job, from: number, to: number): Fault | null {
  const { w, nodes } = job;
  const placement = placeEntries(nodes.mixed, from, to);
  if (placement === null) {
    const { zone } = nodes;
    return zoneFault("TABLE_HASH_FLOOD", zone, -1, `in the zone ${nameToText(zone.apex)}`);
  }
  const { slotCount, probeMax, entries } = placement;
  const start = beginSegment(w, SEGMENT_KIND_ZONE_SHARD, layout.ZONE_SHARD_SIZE);
  const head = start + layout.SEGMENT_SIZE;
  put32(w, head + layout.ZONE_SHARD_SLOT_COUNT, slotCount);
  put32(w, head + layout.ZONE_SHARD_PROBE_MAX, probeMax);
  put32(w, head + layout.ZONE_SHARD_NODE_COUNT, to - from);
  const slots = skip(w, slotCount * layout.SLOT_SIZE);
  // A slot knows its node; nodes are written in their own order, so each must know its slot.
  if (slotOf.length < to - from) slotOf = new Uint32Array((to - from) * 2);
  for (let slot = 0; slot < slotCount; slot += 1) {
    const i = entries[slot]!;
    if (i >= 0) slotOf[i - from] = slots + slot * layout.SLOT_SIZE;
  }
  for (let node = from; node < to; node += 1) {
    const slot = slotOf[node - from]!;
    put32(w, slot + layout.SLOT_HASH, nodes.hash[node]!);
    put32(w, slot + layout.SLOT_TARGET, w.at - start);
    const wrong = putNode(job, start, node);
    if (wrong !== null) return wrong;
  }
  endSegment(w, start);
  return null;
}

const NONE: readonly SteeredType[] = [];

/** Writes a node, its refs and its own labels; then its RRsets behind it. */
function putNode(job: Job, start: number, node: number): Fault | null {
  const { w, nodes, source } = job;
  const { zone, recordOrder: order } = nodes;
  const steered = nodes.steered?.[node] ?? NONE;
  const first = nodes.first[node]!;
  const end = nodes.end[node]!;
  let count = steered.length;
  let signed = end;
  for (let i = first, last = -1; i < end; i += 1) {
    const type = recordType(zone, i);
    if (type !== last && type !== Type.RRSIG) count += 1;
    else if (type !== last) signed = i;
    last = type;
  }
  if (count > 255) return zoneFault("TABLE_NODE_TOO_FULL", zone, first, `${count} RR types`);
  const ownerSize = nodes.size[node]! - zone.apex.length;
  const here = skip(w, layout.NODE_SIZE + count * layout.RRSET_REF_SIZE + ownerSize);
  align(w, 4);
  put16(w, here + layout.NODE_FLAGS, nodes.flags[node]!);
  put8(w, here + layout.NODE_RRSET_COUNT, count);
  put8(w, here + layout.NODE_OWNER_SIZE, ownerSize);
  const refs = here + layout.NODE_SIZE;
  const owner = refs + count * layout.RRSET_REF_SIZE;
  const { octets } = zone;
  const nameAt = nodes.at[node]!;
  for (let i = 0; i < ownerSize; i += 1) w.octets[owner + i] = octets[nameAt + i]!;

  let ref = refs;
  let next = 0;
  for (let i = first; i < end; ) {
    const type = recordType(zone, i);
    for (; next < steered.length && steered[next]!.type < type; next += 1) {
      ref = putRef(w, ref, steered[next]!.type, RRSET_FLAG_STEERED, steered[next]!.policy);
    }
    let to = i + 1;
    while (to < end && recordType(zone, to) === type) to += 1;
    if (type === Type.RRSIG) {
      i = to;
      continue;
    }
    const [from, signedTo] = signaturesFrom(zone, order, signed, end, type);
    const rrset = putSigned(w, source, order, [i, to], [from, signedTo]);
    if (rrset < 0) {
      return zoneFault("TABLE_RRSET_TOO_LARGE", zone, i, nameToText(octets, nameAt));
    }
    const hints = hintsFlagOf(source, i, to);
    if (hints !== 0) job.hinted = true;
    const flags = rrsetFlagsOf(source, i) | hints | (from < signedTo ? RRSET_FLAG_SIGNED : 0);
    ref = putRef(w, ref, type, flags, rrset - start);
    signed = signedTo;
    i = to;
  }
  for (; next < steered.length; next += 1) {
    ref = putRef(w, ref, steered[next]!.type, RRSET_FLAG_STEERED, steered[next]!.policy);
  }
  return null;
}

function putRef(w: Writer, at: number, type: number, flags: number, data: number): number {
  put16(w, at + layout.RRSET_REF_TYPE, type);
  put16(w, at + layout.RRSET_REF_FLAGS, flags);
  put32(w, at + layout.RRSET_REF_DATA, data);
  return at + layout.RRSET_REF_SIZE;
}
