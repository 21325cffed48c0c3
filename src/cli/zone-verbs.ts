// SPDX-License-Identifier: Apache-2.0
/**
 * The verbs for one zone: `azimuth zone <verb> <apex>`.
 *
 * Verbs of their own and not values of an argument, because they take different words: check and
 * diff read a file, check needs no server, and each ends with exit codes that mean what it did.
 */
import { zoneActions } from "../control/documents.ts";
import {
  type ArgumentRow,
  color,
  json,
  type OptionRow,
  ofServer,
  type VerbRow,
} from "./verb-rows.ts";

/** What the words after `zone` have in common. */
export const zoneGroup = {
  name: "zone",
  summary: "check, compare, show or move one zone",
  doc: "The verbs check and diff read a master file as the server would; the others ask the server about one of its zones, or tell it to do something with it.",
} as const;

const apex: ArgumentRow = {
  name: "apex",
  required: true,
  doc: "Name of the zone; the final dot may be left out.",
};

const file: ArgumentRow = {
  name: "file",
  required: true,
  doc: "Master file; a relative $INCLUDE counts from the folder of the file that it stands in.",
};

const strict: OptionRow = { flags: "--strict", doc: "A warning is an error, too." };

const steering: OptionRow = {
  flags: "-c, --config <file>",
  doc: "Check it together with what this configuration steers in the zone; without it, alone.",
};

const cannot = "there is no such zone, or it cannot be done";

type Said = Pick<VerbRow, "summary" | "doc" | "examples">;

/** What the server is told to do with a zone. */
const told: Readonly<Record<(typeof zoneActions)[number], Said>> = {
  reload: {
    summary: "read the file of a zone again",
    doc: "Ends when the zone is in force or refused; needed only where files are not watched.",
    examples: [{ line: "azimuth zone reload example.org", doc: "take up its file" }],
  },
  refresh: {
    summary: "ask the primaries of a zone now",
    doc: "Compares serials and fetches what is newer, as a NOTIFY or the refresh time would.",
    examples: [{ line: "azimuth zone refresh example.org", doc: "is there something newer?" }],
  },
  retransfer: {
    summary: "fetch a zone anew from a primary",
    doc: "Fetches the whole zone, whatever its serial is.",
    examples: [{ line: "azimuth zone retransfer example.org", doc: "fetch all of it" }],
  },
  notify: {
    summary: "tell the secondaries of a zone",
    doc: "Sends a NOTIFY to the servers that its `notify` lists.",
    examples: [{ line: "azimuth zone notify example.org", doc: "make them look" }],
  },
  flush: {
    summary: "write accepted updates to the file of a zone",
    doc: "The journal of updates goes then; comments and $INCLUDE of the file are lost.",
    examples: [{ line: "azimuth zone flush example.org", doc: "before an edit by hand" }],
  },
};

const actionRow = <Name extends keyof typeof told>(name: Name) =>
  ({
    name: `zone ${name}`,
    ...told[name],
    arguments: [apex],
    options: ofServer,
    negative: cannot,
  }) as const;

/** The same as `zone status`, in the word that says so for all zones. */
export const zonesRow = {
  name: "zones",
  summary: "show the zones of the running server",
  doc: "Serial, state, source and the faults of the last load; of one zone all that is known.",
  arguments: [{ name: "zone", required: false, doc: "This zone only." }],
  options: ofServer,
  negative: "there is no such zone",
  examples: [{ line: "azimuth zones example.org", doc: "one zone" }],
} as const satisfies VerbRow;

export const zoneVerbs = [
  {
    name: "zone check",
    summary: "find what is wrong with a master file",
    doc: "Reads, checks and compiles the file as a server would, signatures included, without one.",
    arguments: [apex, file],
    options: [strict, steering, json, color],
    negative: "there is an error, and a server would refuse the file",
    examples: [
      { line: "azimuth zone check example.org example.org.zone", doc: "before it is served" },
      { line: "azimuth zone check --strict --json example.org new", doc: "for a program" },
    ],
  },
  {
    name: "zone diff",
    summary: "compare what is served with a master file",
    doc: "Prints what the file would remove (-) and add (+), one record a line. What is steered is not compared; it is named on stderr.",
    arguments: [apex, file],
    options: ofServer,
    negative: "there are differences",
    trouble: "the file has errors, or there is no such zone",
    examples: [
      { line: "azimuth zone diff example.org new.zone", doc: "what a reload would change" },
    ],
  },
  {
    ...zonesRow,
    name: "zone status",
    summary: "show one zone of the running server, or all",
    arguments: [{ ...apex, required: false }],
    examples: [{ line: "azimuth zone status example.org", doc: "serial, age, source" }],
  },
  {
    name: "zone dump",
    summary: "print what is served as a master file",
    doc: "All records in force; a comment stands for each name that is steered.",
    arguments: [apex],
    options: ofServer,
    negative: "there is no such zone",
    examples: [{ line: "azimuth zone dump example.org", doc: "what is served" }],
  },
  actionRow("reload"),
  actionRow("refresh"),
  actionRow("retransfer"),
  actionRow("notify"),
  actionRow("flush"),
] as const satisfies readonly VerbRow[];
