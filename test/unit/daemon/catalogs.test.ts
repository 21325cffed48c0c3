// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createCatalogs } from "../../../src/daemon/catalogs.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher, type Publication, publish } from "../../../src/io/publisher.ts";
import { NO_TRANSFER } from "../../../src/resource/decode-transfer.ts";
import type {
  CatalogTemplates,
  DesiredState,
  MemberTemplate,
  Zone,
} from "../../../src/resource/types.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { apexText, builtZone, name } from "../../support/tables.ts";

const place = { file: "", line: 0, column: 0 };
const own: Zone = { apex: "own.example.", file: "g", steered: [], transfer: NO_TRANSFER, place };

const template = (primaries: readonly string[], notify: readonly string[] = []): MemberTemplate => {
  return { transfer: { ...NO_TRANSFER, primaries, notify }, strict: false };
};

function catalogRow(apex: string, catalog: CatalogTemplates): Zone {
  const transfer = { ...NO_TRANSFER, primaries: ["p"], catalog };
  return { apex, file: "f", steered: [], transfer, place };
}

function stateOf(...zones: Zone[]): DesiredState {
  const rest = { pops: [], pools: [], probes: [], maps: [], policies: [], keys: [], remotes: [] };
  return { ...rest, zones: zones.sort((a, b) => (a.apex < b.apex ? -1 : 1)) };
}

const common: CatalogTemplates = { members: template(["p"], ["n"]), groups: [] };
const one = catalogRow("catalog.example.", common);
const state = stateOf(one, own);

/** A table, the catalogs that look into it, and what they have said. */
function createBench(t: TestContext, given: DesiredState = state) {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-unit-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const said: { text: string; fields: unknown }[] = [];
  const note = (fields: unknown, text: string) => said.push({ text, fields });
  const log = { warn: note, info: () => {}, error: note } as never;
  const folders = { state: folder, zones: join(folder, "zones") };
  const begin = () => createCatalogs(folders, log);
  const memory = createMemory(64);
  const publisher = createPublisher(memory);
  let revision = 0;
  const bench = {
    ...{ folder, said, state: given, catalogs: begin() },
    publish(change: Omit<Publication, "revision">): void {
      revision += 1;
      assert.ok("epoch" in publish(publisher, { revision, ...change }));
    },
    look: () => bench.catalogs.look(bench.state, memory.table, currentRoot(memory.control)),
    /** As the control thread does it. */
    handOn(): readonly string[] {
      bench.look();
      bench.zones();
      return bench.catalogs.handedOn();
    },
    put(apex: string, ...lines: readonly string[]): boolean {
      const text = `${apexText(revision + 1)}${lines.join("\n")}\n`;
      bench.publish({ put: [builtZone(apex, text)] });
      const changed = bench.look();
      if (changed) bench.handOn();
      return changed;
    },
    zones: () => bench.catalogs.extend(bench.state).zones.map((zone) => zone.apex),
    zone: (apex: string) => bench.catalogs.extend(bench.state).zones.find((z) => z.apex === apex),
    kept(apex: string): string {
      mkdirSync(folders.zones, { recursive: true });
      const file = join(folders.zones, `${apex}zone`);
      writeFileSync(file, "kept");
      writeFileSync(file.replace(/zone$/, "json"), "{}");
      return file;
    },
    restart: () => {
      bench.catalogs = begin();
      bench.handOn();
    },
  };
  return bench;
}

const V2 = 'version TXT "2"';

test("members of the catalog in the table, until it says otherwise and not when it is broken", (t) => {
  const bench = createBench(t);
  assert.equal(bench.catalogs.extend(state), state);
  const members = ["a.zones PTR z.example.", "b.zones PTR own.example."];
  assert.equal(bench.put("catalog.example.", V2, ...members), true);
  assert.deepEqual(bench.zones(), ["catalog.example.", "own.example.", "z.example."]);
  assert.equal(bench.said.length, 1, "own.example. is the operator's");
  const clash = { zone: "own.example.", catalog: "catalog.example.", owner: "the configuration" };
  const good = { members: 1, withoutPrimaries: 0, broken: null, clashes: [clash] };
  assert.deepEqual(bench.catalogs.statusOf("catalog.example."), good);
  assert.equal(bench.catalogs.statusOf("own.example."), null);
  const member = bench.zone("z.example.")!;
  assert.deepEqual(
    [member.transfer.primaries, member.transfer.notify, member.file],
    [["p"], ["n"], `${bench.folder}/zones/z.example.zone`],
  );
  assert.equal(bench.look(), false);
  assert.equal(bench.put("catalog.example.", 'version TXT "7"'), false);
  assert.equal(bench.said.length, 2);
  const broken = 'version "7" is not known';
  assert.deepEqual(bench.catalogs.statusOf("catalog.example."), { ...good, broken });
  assert.ok(bench.zones().includes("z.example."));
  bench.publish({ remove: [name("catalog.example.")] });
  bench.publish({ hold: [name("catalog.example.")] });
  assert.equal(bench.look(), false, "it has expired");
  assert.equal(bench.put("catalog.example.", V2), true);
  assert.deepEqual(bench.zones(), ["catalog.example.", "own.example."]);
});

test("G1: over a restart a broken catalog has its members, and a clash its owner", (t) => {
  const bench = createBench(t, stateOf(one, catalogRow("a-new.example.", common)));
  bench.put("catalog.example.", V2, "a.zones PTR z.example.");
  bench.put("a-new.example.", V2, "b.zones PTR z.example.");
  bench.put("catalog.example.", "nothing TXT here");
  const owner = () => bench.catalogs.memberOf("z.example.")?.catalog;
  assert.equal(owner(), "catalog.example.");
  bench.restart();
  assert.equal(owner(), "catalog.example.", "though the other comes first by name");
  assert.ok(bench.zone("z.example."));
  writeFileSync(join(bench.folder, "catalogs.json"), '{"format":1,"catalogs":{"x":[{"zone":1}]}}');
  bench.restart();
  assert.equal(owner(), "a-new.example.", "what cannot be read says nothing");
});

test("§4.4.2: settings by group, others if the configuration or the group is another one", (t) => {
  const silver = { group: "silver", template: template(["s"], ["ns"]) };
  const row = { members: template(["p"]), groups: [silver] };
  const bench = createBench(t, stateOf(catalogRow("catalog.example.", row)));
  const file = bench.kept("z.example.");
  const list = (group: string) =>
    bench.put("catalog.example.", V2, "a.zones PTR z.example.", `group.a.zones TXT "${group}"`);
  const settings = () => bench.zone("z.example.")!.transfer;
  assert.equal(list("silver"), true);
  assert.deepEqual([settings().primaries, settings().notify], [["s"], ["ns"]]);
  assert.equal(bench.catalogs.memberOf("z.example.")?.group, "silver");
  assert.equal(bench.said.length, 0);
  assert.equal(list("bronze"), true);
  assert.deepEqual(settings().primaries, ["p"]);
  const member = { catalog: "catalog.example.", groups: ["bronze"], group: null };
  assert.deepEqual(bench.catalogs.memberOf("z.example."), member);
  assert.match(bench.said[0]!.text, /groups that have no settings/);
  const bronze = { group: "bronze", template: template(["b"]) };
  bench.state = stateOf(catalogRow("catalog.example.", { ...row, groups: [silver, bronze] }));
  bench.handOn();
  assert.deepEqual(settings().primaries, ["b"], "a reload reaches members");
  assert.ok(existsSync(file), "its data stays whatever its settings");
});

test("§5.3: what was kept of a member goes with it, and not what is the operator's by then", (t) => {
  const bench = createBench(t);
  const lines = ["a.zones PTR y.example.", "b.zones PTR z.example."];
  bench.put("catalog.example.", V2, ...lines);
  const [y, z] = [bench.kept("y.example."), bench.kept("z.example.")];
  const mine: Zone = { ...own, apex: "y.example.", file: y };
  bench.state = stateOf(one, own, mine);
  bench.handOn();
  assert.deepEqual([existsSync(y), existsSync(z)], [true, true]);
  bench.state = stateOf(own, mine);
  assert.deepEqual(bench.handOn(), [z], "the catalog is gone, and its member with it");
  assert.deepEqual([existsSync(y), existsSync(z)], [true, false]);
  assert.deepEqual(bench.zones(), ["own.example.", "y.example."]);
});

test("§5.6: one that begins anew is away until the table has nothing of it, over a crash too", (t) => {
  const bench = createBench(t);
  bench.put("catalog.example.", V2, "a.zones PTR z.example.");
  bench.publish({ put: [builtZone("z.example.", apexText())] });
  const file = bench.kept("z.example.");
  assert.equal(bench.put("catalog.example.", V2, "b.zones PTR z.example."), true);
  assert.deepEqual(bench.zones(), ["catalog.example.", "own.example."]);
  assert.equal(existsSync(file), false);
  assert.equal(bench.look(), false, "the table has it still");
  bench.kept("z.example.");
  bench.restart();
  assert.equal(existsSync(file), false, "what was not finished is done again");
  bench.publish({ remove: [name("z.example.")] });
  assert.equal(bench.look(), true);
  assert.ok(bench.zone("z.example."));
  bench.kept("z.example.");
  bench.restart();
  assert.deepEqual([existsSync(file), bench.zones().length], [true, 3], "once is enough");
});

test("of a configuration that is only looked at, what it would serve", (t) => {
  const bench = createBench(t);
  bench.put("catalog.example.", V2, "a.zones PTR y.example.", "b.zones PTR z.example.");
  const zones = (...rows: Zone[]) =>
    bench.catalogs.extend(stateOf(...rows)).zones.map((zone) => zone.apex);
  assert.deepEqual(zones(own), ["own.example."]);
  const mine: Zone = { ...own, apex: "z.example." };
  assert.deepEqual(zones(one, mine), ["catalog.example.", "y.example.", "z.example."]);
  assert.equal(bench.zones().length, 4);
});

test("G4: a table that was saved before what is remembered takes nothing away", (t) => {
  const bench = createBench(t);
  bench.put("catalog.example.", V2);
  const old = builtZone("catalog.example.", `${apexText(1)}${V2}\n`);
  bench.put("catalog.example.", V2, "a.zones PTR z.example.");
  const file = bench.kept("z.example.");
  bench.publish({ put: [old] });
  bench.restart();
  assert.deepEqual([bench.zones().length, existsSync(file)], [3, true]);
  bench.put("catalog.example.", V2, "b.zones PTR y.example.");
  assert.deepEqual(bench.zones(), ["catalog.example.", "own.example.", "y.example."]);
});

test("members that nobody is known to have are not served, and told of", (t) => {
  const groups = [{ group: "g", template: template(["p"]) }];
  const row = catalogRow("catalog.example.", { members: template([]), groups });
  const bench = createBench(t, stateOf(row));
  bench.put(
    "catalog.example.",
    ...[V2, "a.zones PTR y.example.", "b.zones PTR z.example.", 'group.b.zones TXT "g"'],
  );
  assert.deepEqual(bench.zones(), ["catalog.example.", "z.example."]);
  assert.match(bench.said[0]!.text, /nobody has them/);
  assert.equal(bench.catalogs.statusOf("catalog.example.")?.withoutPrimaries, 1);
});
