// SPDX-License-Identifier: Apache-2.0
/**
 * Packets from a hostile world: questions made by a grammar, then bent, cut and mixed.
 *
 * Each must leave the kernel standing, with an answer that is a sound message within its limit, or
 * without one. The seed is printed; SEED=n repeats a run, RUNS=n makes it longer. What once broke
 * something is kept in corpus/packet as hex, one packet per line.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mixHash } from "../../src/base/hash.ts";
import { composeQuery } from "../../src/dns/compose.ts";
import { isMessage, readMessage } from "../../src/dns/message.ts";
import { nameFromText } from "../../src/dns/names.ts";
import { VERDICT_SLOW } from "../../src/layout/gen/enums.ts";
import * as slot from "../../src/layout/gen/slab.ts";
import { UDP_SIZE_MAX } from "../../src/layout/limits.ts";
import { askOctets, createWorld, hex, type Sender } from "../support/world.ts";

const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const RUNS = Number(process.env["RUNS"] ?? 30_000);

const ZONE = `
@ 300 SOA ns1 hostmaster 1 7200 1800 259200 120
@ 300 NS ns1
ns1 300 A 192.0.2.53
www 300 A 192.0.2.1
a.b.c 300 TXT "deep"
*.w 300 A 192.0.2.2
*.wc 300 CNAME x.wc
al1 300 CNAME al2
al2 300 CNAME www
loop 300 CNAME loop
out 300 CNAME www.example.
old 300 DNAME w
grow 300 DNAME more.grow
sub 300 NS ns.sub
sub 300 DS 1 8 2 ${"00".repeat(32)}
ns.sub 300 A 192.0.2.3
ns.sub 300 AAAA 2001:db8::3
mx 300 MX 10 www
$GENERATE 1-100 big 300 A 192.0.2.$
`;

const pickers = ["rendezvous", "wrr", "random", "independent", "all"] as const;
const world = createWorld({
  zones: {
    "t.": ZONE,
    ".": "@ 60 SOA a h 1 2 3 4 5\n@ 60 NS a.\na 60 A 192.0.2.9\norg 60 NS a.org\na.org 60 A 192.0.2.8\n",
  },
  tableMiB: 4,
  pools: [
    {
      id: "web",
      endpoints: [
        { id: "a", v4: "203.0.113.1", v6: "2001:db8::1" },
        { id: "b", v4: "203.0.113.2" },
      ],
    },
  ],
  policies: pickers.map((id) => ({
    id,
    picker: id,
    match: [{ location: "default", pools: ["web"] }],
  })),
  names: pickers.map((id) => ({ zone: "t.", owner: `${id}.t.`, types: ["A", "AAAA"], policy: id })),
});

let state = SEED;
/** A whole number below `n`. */
const chance = (n: number): number => {
  state = (state + 0x9e3779b9) | 0;
  return mixHash(state) % n;
};
const oneOf = <T>(list: readonly T[]): T => list[chance(list.length)]!;

const NAMES = [
  ...[
    "",
    "www",
    "WwW",
    "a.b.c",
    "b.c",
    "x.w",
    "y.x.wc",
    "al1",
    "loop",
    "out",
    "x.old",
    "old",
    "x.grow",
  ],
  ...["sub", "x.sub", "ns.sub", "mx", "big", "no", "*", "*.w", ...pickers],
].map((name) => (name === "" ? "t." : `${name}.t.`));
const TYPES = [
  "A",
  "AAAA",
  "TXT",
  "NS",
  "SOA",
  "CNAME",
  "DNAME",
  "MX",
  "DS",
  "ANY",
  "AXFR",
  "OPT",
  "TYPE999",
];
const SUBNETS = [
  "192.0.2.0/24",
  "10.0.0.0/8",
  "0.0.0.0/0",
  "2001:db8::/56",
  "::/0",
  "2002:c000:200::/48",
  "::ffff:192.0.2.1/128",
  "2001::1/128",
];

/** A sound question. */
function question(): Uint8Array {
  const labels = "x.".repeat(chance(126));
  const name = oneOf([
    ...NAMES,
    ...NAMES,
    ".",
    "org.",
    "a.",
    "example.",
    labels === "" ? "." : labels,
  ]);
  const options = Array.from({ length: chance(3) }, () => ({
    code: oneOf([3, 8, 10, 12, 65001]),
    data: Uint8Array.from({ length: chance(20) }, () => chance(256)),
  }));
  return composeQuery({
    name: nameFromText(name)!,
    type: oneOf(TYPES),
    id: chance(65536),
    class: oneOf([1, 1, 1, 1, 3, 255]),
    opcode: oneOf([0, 0, 0, 0, 0, 4, 5, 15]),
    rd: chance(2) === 0,
    ...(chance(2) === 0
      ? {}
      : {
          edns: {
            payload: oneOf([0, 512, 1232, 4096, 65535]),
            version: oneOf([0, 0, 0, 0, 1]),
            dnssecOk: chance(2) === 0,
            options: chance(3) === 0 ? options : [],
          },
        }),
    ...(chance(3) === 0 ? { ecs: oneOf(SUBNETS) } : {}),
  });
}

const bends: readonly ((octets: Uint8Array) => Uint8Array)[] = [
  (octets) => octets,
  (octets) => {
    const bit = chance(octets.length * 8);
    octets[bit >> 3]! ^= 1 << (bit & 7);
    return octets;
  },
  (octets) => {
    octets[chance(octets.length)] = oneOf([0, 1, 63, 64, 0xc0, 0xff, chance(256)]);
    return octets;
  },
  (octets) => octets.slice(0, chance(octets.length + 1)),
  (octets) => Uint8Array.from([...octets, ...octets.subarray(chance(octets.length))]),
  // The counts of the header.
  (octets) => {
    if (octets.length >= 12) octets[5 + 2 * chance(4)] = chance(4);
    return octets;
  },
  (octets) => {
    const at = chance(octets.length);
    const more = Array.from({ length: 1 + chance(30) }, () => chance(256));
    return Uint8Array.from([...octets.subarray(0, at), ...more, ...octets.subarray(at)]);
  },
  // The head of one and the tail of another.
  (octets) => {
    const other = question();
    return Uint8Array.from([
      ...octets.subarray(0, chance(octets.length)),
      ...other.subarray(chance(other.length)),
    ]);
  },
  () => Uint8Array.from({ length: chance(80) }, () => chance(256)),
];

function packet(): Uint8Array {
  let octets = question();
  for (let i = chance(4); i > 0 && octets.length > 0; i -= 1) octets = oneOf(bends)(octets);
  return octets.slice(0, UDP_SIZE_MAX);
}

const senders: readonly Sender[] = [
  { client: "198.51.100.7" },
  { client: "2001:db8::7", random: 77 },
  { client: "::ffff:10.0.0.1", random: -5 },
  { client: "192.0.2.77", tcp: true },
];

/** How long the answer may be. What we cannot read, the kernel may: it does not look into RDATA. */
function limitOf(asked: Uint8Array, from: Sender): number {
  if (from.tcp === true) return 65535;
  const read = readMessage(asked);
  if (!isMessage(read)) return 1232;
  return read.edns === null ? 512 : Math.max(512, Math.min(1232, read.edns.payload));
}

function check(octets: Uint8Array, from: Sender): void {
  const answered = askOctets(world, octets, from);
  const isRequest = octets.length >= 12 && (octets[2]! & 0x80) === 0;
  const isSlow = isRequest && world.slab.u8[slot.PACKET_SLOT_VERDICT] === VERDICT_SLOW;
  assert.equal(answered.length > 0, isRequest && !isSlow, "requests are answered, all else is not");
  if (!isRequest || isSlow) return;
  assert.ok(answered.length <= limitOf(octets, from), `${answered.length} octets are too many`);
  const message = readMessage(answered);
  assert.ok(isMessage(message), JSON.stringify(message));
  assert.ok(message.qr && !message.ra && !message.ad && !message.cd);
  assert.equal(message.id, (octets[0]! << 8) | octets[1]!);
  assert.equal(message.opcode, (octets[2]! >> 3) & 15);
  const end = message.questions.length === 0 ? 12 : 12 + message.questions[0]!.name.length + 4;
  assert.equal(hex(answered.subarray(12, end)), hex(octets.subarray(12, end)));
  if (message.rcode === 0 && message.opcode === 0) assert.equal(message.questions.length, 1);
  if (message.tc) assert.equal(message.answers.length + message.authorities.length, 0);
  const slab = world.slab;
  assert.equal(slab.u32[slot.PACKET_SLOT_SIZE_IN >> 2], octets.length);
}

function checkOne(octets: Uint8Array, from: Sender): void {
  try {
    check(octets, from);
  } catch (error) {
    throw new Error(`seed ${SEED}, from ${JSON.stringify(from)}: ${hex(octets)}`, { cause: error });
  }
}

test(`no packet is too bad (SEED=${SEED} RUNS=${RUNS})`, () => {
  let answered = 0;
  for (let i = 0; i < RUNS; i += 1) {
    const octets = packet();
    checkOne(octets, senders[i & 3]!);
    if (octets.length >= 12 && (world.slab.u8[slot.PACKET_SLOT_SIZE + 3]! & 15) === 0)
      answered += 1;
  }
  // The grammar still reaches the depth of the kernel.
  assert.ok(answered > RUNS / 10, `${answered} of ${RUNS} had no error`);
});

test("every prefix and every single bit of a question with everything", () => {
  const octets = composeQuery({ name: "rendezvous.t.", type: "A", ecs: "192.0.2.0/24", edns: {} });
  for (let size = 0; size <= octets.length; size += 1) checkOne(octets.slice(0, size), senders[0]!);
  for (let bit = 0; bit < octets.length * 8; bit += 1) {
    const bent = octets.slice();
    bent[bit >> 3]! ^= 1 << (bit & 7);
    for (const from of senders) checkOne(bent, from);
  }
});

test("the packets that are kept", () => {
  const folder = join(import.meta.dirname, "corpus/packet");
  let count = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".hex"))) {
    for (const line of readFileSync(join(folder, file), "utf8").split("\n")) {
      const text = line.replace(/#.*/, "").replaceAll(" ", "");
      if (text === "") continue;
      const octets = Uint8Array.from(Buffer.from(text, "hex"));
      for (const from of senders) checkOne(octets, from);
      count += 1;
    }
  }
  assert.ok(count > 10, `${count} packets`);
});
