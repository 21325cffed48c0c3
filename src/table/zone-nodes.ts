// SPDX-License-Identifier: Apache-2.0
/**
 * The nodes of a zone: every owner, every empty non-terminal above one, every steered owner, with
 * the flags that a lookup needs on its way down.
 *
 * Numbers and not objects: a node is an index into flat arrays, since a million objects would take
 * longer to make than the whole table. Owners keep the numbers of the ZoneIndex; nodes that own no
 * record follow, with names that point into the octets of the name below them.
 *
 * Invariants
 *   N1  The parent of every node but the apex is a node (T3, RFC 8020).
 *   N2  Flags depend on the set of nodes and types alone, not on their order.
 *
 * RFC 4592 §2.2.2 empty non-terminals; RFC 1034 §4.2.1 cuts; RFC 6672 §2.3 below a DNAME.
 */
import { assert } from "../base/assert.ts";
import { mixHash, nameHash } from "../base/hash.ts";
import { Type } from "../dns/iana.ts";
import {
  NODE_FLAG_ALIAS,
  NODE_FLAG_APEX,
  NODE_FLAG_CUT,
  NODE_FLAG_DNAME,
  NODE_FLAG_OCCLUDED,
  NODE_FLAG_WILDCARD_CHILD,
} from "../layout/gen/enums.ts";
import type { ZoneIndex } from "../zone/index.ts";
import { recordType } from "../zone/records.ts";
import type { SteeredOwner, ZoneValue } from "../zone/value.ts";

/** A type of an owner that takes its answer from a policy: index into ZoneNodes.policies. */
export interface SteeredType {
  readonly type: number;
  readonly policy: number;
}

/** All nodes of one zone; arrays are longer than `count`. */
export interface ZoneNodes {
  count: number;
  /** Nodes below this number are the owners of the ZoneIndex. */
  readonly owners: number;
  readonly apex: number;
  /** Offset and size of a node's name in poolOf(node). */
  at: Uint32Array;
  size: Uint8Array;
  /** Name hash, and the same spread by mixHash. */
  hash: Int32Array;
  mixed: Uint32Array;
  /** Number of the parent; −1 for the apex. */
  parent: Int32Array;
  flags: Uint8Array;
  /** Octets in which names lie; those of the owners in the first, which is that of the zone. */
  readonly pools: Uint8Array[];
  /** Which pool the name of node `owners + i` lies in. */
  poolNumber: Uint32Array;
  /** Steered types by node, sorted by type. */
  readonly steered: ReadonlyMap<number, readonly SteeredType[]>;
  /** Ids of the policies that the zone uses, sorted. */
  readonly policies: readonly string[];
}

/** The octets in which the name of `node` lies. */
export function poolOf(
  nodes: { owners: number; pools: readonly Uint8Array[]; poolNumber: Uint32Array },
  node: number,
): Uint8Array {
  return nodes.pools[node < nodes.owners ? 0 : nodes.poolNumber[node - nodes.owners]!]!;
}

/** Gathers the nodes of a zone. The apex owns records; steered owners lie at or below it. */
export function gatherNodes(
  zone: ZoneValue,
  index: ZoneIndex,
  steered: readonly SteeredOwner[],
  makeWords: (length: number) => Uint32Array = (length) => new Uint32Array(length),
): ZoneNodes {
  const apex = index.find(zone.apex, 0, zone.apex.length);
  assert(apex >= 0, "the apex of a checked zone owns records");
  const policies = [...new Set(steered.map((one) => one.policy))].sort();
  const bindings = new Map<number, SteeredType[]>();
  const nodes = createNodes(zone, index, apex, bindings, policies, makeWords);
  const extras = createExtras();
  for (const one of steered) {
    nodes.pools.push(one.owner);
    const pool = nodes.pools.length - 1;
    const node = ensureNode(nodes, index, extras, pool, 0, one.owner.length);
    const types = bindings.get(node) ?? [];
    const policy = policies.indexOf(one.policy);
    for (const type of one.types) types.push({ type, policy });
    bindings.set(
      node,
      types.sort((a, b) => a.type - b.type),
    );
  }
  linkParents(nodes, index, extras, zone.apex.length);
  markTypes(nodes, zone, index);
  markOccluded(nodes);
  return nodes;
}

function createNodes(
  zone: ZoneValue,
  index: ZoneIndex,
  apex: number,
  steered: ReadonlyMap<number, readonly SteeredType[]>,
  policies: readonly string[],
  makeWords: (length: number) => Uint32Array,
): ZoneNodes {
  const owners = index.ownerCount;
  const room = owners + 64;
  const octetsOf = (length: number): Uint8Array => {
    const { buffer } = makeWords(Math.ceil(length / 4));
    return new Uint8Array(buffer, 0, length);
  };
  const nodes: ZoneNodes = {
    count: owners,
    owners,
    apex,
    at: makeWords(room),
    size: octetsOf(room),
    hash: new Int32Array(makeWords(room).buffer),
    mixed: makeWords(room),
    parent: new Int32Array(room),
    flags: octetsOf(room),
    pools: [zone.octets],
    poolNumber: new Uint32Array(64),
    steered,
    policies,
  };
  for (let i = 0; i < owners; i += 1) {
    nodes.at[i] = index.ownerAt[i]!;
    nodes.size[i] = index.ownerSize[i]!;
    nodes.hash[i] = index.ownerHash[i]!;
    nodes.mixed[i] = mixHash(index.ownerHash[i]!);
  }
  return nodes;
}

/** A hash of the nodes that the ZoneIndex does not know. */
interface Extras {
  slots: Int32Array;
}

function createExtras(): Extras {
  return { slots: new Int32Array(64).fill(-1) };
}

/** The node of a name, which is made if it is not there. */
function ensureNode(
  nodes: ZoneNodes,
  index: ZoneIndex,
  extras: Extras,
  pool: number,
  at: number,
  size: number,
): number {
  const octets = nodes.pools[pool]!;
  const hash = nameHash(octets, at, size);
  const owner = index.findHashed(hash, octets, at, size);
  if (owner >= 0) return owner;
  const mask = extras.slots.length - 1;
  let slot = mixHash(hash) & mask;
  for (; extras.slots[slot]! >= 0; slot = (slot + 1) & mask) {
    const node = extras.slots[slot]!;
    if (nodes.hash[node] === hash && hasName(nodes, node, octets, at, size)) return node;
  }
  const node = nodes.count;
  if (node === nodes.at.length) growNodes(nodes);
  nodes.at[node] = at;
  nodes.size[node] = size;
  nodes.hash[node] = hash;
  nodes.mixed[node] = mixHash(hash);
  nodes.poolNumber[node - nodes.owners] = pool;
  nodes.count = node + 1;
  extras.slots[slot] = node;
  if ((node - nodes.owners + 1) * 2 > extras.slots.length) growExtras(nodes, extras);
  return node;
}

function hasName(
  nodes: ZoneNodes,
  node: number,
  octets: Uint8Array,
  at: number,
  size: number,
): boolean {
  if (nodes.size[node] !== size) return false;
  const pool = poolOf(nodes, node);
  const from = nodes.at[node]!;
  if (pool === octets && from === at) return true;
  for (let i = 0; i < size; i += 1) if (pool[from + i] !== octets[at + i]) return false;
  return true;
}

function growNodes(nodes: ZoneNodes): void {
  const room = nodes.at.length * 2;
  const grown = <T extends Uint8Array | Uint32Array | Int32Array>(to: T, from: T): T => {
    to.set(from);
    return to;
  };
  nodes.at = grown(new Uint32Array(room), nodes.at);
  nodes.size = grown(new Uint8Array(room), nodes.size);
  nodes.hash = grown(new Int32Array(room), nodes.hash);
  nodes.mixed = grown(new Uint32Array(room), nodes.mixed);
  nodes.parent = grown(new Int32Array(room), nodes.parent);
  nodes.flags = grown(new Uint8Array(room), nodes.flags);
  nodes.poolNumber = grown(new Uint32Array(room - nodes.owners), nodes.poolNumber);
}

function growExtras(nodes: ZoneNodes, extras: Extras): void {
  const slots = new Int32Array(extras.slots.length * 2).fill(-1);
  const mask = slots.length - 1;
  for (let node = nodes.owners; node < nodes.count; node += 1) {
    let slot = nodes.mixed[node]! & mask;
    while (slots[slot]! >= 0) slot = (slot + 1) & mask;
    slots[slot] = node;
  }
  extras.slots = slots;
}

/**
 * Finds or makes the parent of every node. New nodes join the end and are met by the same loop, so
 * it ends when all chains reach the apex. Neighbours in a file mostly have one parent: the last one
 * is tried first.
 */
function linkParents(nodes: ZoneNodes, index: ZoneIndex, extras: Extras, apexSize: number): void {
  let last = nodes.apex;
  for (let node = 0; node < nodes.count; node += 1) {
    if (node === nodes.apex) {
      nodes.parent[node] = -1;
      continue;
    }
    const number = node < nodes.owners ? 0 : nodes.poolNumber[node - nodes.owners]!;
    const pool = nodes.pools[number]!;
    const at = nodes.at[node]!;
    const label = pool[at]!;
    const size = nodes.size[node]! - label - 1;
    assert(size >= apexSize, "owners lie at or below the apex");
    if (size === apexSize) last = nodes.apex;
    else if (!hasName(nodes, last, pool, at + label + 1, size)) {
      last = ensureNode(nodes, index, extras, number, at + label + 1, size);
    }
    nodes.parent[node] = last;
    // A lone `*` as the leftmost label makes the parent a source of synthesis (RFC 4592 §2.1.1).
    if (label === 1 && pool[at + 1] === 0x2a) nodes.flags[last]! |= NODE_FLAG_WILDCARD_CHILD;
  }
}

function markTypes(nodes: ZoneNodes, zone: ZoneValue, index: ZoneIndex): void {
  nodes.flags[nodes.apex]! |= NODE_FLAG_APEX;
  for (let owner = 0; owner < nodes.owners; owner += 1) {
    let flags = 0;
    for (let i = index.start[owner]!, end = index.start[owner + 1]!; i < end; i += 1) {
      const type = recordType(zone, index.order[i]!);
      if (type === Type.CNAME) flags |= NODE_FLAG_ALIAS;
      else if (type === Type.DNAME) flags |= NODE_FLAG_DNAME;
      else if (type === Type.NS && owner !== nodes.apex) flags |= NODE_FLAG_CUT;
    }
    nodes.flags[owner]! |= flags;
  }
  for (const [node, types] of nodes.steered) {
    if (types.some((one) => one.type === Type.CNAME)) nodes.flags[node]! |= NODE_FLAG_ALIAS;
  }
}

/** What lies below a cut or a DNAME is never an answer. Each chain is walked up to what is known. */
function markOccluded(nodes: ZoneNodes): void {
  let closed = 0;
  for (let node = 0; node < nodes.count; node += 1) closed |= nodes.flags[node]!;
  if ((closed & (NODE_FLAG_CUT | NODE_FLAG_DNAME)) === 0) return;
  const known = new Uint8Array(nodes.count);
  known[nodes.apex] = 1;
  const chain: number[] = [];
  for (let node = 0; node < nodes.count; node += 1) {
    let up = node;
    while (known[up] === 0) {
      chain.push(up);
      up = nodes.parent[up]!;
    }
    while (chain.length > 0) {
      const below = chain.pop()!;
      const above = nodes.flags[nodes.parent[below]!]!;
      if ((above & (NODE_FLAG_CUT | NODE_FLAG_DNAME | NODE_FLAG_OCCLUDED)) !== 0) {
        nodes.flags[below]! |= NODE_FLAG_OCCLUDED;
      }
      known[below] = 1;
    }
  }
}
