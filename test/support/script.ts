// SPDX-License-Identifier: Apache-2.0
/**
 * Script tests: what is asked, a line of dashes, what is answered. One file per RFC, one test per
 * block, named by the section that the comment above it cites.
 *
 *   zone example.org.          a zone as text; begins a new server after a query; with +nsec or +nsec3
 *                              (+optout +salt=hex +iterations=n +ttl=n) it is signed by unsound-sign.ts
 *   expired example.org.       a zone without data; stands behind the zones
 *   steering                   JSON of test/support/world.ts; belongs to the zones around it
 *   query www.example.org. A   with +edns[=version] +bufsize=n +do +subnet=prefix +opt=code:hex +tcp
 *                              +rd +cd +opcode=n +class=n +id=n +random=n +size +counts client=address
 *                              +tls +https +now=secs
 *   settings                   JSON of what the server is set to, in force from here on
 *   raw                        octets: hex, "names." in quotes, # comments
 *   shares policy region rank:weight …    writes one row of a plan
 *
 * REWRITE=1 writes what is answered into the file. Read the difference before it is kept: the file
 * says what the RFC says, not what the program does.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { addressText } from "../../src/dns/address.ts";
import { composeQuery } from "../../src/dns/compose.ts";
import { rcodeText, typeText } from "../../src/dns/iana.ts";
import { type Message, type ResourceRecord, readClientSubnet } from "../../src/dns/message.ts";
import { nameFromText, nameToText } from "../../src/dns/names.ts";
import { rdataToText } from "../../src/dns/rdata.ts";
import { limitsOff, writeSettings, writeStale } from "../../src/io/settings.ts";
import { settingsFlags } from "../../src/layout/settings.ts";
import { transports } from "../../src/layout/slab.ts";
import { SIGNATURE, signUnsoundly } from "./unsound-sign.ts";
import {
  ask,
  createWorld,
  hex,
  type Reply,
  type Sender,
  type Steering,
  setShares,
  type World,
} from "./world.ts";

interface Block {
  /** Comment lines directly above. */
  readonly head: readonly string[];
  /** The command and the lines that belong to it. */
  readonly input: readonly string[];
  expected: readonly string[];
}

const DASHES = "----";
/** Of the private use of RFC 9660 §7.2. */
const TABLE_VERSION = 246;

/** Blocks of a script and the comments between them. */
export function parseScript(text: string): Block[] {
  const blocks: Block[] = [];
  let head: string[] = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; ) {
    const line = lines[i]!;
    if (line === "" || line.startsWith("#")) {
      head.push(line);
      i += 1;
      continue;
    }
    const dashes = lines.indexOf(DASHES, i);
    assert.ok(dashes > i, `line ${i + 1}: a block ends in dashes and what is expected`);
    const end = lines.indexOf("", dashes);
    blocks.push({ head, input: lines.slice(i, dashes), expected: lines.slice(dashes + 1, end) });
    head = [];
    i = end < 0 ? lines.length : end;
  }
  return blocks;
}

function printScript(blocks: readonly Block[]): string {
  const parts = blocks.map(({ head, input, expected }) =>
    [...head, ...input, DASHES, ...expected].join("\n"),
  );
  return `${parts.join("\n")}\n`;
}

/** The last comment of a block that cites a section, or its command. */
function titleOf({ head, input }: Block): string {
  const start = head.findLastIndex((line) => line.startsWith("# §"));
  const title = start < 0 ? "" : head.slice(start).map((line) => line.replace(/^# ?/, ""));
  return title === "" ? input[0]! : `${title.join(" ").trim()} | ${input[0]}`;
}

/** Registers the tests of `test/rfc/testdata/<name>.txt`. */
export function runScript(name: string): void {
  const file = join(import.meta.dirname, `../rfc/testdata/${name}.txt`);
  const blocks = parseScript(readFileSync(file, "utf8"));
  const rewrite = process.env["REWRITE"] === "1";
  const state: ScriptState = { world: null, zones: {}, hold: [], steering: {} };
  const title = name.replace(/^rfc/, "RFC ");
  for (const block of blocks) {
    test(`${title} ${titleOf(block)}`, () => {
      const got = carryOut(state, block.input, blocks, block);
      if (rewrite) block.expected = got;
      else assert.deepEqual(got, block.expected);
    });
  }
  if (rewrite) after(() => writeFileSync(file, printScript(blocks)));
}

/** Called with every question before it is asked. */
export type OnQuestion = (world: World, octets: Uint8Array, from: Sender) => void;

/** Carries out the script of that name for its questions; what is answered is not looked at. */
export function replayScript(name: string, onQuestion: OnQuestion): void {
  const file = join(import.meta.dirname, `../rfc/testdata/${name}.txt`);
  const blocks = parseScript(readFileSync(file, "utf8"));
  const state: ScriptState = { world: null, zones: {}, hold: [], steering: {}, onQuestion };
  for (const block of blocks) carryOut(state, block.input, blocks, block);
}

interface ScriptState {
  world: World | null;
  zones: Record<string, string>;
  hold: readonly string[];
  steering: Steering;
  readonly onQuestion?: OnQuestion;
}

function carryOut(
  state: ScriptState,
  input: readonly string[],
  blocks: readonly Block[],
  block: Block,
): readonly string[] {
  const [command, ...words] = input[0]!.split(/\s+/);
  if (command === "zone" || command === "expired" || command === "steering") {
    if (state.world !== null)
      Object.assign(state, { world: null, zones: {}, hold: [], steering: {} });
    if (command === "expired") state.hold = words;
    else if (command === "zone") state.zones[words[0]!] = zoneText(words, input.slice(1));
    else state.steering = JSON.parse(input.slice(1).join("\n"));
    const next = blocks[blocks.indexOf(block) + 1]?.input[0] ?? "";
    return /^(zone|expired|steering)\b/.test(next) ? ["more"] : built(state);
  }
  const world = state.world;
  assert.ok(world !== null, "a zone stands before the first query");
  if (command === "query") return query(world, words, state.onQuestion);
  if (command === "raw") return raw(world, words, input.slice(1), state.onQuestion);
  if (command === "settings") return set(world, JSON.parse(input.slice(1).join("\n")));
  assert.equal(command, "shares");
  const [policy, region, ...shares] = words;
  const pairs = shares.map((text) => text.split(":").map(Number));
  setShares(
    world,
    policy!,
    region!,
    pairs.map(([rank, weight]) => ({ rank: rank!, weight: weight! })),
  );
  return ["written"];
}

/** The text of a zone, signed if asked for. */
function zoneText([apex, ...words]: readonly string[], lines: readonly string[]): string {
  const text = `${lines.join("\n")}\n`;
  const options = optionsOf(words);
  if (!options.has("nsec") && !options.has("nsec3")) return text;
  return signUnsoundly(apex!, text, {
    nsec3: options.has("nsec3"),
    optOut: options.has("optout"),
    salt: options.get("salt") ?? "",
    iterations: Number(options.get("iterations") ?? 0),
    ...(options.has("ttl") ? { ttl: Number(options.get("ttl")) } : {}),
  });
}

/** Settings as a script writes them: text, names of flags, secrets in hexadecimal. */
interface ScriptSettings {
  readonly flags?: readonly (keyof typeof settingsFlags)[];
  readonly staleSinceSecs?: number;
  readonly keepaliveUnits?: number;
  readonly cookieSecrets?: readonly string[];
  readonly nsid?: string;
  readonly serverId?: string;
  readonly version?: string;
  readonly agent?: string;
}

function set(world: World, said: ScriptSettings): string[] {
  const text = (value = ""): Uint8Array => new TextEncoder().encode(value);
  writeSettings(world.memory.settings, {
    flags: (said.flags ?? []).reduce((all, flag) => all | settingsFlags[flag], 0),
    keepaliveUnits: said.keepaliveUnits ?? 0,
    cookieSecrets: (said.cookieSecrets ?? []).map((secret) =>
      Uint8Array.from(Buffer.from(secret, "hex")),
    ),
    nsid: text(said.nsid),
    serverId: text(said.serverId),
    version: text(said.version),
    agent: said.agent === undefined ? text() : nameFromText(said.agent)!,
    limits: limitsOff,
  });
  writeStale(world.memory.settings, said.staleSinceSecs ?? 0);
  return ["written"];
}

/** Builds the server; says what came of each zone. */
function built(state: ScriptState): string[] {
  const world = createWorld({
    ...state.steering,
    zones: state.zones,
    hold: state.hold,
    tableMiB: 8,
  });
  state.world = world;
  const rows = [...world.zones].map(([apex, { value, built: zone }]) => {
    const policies = zone.policies.length === 0 ? "" : `, policies ${zone.policies.join(" ")}`;
    return `${apex} ${value.recordCount} records, ${zone.ownerCount} owners${policies}`;
  });
  return [...rows, ...world.warnings.map((one) => `warning ${one.key} ${one.detail}`)];
}

/** `+a=b` and `a=b` words. */
function optionsOf(words: readonly string[]): Map<string, string> {
  return new Map(
    words.map((word) => {
      const [key, ...value] = word.replace(/^\+/, "").split("=");
      return [key!, value.join("=")];
    }),
  );
}

const sender = (options: ReadonlyMap<string, string>): Sender => ({
  ...(options.has("tls") ? { transport: transports.TLS } : {}),
  ...(options.has("https") ? { transport: transports.HTTPS } : {}),
  unixSecs: Number(options.get("now") ?? 0),
  client: options.get("client") ?? "198.51.100.53",
  tcp: options.has("tcp"),
  random: Number(options.get("random") ?? 0),
});

function query(world: World, words: readonly string[], onQuestion?: OnQuestion): string[] {
  const [name, type, ...rest] = words;
  const options = optionsOf(rest);
  const number = (key: string, otherwise: number) => Number(options.get(key) || otherwise);
  const extra = rest.filter((word) => word.startsWith("+opt=")).map(optionOf);
  const edns = ["edns", "bufsize", "do"].some((key) => options.has(key)) || extra.length > 0;
  const octets = composeQuery({
    name: name!,
    type: type!,
    class: number("class", 1),
    id: number("id", 0x1234),
    rd: options.has("rd"),
    cd: options.has("cd"),
    opcode: number("opcode", 0),
    ...(edns
      ? {
          edns: {
            payload: Number(options.get("bufsize") ?? 1232),
            version: number("edns", 0),
            dnssecOk: options.has("do"),
            options: extra,
          },
        }
      : {}),
    ...(options.has("subnet") ? { ecs: options.get("subnet")! } : {}),
  });
  onQuestion?.(world, octets, sender(options));
  return print(world, ask(world, octets, sender(options)), octets, options);
}

function optionOf(word: string): { code: number; data: Uint8Array } {
  const [code, data] = word.slice("+opt=".length).split(":");
  return { code: Number(code), data: Uint8Array.from(Buffer.from(data ?? "", "hex")) };
}

function raw(
  world: World,
  words: readonly string[],
  lines: readonly string[],
  onQuestion?: OnQuestion,
): string[] {
  const options = optionsOf(words);
  const parts: number[] = [];
  for (const line of lines) {
    for (const word of line.replace(/#.*$/, "").trim().split(/\s+/)) {
      if (word.startsWith('"')) parts.push(...nameFromText(word.slice(1, -1))!);
      else parts.push(...Buffer.from(word, "hex"));
    }
  }
  const octets = Uint8Array.from(parts);
  onQuestion?.(world, octets, sender(options));
  return print(world, ask(world, octets, sender(options)), octets, options);
}

function print(
  world: World,
  { octets, message, counters }: Reply,
  asked: Uint8Array,
  options: ReadonlyMap<string, string>,
): string[] {
  const { queriesUdp: _udp, queriesTcp: _tcp, octetsIn, octetsOut, ...encrypted } = counters;
  const { queriesTls: _tls, queriesHttps: _https, ...rest } = encrypted;
  assert.equal(octetsIn, asked.length === 0 ? undefined : asked.length);
  assert.equal(octetsOut ?? 0, octets.length);
  const counted = Object.entries(rest).map(([name, by]) => `${name} +${by}`);
  const last = [`counters   ${counted.join(", ")}`];
  if (message === null) return ["nothing", ...last];
  const flags = (["aa", "tc", "rd", "ra", "ad", "cd"] as const).filter((flag) => message[flag]);
  const section = (title: string, records: readonly ResourceRecord[]): string[] =>
    options.has("counts")
      ? records.length === 0
        ? []
        : [`${title.padEnd(11)}${records.length} records`]
      : records.map((record) => title.padEnd(11) + recordText(record));
  return [
    [rcodeText(message.rcode), ...flags].join(" "),
    ...questionLines(message, octets, asked),
    ...ednsLines(world, message),
    ...section("answer", message.answers),
    ...section("authority", message.authorities),
    ...section("additional", message.additionals),
    ...(options.has("size") ? [`size       ${octets.length}`] : []),
    ...last,
  ];
}

function recordText({ owner, ttl, type, class: its, rdata }: ResourceRecord): string {
  const other = its === 1 ? "" : `CLASS${its} `;
  const text = rdataToText(type, rdata).replace(SIGNATURE, "unsound");
  return `${nameToText(owner)} ${ttl} ${other}${typeText(type)} ${text}`;
}

/** The question is repeated octet for octet, or left out. */
function questionLines(message: Message, octets: Uint8Array, asked: Uint8Array): string[] {
  const [question] = message.questions;
  if (question === undefined) return ["no question"];
  const end = 12 + question.name.length + 4;
  assert.equal(hex(octets.subarray(12, end)), hex(asked.subarray(12, end)));
  return [];
}

function ednsLines(world: World, { edns }: Message): string[] {
  if (edns === null) return [];
  const options = edns.options.map(({ code, data }) => {
    // The digest of the table is another with each change of its layout.
    if (code === 19 && data[1] === TABLE_VERSION) {
      const digest = world.publisher.image.directory!.digest;
      assert.equal(hex(data.subarray(2)), hex(digest.subarray(0, 8)));
      return ` option 19:${hex(data.subarray(0, 2))}<digest of the table>`;
    }
    const subnet = code === 8 ? readClientSubnet(data) : null;
    if (subnet === null) return ` option ${code}:${hex(data)}`;
    return ` subnet ${addressText(subnet.address)}/${subnet.source}/${subnet.scope}`;
  });
  const flag = edns.dnssecOk ? " do" : "";
  return [`edns       version ${edns.version} ${edns.payload}${flag}${options.join("")}`];
}
