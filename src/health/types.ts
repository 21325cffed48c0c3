// SPDX-License-Identifier: Apache-2.0
/**
 * What health is made of: targets that are asked, outcomes of asking, statuses that follow.
 *
 * The room knows nothing of pools and policies. It says in `ProbeSettings` and `ProbedPool` what it
 * needs of a configuration, and the resources of src/resource fit by their shape: two rooms of one
 * layer stay strangers, and a prober needs no more than this file to do its work.
 *
 * All times are milliseconds on the monotonic clock of this process.
 */

export const healthStatuses = ["unknown", "up", "degraded", "down", "draining"] as const;

/**
 * unknown: no outcome yet, or none of late. degraded: one address family is down, another is not.
 * draining: an operator takes it out of service; says nothing about its health.
 */
export type HealthStatus = (typeof healthStatuses)[number];

/** Rounds in a row that turn a track up (`rise`) or down (`fall`). */
export interface Thresholds {
  readonly rise: number;
  readonly fall: number;
}

/** How to ask. The resource `Probe` without its id. */
export interface ProbeSettings extends Thresholds {
  readonly kind: "http" | "tcp";
  readonly port: number;
  readonly method: "HEAD" | "GET";
  readonly path: string;
  /** Host header; "" for the address. */
  readonly host: string;
  /** Accepted status codes, inclusive ranges. */
  readonly statuses: readonly (readonly [number, number])[];
  readonly intervalMs: number;
  /** One deadline for connect and answer of each attempt. */
  readonly timeoutMs: number;
  /** Further attempts in the same round after a failed one. */
  readonly retries: number;
}

/** One thing in the world that is asked, whoever and however many depend on it. */
export interface ProbeTarget {
  /** Normalised address, port and settings: equal keys are equal questions. */
  readonly key: string;
  readonly probe: ProbeSettings;
  /** Canonical text (RFC 5952). */
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
}

/** The result of one round: the last attempt's, if there were several. */
export interface Outcome {
  readonly key: string;
  readonly passed: boolean;
  /** Connect to answer, milliseconds; of a failed attempt, how long it took to fail. */
  readonly rttMs: number;
  /** For people: "200", "connection refused", "no answer within 500 ms". */
  readonly reason: string;
  readonly at: number;
}

/** What the room needs of a configuration; DesiredState fits. */
export interface ProbedConfiguration {
  readonly pools: readonly ProbedPool[];
  readonly probes: readonly (ProbeSettings & { readonly id: string })[];
}

export interface ProbedPool {
  readonly id: string;
  readonly endpoints: readonly ProbedEndpoint[];
  /** Ids of probes; an endpoint is up if all of them are. */
  readonly probes: readonly string[];
}

export interface ProbedEndpoint {
  readonly id: string;
  readonly v4: string | null;
  readonly v6: string | null;
  readonly probeAddress: string | null;
  readonly probePort: number;
}
