// SPDX-License-Identifier: Apache-2.0
/**
 * The words of the comparison: a workload, a server that can be compared, one measured cell.
 *
 * A server is a record of data and one function that writes its configuration. Everything that is
 * done to a server is the same code for all of them: what is special about one of them stands in
 * its file in servers/ and nowhere else, so that a reader can check what each was told.
 */

export const WORKLOADS = ["W1", "W2", "W3"] as const;
export type WorkloadName = (typeof WORKLOADS)[number];

/** What the 20 names of W2 are answered with, by the network of the client. */
export interface Steering {
  /** Relative owners. */
  readonly owners: readonly string[];
  /** Address of each edge. */
  readonly edges: readonly string[];
  /** The longest prefix wins. */
  readonly networks: readonly Network[];
  /** Edge of clients in none of the networks. */
  readonly fallback: number;
}

export interface Network {
  readonly prefix: string;
  readonly edge: number;
}

/** What a server is configured from. */
export interface Site {
  /** Its own folder, empty. */
  readonly folder: string;
  readonly port: number;
  /** For control channels that want a TCP port. */
  readonly controlPort: number;
  /** Without the final dot. */
  readonly apex: string;
  /** The zone as a master file of this server's own. */
  readonly zoneFile: string;
  /** Null where the zone is static. */
  readonly steering: Steering | null;
}

/** How a server is told that its zone file is another one. */
export type Reload =
  | { readonly by: "itself" }
  | { readonly by: "command"; readonly commands: readonly (readonly string[])[] };

/** A configured server, ready to start. */
export interface Prepared {
  readonly command: readonly string[];
  /** Beside our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly reload: Reload;
  /** What it must have written when it answers: that it runs in the form that was asked for. */
  readonly says?: string;
  /** The table that Azimuth keeps: once it is there, a start is quicker. */
  readonly savedTable?: string;
}

export interface PeerServer {
  readonly name: string;
  readonly doc: string;
  /** Programs that must be found. */
  readonly programs: readonly string[];
  /** Files that must be there, each with what brings it. */
  readonly files?: Readonly<Record<string, string>>;
  /** Debian packages that bring them. */
  readonly packages: readonly string[];
  readonly workloads: readonly WorkloadName[];
  /** `no` for a responder that knows no names: nothing but its rate can be looked at. */
  readonly answers: "right" | "without client subnet" | "no";
  /** What of its configuration a reader of the figures should know. */
  readonly notes: readonly string[];
  /** Command whose output holds the version. */
  readonly version: readonly string[];
  /** Place of the zone file in the site's folder, for a server that knows zones by file names. */
  readonly zonePath?: (apex: string) => string;
  /** Writes the configuration into the site's folder. */
  configure(site: Site): Prepared;
}

/** One run of the generator. Microseconds, queries per second. */
export interface LoadFigures {
  readonly rate: number;
  readonly offered: number;
  readonly sent: number;
  readonly lost: number;
  readonly wrong: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** Of all threads of the process that answers. */
  readonly cpuMicrosPerQuery: number;
  /** How late the generator itself was at worst: above a few hundred it spoils the p99. */
  readonly behindMaxMicros: number;
  /** Part of the time in which the generator had nothing to do: near 0 it is itself the limit. */
  readonly idlePart: number;
}

export const RUNS = ["closed64", "closed256", "open20k", "open100k"] as const;
export type RunName = (typeof RUNS)[number];

/** Everything that was measured of one server under one workload in one round. */
export interface Cell {
  readonly round: number;
  readonly server: string;
  readonly workload: WorkloadName;
  /** Why it was not measured; nothing else is there then. */
  readonly failed?: string;
  /** What went wrong after the load: what was measured until then counts. */
  readonly trouble?: string;
  readonly verified?: Verified;
  readonly runs?: Readonly<Partial<Record<RunName, LoadFigures>>>;
  /** From the start of the process to its first right answer. Milliseconds. */
  readonly startMs?: number;
  /** The same from the saved table. */
  readonly savedStartMs?: number;
  /** From the rename of the edited file to the new answer. Milliseconds. */
  readonly editMs?: number;
  /** Resident after the load: of the largest process, and the proportional sum of all. */
  readonly rssKib?: number;
  readonly pssKib?: number;
  /** What the kernel reports for the socket. Octets, doubled for its bookkeeping. */
  readonly receiveBufferOctets?: number;
}

/** A sample of answers, compared with what they should be. */
export interface Verified {
  readonly asked: number;
  readonly right: number;
  readonly firstWrong: string | null;
}
