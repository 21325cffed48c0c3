// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { locate, setClient } from "../../../src/answer/locate.ts";
import type { Client } from "../../../src/answer/scratch.ts";
import { addressFromText } from "../../../src/dns/address.ts";
import { foldMap } from "../../../src/geo/build.ts";
import { findEmbedded } from "../../../src/geo/embedded.ts";
import type { FoldedMap } from "../../../src/geo/types.ts";
import { sha256 } from "../../../src/io/digest.ts";
import { buildMap } from "../../../src/table/build-map.ts";
import { tableViews } from "../../../src/table/reader.ts";
import { disjoint, mapRules, network, prefixArbitrary } from "../../support/geo.ts";

const fresh = (): Client => ({ family: 0, high: 0, low: 0, scopeBase: 0 });
const MAP_AT = 64;

function placed(map: FoldedMap) {
  const { octets } = buildMap("m", map, sha256);
  const views = tableViews(new ArrayBuffer(MAP_AT + octets.length));
  views.u8.set(octets, MAP_AT);
  return views;
}

function fold(prefixes: readonly string[]): FoldedMap {
  const networks = prefixes.map((text, i) => network(`n${i % 5}-${i}`, [text]));
  const folded = foldMap({ map: mapRules({ networks }), geo: null, asn: null, pops: [] });
  assert.ok(folded.value !== null, JSON.stringify(folded.faults));
  return folded.value;
}

/** The leaf by a walk through all networks. */
function slowLeaf(map: FoldedMap, client: Client): number {
  const high = client.high >>> 0;
  const low = client.low >>> 0;
  if (client.family === 4) return map.v4Leaves[map.v4Starts.findLastIndex((at) => at <= high)]!;
  const at = map.v6High.findLastIndex((h, i) => h < high || (h === high && map.v6Low[i]! <= low));
  return map.v6Leaves[at]!;
}

const octets = fc.uint8Array({ minLength: 16, maxLength: 16 });

test("C1: the leaf of an address is that of a walk through all networks", () => {
  const rules = fc.tuple(
    fc.array(prefixArbitrary(4), { maxLength: 12 }),
    fc.array(prefixArbitrary(6), { maxLength: 12 }),
  );
  fc.assert(
    fc.property(
      rules,
      fc.array(octets, { minLength: 40, maxLength: 40 }),
      ([v4, v6], addresses) => {
        const kept = [...disjoint(v4), ...disjoint(v6)].filter(
          (text) => !/^(2001:0|2002):/.test(text),
        );
        const map = fold([...new Set(kept)]);
        const table = placed(map);
        const edges = [...map.v4Starts].flatMap((at) => [at - 1, at]);
        const client = fresh();
        for (const edge of edges) {
          Object.assign(client, { family: 4, high: edge | 0, low: 0 });
          assert.equal(locate(table, MAP_AT, client), slowLeaf(map, client));
        }
        for (const [i, address] of addresses.entries()) {
          setClient(client, address, 0, i % 2 === 0 ? 4 : 6, 128);
          assert.equal(locate(table, MAP_AT, client), slowLeaf(map, client));
        }
        for (const [i, high] of map.v6High.entries()) {
          Object.assign(client, { family: 6, high: high | 0, low: map.v6Low[i]! | 0 });
          assert.equal(locate(table, MAP_AT, client), slowLeaf(map, client));
          client.low = (client.low - 1) | 0;
          assert.equal(locate(table, MAP_AT, client), slowLeaf(map, client));
        }
      },
    ),
    { numRuns: 40 },
  );
});

/** Addresses that look like transition forms more often than chance would have it. */
const transitional = fc
  .tuple(
    fc.constantFrom(
      "::",
      "::ffff:0:0",
      "::ffff:0:0:0",
      "64:ff9b::",
      "64:ff9b:1::",
      "2001::",
      "2001:1::",
      "2002::",
      "2003::",
      "::1:0:0:0:0",
    ),
    octets,
    fc.constantFrom(16, 32, 96, 104, 128),
    fc.nat(128),
  )
  .map(([text, noise, keep, bits]) => {
    const address = addressFromText(text)!;
    for (let bit = keep; bit < 128; bit += 1) {
      if ((noise[bit >> 3]! & (0x80 >> (bit & 7))) !== 0) address[bit >> 3]! |= 0x80 >> (bit & 7);
    }
    for (let bit = bits; bit < 128; bit += 1) address[bit >> 3]! &= ~(0x80 >> (bit & 7));
    return { address, bits };
  });

test("C2: embedded IPv4 is found as src/geo/embedded.ts finds it", () => {
  let embedded = 0;
  fc.assert(
    fc.property(transitional, ({ address, bits }) => {
      const client = fresh();
      setClient(client, address, 0, 6, bits);
      const reference = findEmbedded(address, bits);
      if (reference === null) {
        assert.deepEqual([client.family, client.scopeBase], [6, 0]);
        return;
      }
      embedded += 1;
      assert.deepEqual(
        [client.family, client.high >>> 0, client.low, client.scopeBase],
        [4, reference.address, 0, reference.offset],
      );
    }),
    { numRuns: 3000 },
  );
  assert.ok(embedded > 300, `${embedded} were embedded`);
});

test("an address is read at its offset", () => {
  const client = fresh();
  setClient(client, new Uint8Array([9, 9, 192, 0, 2, 1]), 2, 4, 32);
  assert.deepEqual(client, { family: 4, high: 0xc0000201 | 0, low: 0, scopeBase: 0 });
});
