// SPDX-License-Identifier: Apache-2.0
/**
 * What the control thread shows to the world: the one interface behind HTTP, the control socket and
 * the command line. The API knows routes and JSON; where the facts come from is not its business.
 *
 * The documents themselves are types of the room `control`, which the command line may read too.
 */
import type {
  Condition,
  EndpointStatus,
  ExplainDocument,
  ExplainQuery,
  Status,
  TransitionDocument,
  ZoneAction,
  ZoneStatus,
} from "../control/documents.ts";

export type {
  Condition,
  EndpointStatus,
  ExplainDocument,
  ExplainQuery,
  Status,
  StatusDocument,
  ThreadStatus,
  TransitionDocument,
  ZoneStatus,
} from "../control/documents.ts";

export interface ControlView {
  /** The page of metrics in Prometheus' text format 0.0.4: `exposition(families)` of telemetry. */
  metrics(): string;
  /** The process does its work: threads live, sockets are bound. */
  live(): Condition;
  /** It may take traffic: a table is in force, its data is young enough, readers keep up (K08). */
  ready(): Condition;
  status(): Status;
  zones(): readonly ZoneStatus[];
  endpoints(): readonly EndpointStatus[];
  /** At most `limit`, the newest, oldest first. */
  transitions(limit: number): readonly TransitionDocument[];
  /** The document, or words on what is wrong with the query. */
  explain(query: ExplainQuery): ExplainDocument | { readonly error: string };
  /** Reads the configuration again; resolves when it is in force or refused. */
  reload(): Promise<Condition>;
  /**
   * Does something with one zone; resolves when it is done (reload) or begun (the others). Null if
   * there is no such zone. `zone` is its name, absolute, in lower case.
   */
  zoneAction(zone: string, action: ZoneAction): Promise<Condition | null>;
  /** The zone in force as a master file; null if it has no data. */
  zoneFile(zone: string): string | null;
}
