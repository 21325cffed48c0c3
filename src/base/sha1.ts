// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-1, for the owners of NSEC3 records alone (RFC 5155 §11): nothing secret is protected by it.
 *
 * Why our own: both kernels take it in the middle of a query, where nothing may be allocated and no
 * module of the runtime reached; and they must agree. Twin: native/src/sha1.cc. FIPS 180-4 §6.1.
 */

/** Octets of a digest. */
export const SHA1_SIZE = 20;
const BLOCK_SIZE = 64;

const schedule = new Int32Array(80);
const state = new Int32Array(5);
const block = new Uint8Array(BLOCK_SIZE);

/** The digest of octets[at, at + size), written to `out` at `to`; both may be one memory. */
export function sha1(
  octets: Uint8Array,
  at: number,
  size: number,
  out: Uint8Array,
  to: number,
): void {
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  state[4] = 0xc3d2e1f0;
  let done = 0;
  for (; done + BLOCK_SIZE <= size; done += BLOCK_SIZE) compress(octets, at + done);
  const rest = size - done;
  for (let i = 0; i < rest; i += 1) block[i] = octets[at + done + i]!;
  block[rest] = 0x80;
  block.fill(0, rest + 1);
  if (rest + 9 > BLOCK_SIZE) {
    compress(block, 0);
    block.fill(0);
  }
  // Sizes here are far below 2^29 octets: one word of bits is enough.
  const bits = size * 8;
  for (let i = 0; i < 4; i += 1) block[60 + i] = bits >>> (24 - 8 * i);
  compress(block, 0);
  for (let i = 0; i < SHA1_SIZE; i += 1) out[to + i] = state[i >> 2]! >>> (24 - 8 * (i & 3));
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function compress(octets: Uint8Array, at: number): void {
  const w = schedule;
  for (let i = 0; i < 16; i += 1) {
    const o = at + i * 4;
    w[i] = (octets[o]! << 24) | (octets[o + 1]! << 16) | (octets[o + 2]! << 8) | octets[o + 3]!;
  }
  for (let i = 16; i < 80; i += 1) {
    w[i] = rotate(w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!, 1);
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  for (let i = 0; i < 80; i += 1) {
    let mix = b ^ c ^ d;
    let constant = i < 40 ? 0x6ed9eba1 : 0xca62c1d6;
    if (i < 20) {
      mix = (b & c) | (~b & d);
      constant = 0x5a827999;
    } else if (i >= 40 && i < 60) {
      mix = (b & c) | (b & d) | (c & d);
      constant = 0x8f1bbcdc;
    }
    const next = (rotate(a, 5) + mix + e + constant + w[i]!) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
  state[4] = state[4]! + e;
}
