// SPDX-License-Identifier: Apache-2.0
/**
 * A zone as the text of a master file (RFC 1035 §5): what a transfer, an update or a dump leaves on
 * disk.
 *
 * Text and not a format of our own, because every tool of an operator reads it, and because it then
 * comes into the table on the one way that all zones come.
 *
 * Invariants
 *   P1  What is written reads back to the same records, whatever the octets of names and RDATA.
 *   P2  Every line stands alone: absolute owner, TTL, class and type.
 *   P3  The SOA of the apex stands first, as RFC 5936 §2.2 has it and as tools expect it.
 */
import { Type, typeText } from "../dns/iana.ts";
import { equalName, nameToText } from "../dns/names.ts";
import { rdataToText } from "../dns/rdata.ts";
import type { ZoneDiff } from "./diff.ts";
import { compareRRsets, type RRset } from "./records.ts";

/** Characters of a piece, about: enough that joining and writing cost nothing beside. */
const PIECE_SIZE = 64 * 1024;

/** The text of a zone in pieces: its SOA, then all else of `rrsets`, which may name the SOA again. */
export function* masterFile(soa: RRset, rrsets: Iterable<RRset>): Generator<string> {
  let piece = linesOf(soa);
  for (const rrset of rrsets) {
    if (rrset.type === Type.SOA && equalName(rrset.owner, soa.owner)) continue;
    piece += linesOf(rrset);
    if (piece.length < PIECE_SIZE) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

/** One line for each record: `www.example.org. 300 IN A 192.0.2.1`. */
export function linesOf({ owner, ttl, type, rdatas }: RRset): string {
  const head = `${nameToText(owner)} ${ttl} IN ${typeText(type)}`;
  let lines = "";
  for (const rdata of rdatas) lines += `${head} ${rdataToText(type, rdata)}\n`;
  return lines;
}

/** A line of a difference: what goes, or what comes. */
export interface DiffLine {
  readonly sign: "-" | "+";
  /** As `linesOf` writes it, without the line end. */
  readonly text: string;
}

/**
 * A difference record by record, in canonical order, what goes before what comes. An RRset that has
 * changed stands on both sides of `diff`; of it only the records that differ are given.
 */
export function diffLines({ removed, added }: ZoneDiff): readonly DiffLine[] {
  const rows = (rrset: RRset): readonly string[] => linesOf(rrset).split("\n").slice(0, -1);
  const before = new Set(removed.flatMap(rows));
  const after = new Set(added.flatMap(rows));
  const sides = [
    ...removed.map((rrset) => ({ rrset, sign: "-", others: after }) as const),
    ...added.map((rrset) => ({ rrset, sign: "+", others: before }) as const),
  ];
  // Stable: of equal owner and type those that go stay in front.
  return sides
    .sort((a, b) => compareRRsets(a.rrset, b.rrset))
    .flatMap(({ rrset, sign, others }) =>
      rows(rrset).flatMap((text) => (others.has(text) ? [] : [{ sign, text }])),
    );
}
