// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  buildRanges,
  chunkMemory,
  examineZone,
  scanChunks,
} from "../../../src/io/compile-parts.ts";
import { joinRanges } from "../../../src/table/build-zone.ts";
import { cutZone, joinChunks } from "../../../src/zone/chunks.ts";
import { indexZone } from "../../../src/zone/index.ts";
import { builtZone, name } from "../../support/tables.ts";

const hosts = Array.from({ length: 600 }, (_, i) => `h${i} 60 A 192.0.2.${i % 250}`).join("\n");
const text = `$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS h1\n${hosts}\n`;

test("the parts make the zone; everything large is shared", () => {
  const options = { apex: name("example.org."), file: "z", headSize: 60 };
  const octets = new TextEncoder().encode(text);
  const chunks = cutZone(octets, options, 4)!;
  const memory = chunkMemory(chunks);
  const scans = scanChunks(null, { text: octets, options, chunks, memory });
  const make = (length: number) => new Uint32Array(new SharedArrayBuffer(length * 4));
  const { zone, hashes } = joinChunks(options, chunks, scans, memory, make)!;
  const index = indexZone(zone, (size) => new SharedArrayBuffer(size), hashes);
  const { draft, faults } = examineZone(null, { zone, index }, { zone, index }, []);
  assert.deepEqual(faults, []);
  assert.ok(!("key" in draft));
  const ranges = buildRanges(null, zone, index, draft, null);
  assert.ok(!("key" in ranges));
  const built = joinRanges({ zone, index }, draft, ranges);
  assert.deepEqual(built.shards.digests, builtZone("example.org.", text).shards.digests);
  const { slots, ownerAt } = index;
  for (const one of [zone.octets, zone.records, slots, ownerAt, draft.nodes.at]) {
    assert.ok(one.buffer instanceof SharedArrayBuffer);
  }
});
