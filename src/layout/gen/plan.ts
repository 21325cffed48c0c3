// SPDX-License-Identifier: Apache-2.0
// Generated from src/layout by scripts/gen.ts. Not edited.

/** PLAN_CANDIDATES_MAX PlanEntries follow. */
export const PLAN_SIZE = 16;
/** u32. TTL in wire order: stored so that its octets in memory are those on the wire. */
export const PLAN_TTL = 0;
/** u32. picker | answers << 8 | allDown << 16 | entry count << 24. */
export const PLAN_SETTINGS = 4;
/** u32. Why it is as it is, for explanations: planStates. */
export const PLAN_STATE = 8;
/** u32. Low 32 bits of the publication that wrote it last. */
export const PLAN_STAMP = 12;

/** One candidate. */
export const PLAN_ENTRY_SIZE = 8;
/** u32. Index into Steering.endpoints; never changes while the row lives. */
export const PLAN_ENTRY_ENDPOINT = 0;
/** u32. weight | rank << 16. Weight 0 takes no traffic; lower ranks go first. */
export const PLAN_ENTRY_SHARE = 4;
