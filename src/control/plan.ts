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

/** Every policy has a map that could be compiled; without it there are no regions to plan for. */
export function mapsComplete(core: ControlCore): boolean {
  return core.desired.policies.every(({ map }) => (core.maps.get(map)?.built ?? null) !== null);
}

/** The structure and rows of every policy of the configuration, for publication. */
export function structureAll(core: ControlCore, now: number): ReadonlyMap<string, PolicyRecord> {
  const policies = new Map<string, PolicyRecord>();
  for (const policy of core.desired.policies) {
    const map = core.maps.get(policy.map)!;
    const structure = planStructure(policy, map.regions, core.endpoints);
    policies.set(policy.id, withRows(structure, core.verdicts, now));
  }
  return policies;
}

/** Verdicts by the numbers of the policies in force; an endpoint that is gone keeps its last one. */
function plannedVerdicts(core: ControlCore): readonly EndpointVerdict[] {
  const { endpoints, verdicts } = core.planned;
  if (endpoints === core.endpoints) return core.verdicts;
  return endpoints.endpoints.map(({ id }, i) => {
    const at = core.endpoints.at.get(id);
    return (at === undefined ? undefined : core.verdicts[at]) ?? verdicts[i] ?? VERDICT_UNPROBED;
  });
}

function sameVerdicts(a: readonly EndpointVerdict[], b: readonly EndpointVerdict[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, i) => {
      const other = b[i]!;
      return (
        one.status === other.status &&
        one.suspect === other.suspect &&
        one.recoveredAt === other.recoveredAt
      );
    })
  );
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
 * If the facts are those of the last time, only policies whose own time has come are looked at.
 */
export function replan(
  core: ControlCore,
  now: number,
): { readonly rows: readonly RowChange[]; readonly notes: readonly TransitionNote[] } {
  const changes: RowChange[] = [];
  const notes: TransitionNote[] = [];
  const verdicts = plannedVerdicts(core);
  const factsChanged = !sameVerdicts(core.planned.verdicts, verdicts);
  core.planned = { ...core.planned, verdicts };
  const policies = new Map(core.policies);
  for (const [id, record] of core.policies) {
    const due = record.nextChangeAt !== null && record.nextChangeAt <= now;
    if (!factsChanged && !due) continue;
    const next = withRows(record.structure, verdicts, now);
    policies.set(id, next);
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
  core.policies = policies;
  return { rows: changes, notes };
}

/** Which candidates of the region are not up, for the log. */
function reasonOf(core: ControlCore, record: PolicyRecord, region: number): string {
  const parts: string[] = [];
  for (const { endpoint } of record.structure.candidates[region] ?? []) {
    const { status, reason } = core.planned.verdicts[endpoint]!;
    const { id } = core.planned.endpoints.endpoints[endpoint]!;
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
export function policyPlans(policies: ReadonlyMap<string, PolicyRecord>): readonly PolicyPlans[] {
  return [...policies].map(([policy, { structure, rows }]) => ({
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
