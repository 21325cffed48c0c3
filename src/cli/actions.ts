// SPDX-License-Identifier: Apache-2.0
/**
 * What the command line asks of the rest of the program, handed to it as values.
 *
 * Why not imports: starting a server, checking and compiling need rooms beside and above this one
 * (ARCHITECTURE.md §4). The composition root fills this record; a test fills it with a few lines.
 */
import type { Fault } from "../base/faults.ts";
import type {
  Condition,
  EndpointStatus,
  ExplainDocument,
  ExplainQuery,
  StatusDocument,
  TransitionDocument,
  ZoneStatus,
} from "../control/documents.ts";
import type { ImportSource } from "./verbs.ts";

/** What was found in a configuration and everything that it names. */
export interface CheckReport {
  readonly faults: readonly Fault[];
  /** How many there are of what, in order: `{ zones: 3, policies: 2 }`. Plural nouns as keys. */
  readonly summary: Readonly<Record<string, number>>;
}

/** What came of compiling: the file that was written, or null if faults kept it from being. */
export interface CompileReport {
  readonly faults: readonly Fault[];
  readonly written: null | {
    readonly file: string;
    readonly octets: number;
    /** Hex digest of the table. */
    readonly digest: string;
  };
}

/** Why nothing can be said. `faults` are those of the configuration, if it had any. */
export interface Refusal {
  readonly error: string;
  readonly faults?: readonly Fault[];
}

/** What was found in a master file. */
export interface ZoneReport {
  readonly faults: readonly Fault[];
  /** Null if a server would refuse it. */
  readonly zone: null | {
    /** Text form, absolute. */
    readonly apex: string;
    readonly serial: number;
    readonly records: number;
    /** Empty non-terminals included. */
    readonly owners: number;
    readonly signed: boolean;
  };
}

/** What a master file would change. */
export interface ZoneDiffReport {
  readonly faults: readonly Fault[];
  /** Null if the faults forbid the file; in canonical order, what goes before what comes. */
  readonly lines: null | readonly { readonly sign: "-" | "+"; readonly text: string }[];
}

/** What came of taking over a configuration. */
export interface ImportReport {
  /** An azimuth.yaml; null if the source could not be read. */
  readonly yaml: string | null;
  /** What was not mapped, and where it stands; line 0 is the file as a whole. */
  readonly notes: readonly {
    readonly file: string;
    readonly line: number;
    readonly text: string;
  }[];
}

/** Gives a value of JSON its type back, or null if it has not the shape. */
export type Reader<T> = (value: unknown) => T | null;

/** Readers of the documents that a server sends; `replies` of the room api. */
export interface Readers {
  readonly status: Reader<StatusDocument>;
  readonly zones: Reader<readonly ZoneStatus[]>;
  readonly endpoints: Reader<readonly EndpointStatus[]>;
  readonly transitions: Reader<readonly TransitionDocument[]>;
  readonly explain: Reader<ExplainDocument>;
  readonly condition: Reader<Condition>;
}

export interface Actions {
  /** Version of this program, `0.1.0`. */
  readonly version: string;
  readonly readers: Readers;
  /** Runs the server until it is told to stop; resolves with the exit code of the process. */
  serve(config: string): Promise<number>;
  /** Reads everything that a server would read, and changes nothing. */
  check(config: string): Promise<CheckReport>;
  /** Writes the saved table that a server would start from. */
  compile(config: string, out: string): Promise<CompileReport>;
  /** The answer of a server that had just started with `config`, and had probed nothing. */
  explainOffline(config: string, query: ExplainQuery): Promise<ExplainDocument | Refusal>;
  /**
   * Reads a master file as a server would; `config` says what is steered in it. Changes nothing.
   */
  checkZone(wish: {
    readonly apex: string;
    readonly file: string;
    readonly config: string | null;
    readonly strict: boolean;
  }): Promise<ZoneReport | Refusal>;
  /** A master file against `served`, the text of what a server has in force. */
  diffZone(wish: {
    readonly apex: string;
    readonly file: string;
    readonly served: string;
    readonly steered: ZoneStatus["steered"];
  }): Promise<ZoneDiffReport>;
  /** The configuration of another server as one of ours; changes nothing. */
  importConfig(from: ImportSource, file: string): Promise<ImportReport>;
  /** Path of the control socket of the server that runs with `config`; null if it cannot be told. */
  controlSocket(config: string): Promise<string | null>;
}
