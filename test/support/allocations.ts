// SPDX-License-Identifier: Apache-2.0
/**
 * Answers 200,000 questions of each kind and prints, as JSON, how often the collector ran meanwhile.
 *
 * To be run in a process of its own with `--max-semi-space-size=1`: five octets per answer then fill
 * the young generation. `PLANT=1` allocates on purpose, to show that it would be seen; `KIND` names
 * the one kind to be asked.
 */
import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { answerBatch, UDP_SLOT_STRIDE } from "../../src/answer/kernel.ts";
import type { QueryOptions } from "../../src/dns/compose.ts";
import { BATCH_MAX } from "../../src/layout/limits.ts";
import { createSlab, createTraffic, fillSlab, subnetOf } from "./traffic.ts";
import { createWorld } from "./world.ts";

const ANSWERS = 200_000;
const WARM_UP = 30_000;

const pickers = ["rendezvous", "wrr", "random", "independent", "all"] as const;

const ZONE = `
@ 300 SOA ns1 hostmaster 1 7200 1800 259200 120
@ 300 NS ns1
ns1 300 A 192.0.2.53
www 300 A 192.0.2.1
*.w 300 A 192.0.2.2
al1 300 CNAME al2
al2 300 CNAME www
old 300 DNAME w
sub 300 NS ns.sub
ns.sub 300 A 192.0.2.3
ns.sub 300 AAAA 2001:db8::3
mx 300 MX 10 www
svc 300 HTTPS 1 www ipv4hint=auto ipv6hint=auto
${pickers.map((id) => `${id} 300 HTTPS 1 . ipv4hint=auto ipv6hint=auto`).join("\n")}
$GENERATE 1-100 big 300 A 192.0.2.$
`;

const kinds: Record<string, (i: number) => QueryOptions> = {
  hit: () => ({ name: "WwW.t.", type: "A" }),
  edns: () => ({ name: "www.t.", type: "A", edns: { dnssecOk: true } }),
  nxdomain: (i) => ({ name: `no${i}.t.`, type: "A" }),
  nodata: () => ({ name: "www.t.", type: "TXT" }),
  wildcard: (i) => ({ name: `x${i}.w.t.`, type: "A" }),
  chain: () => ({ name: "al1.t.", type: "A" }),
  dname: (i) => ({ name: `x${i}.old.t.`, type: "A" }),
  referral: () => ({ name: "x.sub.t.", type: "A" }),
  additional: () => ({ name: "mx.t.", type: "MX" }),
  any: () => ({ name: "www.t.", type: "ANY" }),
  truncated: () => ({ name: "big.t.", type: "A" }),
  refused: () => ({ name: "www.example.", type: "A" }),
  badvers: () => ({ name: "www.t.", type: "A", edns: { version: 1 } }),
  notimp: () => ({ name: "www.t.", type: "A", opcode: 4 }),
  formerr: () => ({ name: "www.t.", type: "OPT" }),
  hints: () => ({ name: "svc.t.", type: "HTTPS" }),
  ...Object.fromEntries(
    pickers.flatMap((picker) => [
      [picker, () => ({ name: `${picker}.t.`, type: "A" })],
      [`${picker}, ECS`, (i: number) => ({ name: `${picker}.t.`, type: "A", ecs: subnetOf(i) })],
      [`${picker}, hints`, (i) => ({ name: `${picker}.t.`, type: "HTTPS", ecs: subnetOf(i) })],
      [`${picker}, ECS6`, () => ({ name: `${picker}.t.`, type: "AAAA", ecs: "2001:db8:9::/56" })],
    ]),
  ),
};

const world = createWorld({
  zones: { "t.": ZONE },
  tableMiB: 4,
  pools: [
    {
      id: "web",
      endpoints: [1, 2, 3, 4].map((n) => ({
        id: `e${n}`,
        v4: `203.0.113.${n}`,
        v6: `2001:db8::${n}`,
        weight: n,
      })),
    },
  ],
  policies: pickers.map((id) => ({
    id,
    picker: id,
    answers: 2,
    match: [{ location: "default", pools: ["web"] }],
  })),
  names: pickers.map((id) => ({ zone: "t.", owner: `${id}.t.`, types: ["A", "AAAA"], policy: id })),
});

const kept: object[] = [{}];

async function collectionsOf(make: (i: number) => QueryOptions): Promise<number> {
  const slab = createSlab();
  const traffic = createTraffic(1000, make);
  const plant = process.env["PLANT"] === "1";
  const work = (answers: number): void => {
    for (let i = 0; i < answers; i += BATCH_MAX) {
      fillSlab(slab, traffic);
      answerBatch(world.kernel, slab, 0, UDP_SLOT_STRIDE, BATCH_MAX);
      // An object of 16 to 24 octets for each answer, which the optimiser cannot take away.
      if (plant) for (let j = 0; j < BATCH_MAX; j += 1) kept[0] = { j };
    }
  };
  work(WARM_UP);
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    count += list.getEntries().length;
  });
  await setImmediate();
  observer.observe({ entryTypes: ["gc"] });
  work(ANSWERS);
  await setImmediate();
  count += observer.takeRecords().length;
  observer.disconnect();
  return count;
}

const found: Record<string, number> = {};
const chosen = process.env["KIND"] ?? "";
for (const [kind, make] of Object.entries(kinds)) {
  if (chosen !== "" && kind !== chosen) continue;
  // A busy machine may still be compiling in the first try; who allocates does so in every try.
  for (let tries = 0; tries < 3 && found[kind] !== 0; tries += 1) {
    found[kind] = await collectionsOf(make);
  }
}
process.stdout.write(JSON.stringify(found));
