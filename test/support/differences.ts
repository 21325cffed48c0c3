// SPDX-License-Identifier: Apache-2.0
/** Where Azimuth knowingly says something else than most others; docs/differences.md has the reasons. */
import type { Outcome, Summary } from "./summary.ts";

export interface Question {
  readonly name: Uint8Array;
  readonly text: string;
  readonly type: number;
  readonly rd: boolean;
  readonly cd: boolean;
}

export interface Voices {
  readonly ours: Outcome | null;
  /** By server; null if it has not loaded the zone, or its answer cannot be read. */
  readonly peers: ReadonlyMap<string, Outcome | null>;
}

export function allowedDifference(
  _question: Question,
  _field: keyof Summary,
  _ours: string,
  _theirs: string,
  _voices: Voices,
): string | null {
  return null;
}
