// SPDX-License-Identifier: Apache-2.0
/**
 * What an UPDATE makes of a zone: prerequisites, then changes, as a difference of whole RRsets.
 *
 * The zone is asked through two functions and never copied: an update touches a handful of owners,
 * and the zone may have a million. The result is a ZoneDiff, because that is what the journal keeps
 * and what transfers hand on; nothing of the zone changes until it is carried out.
 *
 * Invariants
 *   U1  All or nothing: any RCODE but NOERROR comes with an empty difference (RFC 2136 §3.7).
 *   U2  The apex keeps its SOA and at least one NS (§3.4.2.3, §3.4.2.4).
 *   U3  A difference that is not empty raises the serial, unless the update raised it (§3.6).
 *   U4  An RRset has one TTL: that of the record that came last (RFC 2181 §5.2).
 *
 * RFC 2136 §2.4 to §3.6. Whether the sender may do it was decided before (RFC 3007).
 */
import { Class, isMetaType, Rcode, Type } from "../dns/iana.ts";
import type { Message, ResourceRecord } from "../dns/message.ts";
import { equalName, isSubdomain, lowerName } from "../dns/names.ts";
import { equalRdata, validRdata } from "../dns/rdata.ts";
import { diffOfPairs, type ZoneDiff } from "../zone/diff.ts";
import { equalRecords, type RRset, rrsetKey, TTL_MAX } from "../zone/records.ts";
import { serialAdd, serialNewer, soaSerial, soaWithSerial } from "../zone/serial.ts";

/** The zone that is updated. Owners are lower case. */
export interface UpdateView {
  readonly apex: Uint8Array;
  /** Types that an owner has; none if it has no records. */
  types(owner: Uint8Array): readonly number[];
  /** Null if the owner has no records of the type. */
  rrset(owner: Uint8Array, type: number): RRset | null;
}

/** What came of it: an RCODE, and the difference, which is empty if nothing changes. */
export interface UpdateResult {
  readonly rcode: number;
  readonly diff: ZoneDiff;
}

const NO_DIFF: ZoneDiff = { removed: [], added: [] };

/** Types that stand beside a CNAME (RFC 4034 §4, §3; RFC 2181 §10.1). */
const BESIDE_CNAME: ReadonlySet<number> = new Set([Type.RRSIG, Type.NSEC, Type.KEY]);

/**
 * Evaluates an UPDATE whose zone section names this zone. FORMERR, NOTZONE, NXDOMAIN, YXDOMAIN,
 * NXRRSET, YXRRSET as §3.2 and §3.4 say.
 */
export function evaluateUpdate(view: UpdateView, message: Message): UpdateResult {
  const required = checkPrerequisites(view, message.answers);
  if (required !== Rcode.NOERROR) return { rcode: required, diff: NO_DIFF };
  const scanned = prescan(view, message.authorities);
  if (scanned !== Rcode.NOERROR) return { rcode: scanned, diff: NO_DIFF };
  const draft = createDraft(view);
  for (const record of message.authorities) change(draft, record);
  return { rcode: Rcode.NOERROR, diff: finish(draft) };
}

/** RFC 2136 §3.2.5. Value-dependent RRsets are gathered and compared as a whole. */
function checkPrerequisites(view: UpdateView, records: readonly ResourceRecord[]): number {
  const wanted = new Map<string, RRset>();
  for (const { owner, type, class: cls, ttl, rdata } of records) {
    if (ttl !== 0) return Rcode.FORMERR;
    if (!isSubdomain(lowerName(owner), view.apex)) return Rcode.NOTZONE;
    const name = lowerName(owner);
    if (cls === Class.IN) {
      if (isMetaType(type)) return Rcode.FORMERR;
      const key = rrsetKey({ owner: name, type });
      const before = wanted.get(key)?.rdatas ?? [];
      wanted.set(key, { owner: name, type, ttl: 0, rdatas: [...before, rdata] });
      continue;
    }
    if (rdata.length > 0 || (cls !== Class.ANY && cls !== Class.NONE)) return Rcode.FORMERR;
    if (type !== Type.ANY && isMetaType(type)) return Rcode.FORMERR;
    const exists =
      type === Type.ANY ? view.types(name).length > 0 : view.rrset(name, type) !== null;
    if (cls === Class.ANY && !exists) return type === Type.ANY ? Rcode.NXDOMAIN : Rcode.NXRRSET;
    if (cls === Class.NONE && exists) return type === Type.ANY ? Rcode.YXDOMAIN : Rcode.YXRRSET;
  }
  for (const rrset of wanted.values()) {
    const present = view.rrset(rrset.owner, rrset.type);
    if (present === null || !equalRecords(present, rrset)) return Rcode.NXRRSET;
  }
  return Rcode.NOERROR;
}

/** RFC 2136 §3.4.1: the whole update section is looked at before anything is done. */
function prescan(view: UpdateView, records: readonly ResourceRecord[]): number {
  for (const { owner, type, class: cls, ttl, rdata } of records) {
    if (!isSubdomain(lowerName(owner), view.apex)) return Rcode.NOTZONE;
    if (cls === Class.IN) {
      if (isMetaType(type) || !validRdata(type, rdata)) return Rcode.FORMERR;
    } else if (cls === Class.ANY) {
      if (ttl !== 0 || rdata.length > 0) return Rcode.FORMERR;
      if (type !== Type.ANY && isMetaType(type)) return Rcode.FORMERR;
    } else if (cls === Class.NONE) {
      if (ttl !== 0 || isMetaType(type)) return Rcode.FORMERR;
    } else return Rcode.FORMERR;
  }
  return Rcode.NOERROR;
}

/** An RRset that the update has touched, before and as it is by now; null is one that is not there. */
interface Touched {
  readonly before: RRset | null;
  readonly now: RRset | null;
}

/** By owner, then by type: each record of an update asks for the types that its owner has by now. */
interface Draft {
  readonly view: UpdateView;
  readonly touched: Map<string, Map<number, Touched>>;
}

function createDraft(view: UpdateView): Draft {
  return { view, touched: new Map() };
}

function now(draft: Draft, owner: Uint8Array, type: number): RRset | null {
  const touched = draft.touched.get(ownerKey(owner))?.get(type);
  return touched === undefined ? draft.view.rrset(owner, type) : touched.now;
}

function typesNow(draft: Draft, owner: Uint8Array): number[] {
  const types = new Set(draft.view.types(owner));
  for (const type of draft.touched.get(ownerKey(owner))?.keys() ?? []) types.add(type);
  return [...types].filter((type) => now(draft, owner, type) !== null).sort((a, b) => a - b);
}

function put(draft: Draft, owner: Uint8Array, type: number, rrset: RRset | null): void {
  const key = ownerKey(owner);
  const ofOwner = draft.touched.get(key) ?? new Map<number, Touched>();
  draft.touched.set(key, ofOwner);
  const known = ofOwner.get(type);
  const before = known === undefined ? draft.view.rrset(owner, type) : known.before;
  ofOwner.set(type, { before, now: rrset });
}

/** RFC 2136 §3.4.2. */
function change(draft: Draft, record: ResourceRecord): void {
  const owner = lowerName(record.owner);
  if (record.class === Class.IN) add(draft, owner, record);
  else if (record.class === Class.ANY) {
    const types = record.type === Type.ANY ? typesNow(draft, owner) : [record.type];
    for (const type of types) deleteRRset(draft, owner, type);
  } else deleteRecord(draft, owner, record);
}

/** §3.4.2.2. What must not stand beside what is there is passed over without an error. */
function add(draft: Draft, owner: Uint8Array, record: ResourceRecord): void {
  const { type, rdata } = record;
  const ttl = Math.min(record.ttl, TTL_MAX);
  const before = now(draft, owner, type);
  if (type === Type.SOA) {
    if (!equalName(owner, draft.view.apex) || before === null) return;
    // §3.4.2.2: a SOA that is not newer is ignored.
    if (!serialNewer(soaSerial(rdata), soaSerial(before.rdatas[0]!))) return;
    put(draft, owner, type, { owner, type, ttl, rdatas: [rdata] });
    return;
  }
  const others = typesNow(draft, owner).filter((one) => !BESIDE_CNAME.has(one));
  if (type === Type.CNAME) {
    if (others.some((one) => one !== Type.CNAME)) return;
    put(draft, owner, type, { owner, type, ttl, rdatas: [rdata] });
    return;
  }
  if (!BESIDE_CNAME.has(type) && others.includes(Type.CNAME)) return;
  const one = type === Type.DNAME;
  const kept = one ? [] : (before?.rdatas ?? []).filter((other) => !equalRdata(type, other, rdata));
  put(draft, owner, type, { owner, type, ttl, rdatas: [...kept, rdata] });
}

/** §3.4.2.3: at the apex SOA and NS stay. */
function deleteRRset(draft: Draft, owner: Uint8Array, type: number): void {
  const atApex = equalName(owner, draft.view.apex);
  if (atApex && (type === Type.SOA || type === Type.NS)) return;
  if (now(draft, owner, type) !== null) put(draft, owner, type, null);
}

/** §3.4.2.4: the SOA is never deleted, nor the last NS of the apex. */
function deleteRecord(draft: Draft, owner: Uint8Array, { type, rdata }: ResourceRecord): void {
  if (type === Type.SOA) return;
  const before = now(draft, owner, type);
  if (before === null) return;
  const rdatas = before.rdatas.filter((one) => !equalRdata(type, one, rdata));
  if (rdatas.length === before.rdatas.length) return;
  const atApex = equalName(owner, draft.view.apex);
  if (rdatas.length === 0 && atApex && type === Type.NS) return;
  put(draft, owner, type, rdatas.length === 0 ? null : { ...before, rdatas });
}

/** The difference of all that was touched; U3. */
function finish(draft: Draft): ZoneDiff {
  const { view } = draft;
  const soaBefore = view.rrset(view.apex, Type.SOA);
  if (soaBefore === null) return NO_DIFF;
  const soa = now(draft, view.apex, Type.SOA)!;
  const raised = soaSerial(soa.rdatas[0]!) !== soaSerial(soaBefore.rdatas[0]!);
  const diff = differences(draft);
  if (raised || diff.added.length + diff.removed.length === 0) return diff;
  put(draft, view.apex, Type.SOA, { ...soa, rdatas: [withNextSerial(soa.rdatas[0]!)] });
  return differences(draft);
}

function differences({ touched }: Draft): ZoneDiff {
  return diffOfPairs([...touched.values()].flatMap((ofOwner) => [...ofOwner.values()]));
}

/** The SOA with the next serial; 0 is passed over, which some take for none. */
function withNextSerial(rdata: Uint8Array): Uint8Array {
  return soaWithSerial(rdata, serialAdd(soaSerial(rdata), 1) || 1);
}

function ownerKey(owner: Uint8Array): string {
  return String.fromCharCode(...owner);
}
