// SPDX-License-Identifier: Apache-2.0
/**
 * Zone value → shards and the parts of a header. Runs in the compiler threads; what it gives can
 * cross to the control thread, which places it (patch.ts).
 *
 *   prepareZone   nodes                                            once
 *   dealNodes     pieces of the zone by range (zone-draft.ts)      by any threads, in any order
 *   buildRange    the shards of a range (build-shard.ts)           by any threads, in any order
 *   joinRanges    the zone                                         once
 *
 * All shards of a range stand in one buffer: a million owners make four thousand of them, and as
 * many buffers would cost more than their content. The header is not finished here, since it holds
 * refs that only the arena can give and numbers of policies that only the steering segment knows.
 *
 * Invariants
 *   B1  Equal zone values and steered owners give equal octets, whatever the order of records and
 *       owners in the value (law 3): nodes stand in the order of (mixed hash, hash, name).
 *   B2  An owner lies in the shard of the top shardBits bits of its mixed hash, and its home slot is
 *       the low bits: two independent parts of one number.
 *   B3  Steered types name policies by their place in the zone's own sorted list, so a new policy
 *       elsewhere changes no shard.
 *   B4  The octets do not depend on how shards were divided into ranges.
 */
import type { Fault } from "../base/faults.ts";
import { bad, good, type Result } from "../base/result.ts";
import { Type } from "../dns/iana.ts";
import { nameToText } from "../dns/names.ts";
import { get32 } from "../dns/sink.ts";
import { SEGMENT_KIND_ZONE_SHARD } from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import { findRRset, type MakeBuffer, type ZoneIndex } from "../zone/index.ts";
import { recordRdata, TTL_MAX } from "../zone/records.ts";
import { soaSerial } from "../zone/serial.ts";
import { denialForm, signaturesOf, withoutNsec3 } from "../zone/signed.ts";
import type { SteeredOwner, ZoneValue } from "../zone/value.ts";
import { type BuiltDenial, buildDenial, NO_DENIAL } from "./build-denial.ts";
import { buildRange, type ShardRange, zoneFault } from "./build-shard.ts";
import { DIGEST_SIZE, type Digest } from "./digest.ts";
import { createSource, putSigned } from "./rrset.ts";
import { beginSegment, createWriter, endSegment, put32, sealLeaf, skip } from "./writer.ts";
import { dealNodes, draftOf, type MakeWords, ownWords, type ZoneDraft } from "./zone-draft.ts";
import { gatherNodes } from "./zone-nodes.ts";

/** 2^shardBits segments, one behind the other in equally many parts of equally many shards. */
export interface BuiltShards {
  readonly parts: readonly Uint8Array[];
  /** Shard i takes [at[i], at[i + 1]) of all parts; nothing if it equals the known one. */
  readonly at: Uint32Array;
  /** DIGEST_SIZE octets per shard, of those that were left out too. */
  readonly digests: Uint8Array;
  /** The builder has had them verified (open-zone.ts); what is read from a disk is never so. */
  readonly proved: boolean;
}

/** The octets of shard `i`; none if it was left out. */
export function shardOctets({ parts, at }: BuiltShards, i: number): Uint8Array {
  const perPart = (at.length - 1) / parts.length;
  const part = Math.floor(i / perPart);
  const from = at[part * perPart]!;
  return parts[part]!.subarray(at[i]! - from, at[i + 1]! - from);
}

/** A zone ready to be placed. Plain data over ArrayBuffers. */
export interface BuiltZone {
  /** Lower-case wire form. */
  readonly apex: Uint8Array;
  readonly serial: number;
  /** Nodes, empty non-terminals included. */
  readonly ownerCount: number;
  readonly shardBits: number;
  readonly shards: BuiltShards;
  /**
   * An RRset (layout/table.ts): the SOA with the TTL of negative answers, its signatures behind it.
   * Empty: no data.
   */
  readonly negativeSoa: Uint8Array;
  /** The SOA is signed. */
  readonly signed: boolean;
  /** Some RRset has hints that are filled in for each answer. */
  readonly hinted: boolean;
  readonly denial: BuiltDenial;
  /** Ids of the policies that the zone uses, sorted. */
  readonly policies: readonly string[];
}

export interface ZoneInput {
  readonly zone: ZoneValue;
  readonly index: ZoneIndex;
  readonly steered: readonly SteeredOwner[];
  readonly digest: Digest;
  /** Digests of the shards in force; of a new shard that equals the known one no octets are given. */
  readonly known?: Uint8Array;
}

/** Builds a checked zone. Faults: no SOA, an RRset or node beyond its bound, colliding names. */
export function buildZone(input: ZoneInput): Result<BuiltZone> {
  const served = { ...input, ...servedPart(input.zone, input.index) };
  const draft = prepareZone(served);
  if ("key" in draft) return bad([draft]);
  const pieces = [dealNodes(served.zone, served.index, draft, 0, draft.nodes.count)];
  const ranges: ShardRange[] = [];
  for (let i = 0; i < 2 ** draft.rangeBits; i += 1) {
    const range = buildRange(served, draft, pieces, i);
    if ("key" in range) return bad([range]);
    ranges.push(range);
  }
  const denial = buildDenial(input.zone, input.index, input.digest);
  if ("key" in denial) return bad([denial]);
  return good(joinRanges(served, draft, ranges, denial));
}

/** What has nodes: all of a zone but its NSEC3 chain. */
export function servedPart(
  zone: ZoneValue,
  index: ZoneIndex,
  make?: MakeBuffer,
): { readonly zone: ZoneValue; readonly index: ZoneIndex } {
  return denialForm(zone, index)?.kind === "nsec3" ? withoutNsec3(zone, make) : { zone, index };
}

/** The nodes of a zone in the order of the table; a fault if it has no SOA. */
export function prepareZone(
  input: Pick<ZoneInput, "zone" | "index" | "steered">,
  makeWords: MakeWords = ownWords,
): ZoneDraft | Fault {
  const { zone, index } = input;
  const apex = index.find(zone.apex, 0, zone.apex.length);
  if (findRRset(zone, index, apex, Type.SOA) < 0) {
    return zoneFault("TABLE_NO_SOA", zone, -1, nameToText(zone.apex));
  }
  return draftOf(gatherNodes(zone, index, input.steered, makeWords));
}

/** The zone of all its ranges, which are of one size and in order. */
export function joinRanges(
  { zone, index }: Pick<ZoneInput, "zone" | "index">,
  draft: ZoneDraft,
  ranges: readonly ShardRange[],
  denial: BuiltDenial = NO_DENIAL,
): BuiltZone {
  const count = 2 ** draft.bits;
  const at = new Uint32Array(count + 1);
  const digests = new Uint8Array(count * DIGEST_SIZE);
  let shard = 0;
  for (const range of ranges) {
    const from = at[shard]!;
    digests.set(range.digests, shard * DIGEST_SIZE);
    for (const end of range.ends) {
      shard += 1;
      at[shard] = from + end;
    }
  }
  const apex = index.find(zone.apex, 0, zone.apex.length);
  return {
    apex: zone.apex.slice(),
    ...describeSoa(zone, index, apex),
    hinted: ranges.some((range) => range.hinted),
    denial,
    ownerCount: draft.nodes.count,
    shardBits: draft.bits,
    shards: { parts: ranges.map((one) => one.octets), at, digests, proved: true },
    policies: draft.nodes.policies,
  };
}

/**
 * The placeholder of a zone that is configured and has no data: one empty shard, no SOA. Its header
 * says EXPIRED, so that nothing is answered for its names from a zone around it.
 */
export function buildEmptyZone(apex: Uint8Array, digest: Digest): BuiltZone {
  const w = createWriter(64);
  const start = beginSegment(w, SEGMENT_KIND_ZONE_SHARD, layout.ZONE_SHARD_SIZE);
  put32(w, start + layout.SEGMENT_SIZE + layout.ZONE_SHARD_SLOT_COUNT, 1);
  skip(w, layout.SLOT_SIZE);
  endSegment(w, start);
  const shard = sealLeaf(w, digest);
  return {
    apex: apex.slice(),
    serial: 0,
    ownerCount: 0,
    shardBits: 0,
    shards: {
      parts: [shard.octets],
      at: Uint32Array.of(0, shard.octets.length),
      digests: shard.digest.slice(),
      proved: false,
    },
    negativeSoa: new Uint8Array(0),
    signed: false,
    hinted: false,
    denial: NO_DENIAL,
    policies: [],
  };
}

/** What a zone header takes from the SOA, which stands at the owner `apex`. */
export function describeSoa(
  zone: ZoneValue,
  index: ZoneIndex,
  apex: number,
): Pick<BuiltZone, "serial" | "negativeSoa" | "signed"> {
  const soa = findRRset(zone, index, apex, Type.SOA);
  const negative = createWriter(512);
  const rdata = recordRdata(zone, index.order[soa]!);
  const minimum = Math.min(get32(rdata, rdata.length - 4), TTL_MAX);
  const signatures = signaturesOf(zone, index, apex, Type.SOA);
  putSigned(negative, createSource(zone), index.order, [soa, soa + 1], signatures, minimum);
  return {
    serial: soaSerial(rdata),
    negativeSoa: negative.octets.slice(0, negative.at),
    signed: signatures[0] < signatures[1],
  };
}
