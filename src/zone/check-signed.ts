// SPDX-License-Identifier: Apache-2.0
/**
 * Checks of a signed zone: what a validator would miss, as far as it can be told without keys and
 * without a clock.
 *
 * Nearly all of it is a warning: a zone with a gap is answered with what it has, as NSD and Knot do,
 * and only those who ask for the gap see a failure. Errors are what the server cannot serve: hashes
 * that take too long, and answers that nobody has signed.
 *
 * RFC 4034 §4, §6.1; RFC 4035 §2; RFC 5155 §4, §7.1; RFC 9077 §3; RFC 9276 §3.1.
 */
import { compareOctets } from "../base/octets.ts";
import { SHA1_SIZE, sha1 } from "../base/sha1.ts";
import { hashOfLabel } from "../dns/hash-label.ts";
import { Type, typeText } from "../dns/iana.ts";
import { compareNames, nameToText } from "../dns/names.ts";
import { get32 } from "../dns/sink.ts";
import { NSEC3_ITERATIONS_MAX } from "../layout/limits.ts";
import { type Check, describe, report, reportZone } from "./findings.ts";
import { findRRset, ownerName, rrsetEnd, rrsetTtl } from "./index.ts";
import { coveredType, recordRdata, recordType } from "./records.ts";
import { type DenialForm, denialForm, isOfChain, signaturesOf } from "./signed.ts";
import type { SteeredOwner } from "./value.ts";

/**
 * Checks a zone that has a chain or a signed SOA. `isHidden` tells owners below a cut or a DNAME,
 * `isCut` delegations.
 */
export function checkSigned(
  c: Check,
  steered: readonly SteeredOwner[],
  isHidden: (owner: number) => boolean,
): void {
  const { zone, index } = c;
  const form = denialForm(zone, index);
  const [from, to] = signaturesOf(zone, index, c.apex, Type.SOA);
  if (form === null && from === to) return;
  for (const { owner, policy } of steered) {
    const detail = `${nameToText(owner)} of policy ${policy} would be answered without a signature`;
    reportZone(c, "ZONE_STEERED_SIGNED", detail);
  }
  if (form === null)
    reportZone(c, "ZONE_DENIAL_MISSING", `${nameToText(zone.apex)} has signatures`);
  if (form?.kind === "nsec3") checkParameters(c, form);
  const chain: ChainRow[] = [];
  for (let owner = 0; owner < index.ownerCount; owner += 1) {
    checkOwner(c, owner, form, isHidden(owner), chain);
  }
  // Above the bound nobody takes the hashes that the rest wants.
  if (form !== null && form.iterations <= NSEC3_ITERATIONS_MAX) checkChain(c, form, chain);
}

function checkParameters(c: Check, { iterations, salt }: DenialForm): void {
  const { zone, index } = c;
  const record = index.order[findRRset(zone, index, c.apex, Type.NSEC3PARAM)]!;
  const what = `${describe(c, record)} asks for ${iterations} iterations`;
  if (iterations > NSEC3_ITERATIONS_MAX) {
    report(c, "ZONE_NSEC3_ITERATIONS", record, `${what}, more than ${NSEC3_ITERATIONS_MAX}`);
  } else if (iterations > 0 || salt.length > 0) {
    report(c, "ZONE_NSEC3_PARAMETERS", record, `${what} and ${salt.length} octets of salt`);
  }
}

/** A link of the chain, in order by `key`: an owner, or a hash. */
interface ChainRow {
  readonly record: number;
  readonly key: Uint8Array;
  readonly next: Uint8Array;
}

function checkOwner(
  c: Check,
  owner: number,
  form: DenialForm | null,
  hidden: boolean,
  chain: ChainRow[],
): void {
  const { zone, index } = c;
  const cut = owner !== c.apex && findRRset(zone, index, owner, Type.NS) >= 0;
  for (let from = index.start[owner]!; from < index.start[owner + 1]!; ) {
    const to = rrsetEnd(zone, index, owner, from);
    const record = index.order[from]!;
    const type = recordType(zone, record);
    if (type === Type.RRSIG) checkStray(c, owner, from, to);
    else if (type === Type.NSEC3) checkNsec3(c, owner, from, to, form, chain);
    else if (type === Type.NSEC && form?.kind === "nsec") {
      const rdata = recordRdata(zone, record);
      chain.push({ record, key: ownerName(zone, index, owner), next: rdata });
    }
    const own = !hidden && (!cut || type === Type.DS || type === Type.NSEC);
    if (type !== Type.RRSIG && own) checkCovered(c, owner, type, from, to);
    from = to;
  }
  if (form?.kind !== "nsec" || hidden || findRRset(zone, index, owner, Type.NSEC) >= 0) return;
  const record = index.order[index.start[owner]!]!;
  report(
    c,
    "ZONE_DENIAL_BROKEN",
    record,
    `${nameToText(ownerName(zone, index, owner))} has no NSEC`,
  );
}

/** An RRset that is ours to sign: is it, and does its TTL keep the rule? */
function checkCovered(c: Check, owner: number, type: number, from: number, to: number): void {
  const { zone, index } = c;
  const record = index.order[from]!;
  const [signed, end] = signaturesOf(zone, index, owner, type);
  if (signed === end) report(c, "ZONE_RRSIG_MISSING", record, `${describe(c, record)} has none`);
  if (type !== Type.NSEC && type !== Type.NSEC3) return;
  const ttl = rrsetTtl(zone, index, from, to);
  const most = negativeTtl(c);
  if (ttl <= most) return;
  report(c, "ZONE_DENIAL_TTL", record, `${describe(c, record)} has the TTL ${ttl}, not ${most}`);
}

function negativeTtl({ zone, index, apex }: Check): number {
  const soa = findRRset(zone, index, apex, Type.SOA);
  if (soa < 0) return 0x7fffffff;
  const rdata = recordRdata(zone, index.order[soa]!);
  return Math.min(rrsetTtl(zone, index, soa, soa + 1), get32(rdata, rdata.length - 4));
}

/** Signatures [from, to) of an owner that cover nothing of it. */
function checkStray(c: Check, owner: number, from: number, to: number): void {
  const { zone, index } = c;
  for (let i = from; i < to; i += 1) {
    const type = coveredType(zone, index.order[i]!);
    if (findRRset(zone, index, owner, type) >= 0) continue;
    const record = index.order[i]!;
    const detail = `${describe(c, record)} covers ${typeText(type)}, which is not there`;
    report(c, "ZONE_RRSIG_STRAY", record, detail);
  }
}

/** NSEC3 records [from, to) of an owner: of the chain in force, and no others. */
function checkNsec3(
  c: Check,
  owner: number,
  from: number,
  to: number,
  form: DenialForm | null,
  chain: ChainRow[],
): void {
  const { zone, index } = c;
  for (let i = from; i < to; i += 1) {
    const record = index.order[i]!;
    const rdata = recordRdata(zone, record);
    if (form?.kind !== "nsec3" || !isOfChain(rdata, form)) {
      report(c, "ZONE_NSEC3_STRAY", record, `${describe(c, record)} has other parameters`);
      continue;
    }
    const hashAt = 5 + rdata[4]!;
    const next = rdata.subarray(hashAt + 1, hashAt + 1 + rdata[hashAt]!);
    const key = hashOfLabel(zone.octets, index.ownerAt[owner]!);
    if (key === null || next.length !== SHA1_SIZE) {
      report(c, "ZONE_DENIAL_BROKEN", record, `${describe(c, record)} is no hash of SHA-1`);
    } else chain.push({ record, key, next });
  }
}

/** Each link leads to the next key, and the last to the first; the apex has one. */
function checkChain(c: Check, form: DenialForm, chain: ChainRow[]): void {
  const { zone } = c;
  const hashed = form.kind === "nsec3";
  const compare = hashed
    ? (a: Uint8Array, b: Uint8Array) => compareOctets(a, 0, a.length, b, 0, b.length)
    : compareNames;
  chain.sort((a, b) => compare(a.key, b.key));
  const apex = hashed ? hashOfName(zone.apex, form) : zone.apex;
  if (!chain.some(({ key }) => compare(key, apex) === 0)) {
    reportZone(c, "ZONE_DENIAL_MISSING", `${nameToText(zone.apex)} has no record of its own in it`);
  }
  for (const [i, { record, next }] of chain.entries()) {
    if (compare(next, chain[(i + 1) % chain.length]!.key) === 0) continue;
    const detail = `${describe(c, record)} does not lead to the next one`;
    report(c, "ZONE_DENIAL_BROKEN", record, detail);
  }
}

/** RFC 5155 §5. */
function hashOfName(name: Uint8Array, { iterations, salt }: DenialForm): Uint8Array {
  const hash = new Uint8Array(SHA1_SIZE);
  const input = new Uint8Array(Math.max(name.length, SHA1_SIZE) + salt.length);
  input.set(name);
  input.set(salt, name.length);
  sha1(input, 0, name.length + salt.length, hash, 0);
  for (let round = 0; round < iterations; round += 1) {
    input.set(hash);
    input.set(salt, SHA1_SIZE);
    sha1(input, 0, SHA1_SIZE + salt.length, hash, 0);
  }
  return hash;
}
