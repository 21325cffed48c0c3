// SPDX-License-Identifier: Apache-2.0
/**
 * What the control plane can ask for. No effect relies on an earlier one having finished: what must
 * wait is asked for by the event that reports the finish.
 */
import type { ProbeTarget } from "../health/types.ts";
import type { DesiredState, GeoMap, Pop, Zone } from "../resource/types.ts";
import type { BuiltMap } from "../table/build-map.ts";
import type { BuiltZone } from "../table/build-zone.ts";
import type { PlanShape, Share } from "../table/plans.ts";

/** What one region's row says at the moment. */
export interface RowContent {
  readonly ttlSecs: number;
  readonly state: number;
  readonly shares: readonly Share[];
}

/** The plans of one policy: structure and content, by region. */
export interface PolicyPlans {
  readonly policy: string;
  readonly shapes: readonly PlanShape[];
  readonly rows: readonly RowContent[];
}

/** One row whose content changed. */
export interface RowChange {
  readonly policy: string;
  readonly region: number;
  readonly content: RowContent;
}

/** Steering that is to be in force: all maps, all policies with their plans. */
export interface SteeringChange {
  readonly state: Pick<DesiredState, "pops" | "pools" | "policies">;
  readonly maps: readonly BuiltMap[];
  readonly policies: readonly PolicyPlans[];
}

/** One line of the log of state transitions (K05). */
export interface TransitionNote {
  readonly subject: "endpoint" | "policy" | "zone" | "map" | "configuration" | "table";
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

export type ControlEffect =
  | { readonly kind: "compile-zones"; readonly zones: readonly Zone[] }
  | { readonly kind: "compile-map"; readonly map: GeoMap; readonly pops: readonly Pop[] }
  | { readonly kind: "probe"; readonly targets: readonly ProbeTarget[] }
  | {
      readonly kind: "publish";
      /** Apexes of zones without data: a placeholder keeps a zone around them from answering. */
      readonly hold: readonly string[];
      readonly revision: number;
      readonly put: readonly BuiltZone[];
      /** Apexes in text form that are to be gone; null: every zone that is not listed in `keep`. */
      readonly keep: readonly string[] | null;
      readonly steering: SteeringChange | null;
    }
  /** An event `turn-ended` is wanted: after all events that are at hand, or so much later. */
  | { readonly kind: "call-again"; readonly afterMs: number }
  | { readonly kind: "write-plans"; readonly rows: readonly RowChange[] }
  | { readonly kind: "note"; readonly notes: readonly TransitionNote[] };
