// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Epoch } from "../../../src/base/units.ts";
import { EPOCH_MAX } from "../../../src/layout/limits.ts";
import { arenaUse, createArena, POISON, reclaim } from "../../../src/table/arena.ts";
import { type BuiltZone, buildEmptyZone } from "../../../src/table/build-zone.ts";
import { openTable } from "../../../src/table/open.ts";
import { applyChange, retireAll, type TableChange } from "../../../src/table/patch.ts";
import { createImage, liveExtents, restoreImage } from "../../../src/table/table-image.ts";
import { dumpTable } from "../../support/dump.ts";
import {
  apexText,
  applied,
  builtMap,
  builtSteering,
  builtZone,
  digest,
  halvesMap,
  name,
  newImage,
  policy,
} from "../../support/tables.ts";

const maps = [builtMap("geo", halvesMap()), builtMap("all")];
const withPolicies = (...ids: string[]) => ({
  steering: builtSteering(
    ids.map((id) => policy(id, "geo")),
    maps,
  ),
  planRows: ids.map((_, i) => i * 2),
});

const APEXES = ["a.test.", "b.test.", "c.example.", ".", "x.y.z."];

/** A version without data. */
const EMPTY = 5;

/** Version `version` of a zone: some owners, sometimes many, sometimes steered by policy `p`. */
const zones = new Map<string, BuiltZone>();
function zoneOf(apex: string, version: number): BuiltZone {
  if (version === EMPTY) return buildEmptyZone(name(apex), digest);
  const key = `${apex} ${version}`;
  const count = version === 3 ? 600 : version * 2;
  const hosts = Array.from({ length: count }, (_, i) => `h${i} 60 A 192.0.2.${i & 255}\n`);
  const owner = apex === "." ? "w." : `w.${apex}`;
  const steered = version === 2 ? ([[owner, "A", "p"]] as const) : [];
  const built = zones.get(key) ?? builtZone(apex, apexText(version) + hosts.join(""), steered);
  zones.set(key, built);
  return built;
}

const step = fc.oneof(
  fc.record({
    kind: fc.constant("zone" as const),
    apex: fc.nat(APEXES.length - 1),
    version: fc.nat(EMPTY),
  }),
  fc.record({ kind: fc.constant("policies" as const), extra: fc.nat(2) }),
  fc.record({ kind: fc.constant("maps" as const), turned: fc.boolean() }),
);

/** The policies of variant `extra`: `p` has another number in each. */
const policySets = [["p"], ["a", "p"], ["a", "b", "p"]] as const;

test("patch law: any way to a state gives the table that is built from nothing", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const image = newImage(8 << 20);
      const served = new Map<string, number>();
      let policies: readonly string[] = policySets[0];
      applied(image, { revision: 1, maps, ...withPolicies(...policies) });
      let epoch = 0;
      for (const one of steps) {
        let change: Omit<TableChange, "digest" | "revision">;
        if (one.kind === "policies") {
          policies = policySets[one.extra]!;
          change = withPolicies(...policies);
        } else if (one.kind === "maps") {
          change = { maps: one.turned ? [...maps].reverse() : maps };
        } else {
          const apex = APEXES[one.apex]!;
          // Version 4 stands for the removal.
          if (one.version === 4) {
            served.delete(apex);
            change = { remove: [name(apex)] };
          } else if (one.version === EMPTY) {
            // What is there stays as it is.
            if (!served.has(apex)) served.set(apex, EMPTY);
            change = { hold: [name(apex)] };
          } else {
            served.set(apex, one.version);
            change = { put: [zoneOf(apex, one.version)] };
          }
        }
        const { retired } = applied(image, { revision: 1, ...change });
        epoch += 1;
        retireAll(image, retired, epoch as Epoch);
        reclaim(image.arena, epoch as Epoch);
        const root = image.directory!.ref;
        assert.deepEqual(openTable(image.views, root, { digest, planRowCount: 6 }), []);
      }
      const fresh = newImage(8 << 20);
      const put = [...served].map(([apex, version]) => zoneOf(apex, version)).reverse();
      const { root } = applied(fresh, { revision: 1, maps, ...withPolicies(...policies), put });
      assert.deepEqual(image.directory!.digest, fresh.directory!.digest);
      assert.equal(dumpTable(image.views, image.directory!.ref), dumpTable(fresh.views, root));
      // Nothing leaked: what is not reached is free, and poisoned.
      const live = liveExtents(image).reduce((sum, one) => sum + Math.ceil(one.size / 16) * 16, 0);
      const use = arenaUse(image.arena);
      assert.equal(use.total - use.free, live);
      assert.equal(use.retired, 0);
    }),
    { numRuns: 40 },
  );
});

test("an edit of one owner places one shard, one header, one index shard, one directory", () => {
  const image = newImage();
  const text = (last: number): string =>
    apexText(last) +
    Array.from({ length: 600 }, (_, i) => `h${i} 60 A 192.0.2.${i === 5 ? last : 0}\n`).join("");
  applied(image, { revision: 1, put: [builtZone("a.test.", text(1))] });
  const known = builtZone("a.test.", text(1)).shards.digests;
  const edited = builtZone("a.test.", text(2), [], known);
  const { placed, retired } = applied(image, { revision: 2, put: [edited] });
  // The SOA at the apex is in another shard than h5, or in the same: one or two of four.
  assert.ok(placed.length >= 4 && placed.length <= 5, `${placed.length} were placed`);
  assert.equal(retired.length, placed.length);
});

test("the same state again places nothing and keeps the root", () => {
  const image = newImage();
  const change = { revision: 1, maps, ...withPolicies("p"), put: [zoneOf("a.test.", 2)] };
  const { root } = applied(image, change);
  assert.deepEqual(applied(image, { ...change, revision: 2 }), {
    root,
    digest: image.directory!.digest,
    placed: [],
    retired: [],
  });
  assert.equal(image.revision, 1);
  // Other rows in plan memory are another directory, of the same digest (D2).
  const moved = applied(image, { revision: 1, planRows: [40] });
  assert.notEqual(moved.root, root);
  assert.equal(moved.placed.length, 1);
});

test("C1: a full arena changes nothing, and the picture can go on", () => {
  const image = createImage(createArena(new Uint8Array(20_000), { poison: true }));
  applied(image, { revision: 1, put: [zoneOf("a.test.", 1)] });
  const before = { octets: image.views.u8.slice(), use: arenaUse(image.arena) };
  const digestBefore = image.directory!.digest;
  const result = applyChange(image, {
    revision: 2,
    put: [zoneOf("a.test.", 0), zoneOf("b.test.", 3)],
    digest,
  });
  assert.equal(result.value, null);
  assert.equal(result.faults[0]!.key, "TABLE_FULL");
  assert.deepEqual(arenaUse(image.arena), before.use);
  for (const one of liveExtents(image)) {
    const range = [one.ref, one.ref + one.size] as const;
    assert.deepEqual(image.views.u8.slice(...range), before.octets.slice(...range));
  }
  assert.equal(image.directory!.digest, digestBefore);
  applied(image, { revision: 2, put: [zoneOf("b.test.", 1)] });
  assert.deepEqual(openTable(image.views, image.directory!.ref, { digest }), []);
});

test("what a change names and is not there is refused", () => {
  const image = newImage();
  const refuse = (change: Omit<TableChange, "digest" | "revision">): string =>
    applyChange(image, { revision: 1, digest, ...change }).faults[0]!.detail;
  assert.match(refuse({ put: [zoneOf("a.test.", 2)] }), /a\.test\. names the policy p/);
  assert.match(refuse({ ...withPolicies("p"), planRows: [] }), /0 runs of plan rows/);
  const known = zoneOf("a.test.", 1).shards.digests;
  const partial = builtZone(
    "a.test.",
    `${apexText(1)}h0 60 A 192.0.2.0\nh1 60 A 192.0.2.1\n`,
    [],
    known,
  );
  assert.equal(partial.shards.at.at(-1), 0);
  assert.match(refuse({ put: [partial] }), /another table/);
  // A policy that a zone still needs cannot go.
  applied(image, { revision: 1, maps, ...withPolicies("p"), put: [zoneOf("a.test.", 2)] });
  assert.match(refuse({ ...withPolicies("q") }), /names the policy p/);
  assert.equal(applyChange(image, { revision: 1, digest, remove: [name("no.")] }).faults.length, 0);
});

test("the index grows and shrinks with the number of zones", () => {
  const image = newImage(16 << 20);
  const all = Array.from({ length: 600 }, (_, i) => builtZone(`z${i}.test.`, apexText()));
  applied(image, { revision: 1, put: all.slice(0, 256) });
  assert.equal(image.index.length, 1);
  applied(image, { revision: 2, put: all.slice(256) });
  assert.equal(image.index.length, 4);
  assert.deepEqual(openTable(image.views, image.directory!.ref, { digest }), []);
  applied(image, { revision: 3, remove: all.slice(10).map((zone) => zone.apex) });
  assert.equal(image.index.length, 1);
  assert.equal(image.zoneCount, 10);
  const fresh = newImage();
  applied(fresh, { revision: 3, put: all.slice(0, 10) });
  assert.deepEqual(fresh.directory!.digest, image.directory!.digest);
});

test("readers of the old root see the old table until they left it", () => {
  const image = newImage();
  const first = applied(image, { revision: 1, put: [zoneOf("a.test.", 1)] });
  const before = dumpTable(image.views, first.root);
  const second = applied(image, { revision: 2, put: [zoneOf("a.test.", 3)] });
  retireAll(image, second.retired, 2 as Epoch);
  applied(image, { revision: 3, put: [zoneOf("b.test.", 3)] });
  assert.equal(reclaim(image.arena, 1 as Epoch), 0);
  assert.equal(dumpTable(image.views, first.root), before);
  reclaim(image.arena, EPOCH_MAX as Epoch);
  assert.equal(image.views.u8[first.root], POISON);
});

test("a restored picture is patched like the one that was built", () => {
  const image = newImage();
  const change = { maps, ...withPolicies("a", "p"), put: [zoneOf("a.test.", 2), zoneOf(".", 3)] };
  applied(image, { revision: 1, ...change, hold: [name("b.test."), name("held.test.")] });
  const memory = image.views.u8.slice();
  const restored = restoreImage(memory, image.directory!.ref);
  const next = { revision: 2, ...withPolicies("p"), put: [zoneOf("b.test.", 3)] };
  const a = applied(image, next);
  const b = applied(restored, next);
  assert.deepEqual(a.digest, b.digest);
  assert.equal(dumpTable(image.views, a.root), dumpTable(restored.views, b.root));
  assert.deepEqual(openTable(restored.views, b.root, { digest }), []);
});
