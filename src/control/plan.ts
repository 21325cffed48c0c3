// SPDX-License-Identifier: Apache-2.0
/**
 * From beliefs to plans: verdicts → rows, and which rows changed.
 *
 * Level, not edge: each time everything that may have changed is computed from what is, and compared
 * with what was written. A lost message costs a tick, never correctness.
 */
import { expireTrack, periodOf, type Track } from "../health/track.ts";
import { type EndpointVerdict, judgeEndpoint, VERDICT_UNPROBED } from "../health/verdict.ts";
import { allDownRules, pickers, planStates } from "../layout/plan.ts";
import type { Policy } from "../resource/types.ts";
import { type PlanStructure, planStructure } from "../steer/candidates.ts";
import { type PlanShares, planRows } from "../steer/shares.ts";
import type { PlanShape } from "../table/plans.ts";
import type { PolicyPlans, RowChange, TransitionNote } from "./effect.ts";
import type { ControlCore, PolicyRecord } from "./state.ts";

/** Lets leases run out and judges every endpoint again; gives notes on those that turned. */
export function judgeAll(core: ControlCore, now: number): readonly TransitionNote[] {
  const periods = new Map(core.targets.targets.map((t) => [t.key, periodOf(t.probe)]));
  for (const [key, track] of core.tracks) {
    const expired: Track = expireTrack(track, now, periods.get(key) ?? 0);
    if (expired !== track) core.tracks.set(key, expired);
  }
  const before = core.verdicts;
  const after = core.endpoints.endpoints.map(({ id }): EndpointVerdict => {
    const targets = core.targets.endpoints.get(id);
    return targets === undefined ? VERDICT_UNPROBED : judgeEndpoint(targets, core.tracks);
  });
  core.verdicts = after;
  const notes: TransitionNote[] = [];
  if (before.length !== after.length) return notes;
  core.endpoints.endpoints.forEach(({ id }, i) => {
    const from = before[i]!.status;
    const { status: to, reason } = after[i]!;
    if (from === to) return;
    notes.push({ subject: "endpoint", name: id, from, to, reason: reason || "probes pass" });
  });
  return notes;
}

/** The structure of every policy whose map is compiled; the others have no plans yet. */
export function structureAll(core: ControlCore, now: number): void {
  core.policies.clear();
  for (const policy of core.desired.policies) {
    const map = core.maps.get(policy.map);
    if (map === undefined || map.built === null) continue;
    const structure = planStructure(policy, map.regions, core.endpoints);
    core.policies.set(policy.id, withRows(structure, core.verdicts, now));
  }
}

function withRows(
  structure: PlanStructure,
  verdicts: readonly EndpointVerdict[],
  now: number,
): PolicyRecord {
  const rows = planRows(structure, verdicts, now);
  let nextChangeAt: number | null = null;
  for (const { nextChangeAt: at } of new Set(rows)) {
    if (at !== null && (nextChangeAt === null || at < nextChangeAt)) nextChangeAt = at;
  }
  return { structure, rows, nextChangeAt };
}

/**
 * Computes the rows of policies whose facts or time may have changed them; gives what differs.
 * `factsChanged` false: only policies whose own time has come.
 */
export function replan(
  core: ControlCore,
  factsChanged: boolean,
  now: number,
): { readonly rows: readonly RowChange[]; readonly notes: readonly TransitionNote[] } {
  const changes: RowChange[] = [];
  const notes: TransitionNote[] = [];
  for (const [id, record] of core.policies) {
    const due = record.nextChangeAt !== null && record.nextChangeAt <= now;
    if (!factsChanged && !due) continue;
    const next = withRows(record.structure, core.verdicts, now);
    core.policies.set(id, next);
    const seen = new Set<string>();
    next.rows.forEach((row, region) => {
      const old = record.rows[region]!;
      if (sameRow(old, row)) return;
      changes.push({ policy: id, region, content: row });
      const from = stateText(old.state);
      const to = stateText(row.state);
      if (from === to || seen.has(from + to)) return;
      seen.add(from + to);
      notes.push({ subject: "policy", name: id, from, to, reason: reasonOf(core, record, region) });
    });
  }
  return { rows: changes, notes };
}

/** Which candidates of the region are not up, for the log. */
function reasonOf(core: ControlCore, record: PolicyRecord, region: number): string {
  const parts: string[] = [];
  for (const { endpoint } of record.structure.candidates[region] ?? []) {
    const { status, reason } = core.verdicts[endpoint]!;
    const { id } = core.endpoints.endpoints[endpoint]!;
    if (status !== "up") parts.push(`${id} ${status}: ${reason}`);
  }
  return parts.length === 0 ? "all candidates are up" : parts.join("; ");
}

function stateText(state: number): string {
  const found = Object.entries(planStates).find(([, value]) => value === state);
  return (found?.[0] ?? "?").toLowerCase().replaceAll("_", "-");
}

function sameRow(a: PlanShares, b: PlanShares): boolean {
  if (a === b) return true;
  if (a.ttlSecs !== b.ttlSecs || a.state !== b.state) return false;
  return a.shares.every((share, i) => {
    const other = b.shares[i]!;
    return share.rank === other.rank && share.weight === other.weight;
  });
}

/** Every policy's plans in the form that the publisher writes. */
export function policyPlans(core: ControlCore): readonly PolicyPlans[] {
  return [...core.policies].map(([policy, { structure, rows }]) => ({
    policy,
    shapes: structure.candidates.map((list) =>
      shapeOf(
        structure.policy,
        list.map(({ endpoint }) => endpoint),
      ),
    ),
    rows,
  }));
}

function shapeOf(policy: Policy, endpoints: readonly number[]): PlanShape {
  return {
    picker: pickers[policy.picker.toUpperCase() as keyof typeof pickers],
    answers: policy.answers,
    allDown: allDownRules[policy.allDown.toUpperCase() as keyof typeof allDownRules],
    endpoints,
  };
}
