// SPDX-License-Identifier: Apache-2.0
/**
 * Zones and questions of any size, always the same ones: chance comes from a seed.
 */
import { writeFileSync } from "node:fs";

/** A small generator of equally spread 32-bit numbers (mulberry32). */
export function createChance(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

export const APEX = "bench.example.";

const HEAD = `$TTL 300
@ 3600 SOA ns1 hostmaster 1 7200 1800 259200 120
@ 3600 NS ns1
ns1 3600 A 192.0.2.53
`;

/** The address of record `i`, so that an edit can be seen in an answer. */
export function addressOf(i: number): string {
  return `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
}

/** Line of record `i` of a zone of `writeZone`: all have one length, so an edit moves nothing. */
export function recordLine(i: number, address = addressOf(i)): string {
  return `host${String(i).padStart(7, "0")} A ${address}\n`;
}

/** Writes a zone of `count` A records at as many owners; gives its octets. */
export function writeZone(file: string, count: number): number {
  const parts: string[] = [HEAD];
  for (let i = 0; i < count; i += 1) parts.push(recordLine(i));
  const text = parts.join("");
  writeFileSync(file, text);
  return text.length;
}

export function hostName(i: number): string {
  return `host${String(i).padStart(7, "0")}.${APEX}`;
}

/** A query for the name's A record, without the client's own identifier (zero). */
export function queryOctets(name: string, ecs: Uint8Array | null = null): Uint8Array {
  const labels = name.split(".").filter((label) => label !== "");
  const size = labels.reduce((sum, label) => sum + 1 + label.length, 1);
  const option = ecs === null ? 0 : 8 + ecs.length;
  const out = new Uint8Array(12 + size + 4 + (ecs === null ? 0 : 11 + option));
  out[2] = 1; // RD, as stub resolvers send
  out[5] = 1;
  let at = 12;
  for (const label of labels) {
    out[at] = label.length;
    for (let i = 0; i < label.length; i += 1) out[at + 1 + i] = label.charCodeAt(i);
    at += 1 + label.length;
  }
  out[at + 2] = 1;
  out[at + 4] = 1;
  at += 5;
  if (ecs === null) return out;
  out[11] = 1;
  // OPT: root, type 41, payload 1232, TTL 0, RDLENGTH, then ECS of family 1 (RFC 7871 §6).
  out.set([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, option, 0, 8, 0, 4 + ecs.length, 0, 1], at);
  out[at + 17] = ecs.length * 8;
  out.set(ecs, at + 19);
  return out;
}

/** Queries in the form of `dnsperf -B`: each behind its size in two octets. */
export function writeQueries(file: string, queries: readonly Uint8Array[]): void {
  const size = queries.reduce((sum, query) => sum + 2 + query.length, 0);
  const out = new Uint8Array(size);
  let at = 0;
  for (const query of queries) {
    out[at] = query.length >> 8;
    out[at + 1] = query.length & 0xff;
    out.set(query, at + 2);
    at += 2 + query.length;
  }
  writeFileSync(file, out);
}

/** Questions for the names of a zone of `count` records; one in `missEvery` does not exist. */
export function staticQueries(count: number, total: number, missEvery: number): Uint8Array[] {
  const chance = createChance(1);
  return Array.from({ length: total }, () => {
    const i = chance() % count;
    return queryOctets(chance() % missEvery === 0 ? `no-${hostName(i)}` : hostName(i));
  });
}

/** Questions for one steered name, each on behalf of another network of 24 bits. */
export function steeredQueries(name: string, total: number): Uint8Array[] {
  const chance = createChance(2);
  return Array.from({ length: total }, () => {
    const network = chance();
    // 1.0.0.0 to 223.255.255.0: unicast.
    const first = 1 + ((network >>> 24) % 223);
    return queryOctets(name, new Uint8Array([first, (network >> 16) & 255, (network >> 8) & 255]));
  });
}
