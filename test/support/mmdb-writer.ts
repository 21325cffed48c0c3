// SPDX-License-Identifier: Apache-2.0
/**
 * Writes small MaxMind databases for tests: the counterpart of src/io/mmdb.ts.
 *
 * Networks are put into a binary tree in the order given; a later one writes over an earlier one
 * that it covers and cuts a hole into one that covers it. Not for real databases: the tree is made
 * of objects.
 *
 * MaxMind DB file format 2.0.
 */
import { parsePrefix } from "../../src/geo/prefix.ts";

/** A number whose MMDB type is chosen by hand. */
export interface Typed {
  readonly type: "double" | "float" | "uint16" | "uint32" | "uint64" | "int32";
  readonly number: number;
}

/** Bare integers from 0 become uint32, other bare numbers doubles, bigints uint64. */
export type MmdbValue =
  | string
  | number
  | bigint
  | boolean
  | Typed
  | Uint8Array
  | readonly MmdbValue[]
  | { readonly [key: string]: MmdbValue };

export interface MmdbSpec {
  readonly ipVersion?: 4 | 6;
  readonly recordSize?: 24 | 28 | 32;
  readonly databaseType?: string;
  readonly buildEpochSecs?: number;
  readonly networks: readonly { readonly prefix: string; readonly data: MmdbValue }[];
  /** Points ::ffff:0:0/96, 2002::/16 and 2001::/32 at the IPv4 subtree, as MaxMind does. */
  readonly aliases?: boolean;
  /** Writes repeated strings as pointers. */
  readonly pointers?: boolean;
  /** Overrides or adds metadata. */
  readonly metadata?: { readonly [key: string]: MmdbValue };
}

interface Node {
  left: Branch;
  right: Branch;
  index: number;
}

/** Another node, the offset of data, or nothing. */
type Branch = Node | number | null;

const MARKER = [0xab, 0xcd, 0xef, ...new TextEncoder().encode("MaxMind.com")];

export function double(number: number): Typed {
  return { type: "double", number };
}

export function uint16(number: number): Typed {
  return { type: "uint16", number };
}

/** The octets of a database. IPv4 prefixes in an IPv6 tree stand below ::/96. */
export function writeMmdb(spec: MmdbSpec): Uint8Array {
  const { ipVersion = 6, recordSize = 24, pointers = false } = spec;
  const data: number[] = [];
  const offsets = new Map<string, number>();
  const strings = pointers ? new Map<string, number>() : null;
  const root: Node = createNode();
  for (const network of spec.networks) {
    const key = JSON.stringify(network.data, (_, v) => (typeof v === "bigint" ? `${v}n` : v));
    let offset = offsets.get(key);
    if (offset === undefined) {
      offset = data.length;
      offsets.set(key, offset);
      encode(network.data, data, strings);
    }
    insert(root, bitsOf(network.prefix, ipVersion), offset);
  }
  if (spec.aliases === true) addAliases(root);

  const nodes = numberNodes(root);
  const tree = new Uint8Array((nodes.length * recordSize) / 4);
  for (const node of nodes) {
    const value = (b: Branch): number =>
      b === null ? nodes.length : typeof b === "number" ? nodes.length + 16 + b : b.index;
    putNode(tree, node.index, recordSize, value(node.left), value(node.right));
  }
  const metadata: number[] = [];
  const rows = {
    node_count: nodes.length,
    record_size: uint16(recordSize),
    ip_version: uint16(ipVersion),
    database_type: spec.databaseType ?? "Test",
    languages: ["en"],
    binary_format_major_version: uint16(2),
    binary_format_minor_version: uint16(0),
    build_epoch: BigInt(spec.buildEpochSecs ?? 1_700_000_000),
    description: { en: "a database for tests" },
    ...spec.metadata,
  };
  encode(rows, metadata, null);
  return Uint8Array.from([
    ...tree,
    ...new Array<number>(16).fill(0),
    ...data,
    ...MARKER,
    ...metadata,
  ]);
}

/** Appends a value in the data section's encoding. */
export function encode(
  value: MmdbValue,
  out: number[],
  strings: Map<string, number> | null = null,
): void {
  if (typeof value === "string") {
    const known = strings?.get(value);
    if (known !== undefined) {
      putPointer(known, out);
      return;
    }
    strings?.set(value, out.length);
    const octets = new TextEncoder().encode(value);
    putControl(2, octets.length, out);
    out.push(...octets);
  } else if (typeof value === "boolean") {
    putControl(14, value ? 1 : 0, out);
  } else if (typeof value === "bigint") {
    putUint(9, value, out);
  } else if (typeof value === "number") {
    if (Number.isInteger(value) && value >= 0) putUint(6, BigInt(value), out);
    else encode(double(value), out);
  } else if (value instanceof Uint8Array) {
    putControl(4, value.length, out);
    out.push(...value);
  } else if (Array.isArray(value)) {
    putControl(11, value.length, out);
    for (const part of value) encode(part, out, strings);
  } else if (isTyped(value)) {
    encodeTyped(value, out);
  } else {
    const entries = Object.entries(value as { readonly [key: string]: MmdbValue });
    putControl(7, entries.length, out);
    for (const [key, part] of entries) {
      encode(key, out, strings);
      encode(part, out, strings);
    }
  }
}

/** Appends a pointer to an offset of the data section, in the shortest form. */
export function putPointer(offset: number, out: number[]): void {
  if (offset < 2048) {
    out.push(0x20 | (offset >>> 8), offset & 0xff);
  } else if (offset < 526336) {
    const rest = offset - 2048;
    out.push(0x28 | (rest >>> 16), (rest >>> 8) & 0xff, rest & 0xff);
  } else {
    out.push(0x38, offset >>> 24, (offset >>> 16) & 0xff, (offset >>> 8) & 0xff, offset & 0xff);
  }
}

function isTyped(value: object): value is Typed {
  return "type" in value && "number" in value;
}

function encodeTyped(value: Typed, out: number[]): void {
  const view = new DataView(new ArrayBuffer(8));
  switch (value.type) {
    case "double":
      view.setFloat64(0, value.number);
      putControl(3, 8, out);
      out.push(...new Uint8Array(view.buffer));
      return;
    case "float":
      view.setFloat32(0, value.number);
      putControl(15, 4, out);
      out.push(...new Uint8Array(view.buffer, 0, 4));
      return;
    case "int32":
      view.setInt32(0, value.number);
      putControl(8, 4, out);
      out.push(...new Uint8Array(view.buffer, 0, 4));
      return;
    default:
      putUint({ uint16: 5, uint32: 6, uint64: 9 }[value.type], BigInt(value.number), out);
  }
}

function putControl(type: number, size: number, out: number[]): void {
  const top = type <= 7 ? type << 5 : 0;
  const extended = type <= 7 ? [] : [type - 7];
  if (size < 29) out.push(top | size, ...extended);
  else if (size < 285) out.push(top | 29, ...extended, size - 29);
  else if (size < 65821) out.push(top | 30, ...extended, (size - 285) >>> 8, (size - 285) & 0xff);
  else throw new Error(`a value of ${size} parts is too large for a test`);
}

function putUint(type: number, value: bigint, out: number[]): void {
  const octets: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 8n) octets.unshift(Number(rest & 0xffn));
  putControl(type, octets.length, out);
  out.push(...octets);
}

function createNode(branch: Branch = null): Node {
  return { left: branch, right: branch, index: 0 };
}

function bitsOf(text: string, ipVersion: 4 | 6): readonly number[] {
  const prefix = parsePrefix(text);
  if (typeof prefix === "string") throw new Error(`${text}: ${prefix}`);
  const bit = (i: number) => (prefix.octets[i >>> 3]! >>> (7 - (i & 7))) & 1;
  const bits = Array.from({ length: prefix.length }, (_, i) => bit(i));
  if (prefix.family === ipVersion) return bits;
  if (ipVersion === 4) throw new Error(`${text} does not fit into an IPv4 tree`);
  return [...new Array<number>(96).fill(0), ...bits];
}

function insert(root: Node, bits: readonly number[], leaf: Branch): void {
  if (bits.length === 0) {
    root.left = root.right = leaf;
    return;
  }
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const side = bit === 0 ? "left" : "right";
    const next = node[side];
    // A leaf is pushed down: both halves say what it said.
    const child = typeof next === "object" && next !== null ? next : createNode(next);
    node[side] = child;
    node = child;
  }
  node[bits.at(-1) === 0 ? "left" : "right"] = leaf;
}

function addAliases(root: Node): void {
  let v4: Branch = root;
  for (let i = 0; i < 96 && typeof v4 === "object" && v4 !== null; i += 1) v4 = v4.left;
  if (typeof v4 !== "object" || v4 === null) throw new Error("no IPv4 subtree to point at");
  for (const prefix of ["::ffff:0:0/96", "2002::/16", "2001::/32"])
    insert(root, bitsOf(prefix, 6), v4);
}

/** Breadth first, each node once, the root first. */
function numberNodes(root: Node): readonly Node[] {
  const nodes = [root];
  const seen = new Set(nodes);
  for (const node of nodes) {
    for (const child of [node.left, node.right]) {
      if (typeof child !== "object" || child === null || seen.has(child)) continue;
      seen.add(child);
      child.index = nodes.push(child) - 1;
    }
  }
  return nodes;
}

function putNode(
  tree: Uint8Array,
  index: number,
  recordSize: 24 | 28 | 32,
  left: number,
  right: number,
): void {
  const at = (index * recordSize) / 4;
  const low3 = (v: number) => [(v >>> 16) & 0xff, (v >>> 8) & 0xff, v & 0xff];
  if (recordSize === 24) tree.set([...low3(left), ...low3(right)], at);
  else if (recordSize === 28) {
    const middle = ((left >>> 20) & 0xf0) | ((right >>> 24) & 0x0f);
    tree.set([...low3(left), middle, ...low3(right)], at);
  } else tree.set([left >>> 24, ...low3(left), right >>> 24, ...low3(right)], at);
}
