// SPDX-License-Identifier: Apache-2.0
/**
 * The verbs of the command line, one row each: the parser, its help and the page
 * docs/reference/gen/cli.md are made from them. Those for one zone are in `zone-verbs.ts`.
 */
import {
  color,
  config,
  configArgument,
  type ExampleRow,
  json,
  ofServer,
  type VerbRow,
} from "./verb-rows.ts";
import { zoneGroup, zonesRow, zoneVerbs } from "./zone-verbs.ts";

/** Exit codes of all verbs. 70 is EX_SOFTWARE of sysexits.h. */
export const exitCodes = {
  GOOD: 0,
  NEGATIVE: 1,
  USAGE: 2,
  UNREACHABLE: 3,
  BREACH: 70,
} as const;

export const exitRows: readonly (readonly [number, string])[] = [
  [exitCodes.GOOD, "Done, and the result is good."],
  [exitCodes.NEGATIVE, "Done, and the result is bad: a fault, a refusal, a server not ready."],
  [exitCodes.USAGE, "The command line is not understood."],
  [exitCodes.UNREACHABLE, "No server could be reached."],
  [exitCodes.BREACH, "The program itself is wrong; please report what it printed."],
];

/** Whose configuration can be taken over. */
export const importSources = ["bind", "knot", "nsd"] as const;
export type ImportSource = (typeof importSources)[number];

export const verbs = [
  {
    name: "serve",
    summary: "run the server",
    doc: "Runs in the foreground until SIGTERM or SIGINT; SIGHUP reads the configuration again.",
    arguments: [configArgument],
    options: [config],
    negative: "the server could not start",
    examples: [
      { line: "azimuth serve /etc/azimuth/azimuth.yaml", doc: "serve that configuration" },
    ],
  },
  {
    name: "check",
    summary: "find what is wrong with a configuration",
    doc: "Reads the configuration, its zones and its maps as a server would, and changes nothing.",
    arguments: [configArgument],
    options: [config, json, color],
    negative: "there is an error; warnings alone are good",
    examples: [
      { line: "azimuth check", doc: "check the configuration of this machine" },
      { line: "azimuth check --json new.yaml", doc: "the findings, for a program" },
    ],
  },
  {
    name: "explain",
    summary: "tell why a client gets the answer it gets",
    doc: "Asks the running server, or with --offline the configuration as if nothing had been probed.",
    arguments: [
      { name: "name", required: true, doc: "Domain name; the final dot may be left out." },
      { name: "type", required: false, doc: "RR type; A if none is given." },
    ],
    options: [
      {
        flags: "--client <address>",
        doc: "Address of the resolver that asks, or of the client itself.",
        default: "127.0.0.1",
      },
      { flags: "--subnet <prefix>", doc: "Client subnet to send along, such as 192.0.2.0/24." },
      { flags: "--tcp", doc: "Ask over TCP." },
      { flags: "--offline", doc: "Ask the configuration and not a server." },
      ...ofServer,
    ],
    negative: "the question is refused, or the configuration has an error",
    examples: [
      { line: "azimuth explain www.example.org", doc: "for a client on this machine" },
      {
        line: "azimuth explain www.example.org AAAA --client 198.51.100.7 --subnet 192.0.2.0/24",
        doc: "for a network behind a resolver",
      },
    ],
  },
  {
    name: "compile",
    summary: "write the table that a server would start from",
    doc: "A server that finds this file in its state folder serves from it before it reads any zone.",
    arguments: [configArgument],
    options: [
      { flags: "-o, --output <file>", doc: "File to write.", required: true },
      config,
      json,
      color,
    ],
    negative: "there is an error, and nothing was written",
    examples: [{ line: "azimuth compile azimuth.yaml -o table.image", doc: "compile into a file" }],
  },
  {
    name: "status",
    summary: "show the running server as a whole",
    doc: "Version, table in force, memory, threads, readiness, faults of the last reload.",
    arguments: [],
    options: ofServer,
    negative: "the server is not ready",
    examples: [{ line: "azimuth status", doc: "of the server on this machine" }],
  },
  zonesRow,
  ...zoneVerbs,
  {
    name: "endpoints",
    summary: "show the health of the endpoints",
    doc: "One line per address that is probed.",
    arguments: [],
    options: ofServer,
    negative: null,
    examples: [{ line: "azimuth endpoints --json", doc: "for a program" }],
  },
  {
    name: "transitions",
    summary: "show the last changes of state",
    doc: "What turned, from what to what, when and why; oldest first.",
    arguments: [],
    options: [{ flags: "--limit <n>", doc: "The newest this many.", default: "20" }, ...ofServer],
    negative: null,
    examples: [{ line: "azimuth transitions --limit 100", doc: "the last hundred" }],
  },
  {
    name: "reload",
    summary: "make the server read its configuration again",
    doc: "Ends when the new configuration is in force or refused.",
    arguments: [],
    options: ofServer,
    negative: "the configuration is refused; what served goes on serving",
    examples: [{ line: "azimuth reload", doc: "take up changed files" }],
  },
  {
    name: "import",
    summary: "take over the configuration of BIND, Knot or NSD",
    doc: "Prints an azimuth.yaml, and on stderr whatever was not mapped. Changes nothing.",
    arguments: [
      {
        name: "from",
        required: true,
        doc: "Whose it is: `bind` for a named.conf, `knot` for a knot.conf, `nsd` for an nsd.conf.",
      },
      { name: "file", required: true, doc: "The file, with all that it includes." },
    ],
    options: [{ flags: "--strict", doc: "Exit code 1 if anything was not mapped." }],
    negative: "the file cannot be read, or with --strict something was not mapped",
    examples: [
      { line: "azimuth import bind /etc/bind/named.conf", doc: "from BIND" },
      { line: "azimuth import knot /etc/knot/knot.conf", doc: "from Knot" },
      { line: "azimuth import nsd --strict /etc/nsd/nsd.conf", doc: "from NSD, and all of it" },
    ],
  },
  {
    name: "version",
    summary: "show the version",
    doc: "The version of this program, and of the Node that runs it.",
    arguments: [],
    options: [json],
    negative: null,
    examples: [{ line: "azimuth version", doc: "this program" }],
  },
] as const satisfies readonly VerbRow[];

/** Examples of the program as a whole: what to try first. */
export const programExamples: readonly ExampleRow[] = [
  { line: "azimuth check azimuth.yaml", doc: "find what is wrong with a configuration" },
  { line: "azimuth serve azimuth.yaml", doc: "serve it" },
  { line: "azimuth explain www.example.org A --client 192.0.2.1", doc: "why that answer" },
];

/** Verbs of two words begin with one of these. */
export const verbGroups = [zoneGroup] as const;

export type VerbName = (typeof verbs)[number]["name"];
