// SPDX-License-Identifier: Apache-2.0
/**
 * Zones that look signed: true NSEC or NSEC3 chains, and signatures that no key has made. A server
 * never looks into a signature, so for its answers they are as good; and no tool is needed to make
 * them, nor are they others at each run.
 */
import { sha1 } from "../../src/base/sha1.ts";
import { Type, typeText } from "../../src/dns/iana.ts";
import { compareNames, labelCount, nameFromText, nameToText } from "../../src/dns/names.ts";
import { get32 } from "../../src/dns/sink.ts";
import { NODE_FLAG_CUT, NODE_FLAG_OCCLUDED } from "../../src/layout/gen/enums.ts";
import { gatherNodes, poolOf } from "../../src/table/zone-nodes.ts";
import { findRRset, indexZone, rrsetEnd, rrsetTtl, type ZoneIndex } from "../../src/zone/index.ts";
import { recordRdata, recordType } from "../../src/zone/records.ts";
import { scanZone } from "../../src/zone/scan.ts";
import type { ZoneValue } from "../../src/zone/value.ts";

export interface Chain {
  readonly nsec3?: boolean;
  /** Hexadecimal; "" for none. */
  readonly salt?: string;
  readonly iterations?: number;
  /** Delegations without DS have no NSEC3. */
  readonly optOut?: boolean;
  /** TTL of NSEC and NSEC3, if it is to be another one than that of negative answers. */
  readonly ttl?: number;
}

interface Owner {
  readonly name: Uint8Array;
  readonly cut: boolean;
  /** Types that it owns, with their TTLs; none for an empty non-terminal. */
  readonly types: ReadonlyMap<number, number>;
}

/** What stands in place of a signature and of a key. */
export const SIGNATURE = Buffer.from(Uint8Array.from({ length: 64 }, (_, i) => i)).toString(
  "base64",
);

/** The text with an apex key, a chain and signatures added. */
export function signUnsoundly(apex: string, text: string, chain: Chain = {}): string {
  const { nsec3 = false } = chain;
  const more = [`@ 300 DNSKEY 257 3 13 ${SIGNATURE}`];
  if (nsec3) more.push(`@ 0 NSEC3PARAM 1 0 ${chain.iterations ?? 0} ${chain.salt || "-"}`);
  // Behind the last line the origin may be another one than the apex.
  const whole = `${text}\n$ORIGIN ${apex}\n${more.join("\n")}\n`;
  const octets = Uint8Array.from(whole, (letter) => letter.charCodeAt(0));
  const { value: zone } = scanZone(octets, { apex: nameFromText(apex)!, file: "signed" });
  const index = indexZone(zone);
  const owners = ownersOf(zone, index);
  const negative = chain.ttl ?? negativeTtl(zone, index);
  const lines = nsec3
    ? hashedChain(apex, owners, negative, chain)
    : plainChain(apex, owners, negative);
  for (const { name, cut, types } of owners) {
    for (const [type, ttl] of types) {
      if (cut && type !== Type.DS) continue;
      lines.push(signature(nameToText(name), labelsOf(name), type, ttl, apex));
    }
  }
  return `${whole}${lines.join("\n")}\n`;
}

/** Labels as an RRSIG counts them (RFC 4034 §3.1.3). */
function labelsOf(name: Uint8Array): number {
  return labelCount(name) - (name[0] === 1 && name[1] === 0x2a ? 1 : 0);
}

function signature(owner: string, labels: number, type: number, ttl: number, apex: string): string {
  const times = "20380101000000 20200101000000";
  const head = `${owner} ${ttl} RRSIG ${typeText(type)} 13 ${labels} ${ttl} ${times}`;
  return `${head} 1 ${apex} ${SIGNATURE}`;
}

/** Everything that is not hidden, in canonical order. */
function ownersOf(zone: ZoneValue, index: ZoneIndex): Owner[] {
  const nodes = gatherNodes(zone, index, []);
  const owners: Owner[] = [];
  for (let node = 0; node < nodes.count; node += 1) {
    if ((nodes.flags[node]! & NODE_FLAG_OCCLUDED) !== 0) continue;
    const at = nodes.at[node]!;
    const types = new Map<number, number>();
    const end = node < nodes.owners ? index.start[node + 1]! : 0;
    for (let i = index.start[node] ?? end; i < end; ) {
      const to = rrsetEnd(zone, index, node, i);
      types.set(recordType(zone, index.order[i]!), rrsetTtl(zone, index, i, to));
      i = to;
    }
    const name = poolOf(nodes, node).slice(at, at + nodes.size[node]!);
    owners.push({ name, cut: (nodes.flags[node]! & NODE_FLAG_CUT) !== 0, types });
  }
  return owners.sort((a, b) => compareNames(a.name, b.name));
}

function negativeTtl(zone: ZoneValue, index: ZoneIndex): number {
  const apex = index.find(zone.apex, 0, zone.apex.length);
  const soa = findRRset(zone, index, apex, Type.SOA);
  const rdata = recordRdata(zone, index.order[soa]!);
  return Math.min(rrsetTtl(zone, index, soa, soa + 1), get32(rdata, rdata.length - 4));
}

/** Types as a bitmap has them: of a cut, what its parent knows. */
function bitmapOf({ types, cut }: Owner, more: readonly number[]): string {
  const kept = [...types.keys()].filter((t) => !cut || t === Type.NS || t === Type.DS);
  return [...kept, ...more]
    .sort((a, b) => a - b)
    .map(typeText)
    .join(" ");
}

function plainChain(apex: string, owners: readonly Owner[], ttl: number): string[] {
  const chain = owners.filter((one) => one.types.size > 0);
  return chain.flatMap((one, i) => {
    const name = nameToText(one.name);
    const next = nameToText(chain[(i + 1) % chain.length]!.name);
    return [
      `${name} ${ttl} NSEC ${next} ${bitmapOf(one, [Type.RRSIG, Type.NSEC])}`,
      signature(name, labelsOf(one.name), Type.NSEC, ttl, apex),
    ];
  });
}

function hashedChain(
  apex: string,
  owners: readonly Owner[],
  ttl: number,
  { salt = "", iterations = 0, optOut = false }: Chain,
): string[] {
  const isInsecure = (one: Owner): boolean => one.cut && !one.types.has(Type.DS);
  const below = (one: Owner): Owner[] =>
    owners.filter((other) => nameToText(other.name).endsWith(`.${nameToText(one.name)}`));
  const isLeftOut = (one: Owner): boolean =>
    optOut &&
    (isInsecure(one) ||
      (one.types.size === 0 &&
        below(one).every((other) => other.types.size === 0 || isInsecure(other))));
  const chain = owners
    .filter((one) => !isLeftOut(one))
    .map((one) => ({ one, hash: hashText(one.name, Buffer.from(salt, "hex"), iterations) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1));
  return chain.flatMap(({ one, hash }, i) => {
    const name = apex === "." ? `${hash}.` : `${hash}.${apex}`;
    const next = chain[(i + 1) % chain.length]!.hash;
    const signed = one.types.size > 0 && !isInsecure(one) ? [Type.RRSIG] : [];
    const form = `1 ${optOut ? 1 : 0} ${iterations} ${salt || "-"}`;
    return [
      `${name} ${ttl} NSEC3 ${form} ${next} ${bitmapOf(one, signed)}`,
      signature(name, labelCount(nameFromText(apex)!) + 1, Type.NSEC3, ttl, apex),
    ];
  });
}

/** The first label of the owner of a name's NSEC3. */
export function hashText(name: Uint8Array, salt: Uint8Array, iterations: number): string {
  let hash = Uint8Array.from(name);
  for (let round = 0; round <= iterations; round += 1) {
    const input = Buffer.concat([hash, salt]);
    hash = new Uint8Array(20);
    sha1(input, 0, input.length, hash, 0);
  }
  const bits = [...hash].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  return bits.replace(/.{5}/g, (five) => Number.parseInt(five, 2).toString(32));
}
