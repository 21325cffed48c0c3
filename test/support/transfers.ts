// SPDX-License-Identifier: Apache-2.0
/** Zones as lists of lines, and messages of transfers made of them. */
import assert from "node:assert/strict";
import { composeMessage } from "../../src/dns/compose.ts";
import { Class, Type, typeNumber, typeText } from "../../src/dns/iana.ts";
import type { Message, ResourceRecord } from "../../src/dns/message.ts";
import { nameFromText, nameToText } from "../../src/dns/names.ts";
import { rdataFromText, rdataToText } from "../../src/dns/rdata.ts";
import type { UpdateView } from "../../src/transfer/update.ts";
import {
  findRRset,
  indexZone,
  rrsetEnd,
  rrsetsOf as rrsetsOfIndex,
  rrsetValue,
} from "../../src/zone/index.ts";
import { type RRset, recordType, zoneOfRRsets } from "../../src/zone/records.ts";
import type { ZoneValue } from "../../src/zone/value.ts";

export const APEX = nameFromText("example.org.")!;

/** `owner ttl type rdata`, class IN; `NONE` or `ANY` behind the TTL gives another class. */
export function recordOf(line: string): ResourceRecord {
  const [owner, ttl, ...rest] = line.split(" ");
  const cls = rest[0] === "NONE" ? Class.NONE : rest[0] === "ANY" ? Class.ANY : Class.IN;
  if (cls !== Class.IN) rest.shift();
  const type = rest[0] === "*" ? Type.ANY : typeNumber(rest[0]!);
  const text = rest.slice(1).join(" ");
  const read = text === "" ? { rdata: new Uint8Array(0) } : rdataFromText(type, text, APEX);
  assert.ok("rdata" in read, line);
  const name = nameFromText(owner!, APEX)!;
  return { owner: name, type, class: cls, ttl: Number(ttl), rdata: read.rdata };
}

/** A SOA line with that serial. */
export function soaLine(serial: number): string {
  return `@ 300 SOA ns.example.org. host.example.org. ${serial} 3600 600 86400 300`;
}

/** A zone of lines as recordOf takes them. */
export function zoneOfLines(lines: readonly string[]): ZoneValue {
  const sets = new Map<string, RRset>();
  for (const line of lines) {
    const { owner, type, ttl, rdata } = recordOf(line);
    const key = `${nameToText(owner)} ${type}`;
    const rdatas = [...(sets.get(key)?.rdatas ?? []), rdata];
    sets.set(key, { owner, type, ttl, rdatas });
  }
  return zoneOfRRsets(APEX, sets.values());
}

/** All RRsets of a zone. */
export function rrsetsOf(zone: ZoneValue): RRset[] {
  return [...rrsetsOfIndex(zone, indexZone(zone))];
}

export function viewOf(zone: ZoneValue): UpdateView {
  const index = indexZone(zone);
  const find = (name: Uint8Array): number => index.find(name, 0, name.length);
  return {
    apex: zone.apex,
    types(name) {
      const owner = find(name);
      if (owner < 0) return [];
      const records = index.order.slice(index.start[owner]!, index.start[owner + 1]!);
      return [...new Set([...records].map((record) => recordType(zone, record)))];
    },
    rrset(name, type) {
      const owner = find(name);
      const from = owner < 0 ? -1 : findRRset(zone, index, owner, type);
      return from < 0 ? null : rrsetValue(zone, index, from, rrsetEnd(zone, index, owner, from));
    },
  };
}

/** A zone as sorted lines with absolute names. */
export function linesOfZone(rrsets: Iterable<RRset>): string[] {
  const lines: string[] = [];
  for (const { owner, ttl, type, rdatas } of rrsets) {
    for (const rdata of rdatas) {
      lines.push(`${nameToText(owner)} ${ttl} ${typeText(type)} ${rdataToText(type, rdata)}`);
    }
  }
  return lines.sort();
}

/** An answer of a transfer; `rest` replaces parts of the message. */
export function transferMessage(
  type: number,
  answers: readonly ResourceRecord[],
  rest: Partial<Message> = {},
): Uint8Array {
  return composeMessage({
    ...{ id: 7, qr: true, opcode: 0, aa: true, tc: false, rd: false, ra: false },
    ...{ ad: false, cd: false, rcode: 0, edns: null },
    questions: [{ name: APEX, type, class: Class.IN }],
    answers,
    ...{ authorities: [], additionals: [] },
    ...rest,
  });
}
