// SPDX-License-Identifier: Apache-2.0
/**
 * An answer without what servers may choose freely, so that two can be compared field by field.
 *
 * Sections are sets of lower-case lines: the order of records, the spelling of names and repeated
 * records say nothing (RFC 2181 §5, RFC 4343). NS of the apex beside an answer is an adornment.
 * What is left of a truncated answer says nothing, but that it is one (RFC 2181 §9).
 * Of the additional section only the glue that a referral needs is compared (RFC 9471 §3.1).
 *
 * A server need not follow an alias out of the zone it stands in. So an answer that ends with an
 * alias into one of the zones is gone after, as a resolver would, by asking the same server again.
 */
import { Type } from "../../src/dns/iana.ts";
import {
  isMessage,
  type Message,
  type ResourceRecord,
  readMessage,
} from "../../src/dns/message.ts";
import { isSubdomain, lowerName, nameToText } from "../../src/dns/names.ts";
import { recordToText } from "../../src/dns/text.ts";

export interface Summary {
  readonly rcode: string;
  readonly aa: string;
  /** RD, RA, AD, CD and how often the question is repeated. */
  readonly flags: string;
  readonly tc: string;
  readonly answer: string;
  readonly authority: string;
  readonly glue: string;
}

export type Field = keyof Summary;

export interface Outcome {
  readonly summary: Summary;
  /** All addresses of the additional section; what is more than glue, nobody demands. */
  readonly additional: readonly string[];
  /** Aliases that the answer holds. */
  readonly aliases: number;
}

/** Puts a question of this name to a server; null if it does not answer. */
export type AskName = (name: Uint8Array) => Promise<Uint8Array | null>;

const CHASES_MAX = 24;

interface Parts {
  readonly first: Message;
  last: Message;
  readonly answers: ResourceRecord[];
  /** What earlier parts of a chain prove: that a wildcard was right to answer (RFC 4035 §3.1.3.3). */
  readonly proofs: ResourceRecord[];
}

/** Asks, follows aliases that the server left, and sums up; null if no message came. */
export async function outcomeOf(
  ask: AskName,
  name: Uint8Array,
  type: number,
  apexes: ReadonlySet<string>,
): Promise<Outcome | null> {
  const first = messageOf(await ask(name));
  if (first === null) return null;
  const parts: Parts = {
    ...{ first, last: first, answers: [...first.answers], proofs: [] },
  };
  const asked = new Set([keyOf(name)]);
  for (let i = 0; i < CHASES_MAX; i += 1) {
    const next = danglingTarget(parts, name, type);
    if (next === null || asked.has(keyOf(next)) || !isOurs(next, apexes)) break;
    asked.add(keyOf(next));
    const more = messageOf(await ask(next));
    if (more === null) return null;
    parts.proofs.push(...parts.last.authorities.filter(isProof));
    parts.last = more;
    parts.answers.push(...more.answers);
  }
  return sumUp(parts, name, type, apexes);
}

function messageOf(reply: Uint8Array | null): Message | null {
  if (reply === null) return null;
  const message = readMessage(reply);
  return isMessage(message) ? message : null;
}

const keyOf = (name: Uint8Array): string => nameToText(lowerName(name));

/** The name in or below one of the zones? */
function isOurs(name: Uint8Array, apexes: ReadonlySet<string>): boolean {
  for (let at = 0; name[at]! > 0; at += 1 + name[at]!) {
    if (apexes.has(keyOf(name.subarray(at)))) return true;
  }
  return false;
}

/** Where the chain of the answer ends, if the answer says nothing about that name. */
function danglingTarget(parts: Parts, name: Uint8Array, type: number): Uint8Array | null {
  const { last, answers } = parts;
  if (type === Type.CNAME || type === Type.ANY || last.rcode !== 0 || answers.length === 0) {
    return null;
  }
  if (last.authorities.some((one) => one.type === Type.SOA)) return null;
  const cnames = new Map(
    answers.filter((one) => one.type === Type.CNAME).map((one) => [keyOf(one.owner), one.rdata]),
  );
  let end = name;
  for (let i = 0; i <= cnames.size; i += 1) {
    const next = cnames.get(keyOf(end));
    if (next === undefined) break;
    end = next;
  }
  if (end === name || cnames.has(keyOf(end))) return null;
  if (answers.some((one) => one.type === type && keyOf(one.owner) === keyOf(end))) return null;
  const cut = last.authorities.find((one) => one.type === Type.NS);
  // NS of what the end lies in, below the zones that are served: a referral.
  return cut !== undefined && last.answers.length === 0 ? null : end;
}

const PROOFS: readonly number[] = [Type.NSEC, Type.NSEC3];

function isProof({ type, rdata }: ResourceRecord): boolean {
  return PROOFS.includes(type === Type.RRSIG ? covered(rdata) : type);
}

/** The type that an RRSIG covers. */
function covered(rdata: Uint8Array): number {
  return (rdata[0]! << 8) | rdata[1]!;
}

/** NS, or the signature of NS, at an apex of ours. */
function isAdornment({ owner, type, rdata }: ResourceRecord, apexes: ReadonlySet<string>): boolean {
  const its = type === Type.RRSIG ? covered(rdata) : type;
  return its === Type.NS && apexes.has(keyOf(owner));
}

function lines(list: readonly ResourceRecord[]): string[] {
  return [
    ...new Set(list.map((one) => recordToText(one).toLowerCase().replaceAll(/\s+/g, " "))),
  ].sort();
}

function sumUp(
  { first, last, answers, proofs }: Parts,
  name: Uint8Array,
  type: number,
  apexes: ReadonlySet<string>,
): Outcome {
  const positive = answers.length > 0 && !last.authorities.some((one) => one.type === Type.SOA);
  const authorities = [...proofs, ...last.authorities].filter(
    (one) => !(positive && isAdornment(one, apexes)),
  );
  const servers = authorities.filter((one) => one.type === Type.NS);
  const isGlue = (one: ResourceRecord): boolean =>
    servers.some((ns) => keyOf(ns.rdata) === keyOf(one.owner) && isSubdomain(one.owner, ns.owner));
  const addresses = last.additionals.filter((one) => one.type === Type.A || one.type === Type.AAAA);
  const any = (type === Type.ANY || type === Type.RRSIG) && answers.length > 0;
  const tc = first.tc || last.tc;
  const bits = (["rd", "ra", "ad", "cd"] as const).filter((flag) => first[flag]);
  const echoed = first.questions.length === 1 && keyOf(first.questions[0]!.name) === keyOf(name);
  return {
    summary: {
      rcode: tc ? "" : String(last.rcode),
      aa: String(first.aa),
      flags: `${bits.join(" ")}${echoed ? "" : " other question"}`,
      tc: String(tc),
      // What stands for ANY is everyone's choice (RFC 8482).
      answer: tc ? "" : any ? "something" : lines(answers).join("\n"),
      authority: tc || (any && positive) ? "" : lines(authorities).join("\n"),
      glue: tc || (any && positive) ? "" : lines(addresses.filter(isGlue)).join("\n"),
    },
    additional: lines(addresses),
    aliases: answers.filter((one) => one.type === Type.CNAME).length,
  };
}
