// SPDX-License-Identifier: Apache-2.0
/**
 * Worlds for parity: zones with one of everything that an answer can run into, steering with every
 * picker and rule, and plans that are rewritten while they are used.
 */

import { nameFromText } from "../../src/dns/names.ts";
import { limitsOff, writeSettings, writeStale } from "../../src/io/settings.ts";
import {
  PLAN_ENTRY_SHARE,
  PLAN_ENTRY_SIZE,
  PLAN_SETTINGS,
  PLAN_SIZE,
  PLAN_TTL,
} from "../../src/layout/gen/plan.ts";
import { HINTS_MAX, IDENTITY_SIZE_MAX } from "../../src/layout/limits.ts";
import { allDownRules, pickers } from "../../src/layout/plan.ts";
import type { NetworkRule } from "../../src/resource/types.ts";
import { PLAN_ROW_WORDS } from "../../src/table/plans.ts";
import { nextRandom, type Prng } from "./prng.ts";
import { randomZone } from "./random-zone.ts";
import { type Chain, signUnsoundly } from "./unsound-sign.ts";
import { createWorld, type Steering, type World } from "./world.ts";

export interface ParityWorld {
  readonly world: World;
  /** Wire form of names that exist, or nearly. */
  readonly names: readonly Uint8Array[];
  /** Rows of plan memory that are in use. */
  readonly rows: readonly number[];
}

/** Secrets of the worlds' cookies. */
export const COOKIE_SECRETS = [1, 2, 3].map((n) => new Uint8Array(16).fill(17 * n));

/** Writes settings of chance: mostly all that there are, now and then each of them off. */
export function changeSettings(random: Prng, { world, names }: ParityWorld): void {
  const below = (n: number): number => nextRandom(random) % n;
  const text = (size: number): Uint8Array => new Uint8Array(below(5) === 0 ? 0 : size).fill(110);
  const identity = (): Uint8Array =>
    text(1 + below(IDENTITY_SIZE_MAX)).map((octet) => (below(8) === 0 ? 1 + below(2) : octet));
  writeStale(world.memory.settings, below(3) === 0 ? 1 : 0);
  writeSettings(world.memory.settings, {
    flags: below(8),
    keepaliveUnits: below(4) * 100,
    cookieSecrets: COOKIE_SECRETS.slice(0, below(10) === 0 ? 0 : 1 + below(3)),
    nsid: identity(),
    serverId: identity(),
    version: text(9),
    agent: below(3) === 0 ? text(0) : names[below(names.length)]!,
    limits: {
      ...limitsOff,
      ...{ answerMode: below(3), answersPerSecond: 1 + below(4), answersAtOnce: 1 + below(2) },
      ...{ slip: below(4), requestMode: below(3), requestAction: below(3) },
      ...{ requestsPerAddress: 1 + below(50), requestsPerNetwork: 1 + below(500) },
      allow: ["192.0.2.0/26", "10.0.0.0/8", "2001:db8::/33"].slice(below(4)),
      keys: [nextRandom(random), nextRandom(random)],
    },
  });
}

const SOA = "@ 300 SOA ns1 hostmaster 1 7200 1800 259200 120";

/** Sets of addresses whose answers end just below, at and above every limit. */
const sizes = [1, 2, 13, 25, 26, 27, 28, 29, 30, 31, 60, 73, 74, 75, 76, 120, 250, 253, 300];

function bigZone(): string {
  const lines = [SOA, "@ NS ns1", "@ NS ns.example.net.", "@ MX 10 mail", "@ TXT apex"];
  lines.push(
    "ns1 A 192.0.2.53",
    "ns1 AAAA 2001:db8::53",
    "mail A 192.0.2.25",
    "mail AAAA 2001:db8::25",
  );
  lines.push("www A 192.0.2.1", "www A 192.0.2.2", "www AAAA 2001:db8::1", "www TXT w");
  for (const size of sizes) {
    for (let i = 0; i < size; i += 1) lines.push(`n${size} 60 A 10.0.${i >> 8}.${i & 255}`);
  }
  for (let i = 0; i < 40; i += 1) {
    lines.push(`many MX ${i} t${i}`, `many SRV 1 1 53 t${39 - i}`, `t${i} A 192.0.2.${i}`);
    if (i % 3 === 0) lines.push(`t${i} AAAA 2001:db8::${i + 1}`);
    lines.push(
      `wide NS n${i}.wide`,
      `n${i}.wide A 192.0.2.${i}`,
      `n${i}.wide AAAA 2001:db8::a${i}`,
    );
  }
  // Beyond 2^14 no pointer leads: the last targets of a message that large get no addresses.
  const late = (i: number): string => (i < 850 ? `t${i % 3}` : i < 880 ? "mail" : "www");
  for (let i = 0; i < 900; i += 1) lines.push(`huge MX ${i} ${late(i)}`);
  lines.push(
    "twice MX 10 mail",
    "twice MX 20 mail",
    "twice SRV 0 0 25 www",
    "twice SRV 0 1 25 www",
  );
  for (let i = 1; i < 20; i += 1) lines.push(`c${i} CNAME c${i + 1}`, `d${i} DNAME d${i + 1}`);
  lines.push("c20 A 192.0.2.20", "x.c20 A 192.0.2.21");
  lines.push("loop CNAME loop", "ping CNAME pong", "pong CNAME ping", "out CNAME www.example.com.");
  lines.push(
    "gone CNAME nothing",
    "tosub CNAME www.sub",
    "tow CNAME any.w",
    "tonet CNAME www.example.net.",
  );
  lines.push("*.w A 192.0.2.9", "*.w MX 5 mail", "*.wc CNAME q.w", "*.loopy CNAME x.loopy");
  lines.push(
    "a.b.c.e TXT deep",
    "*.e TXT star",
    "old DNAME w",
    "away DNAME example.com.",
    "grow DNAME more.grow",
  );
  lines.push(`long DNAME ${"l23456789012345678901234567890.".repeat(5)}w`);
  lines.push(
    "sub NS ns.sub",
    "sub NS ns1",
    "sub NS ns.out.example.",
    "sub NS ns.wide",
    "ns.sub A 192.0.2.3",
  );
  lines.push("sub DS 1 8 2 " + "ab".repeat(32), "lame NS ns.lame");
  lines.push("child NS ns.child", "ns.child A 192.0.2.4", "child DS 1 8 2 " + "cd".repeat(32));
  lines.push(
    "_s._tcp SRV 0 0 80 www",
    "svc HTTPS 1 . alpn=h2",
    "svc2 SVCB 1 www",
    "odd TYPE65400 \\# 2 abcd",
  );
  for (const id of policyIds) lines.push(`to-${id} CNAME p-${id}`);
  lines.push("tolost CNAME p-target", "toheld CNAME www.held", "held NS ns.held");
  return `$TTL 300\n${lines.join("\n")}\n`;
}

/** Hints that are filled in: static and steered, of every policy, of targets that give none. */
function hintLines(): readonly string[] {
  const lines = [
    "auto HTTPS 1 www alpn=h2 ipv4hint=auto ech=AEj+DQ== ipv6hint=auto key667=x",
    "auto HTTPS 2 out.example. ipv4hint=auto",
    "auto HTTPS 3 . ipv6hint=auto",
    "auto HTTPS 0 www ipv4hint=auto",
    "auto 30 SVCB 1 n300 ipv4hint=auto",
    "auto SVCB 2 n120 ipv4hint=auto",
    "auto SVCB 3 ns.sub ipv4hint=auto",
    "toauto CNAME auto",
    "*.w HTTPS 1 . ipv4hint=auto",
  ];
  // As many as are filled in.
  for (let i = 0; i < HINTS_MAX / 2; i += 1) {
    lines.push(`full SVCB ${i + 1} t${i} ipv4hint=auto ipv6hint=auto`);
  }
  for (const id of policyIds) {
    lines.push(`s-${id} HTTPS 1 p-${id} alpn=h3 ipv4hint=auto port=8 ipv6hint=auto`);
    lines.push(`s-${id} 7 SVCB 1 p-${id} ipv6hint=auto`, `to-s-${id} CNAME s-${id}`);
    lines.push("s-all SVCB 1 p-".concat(id, " ipv4hint=auto ipv6hint=auto"));
    if (id === "target") continue;
    lines.push(
      `p-${id} HTTPS 1 . ipv4hint=auto ipv6hint=auto`,
      `p-${id} HTTPS 2 P-near ipv4hint=auto`,
    );
    lines.push(`*.p-${id} HTTPS 1 . alpn=h2 ipv4hint=auto`);
  }
  return lines;
}

/** What chance alone hardly ever makes: names whose DNAME would lead to one that is too long. */
const rare = [80, 85, 86, 87, 110].map((size) => {
  const labels = ["q".repeat(50), "r".repeat(size - 52)];
  return `${labels.join(".")}.long.example.org.`;
});

const base = { match: [{ location: "default", pools: ["web"] }] } as const;
const policies = [
  { id: "sticky", ...base, picker: "rendezvous", answers: 1 },
  { id: "sticky3", ...base, picker: "rendezvous", answers: 3, stickyV4Bits: 32, stickyV6Bits: 64 },
  { id: "nokey", ...base, picker: "rendezvous", answers: 2, stickyV4Bits: 0, stickyV6Bits: 0 },
  { id: "turn", ...base, picker: "wrr", answers: 1 },
  { id: "turn2", ...base, picker: "wrr", answers: 2 },
  { id: "dice", ...base, picker: "random", answers: 3, allDown: "servfail" },
  { id: "each", ...base, picker: "independent", allDown: "none" },
  { id: "every", ...base, picker: "all" },
  { id: "blind", ...base, picker: "rendezvous", client: "resolver" },
  { id: "target", match: [{ location: "default", pools: ["cdn"] }], negativeTtlSecs: 90 },
  {
    id: "near",
    order: "nearest",
    match: [
      { location: "net/hole", pools: ["v6only"] },
      { location: "net/wide", pools: ["web", "cdn"] },
      { location: "default", pools: ["v4only", "web"] },
    ],
  },
] as const;
const policyIds = policies.map((one) => one.id);

const network = (name: string, prefixes: readonly string[]): NetworkRule => ({
  ...{ name, prefixes },
  ...{ location: null, latitude: null, longitude: null },
});

const steering: Steering = {
  pops: [
    { id: "fra", latitude: 50.1, longitude: 8.7 },
    { id: "iad", latitude: 38.9, longitude: -77.4 },
  ],
  pools: [
    {
      id: "web",
      endpoints: [1, 2, 3, 5, 8, 13, 21, 34].map((weight, i) => ({
        ...{ id: `e${i}`, pop: i % 2 === 0 ? "fra" : "iad", weight },
        ...{ v4: `203.0.113.${i}`, v6: `2001:db8:1::${i + 1}` },
      })),
    },
    { id: "v4only", endpoints: [{ id: "a", v4: "203.0.113.70", pop: "iad" }] },
    { id: "v6only", endpoints: [{ id: "a", v6: "2001:db8:1::70" }] },
    {
      id: "cdn",
      endpoints: [
        { id: "in", target: "www.example.org." },
        { id: "chain", target: "c18.example.org." },
        { id: "out", target: `${"out-of-the-house.".repeat(9)}example.com.` },
      ],
    },
  ],
  maps: [
    {
      id: "world",
      networks: [
        network("wide", ["192.0.0.0/12", "2001:db8::/32", "96.0.0.0/3"]),
        network("hole", ["192.0.2.0/24", "2001:db8:1::/48", "100.1.2.3/32", "2400:1:2:3::/64"]),
        network("small", ["203.0.112.64/28", "2a00:2::/31", "7.0.0.0/9"]),
        network("office", ["10.1.0.0/16"]),
      ],
    },
  ],
  policies,
  names: policyIds.flatMap((id) => [
    {
      ...{ zone: "example.org.", owner: `p-${id}.example.org.`, policy: id },
      types: id === "target" ? ["CNAME"] : ["A", "AAAA"],
    },
    {
      ...{ zone: "example.org.", owner: `*.p-${id}.example.org.`, policy: id },
      types: id === "target" ? ["CNAME"] : ["A"],
    },
  ]),
};

/** Names of a zone's text: first word of each line that begins with one. */
function ownersOf(apex: string, text: string): string[] {
  const words = text.split("\n").map((line) => line.split(/\s/)[0]!);
  const owners = new Set(words.filter((word) => word !== "" && !/^[$@]/.test(word)));
  return [apex, ...[...owners].map((owner) => (owner.endsWith(".") ? owner : `${owner}.${apex}`))];
}

function assemble(
  zones: Readonly<Record<string, string>>,
  more: Steering,
  hold: readonly string[] = [],
): ParityWorld {
  const world = createWorld({ zones, ...more, hold, tableMiB: 16 });
  const steered = (more.names ?? []).map((one) => one.owner.replace("*", "any"));
  const texts = [
    ...Object.entries(zones).flatMap(([apex, text]) => ownersOf(apex, text)),
    ...steered.flatMap((name) => [name, name, name]),
    ...rare,
    ...Array.from({ length: 10 }, () => "huge.example.org."),
    ...hold.flatMap((apex) => [apex, `www.${apex}`]),
  ];
  const settings = (row: number) =>
    world.memory.plans[row * PLAN_ROW_WORDS + (PLAN_SETTINGS >> 2)]!;
  const all = Array.from({ length: world.memory.plans.length / PLAN_ROW_WORDS }, (_, row) => row);
  return {
    world,
    names: texts.map((text) => nameFromText(text.toLowerCase())!),
    rows: all.filter((row) => settings(row) !== 0),
  };
}

/** The world with everything. */
export function richWorld(): ParityWorld {
  return assemble(
    {
      "example.org.": `${bigZone()}${hintLines().join("\n")}\n`,
      "child.example.org.": `$TTL 60\n${SOA}\n@ NS ns\nns A 192.0.2.4\nwww A 192.0.2.5\n* TXT c\n`,
      "example.net.": `$TTL 60\n${SOA}\n@ NS ns\nns A 192.0.2.6\nwww CNAME www.example.org.\nd DNAME w.example.org.\n`,
      "a.very.deep.zone.example.": `$TTL 60\n${SOA}\n@ NS ns1\nns1 A 192.0.2.7\n${"x.".repeat(90)}y TXT far\n`,
    },
    steering,
    ["held.example.org.", "held.example."],
  );
}

/** Ways to prove absence, and none. */
const chains: readonly (Chain | null)[] = [
  null,
  {},
  { nsec3: true },
  { nsec3: true, salt: "ab0c", iterations: 3 },
  { nsec3: true, optOut: true },
];

/** Three zones of chance, one within another; of four such worlds one is not signed. */
export function randomWorld(random: Prng): ParityWorld {
  const apexes = ["example.org.", "a.example.org.", "w.b.example.net."];
  const signed = nextRandom(random) % 4 !== 0;
  const zones = apexes.map((apex) => {
    const { text } = randomZone(random, apex, 25);
    const chain = signed ? chains[nextRandom(random) % chains.length]! : null;
    return [apex, chain === null ? text : signUnsoundly(apex, text, chain)] as const;
  });
  return assemble(Object.fromEntries(zones), {});
}

/** The names of the rich world in zones that are signed: every size, alias and cut with proofs. */
export function signedWorld(chain: Chain): ParityWorld {
  const net = `$TTL 60\n${SOA}\n@ NS ns\nns A 192.0.2.6\nwww CNAME www.example.org.\nd DNAME w.example.org.\n`;
  const child = `$TTL 60\n${SOA}\n@ NS ns\nns A 192.0.2.4\nwww A 192.0.2.5\n* TXT c\n`;
  const zones = { "example.org.": bigZone(), "example.net.": net, "child.example.org.": child };
  return assemble(
    Object.fromEntries(
      Object.entries(zones).map(([apex, text]) => [apex, signUnsoundly(apex, text, chain)]),
    ),
    {},
  );
}

/** Rewrites a row as a control plane might: shares, TTL, picker, answers and rule, each valid. */
export function rewriteRow(random: Prng, { world, rows }: ParityWorld): void {
  if (rows.length === 0) return;
  const words = world.memory.plans;
  const at = rows[nextRandom(random) % rows.length]! * PLAN_ROW_WORDS;
  const count = words[at + (PLAN_SETTINGS >> 2)]! >>> 24;
  const weights = [0, 0, 1, 2, 3, 255, 65_535, nextRandom(random) & 0xffff];
  const ranks = [0, 0, 0, 1, 2, 65_534, 65_535, nextRandom(random) & 0xffff];
  const best = nextRandom(random) % 8 === 0 ? 65_535 : 0;
  const dead = nextRandom(random) % 8 === 0;
  for (let i = 0; i < count; i += 1) {
    const weight = dead ? 0 : weights[nextRandom(random) % weights.length]!;
    const rank = Math.max(best, ranks[nextRandom(random) % ranks.length]!);
    words[at + ((PLAN_SIZE + i * PLAN_ENTRY_SIZE + PLAN_ENTRY_SHARE) >> 2)] = weight | (rank << 16);
  }
  words[at + (PLAN_TTL >> 2)] = nextRandom(random) | 0;
  const picker = nextRandom(random) % Object.keys(pickers).length;
  const answers = 1 + (nextRandom(random) % 8);
  const rule = nextRandom(random) % Object.keys(allDownRules).length;
  words[at + (PLAN_SETTINGS >> 2)] = picker | (answers << 8) | (rule << 16) | (count << 24);
}
