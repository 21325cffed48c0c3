// SPDX-License-Identifier: Apache-2.0
/**
 * What open.ts promises to the kernels (O2), tried with one: over every mutated table that is
 * accepted, each question gets an answer whose RRs walk to the end, and the kernel neither throws
 * nor hangs. What stands inside an RDATA that no kernel follows is not judged by the opener, and so
 * not here.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { answerBatch, UDP_SLOT_STRIDE } from "../../src/answer/kernel.ts";
import { createKernel } from "../../src/answer/scratch.ts";
import { SETTINGS_WORDS } from "../../src/answer/settings.ts";
import { composeQuery } from "../../src/dns/compose.ts";
import { nameToText } from "../../src/dns/names.ts";
import { COUNTER_BLOCK_WORDS } from "../../src/layout/gen/counters.ts";
import * as slot from "../../src/layout/gen/slab.ts";
import { UDP_SIZE_MAX } from "../../src/layout/limits.ts";
import { openTable } from "../../src/table/open.ts";
import { openPlans } from "../../src/table/open-plans.ts";
import { createPlans, PLAN_ROW_SIZE, setPlan, shapePlan } from "../../src/table/plans.ts";
import { tableViews, viewsOf } from "../../src/table/reader.ts";
import { liveExtents } from "../../src/table/table-image.ts";
import { soundTable } from "../support/broken.ts";

const image = soundTable("steered");
const root = image.directory!.ref;
// The map is half a megabyte of buckets: mutate the rest.
const targets = liveExtents(image).filter((one) => one.ref !== image.maps[0]!.ref);
const end = liveExtents(image).reduce((most, one) => Math.max(most, one.ref + one.size), 0);
const sound = image.views.u8.slice(0, Math.ceil(end / 16) * 16);
const views = viewsOf(sound.slice());

const words = new Int32Array(4 * (PLAN_ROW_SIZE / 4));
const plans = createPlans(words);
for (let row = 0; row < 4; row += 1) {
  shapePlan(plans, row, { picker: row, answers: 3, allDown: 0, endpoints: [0, 1, 2] });
  setPlan(
    plans,
    row,
    60,
    0,
    [1, 2, 3].map((weight) => ({ rank: 0, weight })),
  );
}

const NAMES = [
  "",
  "ns1.",
  "x.w.",
  "a.b.",
  "b.",
  "mail.",
  "h.sub.",
  "sub.",
  "al.",
  "q.d.",
  "www.",
  "svc.",
];
const TYPES = ["A", "AAAA", "NS", "MX", "SRV", "CNAME", "SOA", "ANY", "TXT", "HTTPS"];
const queries = NAMES.flatMap((owner) =>
  TYPES.map((type) => composeQuery({ name: `${owner}example.org.`, type, id: 7 })),
).concat(composeQuery({ name: "_s._tcp.example.org.", type: "SRV", id: 7 }));

const kernel = createKernel(
  {
    ...{ table: views, plans: words, settings: new Int32Array(SETTINGS_WORDS) },
    ...{ counters: new Float64Array(COUNTER_BLOCK_WORDS), planRows: 4 },
  },
  { udpSizeMax: 1232 },
);
kernel.root = root;
const slab = tableViews(new ArrayBuffer(queries.length * UDP_SLOT_STRIDE));

/** True if the header's counts lead from the question to exactly the end. */
function walks(octets: Uint8Array, queryEnd: number): boolean {
  const view = new DataView(octets.buffer);
  if (octets.length < queryEnd) return false;
  const questionEnd = nameEnd(octets, 12) + 4;
  let at = questionEnd;
  const count = view.getUint16(6) + view.getUint16(8) + view.getUint16(10);
  for (let i = 0; i < count; i += 1) {
    const fixed = nameEnd(octets, at);
    if (fixed < 0 || fixed + 10 > octets.length) return false;
    at = fixed + 10 + view.getUint16(fixed + 8);
  }
  return at === octets.length;
}

/** Where the name at `at` ends; −1 if it does not, or points forward. */
function nameEnd(octets: Uint8Array, at: number): number {
  for (let here = at; here < octets.length; here += 1 + octets[here]!) {
    if (octets[here] === 0) return here + 1;
    if (octets[here]! >= 0xc0) {
      const to = ((octets[here]! & 0x3f) << 8) | octets[here + 1]!;
      return to < at ? here + 2 : -1;
    }
    if (octets[here]! > 63) return -1;
  }
  return -1;
}

/** Asks all questions; the number of answers that say NOERROR with data. */
function askAll(): number {
  let answered = 0;
  queries.forEach((query, i) => {
    const at = i * UDP_SLOT_STRIDE;
    slab.u8.set(query, at + slot.PACKET_SLOT_SIZE);
    slab.u8[at + slot.PACKET_SLOT_FAMILY] = 4;
    slab.u32[(at + slot.PACKET_SLOT_SIZE_IN) >> 2] = query.length;
    slab.u32[(at + slot.PACKET_SLOT_ROOM) >> 2] = UDP_SIZE_MAX;
  });
  answerBatch(kernel, slab, 0, UDP_SLOT_STRIDE, queries.length);
  queries.forEach((query, i) => {
    const at = i * UDP_SLOT_STRIDE;
    const size = slab.u32[(at + slot.PACKET_SLOT_SIZE_OUT) >> 2]!;
    const from = at + slot.PACKET_SLOT_SIZE;
    const octets = slab.u8.slice(from, from + size);
    assert.ok(walks(octets, query.length), `${nameToText(query, 12)}: the answer does not walk`);
    if (octets[7]! > 0) answered += 1;
  });
  return answered;
}

test("the sound table answers", () => {
  assert.equal(openPlans(views, root, words), null);
  assert.ok(askAll() > 15);
});

test("O2: an accepted table gives answers that walk to the end", () => {
  let accepted = 0;
  const mutation = fc.tuple(fc.constantFrom(...targets), fc.nat(0xffff), fc.nat(255));
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 2 }), (list) => {
      for (const [part, at, value] of list) views.u8[part.ref + (at % part.size)] = value;
      try {
        if (openTable(views, root, { planRowCount: 4 }).length > 0) return;
        accepted += 1;
        askAll();
      } finally {
        for (const { ref, size } of targets) views.u8.set(sound.subarray(ref, ref + size), ref);
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(accepted > 50, `${accepted} accepted`);
});
