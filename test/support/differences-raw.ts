// SPDX-License-Identifier: Apache-2.0
/** Where the RCODE of Azimuth to an unsound packet differs from that of three others, and why. */

interface RawCase {
  readonly packet: Uint8Array;
  readonly ours: string;
  readonly theirs: string;
}

export interface RawDifference {
  readonly id: string;
  readonly rfc: string;
  applies(one: RawCase): boolean;
}

export const rawDifferences: readonly RawDifference[] = [];

export function allowedRaw(one: RawCase): string | null {
  return rawDifferences.find((row) => row.applies(one))?.id ?? null;
}
