// SPDX-License-Identifier: Apache-2.0
/**
 * The documents that the control plane shows: what the API sends as JSON and the command line prints.
 *
 * They stand here, below both, because the server writes them and the command line of another
 * process reads them, and neither room may know the other. They are plain data of strings, numbers,
 * booleans, null, lists and records, so that JSON carries them unchanged.
 *
 * Times are ISO 8601 in UTC, addresses and networks as RFC 5952 prints them.
 */
import type { ExplainedCandidate, ExplainedSteering } from "../answer/explain.ts";

/** An answer to "are you well": `reasons` is empty exactly if ok. */
export interface Condition {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

/** What an operator may ask of one zone. */
export const zoneActions = ["reload", "refresh", "retransfer", "notify", "flush"] as const;
export type ZoneAction = (typeof zoneActions)[number];

export interface ZoneStatus {
  readonly zone: string;
  /** Of the version that serves; 0 if none does. A newer one may be compiled and wait. */
  readonly serial: number;
  readonly owners: number;
  readonly file: string;
  /** file: an operator's. secondary: received. dynamic: changed by UPDATE as well. */
  readonly source: "file" | "secondary" | "dynamic";
  /** How a secondary fares; null for others. */
  readonly secondary: {
    readonly primary: string;
    readonly busy: "nothing" | "soa" | "steps" | "whole";
    readonly confirmedAt: string | null;
    readonly nextAt: string | null;
    readonly expiresAt: string | null;
    readonly error: string | null;
  } | null;
  /** The catalog that it came from, and its groups: `group` is the one whose settings it has. */
  readonly member: {
    readonly catalog: string;
    readonly groups: readonly string[];
    readonly group: string | null;
  } | null;
  /** How a catalog fares; null for other zones. */
  readonly catalog: {
    /** Zones that it has, and those of them that are fetched from nobody. */
    readonly members: number;
    readonly withoutPrimaries: number;
    /** Why the version in force is none: the members of the last good one are served on. */
    readonly broken: string | null;
    /** Zones that it lists, and others have. */
    readonly clashes: readonly { readonly zone: string; readonly owner: string }[];
  } | null;
  /** loaded: as the file says. stale: an older version serves, the file is faulty. failed: none serves. */
  readonly state: "loaded" | "stale" | "failed" | "loading" | "expired";
  /** Faults of the last load, as `file:line:column severity CODE detail`. */
  readonly faults: readonly string[];
  readonly loadedAt: string | null;
  /** What policies answer, of which no master file has records. */
  readonly steered: readonly {
    readonly owner: string;
    readonly types: readonly string[];
    readonly policy: string;
  }[];
}

export interface EndpointStatus {
  readonly endpoint: string;
  readonly pop: string;
  readonly status: string;
  /** One row per address that is probed. */
  readonly addresses: readonly {
    readonly address: string;
    readonly status: string;
    readonly since: string | null;
    readonly rttMs: number | null;
    readonly reason: string;
  }[];
}

export interface ThreadStatus {
  readonly name: string;
  readonly state: string;
  readonly restarts: number;
  /** The last epoch that it is known to have read; null if it has read none yet. */
  readonly observedEpoch: number | null;
  readonly queries: number;
}

export interface Status {
  readonly name: string;
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly revision: number;
  readonly epoch: number;
  /** Hex digest of the directory in force, saved tables included; "" while there is none. */
  readonly digest: string;
  /** live, or the time of the saved table that serves until the configuration is compiled. */
  readonly source: string;
  readonly kernel: "ts" | "native";
  readonly pump: "dgram" | "native";
  readonly listen: readonly string[];
  readonly zones: number;
  readonly tableOctetsUsed: number;
  readonly tableOctetsMax: number;
  readonly threads: readonly ThreadStatus[];
  /** Faults of the last reload; empty if it was good. */
  readonly faults: readonly string[];
}

/** What `/api/v1/status` sends: the state, and how well it is. */
export interface StatusDocument extends Status {
  readonly live: Condition;
  readonly ready: Condition;
}

/** One change of state, as the ring of transitions keeps it. */
export interface TransitionDocument {
  /** Place in the history of this process, from 1. */
  readonly sequence: number;
  readonly at: string;
  /** UNIX time in milliseconds: the same moment as `at`. */
  readonly atMs: number;
  /** What turned: endpoint, pop, zone, worker … */
  readonly kind: string;
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

export interface ExplainQuery {
  readonly name: string;
  readonly type: string;
  /** Address of the resolver, or of the client if `subnet` is empty. */
  readonly client: string;
  /** Client subnet option to send, `192.0.2.0/24`; "" for none. */
  readonly subnet: string;
  readonly transport: "udp" | "tcp";
}

/** What the kernel did, and what the control plane thought before. */
export interface SteeringStory extends Omit<ExplainedSteering, "candidates"> {
  readonly candidates: readonly (ExplainedCandidate & {
    /** Distance, match and health, as the control plane saw them. */
    readonly notes: readonly string[];
  })[];
  /** Endpoints that never became candidates of the plan, and why. */
  readonly dropped: readonly { readonly endpoint: string; readonly why: string }[];
}

/** The story of one answer, for people and programs. */
export interface ExplainDocument {
  readonly question: { readonly name: string; readonly type: string };
  readonly client: string;
  readonly subnet: string;
  readonly zone: string | null;
  readonly serial: number;
  readonly epoch: number;
  readonly synthesized: boolean;
  readonly steering: null | SteeringStory;
  /** Of an answer with hints that are filled in: the story of each pick, by ipv4hint and ipv6hint. */
  readonly hints: readonly { readonly key: string; readonly steering: SteeringStory }[];
  /** dig-like text of the reply. */
  readonly replyText: string;
  readonly replyBase64: string;
}
