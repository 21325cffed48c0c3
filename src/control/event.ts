// SPDX-License-Identifier: Apache-2.0
/** What can happen to the control plane. Every event carries the time; the core has no clock. */
import type { Fault } from "../base/faults.ts";
import type { Region } from "../geo/types.ts";
import type { Outcome } from "../health/types.ts";
import type { DesiredState } from "../resource/types.ts";
import type { BuiltMap } from "../table/build-map.ts";
import type { BuiltZone } from "../table/build-zone.ts";

/** The operator's wishes changed: a whole, checked configuration. */
export interface Configured {
  readonly kind: "configured";
  readonly now: number;
  readonly state: DesiredState;
  /** A table that can serve is in force already: a restart, or the saved table. */
  readonly tableInForce: boolean;
  /** Serials of the zones in that table by apex; a zone among them serves though its file is bad. */
  readonly zonesInForce?: ReadonlyMap<string, number>;
  /** Ids of the policies in that table: zones may name them before the new steering is published. */
  readonly policiesInForce?: Iterable<string>;
  /** Revision of that table: the next one follows it. */
  readonly revisionInForce?: number;
}

/** A zone was compiled, or could not be (`built` null: faults say why). */
export interface ZoneCompiled {
  readonly kind: "zone-compiled";
  readonly now: number;
  readonly apex: string;
  readonly built: BuiltZone | null;
  readonly faults: readonly Fault[];
}

export interface MapCompiled {
  readonly kind: "map-compiled";
  readonly now: number;
  readonly id: string;
  readonly built: BuiltMap | null;
  readonly regions: readonly Region[];
  readonly faults: readonly Fault[];
}

/** Files of these zones or maps changed on disk. */
export interface FilesChanged {
  readonly kind: "files-changed";
  readonly now: number;
  readonly zones: readonly string[];
  readonly maps: readonly string[];
}

/** A secondary's data may be served no longer, or may be again (RFC 1035 §3.3.13). */
export interface ZoneExpired {
  readonly kind: "zone-expired";
  readonly now: number;
  readonly apex: string;
  readonly expired: boolean;
}

export interface ProbeReported {
  readonly kind: "probe-reported";
  readonly now: number;
  readonly outcomes: readonly Outcome[];
}

/** The publisher carried out or refused what it was asked for. */
export interface PublicationDone {
  readonly kind: "publication-done";
  readonly now: number;
  readonly faults: readonly Fault[];
  /** The table was the same already: its revision stays. */
  readonly unchanged?: boolean;
}

/** What an effect `call-again` asked for. */
export interface TurnEnded {
  readonly kind: "turn-ended";
  readonly now: number;
}

export interface Tick {
  readonly kind: "tick";
  readonly now: number;
}

export type ControlEvent =
  | Configured
  | ZoneCompiled
  | MapCompiled
  | FilesChanged
  | ZoneExpired
  | ProbeReported
  | PublicationDone
  | TurnEnded
  | Tick;
