// SPDX-License-Identifier: Apache-2.0
/** Chance that can be had again: splitmix32 from a seed that the test prints. */

export interface Prng {
  state: number;
}

export function createPrng(seed: number): Prng {
  return { state: seed | 0 };
}

/** The next number, 0..2^32−1. */
export function nextRandom(prng: Prng): number {
  prng.state = (prng.state + 0x9e3779b9) | 0;
  let z = prng.state;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
