// SPDX-License-Identifier: Apache-2.0
/**
 * The program `azimuth`: a parser made from the rows of the verbs, and one function per verb.
 *
 * Read this first. What the verbs need from the rest of the program comes as `Actions`, and the
 * process comes as `Terminal`, so that the whole command line runs in a test.
 *
 * Invariants
 *   C1  Every end has one of the exit codes of `exitCodes`; a usage error is 2, whoever finds it.
 *   C2  A breach is printed with its stack and ends with 70; an error of the system, such as a
 *       folder that may not be written, is printed as one line and ends with 1.
 */
import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { Breach, unreachable } from "../base/assert.ts";
import { reasonOf } from "../base/reason.ts";
import type { ExplainQuery, ZoneAction } from "../control/documents.ts";
import { typeNumber } from "../dns/iana.ts";
import { nameFromText } from "../dns/names.ts";
import { parseAddress, parsePrefix } from "../geo/prefix.ts";
import type { Actions } from "./actions.ts";
import { chooseConfig } from "./config-path.ts";
import {
  jsonText,
  runCheck,
  runCompile,
  runExplainOffline,
  runImport,
  type VerbContext,
} from "./run-config.ts";
import {
  runEndpoints,
  runExplain,
  runReload,
  runStatus,
  runTransitions,
  runZones,
  type ServerContext,
} from "./run-server.ts";
import { runZoneAction, runZoneCheck, runZoneDiff, runZoneDump } from "./run-zone.ts";
import { printable } from "./table.ts";
import { type ColourWish, processTerminal, type Terminal } from "./terminal.ts";
import type { ExampleRow, OptionRow, VerbRow } from "./verb-rows.ts";
import {
  exitCodes,
  exitRows,
  importSources,
  programExamples,
  type VerbName,
  verbGroups,
  verbs,
} from "./verbs.ts";

/** All options of all verbs, as commander hands them over. */
interface Options {
  readonly config?: string;
  readonly socket?: string;
  readonly json?: boolean;
  readonly color?: ColourWish;
  readonly client?: string;
  readonly subnet?: string;
  readonly tcp?: true;
  readonly offline?: true;
  readonly output?: string;
  readonly limit?: string;
  readonly strict?: true;
}

/** One call of a verb, after parsing. */
interface Call {
  readonly name: VerbName;
  readonly context: VerbContext;
  readonly args: readonly (string | undefined)[];
  readonly options: Options;
}

/** An exit code, or what was wrong with the command line. */
type Outcome = number | { readonly misuse: string };

/**
 * The program; `await createProgram(actions).parseAsync()` runs it on this process, sets the exit
 * code, and ends the process only for help, versions and usage errors.
 */
export function createProgram(actions: Actions, terminal: Terminal = processTerminal()): Command {
  const program = new Command("azimuth")
    .description("An authoritative DNS server that points each client at its best edge.")
    .version(actions.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [verb]", "print the help of a verb")
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (text, write) => write(text.replace(/^error: /, "azimuth: ")),
    })
    .showHelpAfterError("(--help shows what is understood)")
    .exitOverride((error) => terminal.exit(error.exitCode === 0 ? exitCodes.GOOD : exitCodes.USAGE))
    .addHelpText("after", `\nExamples:\n${examplesOf(programExamples)}${exitHelp(exitRows)}`);
  const groups = new Map<string, Command>();
  for (const row of verbs) {
    const [first, second] = row.name.split(" ") as [string, string?];
    if (second === undefined) addVerb(program.command(first), row, actions, terminal);
    else {
      const group = groups.get(first) ?? addGroup(program, first);
      groups.set(first, group);
      addVerb(group.command(second), row, actions, terminal);
    }
  }
  return program;
}

/**
 * Runs the program on `args`, without the names of interpreter and script. Resolves with the exit
 * code, which is also set on the terminal.
 */
export async function runProgram(
  actions: Actions,
  args: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  let code: number = exitCodes.GOOD;
  const noting: Terminal = {
    ...terminal,
    finish: (given) => {
      code = given;
      terminal.finish(given);
    },
  };
  await createProgram(actions, noting).parseAsync(args, { from: "user" });
  return code;
}

/** The first word of the verbs that have two. */
function addGroup(program: Command, name: string): Command {
  const { summary, doc } = verbGroups.find((one) => one.name === name)!;
  return program
    .command(name)
    .summary(summary)
    .description(doc)
    .usage("<verb> [arguments] [options]")
    .helpCommand("help [verb]", "print the help of a verb");
}

function addVerb(
  command: Command,
  row: VerbRow & { name: VerbName },
  actions: Actions,
  terminal: Terminal,
): void {
  command.summary(row.summary).description(row.doc);
  for (const { name, required, doc } of row.arguments) {
    const flags = required ? `<${name}>` : `[${name}]`;
    const check = checks[name];
    if (check === undefined) command.argument(flags, doc);
    else command.argument(flags, doc, check);
  }
  for (const each of row.options) command.addOption(optionOf(each));
  const codes = exitRows.map(([code, doc]) => [code, meaning(row, code, doc)] as const);
  command.addHelpText("after", `\nExamples:\n${examplesOf(row.examples)}${exitHelp(codes)}`);
  command.action(async () => {
    const options = command.opts<Options>();
    const { json = false, color = "auto" } = options;
    const context: VerbContext = { actions, terminal, json, color };
    const args = command.processedArgs as (string | undefined)[];
    const outcome = await carryOut({ name: row.name, context, args, options });
    if (typeof outcome === "number") terminal.finish(outcome);
    else command.error(`azimuth: ${outcome.misuse}`, { exitCode: exitCodes.USAGE });
  });
}

/** Runs a verb and turns what it throws into an exit code (C2). */
async function carryOut(call: Call): Promise<Outcome> {
  try {
    return await perform(call);
  } catch (error) {
    const { terminal } = call.context;
    const { code, path, dest, stack } = error as NodeJS.ErrnoException & { dest?: string };
    if (typeof code === "string" && !(error instanceof Breach)) {
      const where = dest ?? path;
      const reason = reasonOf(error);
      terminal.err(`azimuth: ${printable(where === undefined ? reason : `${where}: ${reason}`)}\n`);
      return exitCodes.NEGATIVE;
    }
    terminal.err(`azimuth: the program is wrong; please report this\n${stack ?? String(error)}\n`);
    return exitCodes.BREACH;
  }
}

async function perform(call: Call): Promise<Outcome> {
  const { context, args, options } = call;
  switch (call.name) {
    case "serve":
      return withConfig(call, args[0], (config) => context.actions.serve(config));
    case "check":
      return withConfig(call, args[0], (config) => runCheck(context, config));
    case "compile":
      return withConfig(call, args[0], (config) => runCompile(context, config, options.output!));
    case "explain": {
      const query = queryOf(args, options);
      if (options.offline !== true) return withServer(call, (server) => runExplain(server, query));
      if (options.socket !== undefined) return { misuse: "--offline asks no server: no --socket" };
      return withConfig(call, undefined, (config) => runExplainOffline(context, config, query));
    }
    case "status":
      return withServer(call, runStatus);
    case "zones":
    case "zone status":
      return withServer(call, (server) => runZones(server, args[0]));
    case "endpoints":
      return withServer(call, runEndpoints);
    case "transitions":
      return withServer(call, (server) => runTransitions(server, Number(options.limit)));
    case "reload":
      return withServer(call, runReload);
    case "zone check": {
      const { config: named, strict = false } = options;
      const config = named === undefined ? null : resolve(context.terminal.folder, named);
      return runZoneCheck(context, { ...masterFileOf(call), config, strict });
    }
    case "zone diff":
      return withServer(call, (server) => runZoneDiff(server, masterFileOf(call)));
    case "zone dump":
      return withServer(call, (server) => runZoneDump(server, args[0]!));
    case "zone reload":
    case "zone refresh":
    case "zone retransfer":
    case "zone notify":
    case "zone flush": {
      const action = call.name.slice("zone ".length) as ZoneAction;
      return withServer(call, (server) => runZoneAction(server, action, args[0]!));
    }
    case "import": {
      const from = importSources.find((one) => one === args[0])!;
      const file = resolve(context.terminal.folder, args[1]!);
      return runImport(context, { from, file, strict: options.strict === true });
    }
    case "version":
      return runVersion(context);
    default:
      return unreachable(call.name);
  }
}

async function withConfig(
  { context, options }: Call,
  argument: string | undefined,
  run: (config: string) => Promise<number>,
): Promise<Outcome> {
  const chosen = chooseConfig(context.terminal, argument, options.config);
  return "error" in chosen ? { misuse: chosen.error } : run(chosen.path);
}

/** Finds the control socket; a configuration is looked at only if no socket is named. */
async function withServer(
  { context, options }: Call,
  run: (server: ServerContext) => Promise<number>,
): Promise<Outcome> {
  const { terminal, actions } = context;
  if (options.socket !== undefined) {
    return run({ ...context, socketPath: resolve(terminal.folder, options.socket) });
  }
  const chosen = chooseConfig(terminal, undefined, options.config);
  if ("error" in chosen) return { misuse: `${chosen.error}; --socket names a server directly` };
  const socketPath = await actions.controlSocket(chosen.path);
  if (socketPath !== null) return run({ ...context, socketPath });
  const config = printable(chosen.path);
  terminal.err(`azimuth: ${config} does not say where the server is: check it, or give --socket\n`);
  return exitCodes.UNREACHABLE;
}

/** The words `<apex> <file>`. */
function masterFileOf({ args, context }: Call): { readonly apex: string; readonly file: string } {
  return { apex: args[0]!, file: resolve(context.terminal.folder, args[1]!) };
}

function queryOf(args: readonly (string | undefined)[], options: Options): ExplainQuery {
  return {
    name: args[0]!,
    type: args[1] ?? "A",
    client: options.client!,
    subnet: options.subnet ?? "",
    transport: options.tcp === true ? "tcp" : "udp",
  };
}

function runVersion({ actions, terminal, json }: VerbContext): number {
  const document = { program: "azimuth", version: actions.version, node: process.versions.node };
  const text = `azimuth ${document.version}, node ${document.node}\n`;
  terminal.out(json ? jsonText(document) : text);
  return exitCodes.GOOD;
}

function optionOf(row: OptionRow): Option {
  const option = new Option(row.flags, row.doc);
  if (row.default !== undefined) option.default(row.default);
  if (row.required === true) option.makeOptionMandatory();
  // In this order: commander takes choices for a parser of their own.
  const check = checks[option.attributeName()];
  if (check !== undefined) option.argParser(check);
  if (row.choices !== undefined) option.choices(row.choices);
  return option;
}

/** What a word of the command line must be, by the name of the argument or option. */
const checks: Readonly<Record<string, (text: string) => string>> = {
  name: must((text) => nameFromText(text) !== null, "It is no domain name."),
  type: must((text) => typeNumber(text) >= 0, "It is no RR type."),
  client: must((text) => parseAddress(text) !== null, "It is no IP address."),
  subnet: must((text) => typeof parsePrefix(text) !== "string", "It is no network."),
  apex: must((text) => nameFromText(text) !== null, "It is no domain name."),
  from: must(
    (text) => importSources.some((one) => one === text),
    `It is none of ${importSources.join(", ")}.`,
  ),
  limit: must((text) => /^[1-9]\d{0,8}$/.test(text), "It is no positive number."),
};

function must(holds: (text: string) => boolean, message: string): (text: string) => string {
  return (text) => {
    if (!holds(text)) throw new InvalidArgumentError(message);
    return text;
  };
}

function examplesOf(rows: readonly ExampleRow[]): string {
  return rows.map(({ line, doc }) => `  ${line}\n      ${doc}\n`).join("");
}

function exitHelp(rows: readonly (readonly [number, string])[]): string {
  const lines = rows.map(([code, doc]) => `  ${String(code).padEnd(4)}${doc}\n`);
  return `\nExit codes:\n${lines.join("")}`;
}

/** What an exit code means at a verb. */
function meaning({ negative, trouble }: VerbRow, code: number, doc: string): string {
  if (code === exitCodes.NEGATIVE && negative !== null) return capital(negative);
  if (code !== exitCodes.USAGE || trouble === undefined) return doc;
  return `${capital(trouble).slice(0, -1)}; or the command line is not understood.`;
}

function capital(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}
