// SPDX-License-Identifier: Apache-2.0
/** What the control plane holds between two events: wishes, what was compiled, beliefs, plans. */
import type { Fault } from "../base/faults.ts";
import type { Region } from "../geo/types.ts";
import type { TargetPlan } from "../health/targets.ts";
import type { Track } from "../health/track.ts";
import type { EndpointVerdict } from "../health/verdict.ts";
import type { DesiredState, Zone } from "../resource/types.ts";
import type { PlanStructure } from "../steer/candidates.ts";
import type { EndpointIndex } from "../steer/endpoints.ts";
import type { PlanShares } from "../steer/shares.ts";
import type { BuiltMap } from "../table/build-map.ts";
import type { BuiltZone } from "../table/build-zone.ts";

export type ZonePhase = "loading" | "loaded" | "stale" | "failed" | "expired";

/** One zone of the configuration. */
export interface ZoneRecord {
  readonly zone: Zone;
  readonly phase: ZonePhase;
  /** Serial and owner names of the version that serves; 0 if none does. */
  readonly serial: number;
  readonly owners: number;
  readonly faults: readonly Fault[];
  /** Compiled and not yet published. */
  readonly waiting: BuiltZone | null;
  /** Asked for and not yet reported. */
  readonly compiling: boolean;
  /** A version of it is in the table: compiled by this core, or by one before it. */
  readonly inForce: boolean;
  /** A placeholder is in the table, or is to be: no primary has confirmed what we have for too long. */
  readonly expired: boolean;
  /** A placeholder is in the table: it has never been good, and its names get SERVFAIL. */
  readonly held: boolean;
  readonly loadedAt: number | null;
}

export interface MapRecord {
  /** What it was compiled from: the map's own fields and the POPs, as JSON. */
  readonly key: string;
  readonly built: BuiltMap | null;
  readonly regions: readonly Region[];
  readonly faults: readonly Fault[];
  readonly compiling: boolean;
  /** It is compiled from its rules alone, because its databases were refused. */
  readonly bare: boolean;
}

/** One policy with the rows that are in force. */
export interface PolicyRecord {
  readonly structure: PlanStructure;
  readonly rows: readonly PlanShares[];
  /** Until then the same facts give the same rows; null: forever. */
  readonly nextChangeAt: number | null;
}

/**
 * The endpoints that the policies in force number, and what was last thought of each. While a new
 * configuration waits for its maps, its endpoints have other numbers than the plans in force.
 */
export interface PlannedWith {
  readonly endpoints: EndpointIndex;
  readonly verdicts: readonly EndpointVerdict[];
}

export interface Publishing {
  readonly put: readonly ZoneRecord[];
  /** Apexes of zones that get a placeholder. */
  readonly hold: readonly string[];
  /** Steering that is in force if the publication succeeds; null if it stays as it is. */
  readonly steering: {
    readonly policies: ReadonlyMap<string, PolicyRecord>;
    readonly planned: PlannedWith;
  } | null;
}

/** Mutable on purpose: one owner, the step function. Everything inside is a value. */
export interface ControlCore {
  /** Counts publications that changed something: the revision in force, or asked for. */
  revision: number;
  desired: DesiredState;
  endpoints: EndpointIndex;
  targets: TargetPlan;
  readonly tracks: Map<string, Track>;
  /** By endpoint index. */
  verdicts: readonly EndpointVerdict[];
  readonly zones: Map<string, ZoneRecord>;
  readonly maps: Map<string, MapRecord>;
  /** The policies in force, as they were published. */
  policies: ReadonlyMap<string, PolicyRecord>;
  planned: PlannedWith;
  /** Maps, POPs, pools or policies differ from what was published. */
  steeringDirty: boolean;
  /** Since the last publication zones went away, or came without data. */
  zonesDirty: boolean;
  /** Until then plans wait for the first outcomes, because a good table serves; null: no wait. */
  settleBy: number | null;
  /** Policies that a zone may name without new steering. */
  policiesInForce: ReadonlySet<string>;
  /** What was asked to be published and is not reported yet; null if nothing is under way. */
  publishing: Publishing | null;
  /** When something was last asked to be published; minus infinity if nothing ever was. */
  publishedAt: number;
  /** The end of the turn was asked for and is not reported yet. */
  called: boolean;
  /** What the last publication was refused for; it is tried again when something has changed. */
  refusal: readonly Fault[];
}

/** A secondary whose first transfer has not come yet: nothing is wrong with it. */
export function isAwaited(
  core: ControlCore,
  { apex, faults }: { readonly apex: string; readonly faults: readonly Fault[] },
): boolean {
  const zone = core.zones.get(apex)?.zone;
  const isSecondary = zone !== undefined && zone.transfer.primaries.length > 0;
  return isSecondary && faults.every((one) => one.key === "FILE_UNREADABLE");
}
