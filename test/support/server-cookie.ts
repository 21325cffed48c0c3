// SPDX-License-Identifier: Apache-2.0
/**
 * Server cookies of RFC 9018 from its text, with large integers: slow, plain, and of another make
 * than both kernels, so that all three would have to be wrong in the same way.
 */

const MASK = (1n << 64n) - 1n;
const rotate = (x: bigint, bits: bigint): bigint => ((x << bits) | (x >> (64n - bits))) & MASK;
const little = (octets: Uint8Array): bigint =>
  octets.reduceRight((all, octet) => (all << 8n) | BigInt(octet), 0n);

/** SipHash-2-4. */
export function sipHash(key: Uint8Array, message: Uint8Array): Uint8Array {
  const k0 = little(key.subarray(0, 8));
  const k1 = little(key.subarray(8, 16));
  let [v0, v1, v2, v3] = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ];
  const round = (): void => {
    v0 = (v0 + v1) & MASK;
    v2 = (v2 + v3) & MASK;
    v1 = rotate(v1, 13n) ^ v0;
    v3 = rotate(v3, 16n) ^ v2;
    v0 = rotate(v0, 32n);
    v2 = (v2 + v1) & MASK;
    v0 = (v0 + v3) & MASK;
    v1 = rotate(v1, 17n) ^ v2;
    v3 = rotate(v3, 21n) ^ v0;
    v2 = rotate(v2, 32n);
  };
  const blocks = new Uint8Array((Math.floor(message.length / 8) + 1) * 8);
  blocks.set(message);
  blocks[blocks.length - 1] = message.length & 0xff;
  for (let at = 0; at < blocks.length; at += 8) {
    const block = little(blocks.subarray(at, at + 8));
    v3 ^= block;
    round();
    round();
    v0 ^= block;
  }
  v2 ^= 0xffn;
  for (let i = 0; i < 4; i += 1) round();
  const hash = v0 ^ v1 ^ v2 ^ v3;
  return Uint8Array.from({ length: 8 }, (_, i) => Number((hash >> BigInt(8 * i)) & 0xffn));
}

/** The whole option: client cookie and the server cookie that `secret` makes of it. */
export function serverCookie(
  secret: Uint8Array,
  client: Uint8Array,
  address: Uint8Array,
  unixSecs: number,
  reserved: readonly number[] = [0, 0, 0],
): Uint8Array {
  const time = [24, 16, 8, 0].map((shift) => (unixSecs >>> shift) & 0xff);
  const head = Uint8Array.from([...client, 1, ...reserved, ...time]);
  return Uint8Array.from([...head, ...sipHash(secret, Uint8Array.from([...head, ...address]))]);
}
