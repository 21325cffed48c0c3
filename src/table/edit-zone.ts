// SPDX-License-Identifier: Apache-2.0
/**
 * A zone in the table and an edit of it → the zone as buildZone would give it, by way of the touched
 * shards alone.
 *
 * The table itself is the state that the edit is applied to: a shard tells all records of its owners,
 * so a compiler needs no copy of a million records to change one of them. A touched shard is read
 * back into records, changed, and written by the same code that wrote it first.
 *
 * Null is never an error; it says that the zone has to be built as a whole: an edit that makes or
 * ends an empty non-terminal, touches cuts, aliases or steered owners, or changes the number of
 * shards.
 *
 * Invariants
 *   X1  If the result is not null, its digests are those of buildZone of the edited zone.
 *   X2  If the zone passed its checks without a finding, so does the edited zone.
 */
import { mixHash, nameHash } from "../base/hash.ts";
import { Type } from "../dns/iana.ts";
import { compareNames } from "../dns/names.ts";
import { equalRdata } from "../dns/rdata.ts";
import {
  NODE_FLAG_ALIAS,
  NODE_FLAG_CUT,
  NODE_FLAG_DNAME,
  NODE_FLAG_OCCLUDED,
} from "../layout/gen/enums.ts";
import { rrsetSizeMax, SHARD_OWNERS_MAX } from "../layout/limits.ts";
import { indexZone } from "../zone/index.ts";
import { type RRset, zoneOfRRsets } from "../zone/records.ts";
import { NO_DENIAL } from "./build-denial.ts";
import { buildShard } from "./build-shard.ts";
import { type BuiltZone, describeSoa } from "./build-zone.ts";
import { DIGEST_SIZE, type Digest, equalDigests } from "./digest.ts";
import type { TableViews } from "./reader.ts";
import { RR_FIXED_SIZE } from "./rrset.ts";
import { readShard, type ShardNode } from "./shard-nodes.ts";
import { shardOf } from "./slots.ts";
import { apexKey, type ZoneHeader } from "./table-image.ts";
import { type BuiltSegment, bitsFor } from "./writer.ts";
import type { SteeredType, ZoneNodes } from "./zone-nodes.ts";

export interface ZoneEditInput {
  readonly views: TableViews;
  /** Of the zone in force, whose records `removed` and `added` speak of. */
  readonly header: ZoneHeader;
  /** Ids of the zone's policies, in its own order. */
  readonly policies: readonly string[];
  /** Records of plain types (zone/edit.ts), by owner and type. */
  readonly removed: readonly RRset[];
  readonly added: readonly RRset[];
  /** Keys (apexKey) of owners that an edit must leave alone: steered ones, servers. */
  readonly fixed: ReadonlySet<string>;
  readonly digest: Digest;
}

/** A zone while it is edited: shards that were read so far. */
interface Draft extends ZoneEditInput {
  readonly shards: Map<number, Map<string, ShardNode>>;
  readonly dirty: Set<number>;
  ownerCount: number;
  soa: RRset | null;
}

/** What is to be done at one owner. */
interface OwnerEdit {
  readonly owner: Uint8Array;
  readonly removed: RRset[];
  readonly added: RRset[];
}

const HIDING = NODE_FLAG_CUT | NODE_FLAG_DNAME | NODE_FLAG_OCCLUDED;

/** The edited zone, with the octets of the touched shards; null if it must be built as a whole. */
export function editZone(input: ZoneEditInput): BuiltZone | null {
  const { header } = input;
  // A placeholder is no state that records could be told from.
  if (header.negativeSoa.length === 0) return null;
  // Of a signed zone hardly anything stays when one record changes.
  if (header.signed || header.denialFlag !== 0) return null;
  // Hints make one owner depend on another, which only the check of the whole zone sees.
  if (header.hinted) return null;
  const draft: Draft = {
    ...input,
    shards: new Map(),
    dirty: new Set(),
    ownerCount: header.ownerCount,
    soa: null,
  };
  for (const edit of byOwner(input)) if (!editOwner(draft, edit)) return null;
  if (bitsFor(draft.ownerCount, SHARD_OWNERS_MAX) !== header.shardBits) return null;
  const written = new Map<number, BuiltSegment>();
  for (const shard of draft.dirty) {
    const built = writeShard(draft, [...draft.shards.get(shard)!.values()]);
    if (built === null) return null;
    written.set(shard, built);
  }
  const soa = draft.soa === null ? null : soaOf(draft, draft.soa);
  return {
    apex: header.apex,
    serial: soa?.serial ?? header.serial,
    ownerCount: draft.ownerCount,
    shardBits: header.shardBits,
    shards: joinShards(header, written),
    negativeSoa: soa?.negativeSoa ?? header.negativeSoa,
    signed: false,
    hinted: false,
    denial: NO_DENIAL,
    policies: input.policies,
  };
}

/** The edits by owner; parents come before what lies below them. */
function byOwner({ removed, added }: ZoneEditInput): OwnerEdit[] {
  const edits = new Map<string, OwnerEdit>();
  const of = (owner: Uint8Array): OwnerEdit => {
    const key = apexKey(owner);
    const edit = edits.get(key) ?? { owner: owner.slice(), removed: [], added: [] };
    edits.set(key, edit);
    return edit;
  };
  for (const rrset of removed) of(rrset.owner).removed.push(rrset);
  for (const rrset of added) of(rrset.owner).added.push(rrset);
  return [...edits.values()].sort((a, b) => compareNames(a.owner, b.owner));
}

/** The nodes of a shard, read at the first request. */
function nodesOf(draft: Draft, shard: number): Map<string, ShardNode> {
  const known = draft.shards.get(shard);
  if (known !== undefined) return known;
  const { views, header } = draft;
  const nodes = readShard(views, header.shardRefs[shard]!, header.apex);
  draft.shards.set(shard, nodes);
  return nodes;
}

function shardFor(draft: Draft, owner: Uint8Array): number {
  return shardOf(mixHash(nameHash(owner, 0, owner.length)), draft.header.shardBits);
}

/** Carries out the edit of one owner; false if it is not a plain one. */
function editOwner(draft: Draft, edit: OwnerEdit): boolean {
  const { owner } = edit;
  const key = apexKey(owner);
  if (draft.fixed.has(key)) return false;
  const shard = shardFor(draft, owner);
  const nodes = nodesOf(draft, shard);
  const node = nodes.get(key) ?? newNode(draft, owner);
  if (node === null || (node.flags & (HIDING | NODE_FLAG_ALIAS)) !== 0) return false;
  const rrsets = new Map(node.rrsets);
  for (const gone of edit.removed) {
    const left = without(rrsets.get(gone.type), gone);
    if (left === null) return false;
    if (left.rdatas.length === 0) rrsets.delete(gone.type);
    else rrsets.set(gone.type, left);
  }
  for (const more of edit.added) {
    const joined = joinedWith(rrsets.get(more.type), more);
    if (joined === null) return false;
    rrsets.set(more.type, joined);
  }
  // Without records it would end, or become an empty non-terminal: its children are not known here.
  if (rrsets.size === 0) return false;
  const isApex = owner.length === draft.header.apex.length;
  const soa = rrsets.get(Type.SOA);
  if (isApex !== (soa !== undefined) || (soa !== undefined && soa.rdatas.length !== 1)) {
    return false;
  }
  if (isApex) draft.soa = soa!;
  nodes.set(key, { ...node, rrsets });
  draft.dirty.add(shard);
  return true;
}

/** A node for an owner that is not there yet; null if that is more than a leaf below a node. */
function newNode(draft: Draft, owner: Uint8Array): ShardNode | null {
  // A source of synthesis marks its parent.
  if (owner[0] === 1 && owner[1] === 0x2a) return null;
  const parent = owner.subarray(1 + owner[0]!);
  const above = nodesOf(draft, shardFor(draft, parent)).get(apexKey(parent));
  if (above === undefined || (above.flags & HIDING) !== 0) return null;
  draft.ownerCount += 1;
  return { name: owner, flags: 0, rrsets: new Map(), signatures: [], steered: [] };
}

/** An RRset less some of its records; null if one of them is not there. */
function without(rrset: RRset | undefined, gone: RRset): RRset | null {
  if (rrset === undefined || rrset.ttl !== gone.ttl) return null;
  const { type } = rrset;
  const rdatas = [...rrset.rdatas];
  for (const rdata of gone.rdatas) {
    const at = rdatas.findIndex((one) => equalRdata(type, one, rdata));
    if (at < 0) return null;
    rdatas.splice(at, 1);
  }
  return { ...rrset, rdatas };
}

/** An RRset and more records; null if the whole would not pass the checks. */
function joinedWith(rrset: RRset | undefined, more: RRset): RRset | null {
  const sizeMax = rrsetSizeMax(more.owner.length);
  if (rrset === undefined) return sizeOf(more) > sizeMax ? null : more;
  if (rrset.ttl !== more.ttl) return null;
  const { type } = rrset;
  const twice = more.rdatas.some((rdata) =>
    rrset.rdatas.some((one) => equalRdata(type, one, rdata)),
  );
  const joined = { ...rrset, rdatas: [...rrset.rdatas, ...more.rdatas] };
  return twice || sizeOf(joined) > sizeMax ? null : joined;
}

function sizeOf({ rdatas }: RRset): number {
  return rdatas.reduce((sum, rdata) => sum + RR_FIXED_SIZE + rdata.length, 0);
}

/** Writes a shard anew. */
function writeShard(draft: Draft, list: readonly ShardNode[]): BuiltSegment | null {
  const { header, digest, policies } = draft;
  const rrsets = list.flatMap((node) => [...node.rrsets.values(), ...node.signatures]);
  const zone = zoneOfRRsets(header.apex, rrsets);
  const index = indexZone(zone);
  const owners = index.ownerCount;
  const steered = new Map<number, readonly SteeredType[]>();
  const nodes: ZoneNodes = {
    count: list.length,
    owners,
    apex: -1,
    at: new Uint32Array(list.length),
    size: new Uint8Array(list.length),
    hash: new Int32Array(list.length),
    mixed: new Uint32Array(list.length),
    parent: new Int32Array(0),
    flags: new Uint8Array(list.length),
    pools: [zone.octets],
    poolNumber: new Uint32Array(list.length),
    steered,
    policies,
  };
  for (const { name, flags, steered: types } of list) {
    const hash = nameHash(name, 0, name.length);
    const owner = index.findHashed(hash, name, 0, name.length);
    const node = owner >= 0 ? owner : owners + nodes.pools.push(name) - 2;
    if (owner < 0) nodes.poolNumber[node - owners] = node - owners + 1;
    nodes.at[node] = owner >= 0 ? index.ownerAt[owner]! : 0;
    nodes.size[node] = name.length;
    nodes.hash[node] = hash;
    nodes.mixed[node] = mixHash(hash);
    nodes.flags[node] = flags;
    if (types.length > 0) steered.set(node, types);
  }
  const built = buildShard({ zone, index, digest }, nodes);
  return "key" in built ? null : built;
}

function soaOf(draft: Draft, soa: RRset): { serial: number; negativeSoa: Uint8Array } {
  const zone = zoneOfRRsets(draft.header.apex, [soa]);
  return describeSoa(zone, indexZone(zone), 0);
}

/** The list of all shards, with octets of those that are not what they were. */
function joinShards(
  header: ZoneHeader,
  written: ReadonlyMap<number, BuiltSegment>,
): BuiltZone["shards"] {
  const count = header.shardRefs.length;
  const digests = header.shardDigests.slice();
  const at = new Uint32Array(count + 1);
  const parts: Uint8Array[] = [];
  for (let shard = 0; shard < count; shard += 1) {
    const built = written.get(shard);
    const from = shard * DIGEST_SIZE;
    const changed = built !== undefined && !equalDigests(digests, from, built.digest, 0);
    if (changed) {
      digests.set(built.digest, from);
      parts.push(built.octets);
    }
    at[shard + 1] = at[shard]! + (changed ? built.octets.length : 0);
  }
  const octets = new Uint8Array(at[count]!);
  let next = 0;
  for (const part of parts) {
    octets.set(part, next);
    next += part.length;
  }
  return { parts: [octets], at, digests, proved: false };
}
