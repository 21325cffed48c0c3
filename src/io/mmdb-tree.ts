// SPDX-License-Identifier: Apache-2.0
/**
 * Walks the search tree of a MaxMind database: all networks, each with the offset of its data.
 *
 *   node: left | right, of 24, 28 or 32 bits each
 *     < nodeCount   another node
 *     = nodeCount   nothing known
 *     > nodeCount   nodeCount + 16 + offset into the data section
 *
 * In an IPv6 tree IPv4 stands at ::/96, and writers point other places at the same node: mapped,
 * 6to4, Teredo. The IPv4 part is walked on its own, and wherever its node is met again it is
 * passed by, so that embedded space is not reported as a thousand IPv6 networks (the map looks such
 * clients up as IPv4).
 *
 * Invariants
 *   W1  At most VISITS_PER_NODE visits per node and never deeper than an address is long: a loop or
 *       a web of shared nodes ends as Corruption.
 *   W2  Networks come in order of their addresses, disjoint.
 *   W3  IPv6 networks longer than /64 become the /64 around them, which has the data of the lowest.
 */
import { createList, push, toArray, type U32List } from "../geo/list.ts";

/** Ends a walk; caught in mmdb.ts and told as a fault. */
export class Corruption extends Error {
  override name = "Corruption";
}

export interface Tree {
  readonly octets: Uint8Array;
  readonly nodeCount: number;
  /** 24, 28 or 32 bits. */
  readonly recordSize: number;
  readonly ipVersion: number;
  /** Octets of the data section. */
  readonly dataSize: number;
}

/** Values are offsets into the data section. */
export interface WalkedTree {
  readonly v4Starts: Uint32Array;
  readonly v4Lengths: Uint8Array;
  readonly v4Values: Uint32Array;
  readonly v6High: Uint32Array;
  readonly v6Low: Uint32Array;
  readonly v6Lengths: Uint8Array;
  readonly v6Values: Uint32Array;
  /** Nodes that were visited: fewer than there are if the tree lost a branch. */
  readonly visits: number;
}

/** Shared subtrees are lawful, but nothing that we have seen shares more than the IPv4 node. */
const VISITS_PER_NODE = 4;

const SEPARATOR_SIZE = 16;

const DEPTH_MAX = 128;

interface Out {
  readonly high: U32List;
  readonly low: U32List;
  readonly lengths: U32List;
  readonly values: U32List;
}

/** Throws Corruption. The tree must lie inside `octets`. */
export function walkTree(tree: Tree): WalkedTree {
  const v4 = createOut();
  const v6 = createOut();
  const budget = { visits: tree.nodeCount * VISITS_PER_NODE };
  if (tree.ipVersion === 4) {
    walkSubtree(tree, 0, 32, -1, v4, budget);
  } else {
    const v4Root = findV4Root(tree);
    walkSubtree(tree, v4Root, 32, -1, v4, budget);
    walkSubtree(tree, 0, DEPTH_MAX, v4Root < tree.nodeCount ? v4Root : -1, v6, budget);
  }
  return {
    v4Starts: toArray(v4.high),
    v4Lengths: Uint8Array.from(toArray(v4.lengths)),
    v4Values: toArray(v4.values),
    v6High: toArray(v6.high),
    v6Low: toArray(v6.low),
    v6Lengths: Uint8Array.from(toArray(v6.lengths)),
    v6Values: toArray(v6.values),
    visits: tree.nodeCount * VISITS_PER_NODE - budget.visits,
  };
}

/** What stands at ::/96: a node, or the leaf that covers it. */
function findV4Root(tree: Tree): number {
  let at = 0;
  for (let depth = 0; depth < 96 && at < tree.nodeCount; depth += 1) {
    at = readBranch(tree, at, 0);
    if (at === 0) throw new Corruption("its tree runs in a circle");
  }
  return at;
}

/** Walks below `root`, left before right, with a stack of what is still to visit. */
function walkSubtree(
  tree: Tree,
  root: number,
  bits: number,
  passBy: number,
  out: Out,
  budget: { visits: number },
): void {
  const nodes = new Uint32Array(DEPTH_MAX + 2);
  const depths = new Uint8Array(DEPTH_MAX + 2);
  const highs = new Uint32Array(DEPTH_MAX + 2);
  const lows = new Uint32Array(DEPTH_MAX + 2);
  nodes[0] = root;
  let size = 1;
  while (size > 0) {
    size -= 1;
    const at = nodes[size]!;
    const depth = depths[size]!;
    const high = highs[size]!;
    const low = lows[size]!;
    if (at === passBy || at === tree.nodeCount) continue;
    if (at > tree.nodeCount) {
      emit(tree, out, high, low, depth, at);
      continue;
    }
    if (depth === bits) throw new Corruption("its tree is deeper than an address is long");
    budget.visits -= 1;
    if (budget.visits < 0) throw new Corruption("its tree has more paths than nodes");
    // The right child lies deeper on the stack, so that addresses come in order.
    nodes[size] = readBranch(tree, at, 1);
    depths[size] = depth + 1;
    highs[size] = depth < 32 ? high | (1 << (31 - depth)) : high;
    lows[size] = depth >= 32 && depth < 64 ? low | (1 << (63 - depth)) : low;
    nodes[size + 1] = readBranch(tree, at, 0);
    depths[size + 1] = depth + 1;
    highs[size + 1] = high;
    lows[size + 1] = low;
    size += 2;
  }
}

function emit(tree: Tree, out: Out, high: number, low: number, depth: number, at: number): void {
  const offset = at - tree.nodeCount - SEPARATOR_SIZE;
  if (offset < 0 || offset >= tree.dataSize) {
    throw new Corruption(`its tree points at octet ${offset} of ${tree.dataSize} of data`);
  }
  const last = out.values.size - 1;
  if (depth > 64 && last >= 0 && out.lengths.items[last] === 64) {
    // W3: the same /64 was met at a lower address.
    if (out.high.items[last] === high && out.low.items[last] === low) return;
  }
  push(out.high, high);
  push(out.low, low);
  push(out.lengths, Math.min(depth, 64));
  push(out.values, offset);
}

function readBranch(tree: Tree, node: number, side: 0 | 1): number {
  const { octets, recordSize } = tree;
  let at = (node * recordSize) / 4;
  if (recordSize === 28) {
    const middle = octets[at + 3]!;
    if (side === 1) at += 4;
    const rest = (octets[at]! << 16) | (octets[at + 1]! << 8) | octets[at + 2]!;
    return (side === 0 ? (middle & 0xf0) << 20 : (middle & 0x0f) << 24) | rest;
  }
  if (side === 1) at += recordSize / 8;
  const upper = (octets[at]! << 16) | (octets[at + 1]! << 8) | octets[at + 2]!;
  return recordSize === 24 ? upper : upper * 256 + octets[at + 3]!;
}

function createOut(): Out {
  return { high: createList(), low: createList(), lengths: createList(), values: createList() };
}
