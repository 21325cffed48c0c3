// SPDX-License-Identifier: Apache-2.0
/**
 * What one kernel owns: views of the memories, and the scratch records that every query reuses.
 *
 * Why one flat record of typed arrays: the hot path allocates nothing, and a record whose shape
 * never changes is what the optimiser turns into plain loads and stores.
 *
 * Invariants
 *   K1  A kernel belongs to one thread. Nothing in it is shared except the table, plan and counter
 *       memories, and of those it writes only its own counter block.
 *   K2  `root` is set between batches alone (observeRoot), so a query sees one table.
 *
 * Twin: native/src/kernel.hh.
 */
import {
  ADDITIONAL_NAMES_MAX,
  ALIAS_DEPTH_MAX,
  DENIAL_KEY_SIZE_MAX,
  DENIAL_PROOFS_MAX,
  HINTS_MAX,
  LABEL_SIZE_MAX,
  LABELS_MAX,
  NAME_SIZE_MAX,
  NSEC3_HASH_SIZE,
  NSEC3_SALT_SIZE_MAX,
  PLAN_CANDIDATES_MAX,
} from "../layout/limits.ts";
import type { TableViews } from "../table/reader.ts";
import { createLimiter, LIMIT_MEMORY_WORDS, type Limiter } from "./limit.ts";
import { createSettings, type Settings } from "./settings.ts";

/** A name taken apart: lower-case octets, where each label lies, the hash of every suffix. */
export interface NameScratch {
  /** Uncompressed wire form, lower case. */
  readonly octets: Uint8Array;
  /** Octets in use, root label included. */
  size: number;
  /** Labels, root not counted. */
  labelCount: number;
  /** Offset in `octets` of label i; [labelCount] is the root label. */
  readonly labelAt: Uint8Array;
  /** Offset in the message of label i, where a compression pointer may lead. */
  readonly labelPos: Uint16Array;
  /** Hash of the suffix that begins with label i; [labelCount] is NAME_HASH_ROOT. */
  readonly hash: Int32Array;
}

export function createName(): NameScratch {
  return {
    octets: new Uint8Array(NAME_SIZE_MAX + 1),
    size: 0,
    labelCount: 0,
    labelAt: new Uint8Array(LABELS_MAX + 1),
    labelPos: new Uint16Array(LABELS_MAX + 1),
    hash: new Int32Array(LABELS_MAX + 1),
  };
}

/** What parse found in the request. Offsets count from the start of the message. */
export interface Question {
  type: number;
  class: number;
  /** First octet behind the question; 12 if there is none that can be repeated. */
  end: number;
  /** 1 if an OPT record was found. */
  edns: number;
  version: number;
  /** Offered UDP payload size, at least 512. */
  payloadSize: number;
  /** 0x8000 if DO is set. */
  dnssecOk: number;
  /** 0 without a client subnet option, else its family: 1 or 2. */
  ecsFamily: number;
  ecsSource: number;
  readonly ecsAddress: Uint8Array;
  /** Which options were there: bits of options.ts. */
  options: number;
  /** Octets of the cookie option: 0 without, 8, or 16 to 40. */
  cookieSize: number;
  readonly cookie: Uint8Array;
}

/** What OPT of the answer will say beside the client subnet. */
export interface Opt {
  /** 1 if a cookie is written. */
  cookie: number;
  /** Client cookie, then server cookie, as they go on the wire. */
  readonly cookieOut: Uint8Array;
  /** Octets that the cookie's hash is taken of, and the same as words. */
  readonly hashed: Uint8Array;
  readonly hashedWords: Int32Array;
  /** The hash, its low half first. */
  readonly sip: Int32Array;
  /** Info code of an extended error; 0 for none. */
  error: number;
  /** Header of the zone that encloses the question's name; 0 if none of ours does. */
  zone: number;
  zoneLabels: number;
  /** 1 if the name lies at or below the agent domain. */
  belowAgent: number;
  /** 1 on a stream that keepalive is for: TCP or TLS. */
  stream: number;
  /** 1 if the transport hides the octets but not their number. */
  encrypted: number;
}

/** What lookup found. Refs are absolute octet offsets. */
export interface Found {
  zone: number;
  apexSize: number;
  apexLabels: number;
  /** The node that answers, or the closest encloser if there is none. */
  node: number;
  /** The shard of the node that was found last: refs of its RRsets are relative to it (T1). */
  shard: number;
  /** Index of the label where `node`'s name begins. */
  label: number;
  /** 1 if `node` is a source of synthesis. */
  synthesized: number;
  /** RRsetRef of the answer; 0 without. */
  rrset: number;
}

/** A proof of absence while it is made (denial.ts). */
export interface Proof {
  /** Not 0 if the zone proves with NSEC3. */
  hashed: number;
  /** The zone of the proof, and the shard of the node found last; the rest is not used. */
  readonly found: Found;
  /** Key of an owner; hash of a name, and what it is taken over. */
  readonly key: Uint8Array;
  readonly hash: Uint8Array;
  readonly input: Uint8Array;
  /** A label that is written or taken apart. */
  readonly label: Uint8Array;
  readonly owner: NameScratch;
  /** What the search found: absolute refs of segment and entry; 1 if the key is that of the entry. */
  segment: number;
  entry: number;
  exact: number;
  /** Label of the closest encloser that has an NSEC3. */
  closest: number;
  /** Expansions of wildcards in the answer: message offset of the name, label of the encloser, zone. */
  wildcards: number;
  readonly wildcardPos: Uint16Array;
  readonly wildcardLabel: Uint8Array;
  readonly wildcardZone: Int32Array;
  /** RRsets that were written, as absolute refs. */
  count: number;
  readonly written: Int32Array;
}

function createProof(): Proof {
  return {
    hashed: 0,
    found: createFound(),
    key: new Uint8Array(DENIAL_KEY_SIZE_MAX),
    hash: new Uint8Array(NSEC3_HASH_SIZE),
    input: new Uint8Array(2 + NAME_SIZE_MAX + NSEC3_SALT_SIZE_MAX),
    label: new Uint8Array(LABEL_SIZE_MAX + 1),
    owner: createName(),
    segment: 0,
    entry: 0,
    exact: 0,
    closest: 0,
    wildcards: 0,
    wildcardPos: new Uint16Array(ALIAS_DEPTH_MAX),
    wildcardLabel: new Uint8Array(ALIAS_DEPTH_MAX),
    wildcardZone: new Int32Array(ALIAS_DEPTH_MAX),
    count: 0,
    written: new Int32Array(DENIAL_PROOFS_MAX),
  };
}

function createFound(): Found {
  return {
    zone: 0,
    apexSize: 0,
    apexLabels: 0,
    node: 0,
    shard: 0,
    label: 0,
    synthesized: 0,
    rrset: 0,
  };
}

/** What pick decided. */
export interface Picked {
  policy: number;
  region: number;
  leaf: number;
  row: number;
  /** Offset of the plan row in plan memory, in words. */
  planAt: number;
  /** ECS scope of this decision. */
  scope: number;
  /** TTL in wire order. */
  ttl: number;
  count: number;
  /** Absolute refs of the endpoints, in the order of the answer. */
  readonly endpoints: Int32Array;
  /** 1 if the all-down rule gave the answer. */
  allDown: number;
  /** Rank that was kept. */
  rank: number;
  /** Bits of candidates that were eligible. */
  eligible: number;
}

/** Hints while they are filled in (hints.ts). */
export interface Hints {
  /** 1 while they are. */
  active: number;
  /** The shard of the RRset. */
  home: number;
  /** Target of the record at hand, and the shard that its node is in; 0 if none is ours. */
  node: number;
  shard: number;
  /** Hints that were looked for, and picks that were made. */
  looked: number;
  picks: number;
  /** Plan rows that `wrr` has stepped on. */
  rowCount: number;
  readonly rows: Int32Array;
  /** 1 if an all-down rule had a say. */
  allDown: number;
  /** ECS scope of all picks. */
  scope: number;
  /** TTL of the RRset, as a signed word. */
  ttl: number;
}

function createHints(): Hints {
  return {
    active: 0,
    home: 0,
    node: 0,
    shard: 0,
    looked: 0,
    picks: 0,
    rowCount: 0,
    rows: new Int32Array(HINTS_MAX),
    allDown: 0,
    scope: 0,
    ttl: 0,
  };
}

/** Where a client is looked up: filled by locate. */
export interface Client {
  /** 4 or 6: the family that is looked up, after embedded IPv4 was taken out. */
  family: number;
  /** IPv4 address, or bits 0..31 of IPv6. Signed. */
  high: number;
  /** Bits 32..63 of IPv6; 0 for IPv4. Signed. */
  low: number;
  /** Added to a leaf's prefix length to give the scope in the asker's own family. */
  scopeBase: number;
}

/** What the rate limiter accounts an answer to (throttle.ts): a class, and hashes of two names. */
export interface About {
  kind: number;
  name: number;
  apex: number;
}

export interface Kernel {
  readonly table: TableViews;
  readonly plans: Int32Array;
  /** This worker's counter block. */
  readonly counters: Float64Array;
  /** Steps of picker `wrr`, one per plan row; private to this kernel. */
  readonly cursors: Uint32Array;
  /** What this node is set to. */
  readonly settings: Settings;
  readonly limiter: Limiter;
  /** Number of this worker, to tell who answers. */
  readonly worker: number;
  /** Largest UDP answer, octets. */
  udpSizeMax: number;
  /** Absolute ref of the Directory; 0 refuses everything. */
  root: number;
  readonly question: Question;
  readonly name: NameScratch;
  readonly target: NameScratch;
  readonly found: Found;
  readonly proof: Proof;
  readonly picked: Picked;
  readonly hints: Hints;
  /** Hears of each pick for a hint, its type and outcome; for explanations only, else null. */
  trace: ((type: number, outcome: number) => void) | null;
  readonly client: Client;
  readonly opt: Opt;
  /** Nodes and name hashes of the aliases followed so far, by depth. */
  readonly visitedNodes: Int32Array;
  readonly visitedHashes: Int32Array;
  readonly about: About;
  /** Nodes whose addresses stand in the additional section. */
  readonly additional: Int32Array;
  /** Working room of the pickers, one element per candidate. */
  readonly cost: Float64Array;
  readonly weight: Int32Array;
  /** The message under work: octets, its start, the end of the room, the write position. */
  readonly out: Writer;
}

/** The answer while it is written, in place of the request. */
export interface Writer {
  packet: Uint8Array;
  /** Offset of the message in `packet`. */
  start: number;
  /** Write position, counted from `start`. */
  at: number;
  /** Octets that the answer may have, OPT included. */
  limit: number;
  /** Octets to keep free for OPT. */
  reserve: number;
  answers: number;
  authorities: number;
  additionals: number;
  truncated: number;
  rcode: number;
  aa: number;
}

/** Memories of one kernel. Sizes are checked by whoever hands them out. */
export interface KernelMemory {
  readonly table: TableViews;
  readonly plans: Int32Array;
  readonly counters: Float64Array;
  /** The words of a Settings, which the control thread writes. */
  readonly settings: Int32Array;
  /** LIMIT_MEMORY_WORDS words, shared by all readers; a kernel without has buckets of its own. */
  readonly limits?: Int32Array;
  readonly planRows: number;
}

export interface KernelOptions {
  /** Largest UDP answer, octets. */
  readonly udpSizeMax: number;
  /** Number of the worker, which an identity may tell; 0 unless given. */
  readonly worker?: number;
}

export function createKernel(memory: KernelMemory, options: KernelOptions): Kernel {
  return {
    table: memory.table,
    plans: memory.plans,
    counters: memory.counters,
    cursors: new Uint32Array(memory.planRows),
    settings: createSettings(memory.settings),
    limiter: createLimiter(memory.limits ?? new Int32Array(LIMIT_MEMORY_WORDS)),
    worker: options.worker ?? 0,
    udpSizeMax: options.udpSizeMax,
    root: 0,
    question: createQuestion(),
    name: createName(),
    target: createName(),
    found: createFound(),
    proof: createProof(),
    picked: {
      policy: 0,
      region: 0,
      leaf: 0,
      row: 0,
      planAt: 0,
      scope: 0,
      ttl: 0,
      count: 0,
      endpoints: new Int32Array(PLAN_CANDIDATES_MAX),
      allDown: 0,
      rank: 0,
      eligible: 0,
    },
    hints: createHints(),
    trace: null,
    opt: createOpt(),
    client: { family: 4, high: 0, low: 0, scopeBase: 0 },
    visitedNodes: new Int32Array(ALIAS_DEPTH_MAX),
    visitedHashes: new Int32Array(ALIAS_DEPTH_MAX),
    about: { kind: 0, name: 0, apex: 0 },
    additional: new Int32Array(ADDITIONAL_NAMES_MAX),
    cost: new Float64Array(PLAN_CANDIDATES_MAX),
    weight: new Int32Array(PLAN_CANDIDATES_MAX),
    out: createWriter(),
  };
}

export function createQuestion(): Question {
  return {
    type: 0,
    class: 0,
    end: 0,
    edns: 0,
    version: 0,
    payloadSize: 0,
    dnssecOk: 0,
    ecsFamily: 0,
    ecsSource: 0,
    ecsAddress: new Uint8Array(16),
    options: 0,
    cookieSize: 0,
    cookie: new Uint8Array(40),
  };
}

function createOpt(): Opt {
  const hashed = new Uint8Array(32);
  return {
    cookie: 0,
    cookieOut: new Uint8Array(24),
    hashed,
    hashedWords: new Int32Array(hashed.buffer),
    sip: new Int32Array(2),
    error: 0,
    zone: 0,
    zoneLabels: 0,
    belowAgent: 0,
    stream: 0,
    encrypted: 0,
  };
}

export function createWriter(): Writer {
  return {
    packet: new Uint8Array(0),
    start: 0,
    at: 0,
    limit: 0,
    reserve: 0,
    answers: 0,
    authorities: 0,
    additionals: 0,
    truncated: 0,
    rcode: 0,
    aa: 0,
  };
}
