// SPDX-License-Identifier: Apache-2.0
/**
 * YAML text to plain data, with the place of every path.
 *
 * Why not the library's own conversion: it throws at aliases that expand too far, drops duplicate
 * keys without their place, and knows nothing of where a value stood. Here the tree of nodes is
 * walked once, with a budget, and kept for `placeOf`.
 *
 * Invariants
 *   Y1  Nothing is thrown, whatever the octets; what is wrong is a fault.
 *   Y2  The walk visits at most NODES_MAX nodes, aliases counted each time they are followed, so a
 *       "billion laughs" costs no more than an honest large file.
 *   Y3  Mappings become objects without prototype: no key of the text is special.
 *   Y4  `placeOf` answers for every path; one that leads nowhere stands where its ancestor does.
 *
 * YAML 1.2 core schema: `no` is a text. Merge keys (`<<`) are understood, since operators share
 * settings with them.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { type Fault, type FaultKey, fault, type Place } from "../base/faults.ts";
import type { PlaceOf } from "../resource/place.ts";
import { keyOf, MERGE_KEY, placesIn, placesOf, startOf } from "./yaml-places.ts";

/** Octets of a configuration: 65,535 endpoints take about 5 MiB, and are read in some seconds. */
export const CONFIG_SIZE_MAX = 8 * 1024 * 1024;
/** Nodes visited, about ten for an endpoint. */
export const NODES_MAX = 1_000_000;
/** The deepest path of the schema has seven steps. */
export const DEPTH_MAX = 32;
/** More faults than these help nobody. */
export const FAULTS_MAX = 1000;

export interface Parsed {
  /** Null, texts, numbers, booleans, arrays, objects without prototype. Null if there is no text. */
  readonly value: unknown;
  readonly placeOf: PlaceOf;
  readonly faults: readonly Fault[];
}

/** Reads one document. Broken syntax or excess leaves no value; other faults stand beside one. */
export function parseYaml(file: string, octets: Uint8Array): Parsed {
  const whole: Place = { file, line: 0, column: 0 };
  const none = (key: FaultKey, detail: string, place = whole): Parsed => ({
    value: null,
    placeOf: () => whole,
    faults: [fault(key, place, detail)],
  });
  if (octets.length > CONFIG_SIZE_MAX) {
    return none("CONFIG_TOO_LARGE", `${octets.length} octets are more than ${CONFIG_SIZE_MAX}`);
  }
  const text = new TextDecoder("utf-8", { ignoreBOM: false }).decode(octets);
  const badAt = notUtf8At(text, octets);
  if (badAt >= 0) {
    const before = text.slice(0, badAt).split("\n");
    const place = { file, line: before.length, column: before.at(-1)!.length + 1 };
    return none("CONFIG_YAML", "octets that are not UTF-8", place);
  }
  if (bracketDepth(text) > DEPTH_MAX * 8) {
    return none("CONFIG_TOO_LARGE", `brackets are nested more than ${DEPTH_MAX * 8} deep`);
  }

  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      prettyErrors: false,
      // The library compares every key with every other; the walk below has a set.
      uniqueKeys: false,
      merge: true,
    });
  } catch (error) {
    // The library descends by recursion, so text that is nested too deeply exhausts the stack.
    return none("CONFIG_TOO_LARGE", error instanceof RangeError ? "too deeply nested" : `${error}`);
  }
  const placeAt = placesIn(file, text);
  const faults = documentFaults(document, placeAt);
  if (document.errors.length > 0) {
    // What follows a slip of syntax is read otherwise than it was meant: to check it would mislead.
    return { value: null, placeOf: () => whole, faults };
  }
  const walk: Walk = { placeAt, faults, anchors: new Map(), targets: new Map(), nodes: 0 };
  const value = document.contents === null ? null : plain(document.contents, 0, false, walk);
  if (faults.some((f) => f.key === "CONFIG_TOO_LARGE")) {
    return { value: null, placeOf: () => whole, faults };
  }
  return { value, placeOf: placesOf(document, walk.targets, placeAt, whole), faults };
}

/** What the library found. Of its echoes of one slip (every further token is unexpected) the first. */
function documentFaults(document: Document.Parsed, placeAt: (offset: number) => Place): Fault[] {
  const found: Fault[] = [];
  let isLost = false;
  for (const e of [...document.errors, ...document.warnings]) {
    if (found.length >= FAULTS_MAX) break;
    const isEcho = e.code === "UNEXPECTED_TOKEN" && e.message.includes("in YAML stream");
    if (isEcho && isLost) continue;
    isLost ||= isEcho;
    // The library catches some of its own exhaustion of the stack.
    const isDeep = e.message.includes("call stack");
    const key = isDeep ? "CONFIG_TOO_LARGE" : "CONFIG_YAML";
    const isSecond = e.code === "MULTIPLE_DOCS";
    const words = isSecond ? "a second document begins here; a configuration is one" : e.message;
    found.push(fault(key, placeAt(e.pos[0]), isDeep ? "too deeply nested" : words));
  }
  return found;
}

/** Offset of the first replacement character that the octets did not hold; −1 if there is none. */
function notUtf8At(text: string, octets: Uint8Array): number {
  if (!text.includes("\ufffd")) return -1;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(octets);
    return -1;
  } catch {
    return text.indexOf("\ufffd");
  }
}

/** Opening brackets less closing ones at most, quotes ignored: a bound for the parser's recursion. */
function bracketDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, (depth += 1));
    else if ((code === 0x5d || code === 0x7d) && depth > 0) depth -= 1;
  }
  return deepest;
}

interface Walk {
  readonly placeAt: (offset: number) => Place;
  readonly faults: Fault[];
  /** Anchors seen so far; a later one of the same name replaces an earlier one (YAML §7.1). */
  readonly anchors: Map<string, Node>;
  /** What each alias stands for. */
  readonly targets: Map<Alias, Node>;
  nodes: number;
}

function say(walk: Walk, key: FaultKey, node: Node | null, detail: string): void {
  if (walk.faults.length >= FAULTS_MAX) return;
  walk.faults.push(fault(key, walk.placeAt(startOf(node)), detail));
}

/** A node as plain data. Inside an alias (`isCopy`) no anchor is defined anew. */
function plain(node: Node, depth: number, isCopy: boolean, walk: Walk): unknown {
  walk.nodes += 1;
  if (walk.nodes > NODES_MAX || depth > DEPTH_MAX) {
    tooLarge(node, depth, walk);
    return null;
  }
  if (isAlias(node)) {
    const target = walk.targets.get(node) ?? walk.anchors.get(node.source);
    if (target === undefined) {
      say(walk, "CONFIG_YAML", node, `*${node.source} stands for nothing: there is no anchor`);
      return null;
    }
    walk.targets.set(node, target);
    return plain(target, depth + 1, true, walk);
  }
  const { anchor } = node as { anchor?: string };
  if (anchor !== undefined && !isCopy) walk.anchors.set(anchor, node);
  if (isScalar(node)) return scalarOf(node, walk);
  if (isSeq(node)) {
    const list: unknown[] = [];
    for (const item of node.items) {
      if (walk.nodes > NODES_MAX) break;
      list.push(plain(item as Node, depth + 1, isCopy, walk));
    }
    return list;
  }
  return isMap(node) ? mappingOf(node, depth, isCopy, walk) : null;
}

/** Said once: after it every further node would say it again. */
function tooLarge(node: Node, depth: number, walk: Walk): void {
  if (walk.faults.some((f) => f.key === "CONFIG_TOO_LARGE")) return;
  const detail =
    depth > DEPTH_MAX ? `nested more than ${DEPTH_MAX} deep` : `more than ${NODES_MAX} nodes`;
  walk.faults.push(fault("CONFIG_TOO_LARGE", walk.placeAt(startOf(node)), detail));
}

function scalarOf(node: Node, walk: Walk): unknown {
  const { value } = node as { value: unknown };
  if (typeof value === "bigint") return Number(value);
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return value;
  // Dates and binaries come from explicit tags or from %YAML 1.1.
  say(walk, "CONFIG_YAML", node, "only texts, numbers, true, false and null are understood");
  return null;
}

function mappingOf(node: YAMLMap, depth: number, isCopy: boolean, walk: Walk): object {
  const object = Object.create(null) as Record<string, unknown>;
  const merged: unknown[] = [];
  for (const pair of node.items) {
    if (walk.nodes > NODES_MAX) break;
    if (!isPair(pair)) continue;
    const key = keyOf(pair);
    if (key === null) {
      say(walk, "CONFIG_YAML", pair.key as Node | null, "a key is a plain text");
      continue;
    }
    const value = pair.value === null ? null : plain(pair.value as Node, depth + 1, isCopy, walk);
    if (key === MERGE_KEY) merged.push(...(Array.isArray(value) ? value : [value]));
    else if (!(key in object)) object[key] = value;
    else if (!isCopy) {
      say(walk, "CONFIG_KEY_TWICE", pair.key as Node, `${key} stands twice in one mapping`);
    }
  }
  // Own keys win over merged ones, and earlier merged mappings over later ones.
  for (const source of merged) {
    if (typeof source !== "object" || source === null || Array.isArray(source)) {
      say(walk, "CONFIG_YAML", node, "only mappings can be merged with <<");
      continue;
    }
    for (const [key, value] of Object.entries(source)) {
      if (!(key in object)) object[key] = value;
    }
  }
  return object;
}
