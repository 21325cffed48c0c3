// SPDX-License-Identifier: Apache-2.0
/**
 * Whom an answer is for: client address → leaf of a map: region, prefix length, layer.
 *
 * Why a direct index of the top 16 bits and then a binary search: the search of a country map
 * touches two or three cache lines, where a bit trie touches twenty. The bound is a constant.
 *
 * Invariants
 *   C1  The networks of a map partition the space (opened once, src/table/open.ts), so there is
 *       exactly one leaf for every address.
 *   C2  An IPv6 form that carries an IPv4 address is looked up as that address, if the source
 *       prefix covers all that stands in front of it; the scope is mapped back by `scopeBase`.
 *
 * RFC 7871 §7.2; RFC 4291 §2.5.5.2, RFC 6052 §2.1, RFC 3056 §2, RFC 4380 §4, RFC 7915.
 * Twin: native/src/locate.cc. Reference for C2: src/geo/embedded.ts.
 */
import {
  MAP_V4_BUCKETS,
  MAP_V4_KEYS,
  MAP_V4_LEAVES,
  MAP_V6_BUCKETS,
  MAP_V6_HIGH,
  MAP_V6_LEAVES,
  MAP_V6_LOW,
  SEGMENT_SIZE,
} from "../layout/gen/table.ts";
import { MAP_SEARCH_STEPS_MAX } from "../layout/limits.ts";
import type { TableViews } from "../table/reader.ts";
import type { Client } from "./scratch.ts";

/** Big-endian word of an address; signed. */
function word(octets: Uint8Array, at: number): number {
  return (octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!;
}

/**
 * Takes an address of `family` 4 or 6 with `bits` known bits, zero behind them, into `client`.
 * Embedded IPv4 is taken out where `bits` reaches up to it.
 */
export function setClient(
  client: Client,
  octets: Uint8Array,
  at: number,
  family: number,
  bits: number,
): void {
  client.scopeBase = 0;
  client.high = word(octets, at);
  client.low = 0;
  client.family = family;
  if (family === 4) return;
  client.low = word(octets, at + 4);
  const high = client.high;
  // 6to4, 2002::/16: the IPv4 address follows the first 16 bits.
  if (high >>> 16 === 0x2002) {
    if (bits >= 16) embed(client, (high << 16) | (client.low >>> 16), 16);
    return;
  }
  if (bits < 96) return;
  const third = word(octets, at + 8);
  const last = word(octets, at + 12);
  if (high === 0 && client.low === 0 && (third === 0xffff || third === -0x10000)) {
    // IPv4-mapped ::ffff:0:0/96 and IPv4-translated ::ffff:0:0:0/96.
    embed(client, last, 96);
  } else if (high === 0x0064ff9b && client.low === 0 && third === 0) {
    embed(client, last, 96);
  } else if (high === 0x20010000) {
    // Teredo, 2001::/32: the client's address with all bits turned; unknown bits stay zero.
    const known = bits >= 128 ? -1 : bits === 96 ? 0 : -1 << (128 - bits);
    embed(client, ~last & known, 96);
  }
}

function embed(client: Client, address: number, base: number): void {
  client.family = 4;
  client.high = address;
  client.low = 0;
  client.scopeBase = base;
}

/** The leaf word of `client` in the map at absolute ref `map`. */
export function locate(table: TableViews, map: number, client: Client): number {
  return client.family === 4 ? locateV4(table, map, client.high) : locateV6(table, map, client);
}

function locateV4(table: TableViews, map: number, address: number): number {
  const m = map + SEGMENT_SIZE;
  const buckets = (map + table.u32[(m + MAP_V4_BUCKETS) >> 2]!) >> 2;
  const keys = (map + table.u32[(m + MAP_V4_KEYS) >> 2]!) >> 1;
  const leaves = (map + table.u32[(m + MAP_V4_LEAVES) >> 2]!) >> 2;
  const bucket = address >>> 16;
  const key = address & 0xffff;
  // The answer lies in [low, high]: `low` begins before the bucket's second network.
  let low = table.u32[buckets + bucket]! - 1;
  let high = table.u32[buckets + bucket + 1]! - 1;
  for (let step = 0; step < MAP_SEARCH_STEPS_MAX && low < high; step += 1) {
    const middle = (low + high + 1) >> 1;
    if (table.u16[keys + middle]! <= key) low = middle;
    else high = middle - 1;
  }
  return table.u32[leaves + low]!;
}

function locateV6(table: TableViews, map: number, client: Client): number {
  const m = map + SEGMENT_SIZE;
  const buckets = (map + table.u32[(m + MAP_V6_BUCKETS) >> 2]!) >> 2;
  const highs = (map + table.u32[(m + MAP_V6_HIGH) >> 2]!) >> 2;
  const lows = (map + table.u32[(m + MAP_V6_LOW) >> 2]!) >> 2;
  const leaves = (map + table.u32[(m + MAP_V6_LEAVES) >> 2]!) >> 2;
  const keyHigh = client.high >>> 0;
  const keyLow = client.low >>> 0;
  const bucket = keyHigh >>> 16;
  let low = table.u32[buckets + bucket]! - 1;
  let high = table.u32[buckets + bucket + 1]! - 1;
  for (let step = 0; step < MAP_SEARCH_STEPS_MAX && low < high; step += 1) {
    const middle = (low + high + 1) >> 1;
    const h = table.u32[highs + middle]!;
    if (h < keyHigh || (h === keyHigh && table.u32[lows + middle]! <= keyLow)) low = middle;
    else high = middle - 1;
  }
  return table.u32[leaves + low]!;
}
