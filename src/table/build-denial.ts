// SPDX-License-Identifier: Apache-2.0
/**
 * Denial segments: what a signed zone proves absence with, in the order in which it is searched.
 *
 * An NSEC is data of its owner and stays at its node; here stands only the owner's key, for the
 * search of what covers a name. An NSEC3 stands here alone: its owner is no name of the zone
 * (RFC 5155 §7.2.8).
 *
 * Invariants
 *   DN1  Which keys begin a segment follows from the keys themselves and not from their number, so
 *        an edit replaces the segment that it falls into and no other.
 *   DN2  Equal zones give equal segments, whatever the order of records (law 3).
 */
import type { Fault } from "../base/faults.ts";
import { hashLabel, mixHash, NAME_HASH_ROOT } from "../base/hash.ts";
import { compareOctets } from "../base/octets.ts";
import { hashOfLabel } from "../dns/hash-label.ts";
import { Type } from "../dns/iana.ts";
import { nameToText } from "../dns/names.ts";
import {
  RRSET_FLAG_SIGNED,
  SEGMENT_KIND_DENIAL,
  ZONE_FLAG_NSEC,
  ZONE_FLAG_NSEC3,
} from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import { DENIAL_ENTRIES_MEAN, DENIAL_KEY_SIZE_MAX } from "../layout/limits.ts";
import { findRRset, type ZoneIndex } from "../zone/index.ts";
import { recordRdata, recordType } from "../zone/records.ts";
import { type DenialForm, denialForm, isOfChain, signaturesOf } from "../zone/signed.ts";
import type { ZoneValue } from "../zone/value.ts";
import { zoneFault } from "./build-shard.ts";
import { keyPrefix, putNameKey } from "./denial-key.ts";
import type { Digest } from "./digest.ts";
import { createSource, putSigned, type RRsetSource } from "./rrset.ts";
import {
  align,
  type BuiltSegment,
  beginSegment,
  createWriter,
  endSegment,
  put16,
  put32,
  putOctets,
  sealLeaf,
  skip,
  type Writer,
} from "./writer.ts";

/** How a zone proves absence, as its header and its denial segments say it. */
export interface BuiltDenial {
  /** ZONE_FLAG_NSEC, ZONE_FLAG_NSEC3 or 0. */
  readonly flag: number;
  readonly segments: readonly BuiltSegment[];
  readonly iterations: number;
  readonly salt: Uint8Array;
}

export const NO_DENIAL: BuiltDenial = {
  flag: 0,
  segments: [],
  iterations: 0,
  salt: new Uint8Array(0),
};

/** Owners of the chain with their keys. */
interface Chain {
  readonly owners: readonly number[];
  readonly keys: Uint8Array;
  readonly keyAt: Uint32Array;
}

/** The denial segments of a zone; those of a zone that proves nothing are none. */
export function buildDenial(
  zone: ZoneValue,
  index: ZoneIndex,
  digest: Digest,
): BuiltDenial | Fault {
  const form = denialForm(zone, index);
  if (form === null) return NO_DENIAL;
  const chain = gatherChain(zone, index, form);
  const { keys, keyAt, owners } = chain;
  const order = Uint32Array.from(owners, (_, i) => i).sort((a, b) =>
    compareOctets(keys, keyAt[a]!, sizeOf(chain, a), keys, keyAt[b]!, sizeOf(chain, b)),
  );
  const source = createSource(zone);
  const segments: BuiltSegment[] = [];
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && !beginsSegment(chain, order[to]!)) to += 1;
    const built = putSegment({ source, index, form, chain }, order.subarray(from, to), digest);
    if ("key" in built) return built;
    segments.push(built);
    from = to;
  }
  if (segments.length === 0) return NO_DENIAL;
  const { iterations, salt } = form;
  const flag = form.kind === "nsec" ? ZONE_FLAG_NSEC : ZONE_FLAG_NSEC3;
  return { flag, segments, iterations, salt };
}

function sizeOf({ keyAt }: Chain, i: number): number {
  return keyAt[i + 1]! - keyAt[i]!;
}

/** DN1. */
function beginsSegment(chain: Chain, i: number): boolean {
  const hash = hashLabel(NAME_HASH_ROOT, chain.keys, chain.keyAt[i]!, sizeOf(chain, i));
  return (mixHash(hash) & (DENIAL_ENTRIES_MEAN - 1)) === 0;
}

const labelAt = new Uint16Array(128);
const key = new Uint8Array(DENIAL_KEY_SIZE_MAX);

function gatherChain(zone: ZoneValue, index: ZoneIndex, form: DenialForm): Chain {
  const owners: number[] = [];
  const keyAt: number[] = [0];
  const w = createWriter(index.ownerCount * 24);
  for (let owner = 0; owner < index.ownerCount; owner += 1) {
    const size =
      form.kind === "nsec" ? nsecKey(zone, index, owner) : nsec3Key(zone, index, owner, form);
    if (size < 0) continue;
    owners.push(owner);
    putOctets(w, key.subarray(0, size));
    keyAt.push(w.at);
  }
  return { owners, keys: w.octets, keyAt: Uint32Array.from(keyAt) };
}

/** The key of an owner in `key`; −1 if it has no NSEC. */
function nsecKey(zone: ZoneValue, index: ZoneIndex, owner: number): number {
  if (findRRset(zone, index, owner, Type.NSEC) < 0) return -1;
  const at = index.ownerAt[owner]!;
  const end = at + index.ownerSize[owner]! - zone.apex.length;
  let labels = 0;
  for (let i = at; i < end; i += 1 + zone.octets[i]!) {
    labelAt[labels] = i - at;
    labels += 1;
  }
  return putNameKey(key, zone.octets.subarray(at), labelAt, 0, labels);
}

/** The same of an NSEC3 of the chain, right below the apex. */
function nsec3Key(zone: ZoneValue, index: ZoneIndex, owner: number, form: DenialForm): number {
  if (index.ownerSize[owner]! !== zone.apex.length + 33) return -1;
  if (chainRecords(zone, index, owner, form).length === 0) return -1;
  const hash = hashOfLabel(zone.octets, index.ownerAt[owner]!);
  if (hash === null) return -1;
  key.set(hash);
  return hash.length;
}

/** The NSEC3 records of an owner that belong to the chain, as an order of their own. */
function chainRecords(
  zone: ZoneValue,
  index: ZoneIndex,
  owner: number,
  form: DenialForm,
): Uint32Array {
  const records = index.order.subarray(index.start[owner]!, index.start[owner + 1]!);
  return records.filter(
    (record) =>
      recordType(zone, record) === Type.NSEC3 && isOfChain(recordRdata(zone, record), form),
  );
}

interface Job {
  readonly source: RRsetSource;
  readonly index: ZoneIndex;
  readonly form: DenialForm;
  readonly chain: Chain;
}

function putSegment(job: Job, entries: Uint32Array, digest: Digest): BuiltSegment | Fault {
  const { chain } = job;
  const w = createWriter(64 + entries.length * 256);
  const start = beginSegment(w, SEGMENT_KIND_DENIAL, layout.DENIAL_SIZE);
  put32(w, start + layout.SEGMENT_SIZE + layout.DENIAL_ENTRY_COUNT, entries.length);
  const list = skip(w, entries.length * layout.DENIAL_ENTRY_SIZE);
  for (const [i, entry] of entries.entries()) {
    const at = list + i * layout.DENIAL_ENTRY_SIZE;
    const octets = chain.keys.subarray(chain.keyAt[entry]!, chain.keyAt[entry + 1]!);
    put16(w, at + layout.DENIAL_ENTRY_KEY_SIZE, octets.length);
    put32(w, at + layout.DENIAL_ENTRY_PREFIX, keyPrefix(octets, 0, octets.length));
    put32(w, at + layout.DENIAL_ENTRY_KEY, putOctets(w, octets));
    align(w, 4);
    if (job.form.kind === "nsec") continue;
    const wrong = putNsec3(job, w, at, chain.owners[entry]!);
    if (wrong !== null) return wrong;
  }
  endSegment(w, start);
  return sealLeaf(w, digest);
}

/** Writes the NSEC3 of an entry with its signatures. */
function putNsec3(job: Job, w: Writer, entry: number, owner: number): Fault | null {
  const { source, index, form } = job;
  const { zone } = source;
  const records = chainRecords(zone, index, owner, form);
  const [from, to] = signaturesOf(zone, index, owner, Type.NSEC3);
  const order = Uint32Array.from([...records, ...index.order.subarray(from, to)]);
  const signed = records.length;
  const rrset = putSigned(w, source, order, [0, signed], [signed, order.length]);
  if (rrset < 0) {
    const name = nameToText(zone.octets, index.ownerAt[owner]!);
    return zoneFault("TABLE_RRSET_TOO_LARGE", zone, records[0]!, name);
  }
  put32(w, entry + layout.DENIAL_ENTRY_DATA, rrset);
  if (signed < order.length) put16(w, entry + layout.DENIAL_ENTRY_FLAGS, RRSET_FLAG_SIGNED);
  return null;
}
