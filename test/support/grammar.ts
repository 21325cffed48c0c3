// SPDX-License-Identifier: Apache-2.0
/**
 * Requests made by a grammar, written straight into slots: millions, so no values in between.
 *
 *   request := header question record* opt? rest?
 *
 * Most are sound; each part is now and then wrong in a way of its own, and `bend` spoils the octets
 * of a whole request without asking what they mean.
 */
import { nameFromText } from "../../src/dns/names.ts";
import * as slot from "../../src/layout/gen/slab.ts";
import { HEADER_SIZE, NAME_SIZE_MAX } from "../../src/layout/limits.ts";
import type { TableViews } from "../../src/table/reader.ts";
import { nextRandom, type Prng } from "./prng.ts";
import { serverCookie } from "./server-cookie.ts";

/** UNIX time of the first packet: the clock wraps while a stream goes on. */
const NOW = 0xffff_f800;
/** What class CH is asked for (RFC 4892), and what it is not. */
const CHAOS = ["id.server.", "hostname.bind.", "version.server.", "version.bind.", "bind."];
const TYPES = [
  1, 1, 1, 28, 28, 5, 2, 6, 15, 16, 33, 39, 43, 64, 65, 255, 250, 41, 251, 252, 65_400, 12, 46, 47,
  48, 50, 51,
];
const PAYLOADS = [0, 100, 511, 512, 513, 600, 900, 1231, 1232, 1233, 1400, 4096, 65_535];
/** First octets of networks that some rule of the maps or of the protocol treats in its own way. */
const V4 = [
  [192, 0, 2, 1],
  [192, 0, 3],
  [192, 15, 255, 255],
  [192, 16],
  [10, 1, 2, 3],
  [10, 2],
  [127, 0, 0, 1],
  [100, 1, 2, 3],
  [100, 1, 2, 2],
  [100, 64],
  [203, 0, 112, 64],
  [203, 0, 112, 80],
  [0],
  [255, 255, 255, 255],
  [7, 127],
  [7, 128],
  [169, 254],
  [96],
];
const V6 = [
  [0x20, 0x01, 0x0d, 0xb8],
  [0x20, 0x01, 0x0d, 0xb8, 0, 1],
  [0x20, 0x01, 0, 0],
  [0x20, 0x02, 192, 0, 2, 1],
  [0x20, 0x02, 10, 1],
  [0x20, 0x02],
  [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2],
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1],
  [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 192],
  [0x24, 0, 0, 1, 0, 2, 0, 3],
  [0x2a, 0, 0, 1],
  [0xfc],
  [0xfe, 0x80],
  [0],
  [0xff],
];

export interface Grammar {
  readonly random: Prng;
  /** Wire form; lower case. */
  names: readonly Uint8Array[];
  /** Writes in progress: octets and where the next goes. */
  octets: Uint8Array;
  at: number;
  readonly name: Uint8Array;
  readonly address: Uint8Array;
  /** Secrets whose cookies are shown now and then. */
  secrets: readonly Uint8Array[];
}

export function createGrammar(random: Prng, names: readonly Uint8Array[]): Grammar {
  const name = new Uint8Array(2 * NAME_SIZE_MAX);
  return { random, names, octets: name, at: 0, name, address: new Uint8Array(16), secrets: [] };
}

const below = (g: Grammar, n: number): number => nextRandom(g.random) % n;
/** True once in n times. */
const once = (g: Grammar, n: number): boolean => nextRandom(g.random) % n === 0;
const pick = <T>(g: Grammar, list: readonly T[]): T => list[below(g, list.length)]!;

function put(g: Grammar, octet: number): void {
  g.octets[g.at] = octet;
  g.at += 1;
}

function put16(g: Grammar, value: number): void {
  put(g, value >> 8);
  put(g, value & 0xff);
}

/** Writes a request and its sender into the slot at `base`. */
export function writeRequest(g: Grammar, slab: TableViews, base: number): void {
  const start = base + slot.PACKET_SLOT_SIZE;
  const room = slab.u32[(base + slot.PACKET_SLOT_ROOM) >> 2]!;
  g.octets = slab.u8;
  g.at = start;
  sender(g, slab, base);
  header(g);
  let records = 0;
  if (!once(g, 400)) question(g);
  if (once(g, 40)) records = record(g, start);
  if (!once(g, 3)) options(g, start, base, slab);
  if (once(g, 200)) for (let i = below(g, 12); i >= 0; i -= 1) put(g, below(g, 256));
  if (records > 0 && once(g, 2)) put16At(g, start + 6 + 2 * below(g, 3), 1);
  const size = once(g, 1000) ? below(g, HEADER_SIZE + 1) : Math.min(g.at - start, room);
  slab.u32[(base + slot.PACKET_SLOT_SIZE_IN) >> 2] = size;
}

function sender(g: Grammar, slab: TableViews, base: number): void {
  const family = once(g, 3) ? 6 : 4;
  address(g, family);
  // One that asks more than its share, for the limits.
  if (family === 4 && once(g, 2)) g.address.set([192, 0, 2, 200]);
  slab.u8.set(g.address, base + slot.PACKET_SLOT_CLIENT);
  slab.u8[base + slot.PACKET_SLOT_FAMILY] = family;
  slab.u8[base + slot.PACKET_SLOT_TRANSPORT] = once(g, 5) ? 1 + below(g, 3) : 0;
  slab.u32[(base + slot.PACKET_SLOT_UNIX_SECS) >> 2] = (NOW + below(g, 5000)) >>> 0;
  slab.u32[(base + slot.PACKET_SLOT_NOW_MS) >> 2] = below(g, 2000);
  slab.u32[(base + slot.PACKET_SLOT_RANDOM) >> 2] = nextRandom(g.random);
}

function put16At(g: Grammar, at: number, value: number): void {
  g.octets[at] = value >> 8;
  g.octets[at + 1] = value & 0xff;
}

function header(g: Grammar): void {
  put16(g, nextRandom(g.random) & 0xffff);
  let flags = below(g, 2);
  if (once(g, 100)) flags |= 0x80;
  if (once(g, 100)) flags |= below(g, 16) << 3;
  if (once(g, 30)) flags |= below(g, 8);
  put(g, flags);
  put(g, once(g, 30) ? below(g, 256) : 0);
  put16(g, once(g, 100) ? pick(g, [0, 2, 256, 257, 65_535]) : 1);
  for (let i = 0; i < 3; i += 1) put16(g, once(g, 300) ? pick(g, [1, 2, 255, 256, 65_535]) : 0);
}

function question(g: Grammar): void {
  const chaos = once(g, 50);
  const size = chaos ? chaosName(g) : name(g);
  const style = below(g, 4);
  for (let i = 0; i < size; i += 1) {
    const octet = g.name[i]!;
    // Only letters: a length octet is never one, since labels are shorter than 65.
    const letter = octet >= 97 && octet <= 122;
    put(g, letter && (style === 0 || (style === 1 && once(g, 2))) ? octet - 32 : octet);
  }
  if (chaos && !once(g, 8)) {
    put16(g, pick(g, [16, 255]));
    put16(g, 3);
    return;
  }
  put16(g, once(g, 20) ? below(g, 65_536) : pick(g, TYPES));
  put16(g, once(g, 60) ? pick(g, [0, 2, 3, 254, 255, 256]) : 1);
}

function chaosName(g: Grammar): number {
  const name = nameFromText(pick(g, CHAOS))!;
  g.name.set(name);
  return name.length;
}

/** A name into g.name: one of the zones', or something made of it. Gives its octets. */
function name(g: Grammar): number {
  const source = pick(g, g.names);
  const out = g.name;
  let size = 0;
  let from = 0;
  const style = below(g, 16);
  const label = (length: number): void => {
    out[size] = length;
    for (let i = 1; i <= length; i += 1) {
      out[size + i] = once(g, 8) ? below(g, 256) : 97 + below(g, 26);
    }
    size += length + 1;
  };
  if (style === 0 || style === 1) label(1 + below(g, 12));
  if (style === 2) for (let i = below(g, 6); i >= 0; i -= 1) label(1 + below(g, 4));
  if (style === 3) {
    for (let i = 1 + below(g, 2); i > 0 && source[from] !== 0; i -= 1) from += 1 + source[from]!;
  }
  if (style === 4) {
    if (source[0] !== 0) from = 1 + source[0]!;
    label(1 + below(g, 3));
  }
  if (style === 5 && once(g, 4)) for (let i = below(g, 4); i >= 0; i -= 1) label(pick(g, [62, 63]));
  if (style === 6 && once(g, 4)) {
    // To the last octet, and one beyond.
    const left = NAME_SIZE_MAX + below(g, 3) - 1 - source.length;
    for (let i = 0; i + 2 <= left; i += 2) label(1);
  }
  if (style === 7 && once(g, 4)) {
    out[0] = 1;
    out[1] = 42;
    size = 2;
  }
  if (style === 8 && once(g, 8)) from = source.length - 1;
  out.set(source.subarray(from), size);
  size += source.length - from;
  if (once(g, 500)) {
    // A pointer, or a label of a kind that does not exist, in place of the end.
    out[size - 1] = pick(g, [0xc0, 0x80, 0x40, 64]);
    out[size] = 12;
    size += 1;
  }
  return Math.min(size, 2 * NAME_SIZE_MAX - 1);
}

/** A record that nobody asked for. Gives 1. */
function record(g: Grammar, start: number): number {
  if (once(g, 2)) put16(g, 0xc00c);
  else put(g, 0);
  put16(g, pick(g, [1, 250, 41, 46, 24]));
  put16(g, 1);
  put16(g, 0);
  put16(g, 60);
  const size = below(g, 20);
  put16(g, once(g, 20) ? size + 1 : size);
  for (let i = 0; i < size; i += 1) put(g, below(g, 256));
  if (once(g, 2)) put16At(g, start + 10, 1);
  return 1;
}

function options(g: Grammar, start: number, base: number, slab: TableViews): void {
  put16At(g, start + 10, g.octets[start + 11]! + 1);
  const twice = once(g, 100);
  opt(g, base, slab);
  if (!twice) return;
  opt(g, base, slab);
  put16At(g, start + 10, g.octets[start + 11]! + 1);
}

function opt(g: Grammar, base: number, slab: TableViews): void {
  if (once(g, 200)) put16(g, 0x0161);
  put(g, 0);
  put16(g, 41);
  put16(g, once(g, 10) ? below(g, 65_536) : pick(g, PAYLOADS));
  put(g, once(g, 50) ? below(g, 256) : 0);
  put(g, once(g, 50) ? below(g, 256) : 0);
  put16(g, (once(g, 3) ? 0x8000 : 0) | (once(g, 30) ? below(g, 0x8000) : 0));
  const sizeAt = g.at;
  put16(g, 0);
  if (once(g, 10)) other(g);
  if (once(g, 6)) cookie(g, base, slab);
  if (once(g, 4)) asking(g);
  if (!once(g, 4)) subnet(g);
  if (once(g, 100)) subnet(g);
  if (once(g, 10)) other(g);
  const size = g.at - sizeAt - 2;
  put16At(g, sizeAt, once(g, 100) ? size + pick(g, [1, -1, 4, 65_000]) : size);
}

function other(g: Grammar): void {
  const size = below(g, 12);
  put16(g, pick(g, [3, 9, 10, 11, 12, 15, 18, 19, 65_001]));
  put16(g, once(g, 50) ? size + 3 : size);
  for (let i = 0; i < size; i += 1) put(g, below(g, 256));
}

/** Options that ask, mostly without anything to say. */
function asking(g: Grammar): void {
  for (let i = below(g, 3); i >= 0; i -= 1) {
    const size = once(g, 60) ? 1 : 0;
    put16(g, pick(g, [3, 9, 11, 12, 19]));
    put16(g, size);
    if (size === 1) put(g, below(g, 256));
  }
}

/** A cookie: of the client alone, of a secret in use at any time, or of no secret. */
function cookie(g: Grammar, base: number, slab: TableViews): void {
  const client = Uint8Array.from({ length: 8 }, () => below(g, 256));
  let data: Uint8Array = client;
  if (g.secrets.length > 0 && once(g, 2)) {
    const size = slab.u8[base + slot.PACKET_SLOT_FAMILY] === 4 ? 4 : 16;
    const from = base + slot.PACKET_SLOT_CLIENT;
    const ages = [0, 1, 1800, 1801, 3600, 3601, -300, -301, 86_400, below(g, 4000)];
    const made = slab.u32[(base + slot.PACKET_SLOT_UNIX_SECS) >> 2]! - pick(g, ages);
    const reserved = once(g, 10) ? [1, below(g, 256), 0] : [0, 0, 0];
    const address = slab.u8.subarray(from, from + size);
    data = serverCookie(pick(g, g.secrets), client, address, made >>> 0, reserved);
    if (once(g, 20)) data[below(g, 24)]! ^= 1 << below(g, 8);
  } else if (once(g, 3)) {
    data = Uint8Array.from({ length: pick(g, [15, 16, 24, 32, 40, 41]) }, () => below(g, 256));
  }
  put16(g, 10);
  put16(g, data.length);
  for (const octet of data) put(g, octet);
}

/** A client subnet: mostly as RFC 7871 wants it, else wrong in one field. */
function subnet(g: Grammar): void {
  const family = once(g, 3) ? 6 : 4;
  const most = family === 4 ? 32 : 128;
  const common = family === 4 ? [24, 24, 32, 16, 8, 0] : [48, 56, 64, 96, 128, 32, 16, 112];
  const bits = once(g, 3) ? below(g, most + 1) : pick(g, common);
  address(g, family);
  const wrong = once(g, 40) ? below(g, 6) : -1;
  const size = (bits + 7) >> 3;
  if ((bits & 7) !== 0 && wrong !== 0) g.address[size - 1]! &= 0xff00 >> (bits & 7);
  put16(g, 8);
  put16(g, wrong === 1 ? below(g, 6) : 4 + size);
  put16(g, wrong === 2 ? pick(g, [0, 3, 256, 257]) : family === 4 ? 1 : 2);
  put(g, wrong === 3 ? pick(g, [33, 129, 255, bits + 8]) : bits);
  put(g, wrong === 4 ? 1 + below(g, 255) : 0);
  for (let i = 0; i < size; i += 1) put(g, g.address[i]!);
  if (wrong === 5) put(g, 0);
}

/** An address into g.address, zero behind it if IPv4. */
function address(g: Grammar, family: number): void {
  const size = family === 4 ? 4 : 16;
  g.address.fill(0);
  for (let i = 0; i < size; i += 1) g.address[i] = below(g, 256);
  if (once(g, 4)) return;
  const known = pick<readonly number[]>(g, family === 4 ? V4 : V6);
  if (once(g, 2)) g.address.fill(once(g, 2) ? 0 : 255, known.length, size);
  for (let i = 0; i < known.length; i += 1) g.address[i] = known[i]!;
}

/** Spoils the request in the slot at `base`: flips, cuts, stretches, repeats. */
export function bend(g: Grammar, slab: TableViews, base: number): void {
  const start = base + slot.PACKET_SLOT_SIZE;
  const sizeAt = (base + slot.PACKET_SLOT_SIZE_IN) >> 2;
  const packet = slab.u8;
  // K4: a slot never says that it holds more than its room; that is the pump's part.
  const room = slab.u32[(base + slot.PACKET_SLOT_ROOM) >> 2]!;
  for (let n = 1 + below(g, 4); n > 0; n -= 1) {
    const size = slab.u32[sizeAt]!;
    const at = start + below(g, Math.max(size, 1));
    const style = below(g, 6);
    if (style === 0) packet[at]! ^= 1 << below(g, 8);
    if (style === 1) packet[at] = below(g, 256);
    if (style === 2) slab.u32[sizeAt] = once(g, 4) ? below(g, HEADER_SIZE + 6) : at - start;
    if (style === 3) slab.u32[sizeAt] = Math.min(size + below(g, 16), room);
    if (style === 4) packet.copyWithin(at, start + below(g, Math.max(size, 1)), start + size);
    if (style === 5) packet[at] = pick(g, [0, 0xc0, 0xff, 0x3f, 0x40, 1]);
  }
}
