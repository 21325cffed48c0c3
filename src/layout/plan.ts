// SPDX-License-Identifier: Apache-2.0
/**
 * Plan memory: one row per policy and region, the only table words that change while they are read.
 *
 * O1  Every word is valid by itself, so a mix of old and new words is a valid plan.
 * O2  A row is reused only after every reader left the directory that named it.
 */
import { struct, u32 } from "./schema.ts";

export const pickers = {
  /** Weighted rendezvous hash of the truncated client: sticky, equal on every server. */
  RENDEZVOUS: 0,
  /** In exact proportion to the weights over time; each worker walks a low-discrepancy sequence. */
  WRR: 1,
  /** By chance, in proportion to the weights. */
  RANDOM: 2,
  /** Each candidate by itself with P = weight / greatest weight; the heaviest always. */
  INDEPENDENT: 3,
  /** All candidates of the best rank. */
  ALL: 4,
} as const;

/** What is answered when no candidate has weight. */
export const allDownRules = {
  /** Every candidate that has an address of the family, as if all were well. */
  ALL: 0,
  /** NODATA. */
  NONE: 1,
  /** SERVFAIL: no answer is better than a wrong one. */
  SERVFAIL: 2,
} as const;

export const plan = struct({
  name: "Plan",
  doc: "PLAN_CANDIDATES_MAX PlanEntries follow.",
  fields: [
    u32("ttl", "TTL in wire order: stored so that its octets in memory are those on the wire."),
    u32("settings", "picker | answers << 8 | allDown << 16 | entry count << 24."),
    u32("state", "Why it is as it is, for explanations: planStates."),
    u32("stamp", "Low 32 bits of the publication that wrote it last."),
  ],
});

export const planStates = { NORMAL: 0, DEGRADED: 1, ALL_DOWN: 2, RECOVERING: 3 } as const;

export const planEntry = struct({
  name: "PlanEntry",
  doc: "One candidate.",
  fields: [
    u32("endpoint", "Index into Steering.endpoints; never changes while the row lives."),
    u32("share", "weight | rank << 16. Weight 0 takes no traffic; lower ranks go first."),
  ],
});

export const planStructs = [plan, planEntry] as const;
