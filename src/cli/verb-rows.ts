// SPDX-License-Identifier: Apache-2.0
/**
 * How a verb of the command line is described, and the rows that several verbs share.
 *
 * Options stand at the verb and not before it, since a verb takes only those that mean something to
 * it; what several verbs take is one row that they share.
 */

export interface ArgumentRow {
  readonly name: string;
  readonly required: boolean;
  readonly doc: string;
}

export interface OptionRow {
  /** As commander reads it: `-o, --output <file>`. */
  readonly flags: string;
  readonly doc: string;
  readonly default?: string;
  readonly choices?: readonly string[];
  readonly required?: true;
}

export interface ExampleRow {
  readonly line: string;
  readonly doc: string;
}

export interface VerbRow {
  /** One word, or two: the group (`verbGroups`) and the verb in it. */
  readonly name: string;
  readonly summary: string;
  /** What it does beyond the summary, in sentences. */
  readonly doc: string;
  readonly arguments: readonly ArgumentRow[];
  readonly options: readonly OptionRow[];
  /** Meaning of exit code 1, or null if the verb never ends with it. */
  readonly negative: string | null;
  /** What exit code 2 means beside a command line that is not understood. */
  readonly trouble?: string;
  readonly examples: readonly ExampleRow[];
}

/** Where a configuration is looked for if none is named. */
export const CONFIG_PLACES = ["./azimuth.yaml", "/etc/azimuth/azimuth.yaml"] as const;

const places = CONFIG_PLACES.join(", then ");

export const configArgument: ArgumentRow = {
  name: "config",
  required: false,
  doc: `Configuration file; ${places} if none is named.`,
};
export const config: OptionRow = { flags: "-c, --config <file>", doc: configArgument.doc };
export const json: OptionRow = { flags: "--json", doc: "Print JSON, for programs." };
export const color: OptionRow = {
  flags: "--color <when>",
  doc: "Colours: auto means on a terminal, unless NO_COLOR is set.",
  default: "auto",
  choices: ["auto", "always", "never"],
};
export const socket: OptionRow = {
  flags: "--socket <path>",
  doc: "Control socket of the running server; without it, the one that the configuration says.",
};
/** What every verb takes that asks a server. */
export const ofServer = [socket, config, json, color] as const;
