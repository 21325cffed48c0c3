// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createName } from "../../../src/answer/scratch.ts";
import {
  begin,
  beginRR,
  clear,
  fits,
  loadName,
  optSize,
  pointable,
  ttlAt,
  writePointer,
} from "../../../src/answer/writer.ts";
import { composeQuery } from "../../../src/dns/compose.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import { PACKET_SLOT_SIZE } from "../../../src/layout/gen/slab.ts";
import { ask, createWorld } from "../../support/world.ts";

const HEAD = "@ 300 SOA ns1 h 1 7200 1800 259200 120\n@ 300 NS ns.example.com.\n$TTL 60\n";

/** TXT RRs of one string each, of every size around the limits. */
const SIZES = [
  ...Array.from({ length: 60 }, (_, i) => 450 + i),
  ...Array.from({ length: 90 }, (_, i) => 1140 + i),
];
const text = (size: number) => {
  // A string of n octets takes n + 1; the rest goes into further strings.
  const strings: string[] = [];
  for (let left = size; left > 0; ) {
    const take = Math.min(256, left === 257 ? 255 : left);
    strings.push(`"${"x".repeat(take - 1)}"`);
    left -= take;
  }
  return strings.join(" ");
};
const world = createWorld({
  zones: { "t.": HEAD + SIZES.map((size) => `n${size} TXT ${text(size)}\n`).join("") },
});

test("W1: an answer is whole up to the limit, and empty with TC one octet beyond", () => {
  let whole = 0;
  let cut = 0;
  for (const size of SIZES) {
    for (const [edns, payload] of [
      [false, 512],
      [true, 0],
      [true, 512],
      [true, 1200],
      [true, 1232],
      [true, 4096],
    ] as const) {
      const name = `n${size}.t.`;
      const query = composeQuery({ name, type: "TXT", ...(edns ? { edns: { payload } } : {}) });
      const { octets, message } = ask(world, query);
      const limit = edns ? Math.min(1232, Math.max(512, payload)) : 512;
      const wanted = 12 + nameFromText(name)!.length + 4 + 12 + size + (edns ? 11 : 0);
      assert.ok(octets.length <= limit);
      assert.equal(message!.tc, wanted > limit, `${size} octets, limit ${limit}`);
      assert.equal(octets.length, wanted <= limit ? wanted : wanted - 12 - size);
      if (wanted === limit) whole += 1;
      if (wanted === limit + 1) cut += 1;
    }
  }
  // Both sides of each boundary were met.
  assert.ok(whole >= 4 && cut >= 4, `${whole} exactly full, ${cut} one beyond`);
});

test("W1: nothing is written behind the limit of the slot", () => {
  for (const size of SIZES) {
    const { octets } = ask(world, composeQuery({ name: `n${size}.t.`, type: "TXT", edns: {} }));
    const behind = world.slab.u8.subarray(
      PACKET_SLOT_SIZE + octets.length,
      PACKET_SLOT_SIZE + 4096,
    );
    const isClean = behind.every((octet, i) => octet === 0xee || i + octets.length < 64);
    assert.ok(isClean || octets.length < 64, `${size}`);
  }
});

function fresh() {
  const k = createWorld({ zones: { "t.": HEAD }, tableMiB: 1 }).kernel;
  begin(k.out, new Uint8Array(600), 10, 20);
  Object.assign(k.out, { limit: 512, reserve: 11 });
  return k.out;
}

test("beginRR writes the head of a record and says where its data goes", () => {
  const out = fresh();
  // TTL 0x00000e10 in wire order, as a little-endian word.
  const at = beginRR(out, 0x0c, 257, 0x100e0000, 4);
  assert.equal(at, 10 + 20 + 12);
  assert.deepEqual(
    [...out.packet.subarray(30, 42)],
    [0xc0, 0x0c, 1, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4],
  );
  assert.equal(out.at, 36);
  assert.equal(ttlAt(out, 20), 0x100e0000);
  assert.equal(beginRR(out, 0x0c, 1, 0, 512), -1);
  assert.equal(out.at, 36);
});

test("fits counts what is reserved for OPT", () => {
  const out = fresh();
  assert.ok(fits(out, 512 - 20 - 11));
  assert.ok(!fits(out, 512 - 20 - 10));
});

test("clear drops the records and keeps the verdict", () => {
  const out = fresh();
  Object.assign(out, { answers: 3, authorities: 2, additionals: 1, rcode: 3, aa: 1 });
  clear(out, 20);
  assert.deepEqual([out.answers, out.authorities, out.additionals, out.at], [0, 0, 0, 20]);
  assert.deepEqual([out.rcode, out.aa], [3, 1]);
});

test("W3: pointers have 14 bits", () => {
  const octets = new Uint8Array(2);
  writePointer(octets, 0, 0x3fff);
  assert.deepEqual([...octets], [0xff, 0xff]);
  writePointer(octets, 0, 12);
  assert.deepEqual([...octets], [0xc0, 12]);
  assert.ok(pointable(0x3fff) && !pointable(0x4000));
});

test("loadName follows pointers and notes where every label stands", () => {
  const out = fresh();
  out.packet.set([3, 0x57, 0x57, 0x57, 0xc0, 40], 30);
  out.packet.set([1, 0x61, 1, 0x42, 0], 50);
  const name = createName();
  loadName(out, 20, name);
  assert.deepEqual(name.octets.slice(0, name.size), nameFromText("www.a.b."));
  assert.deepEqual([...name.labelPos.subarray(0, 4)], [20, 40, 42, 44]);
  assert.equal(name.labelCount, 3);
});

test("the size of OPT", () => {
  const question = createWorld({ zones: { "t.": HEAD }, tableMiB: 1 }).kernel.question;
  const size = (edns: number, ecsFamily: number, ecsSource: number): number =>
    optSize(Object.assign(question, { edns, ecsFamily, ecsSource }));
  assert.equal(size(0, 0, 0), 0);
  assert.equal(size(1, 0, 0), 11);
  assert.equal(size(1, 1, 0), 19);
  assert.equal(size(1, 1, 17), 22);
  assert.equal(size(1, 2, 128), 35);
});
