// SPDX-License-Identifier: Apache-2.0
/**
 * What the proof of a received zone was compiled to, until its file is in its place: then this is what
 * is served, and nothing is compiled twice.
 *
 * Invariants
 *   P1  A result is only used for the octets that it was made from, with the settings of then, upon the
 *       version in force of then (J2 of compilers.ts); else the zone is compiled as any other.
 *   P2  What nobody fetches is forgotten: its file never came into its place.
 */
import { sameOctets } from "../base/octets.ts";
import { stampOf, type ZoneJob, type ZoneResult } from "../io/compile-zone.ts";
import type { ZoneInForce } from "../io/zone-source.ts";
import type { Zone } from "../resource/types.ts";

/** The file is renamed as soon as the proof is heard of. */
const KEEP_MS = 10_000;

export interface Proven {
  /** Keeps what a job with a text elsewhere came to; `known` are the digests that it left out. */
  keep(job: ZoneJob, result: ZoneResult): void;
  /** The result for a zone whose file is the text that was proved; null if there is none. */
  take(zone: Zone, inForce: () => ZoneInForce | null): ZoneResult | null;
  close(): void;
}

interface Kept {
  readonly job: ZoneJob;
  readonly result: ZoneResult;
  readonly timer: NodeJS.Timeout;
}

export function createProven(): Proven {
  const kept = new Map<string, Kept>();
  const drop = (apex: string): void => {
    clearTimeout(kept.get(apex)?.timer);
    kept.delete(apex);
  };
  return {
    keep(job, result) {
      drop(job.apex);
      if (result.built === null) return;
      const timer = setTimeout(() => drop(job.apex), KEEP_MS);
      timer.unref();
      kept.set(job.apex, { job, result, timer });
    },
    take(zone, inForce) {
      const one = kept.get(zone.apex);
      if (one === undefined) return null;
      const isMeant =
        one.result.files[0]?.stamp === stampOf(zone.file) &&
        settingsOf(one.job) === settingsOf(zone) &&
        isSame(one.job.known, inForce()?.header.shardDigests ?? null);
      drop(zone.apex);
      return isMeant ? one.result : null;
    },
    close() {
      for (const apex of [...kept.keys()]) drop(apex);
    },
  };
}

function settingsOf({ file, steered, strict = false }: Pick<Zone, "file" | "steered" | "strict">) {
  return JSON.stringify([file, steered, strict]);
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : sameOctets(a, b);
}
