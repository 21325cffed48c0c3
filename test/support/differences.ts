// SPDX-License-Identifier: Apache-2.0
/**
 * Where Azimuth knowingly says something else than three of the four, each with its reason.
 *
 * A row is a predicate as narrow as it can be made: a new fault must not hide behind an old reason.
 * docs/differences.md tells the same to operators; test/e2e/peers.test.ts compares the two lists.
 */
import { Type } from "../../src/dns/iana.ts";
import { lowerName, nameToText } from "../../src/dns/names.ts";
import type { RandomZone } from "./random-zone.ts";
import type { Field, Outcome, Summary } from "./summary.ts";

export interface Question {
  readonly name: Uint8Array;
  readonly text: string;
  readonly type: number;
  readonly rd: boolean;
  readonly cd: boolean;
  /** Without EDNS an answer of more than 512 octets is truncated. */
  readonly edns: boolean;
  readonly dnssecOk: boolean;
}

export interface Voices {
  readonly ours: Outcome | null;
  /** By server; null if it has not loaded the zone, or its answer cannot be read. */
  readonly peers: ReadonlyMap<string, Outcome | null>;
}

interface Case {
  readonly question: Question;
  /** In which we differ from three or more. */
  readonly fields: readonly (Field | "additional")[];
  readonly ours: Summary;
  readonly theirs: Summary;
  readonly voices: Voices;
  readonly zone: RandomZone;
}

export interface Difference {
  readonly id: string;
  readonly rfc: string;
  applies(one: Case): boolean;
}

const NXDOMAIN = "3";

export const differences: readonly Difference[] = [
  {
    // NSD leaves NOERROR when an alias leads into another of its zones, BIND and Knot stay there.
    id: "rcode-of-chain",
    rfc: "RFC 6604 §3",
    applies: ({ fields, ours, theirs, voices, zone }) =>
      fields.every((field) => field === "rcode" || field === "authority") &&
      ours.answer.includes(" cname ") &&
      ours.rcode === NXDOMAIN &&
      theirs.rcode === "0" &&
      !isSoaOf(ours, zone.apex) &&
      // It takes no part where zones are signed.
      (voices.peers.get("pdns")?.summary.rcode ?? NXDOMAIN) === NXDOMAIN,
  },
  {
    // An alias leads to the apex of a zone of ours: the search begins anew, at the parent's side.
    id: "ds-after-alias",
    rfc: "RFC 1034 §4.3.2",
    applies: ({ question, ours, theirs }) =>
      question.type === Type.DS &&
      linesOf(theirs.answer).every((line) => linesOf(ours.answer).includes(line)) &&
      // NODATA of the zone whose apex the alias leads to.
      targetsOf(theirs).some((apex) => isSoaOf(theirs, apex)),
  },
  {
    // ANY is answered with little, so it is hardly ever truncated; and below a DNAME it ends with
    // the CNAME that follows from it, where three go on to its target.
    id: "any-subset",
    rfc: "RFC 8482 §4.1",
    applies: ({ question, ours, theirs }) =>
      question.type === Type.ANY &&
      ours.rcode === "0" &&
      ours.answer === "something" &&
      (theirs.answer === "something" || theirs.tc === "true"),
  },
  {
    // We serve a zone and an ancestor of it, but not the zone between them, which holds the DS.
    id: "ds-without-parent",
    rfc: "RFC 4035 §3.1.4.1",
    applies: ({ question, ours, theirs }) =>
      question.type === Type.DS &&
      ours.answer === theirs.answer &&
      ours.rcode === theirs.rcode &&
      ours.authority.includes(" in soa ") &&
      theirs.authority.includes(" in ns "),
  },
  {
    // NODATA of a wildcard that is an empty non-terminal: an NSEC shows that it is there and empty.
    id: "proof-of-empty-wildcard",
    rfc: "RFC 4035 §3.1.3.4",
    applies: ({ question, fields, ours, theirs }) => {
      const their = new Set(linesOf(theirs.authority));
      const own = linesOf(ours.authority);
      const more = own.filter((line) => !their.has(line));
      const next = more.map((line) => / in nsec (\S+)/.exec(line)?.[1] ?? "").join("");
      // What lies above each `*` in the next name.
      const enclosers = [...next.matchAll(/(?<=^|\.)\*\./g)].map((at) => next.slice(at.index + 1));
      const names = [nameOf(question), ...targetsOf(ours)];
      return (
        question.dnssecOk &&
        fields.every((field) => field === "authority") &&
        own.length - more.length === their.size &&
        // One NSEC and its signature, and the wildcard is one that a name of the answer matches.
        more.length === 2 &&
        more.every((line) => / in (nsec|rrsig nsec) /.test(line)) &&
        // What was found of RRSIG is not compared, so where the alias in it leads to is not known.
        (ours.answer === "something" ||
          names.some((name) => enclosers.some((encloser) => name.endsWith(encloser))))
      );
    },
  },
  {
    // An empty non-terminal that opt-out left without NSEC3: NSD and Knot show no encloser.
    id: "proof-of-opted-out-name",
    rfc: "RFC 5155 §7.2.1",
    applies: (one) => isWholeProof(one, 1) && / in nsec3 1 1 /.test(one.ours.authority),
  },
  {
    // A name of the question that begins with `*` is one as any other, when a wildcard matches it.
    id: "proof-for-asterisk-name",
    rfc: "RFC 5155 §7.2.5",
    // The encloser, and what covers the next closer name, which may be the wildcard's own.
    applies: (one) =>
      nameOf(one.question).startsWith("*.") && (isWholeProof(one, 2) || isWholeProof(one, 1)),
  },
  {
    // A name server below a cut that only a wildcard there would match: NSD and Knot say its address.
    id: "glue-by-wildcard",
    rfc: "RFC 1034 §4.3.3",
    applies: ({ fields, ours, theirs, voices, zone }) =>
      fields.every((field) => field === "glue" || field === "additional") &&
      // A referral, be it at the end of a chain.
      ours.authority.includes(" in ns ") &&
      linesOf(ours.glue).every((line) => linesOf(theirs.glue).includes(line)) &&
      seconds(voices, "bind", "glue") &&
      linesOf(theirs.glue)
        .filter((line) => !linesOf(ours.glue).includes(line))
        .every((line) => !zone.owners.some((owner) => owns(zone, owner, line))),
  },
  {
    // The addresses of a service's target, which may be its owner, stand beside it.
    id: "service-addresses",
    rfc: "RFC 9460 §4.1",
    applies: ({ question, fields, voices }) => {
      const { summary, additional } = voices.ours!;
      const targets = servicesOf(summary);
      return (
        (question.type === Type.HTTPS || question.type === Type.SVCB) &&
        fields.every((field) => field === "additional") &&
        additional.every((line) => targets.some((name) => isAddressOf(line, name)))
      );
    },
  },
  {
    // BIND and NSD take KEY for a type that may stand beside an alias, and do not follow it, be it in
    // the middle of a chain.
    id: "key-at-alias",
    rfc: "RFC 1034 §4.3.2",
    applies: ({ question, ours, theirs }) => {
      const theirLines = linesOf(theirs.answer);
      const own = linesOf(ours.answer);
      return (
        question.type === Type.KEY &&
        theirs.rcode === "0" &&
        theirLines.every((line) => own.includes(line)) &&
        own.some((line) => line.includes(" in cname ") && !theirLines.includes(line))
      );
    },
  },
];

/** The row that allows us to differ, or null. */
export function allowedDifference(one: Case): string | null {
  return differences.find((row) => row.applies(one))?.id ?? null;
}

const linesOf = (section: string): string[] => (section === "" ? [] : section.split("\n"));

/** As answers spell it, however the question did. */
function nameOf({ name }: Question): string {
  return nameToText(lowerName(name));
}

/**
 * Whether this server says what we do in a field. If it has refused the zone, or says something else
 * than all others as a whole, it is no witness against us: what else a row demands is all there is.
 */
function seconds({ ours, peers }: Voices, server: string, field: "authority" | "glue"): boolean {
  const said = peers.get(server)?.summary;
  if (said === undefined || said[field] === ours!.summary[field]) return true;
  return said.rcode !== ours!.summary.rcode || said.answer !== ours!.summary.answer;
}

/** Whether a line is of this owner of a zone, and not of a wildcard that its name is made from. */
function owns({ apex }: RandomZone, owner: string, line: string): boolean {
  return line.startsWith(`${owner}.${apex} `.toLowerCase());
}

/** Where the aliases of an answer lead to. */
function targetsOf({ answer }: Summary): string[] {
  return [...answer.matchAll(/ in cname (\S+)$/gm)].map((one) => one[1]!);
}

function isSoaOf({ authority }: Summary, apex: string): boolean {
  return linesOf(authority).some(
    (line) => line.startsWith(`${apex} `) && line.includes(" in soa "),
  );
}

/** The targets of the services of an answer; `.` stands for the owner, but for an alias. */
function servicesOf({ answer }: Summary): string[] {
  return [...answer.matchAll(/^(\S+) \d+ in (?:https|svcb) (\d+) (\S+)/gm)].map(
    ([, owner, priority, target]) => (target === "." && priority !== "0" ? owner! : target!),
  );
}

function isAddressOf(line: string, owner: string): boolean {
  return line.startsWith(`${owner} `) && / in (a|aaaa) /.test(line);
}

/** NODATA whose NSEC3 are those of BIND, with so many that the others leave out, signatures aside. */
function isWholeProof({ question, fields, ours, theirs, voices }: Case, proofs: number): boolean {
  const own = linesOf(ours.authority);
  const more = own.filter((line) => !linesOf(theirs.authority).includes(line));
  return (
    question.dnssecOk &&
    fields.every((field) => field === "authority") &&
    ours.rcode === "0" &&
    own.length - more.length === linesOf(theirs.authority).length &&
    more.length === proofs * 2 &&
    more.every((line) => / in (nsec3|rrsig nsec3) /.test(line)) &&
    seconds(voices, "bind", "authority")
  );
}
