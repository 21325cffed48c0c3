// SPDX-License-Identifier: Apache-2.0
/** Read back by a reader of its own, which knows the wire form and the numbers of the fields. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Frame } from "../../../../bench/profile/frames.ts";
import { encodePprof } from "../../../../bench/profile/pprof.ts";

type Fields = Map<number, (number | Uint8Array)[]>;

function varint(octets: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let factor = 1, i = at; ; factor *= 128, i += 1) {
    value += (octets[i]! & 127) * factor;
    if (octets[i]! < 128) return [value, i + 1];
  }
}

function decode(octets: Uint8Array): Fields {
  const fields: Fields = new Map();
  for (let at = 0; at < octets.length; ) {
    const [key, next] = varint(octets, at);
    const [number, end] = varint(octets, next);
    const list = fields.get(key >> 3) ?? [];
    fields.set(key >> 3, list);
    assert.ok((key & 7) === 0 || (key & 7) === 2, `wire type ${key & 7}`);
    at = (key & 7) === 0 ? end : end + number;
    assert.ok(at <= octets.length);
    list.push((key & 7) === 0 ? number : octets.subarray(end, at));
  }
  return fields;
}

const messages = (fields: Fields, number: number): Fields[] =>
  (fields.get(number) ?? []).map((value) => decode(value as Uint8Array));
const numberOf = (fields: Fields, number: number): number =>
  (fields.get(number)?.[0] ?? 0) as number;
function numbers(octets: Uint8Array): number[] {
  const out: number[] = [];
  for (let at = 0; at < octets.length; ) {
    const [value, next] = varint(octets, at);
    out.push(value);
    at = next;
  }
  return out;
}

const frame = (name: string, place: string, selfUs: number, children: Frame[] = []): Frame => ({
  name,
  place,
  selfUs,
  selfCount: selfUs === 0 ? 0 : 3,
  totalUs: selfUs + children.reduce((sum, child) => sum + child.totalUs, 0),
  children,
});

test("stacks, times, places and threads come back as they were", () => {
  const threads = [
    {
      frame: frame("udp-0", "", 0, [
        frame("send", "node:dgram:733", 7_000_000_000, [frame("é<", "src/a:b.ts:200", 1.5)]),
      ]),
      idleUs: 5,
    },
    { frame: frame("main", "", 2, [frame("send", "node:dgram:733", 4)]), idleUs: 0 },
  ];
  const octets = encodePprof(threads, {
    startedAtMs: 1_700_000_000_000,
    intervalUs: 1000,
    durationMs: 5000,
    comments: ["static, native"],
  });
  const profile = decode(gunzipSync(octets));
  const strings = profile.get(6)!.map((text) => new TextDecoder().decode(text as Uint8Array));
  assert.equal(strings[0], "", "string 0 is empty");
  assert.equal(new Set(strings).size, strings.length);
  const types = messages(profile, 1).map((type) =>
    [numberOf(type, 1), numberOf(type, 2)].map((i) => strings[i]),
  );
  assert.deepEqual(types, [
    ["samples", "count"],
    ["cpu", "nanoseconds"],
  ]);
  const functions = new Map(messages(profile, 5).map((one) => [numberOf(one, 1), one]));
  const locations = new Map(messages(profile, 4).map((one) => [numberOf(one, 1), one]));
  const placeOf = (id: number): string => {
    const [line] = messages(locations.get(id)!, 4);
    const called = functions.get(numberOf(line!, 1))!;
    return `${strings[numberOf(called, 2)]} ${strings[numberOf(called, 4)]} ${numberOf(line!, 2)}`;
  };
  const samples = messages(profile, 2).map((sample) => {
    const [label] = messages(sample, 3);
    return {
      stack: numbers(sample.get(1)![0] as Uint8Array).map(placeOf),
      values: numbers(sample.get(2)![0] as Uint8Array),
      label: [strings[numberOf(label!, 1)], strings[numberOf(label!, 2)]],
    };
  });
  assert.deepEqual(samples, [
    { stack: ["send node:dgram 733", "udp-0  0"], values: [3, 7e12], label: ["thread", "udp-0"] },
    {
      stack: ["é< src/a:b.ts 200", "send node:dgram 733", "udp-0  0"],
      values: [3, 1500],
      label: ["thread", "udp-0"],
    },
    { stack: ["main  0"], values: [3, 2000], label: ["thread", "main"] },
    { stack: ["send node:dgram 733", "main  0"], values: [3, 4000], label: ["thread", "main"] },
  ]);
  assert.equal(numberOf(profile, 10), 5e9);
  assert.equal(numberOf(profile, 12), 1e6);
  assert.equal(strings[numberOf(profile, 13)], "static, native");
  assert.equal(strings[numberOf(profile, 14)], "cpu");
});
