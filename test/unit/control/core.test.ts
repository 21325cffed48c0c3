// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCore, step } from "../../../src/control/core.ts";
import type { ControlCore } from "../../../src/control/state.ts";
import type { Outcome } from "../../../src/health/types.ts";
import { CONFIG, createFolder, desiredState, drive, publications } from "../../support/control.ts";
import { countryMmdb, zoneText } from "../../support/daemon.ts";

const configured = (state: ReturnType<typeof desiredState>, now = 0, more = {}) =>
  ({ kind: "configured", now, state, tableInForce: false, ...more }) as const;

/** The same outcome for every target. */
function outcomes(core: ControlCore, passed: boolean, now: number): Outcome[] {
  return core.targets.targets.map(({ key }) => ({
    key,
    at: now,
    passed,
    rttMs: 1,
    reason: passed ? "" : "connection refused",
  }));
}

test("N2: a configuration is published whole, when everything is compiled", (t) => {
  const { folder } = createFolder(t);
  const core = createCore();
  const asked = step(core, configured(desiredState(folder)));
  assert.deepEqual(asked.map((one) => one.kind).sort(), ["compile-map", "compile-zones", "probe"]);
  const effects = drive(createCore(), configured(desiredState(folder)));
  const [only, ...more] = publications(effects);
  assert.equal(more.length, 0);
  assert.equal(only!.put.length, 2);
  assert.deepEqual(only!.keep?.toSorted(), ["example.org.", "plain.example."]);
  assert.deepEqual(
    only!.steering!.policies.map((one) => one.policy),
    ["nearest"],
  );
});

test("a changed zone is published alone; the same configuration asks for nothing", (t) => {
  const { folder, write } = createFolder(t);
  const core = createCore();
  drive(core, configured(desiredState(folder)));
  assert.deepEqual(publications(drive(core, configured(desiredState(folder), 1))), []);
  write("plain.example.zone", zoneText(3, "a A 192.0.2.21"));
  const changed = { kind: "files-changed", now: 2, zones: ["plain.example."], maps: [] } as const;
  const [only] = publications(drive(core, changed));
  assert.equal(only!.put[0]!.serial, 3);
  assert.equal(only!.keep, null);
  assert.equal(only!.steering, null);
  assert.equal(core.zones.get("plain.example.")!.serial, 3);
});

test("a faulty zone is failed, or stale if an older version serves; the others are published", (t) => {
  const { folder, write } = createFolder(t);
  write("plain.example.zone", "broken\n");
  const cold = createCore();
  const [first] = publications(drive(cold, configured(desiredState(folder))));
  assert.equal(first!.put.length, 1);
  assert.equal(cold.zones.get("plain.example.")!.phase, "failed");

  const saved = createCore();
  const zonesInForce = new Map([["plain.example.", 7]]);
  drive(saved, configured(desiredState(folder), 0, { zonesInForce }));
  const { phase, serial } = saved.zones.get("plain.example.")!;
  assert.deepEqual({ phase, serial }, { phase: "stale", serial: 7 });

  write("plain.example.zone", zoneText(8));
  drive(cold, { kind: "files-changed", now: 1, zones: ["plain.example."], maps: [] });
  assert.equal(cold.zones.get("plain.example.")!.phase, "loaded");
});

test("a zone that leaves the configuration leaves the table", (t) => {
  const { folder } = createFolder(t);
  const core = createCore();
  drive(core, configured(desiredState(folder)));
  const less = CONFIG.replace(/ {2}plain\.example: .*\n/, "");
  const [only] = publications(drive(core, configured(desiredState(folder, less), 1)));
  assert.deepEqual(only!.keep, ["example.org."]);
  assert.equal(core.zones.has("plain.example."), false);
});

test("N3: what was refused stays visible and is not tried again and again", (t) => {
  const { folder, write } = createFolder(t);
  const core = createCore();
  drive(core, configured(desiredState(folder)), { refuse: () => true });
  assert.equal(core.refusal.length, 1);
  assert.deepEqual(publications([...step(core, { kind: "tick", now: 1 })]), []);
  write("plain.example.zone", zoneText(3));
  drive(core, { kind: "files-changed", now: 2, zones: ["plain.example."], maps: [] });
  assert.equal(core.refusal.length, 0);
  assert.equal(core.steeringDirty, false);
});

test("a broken database at the first start leaves the rules of the map in force", (t) => {
  const { folder, write } = createFolder(t);
  write("country.mmdb", "this is no database");
  const core = createCore();
  const [only] = publications(drive(core, configured(desiredState(folder))));
  assert.equal(only!.put.length, 2);
  assert.deepEqual(
    core.maps.get("world")!.faults.map((one) => one.key),
    ["MAP_DATABASE_CORRUPT"],
  );
  write("country.mmdb", countryMmdb({ "44.0.0.0/9": "US" }));
  const changed = { kind: "files-changed", now: 1, zones: [], maps: ["world"] } as const;
  assert.equal(publications(drive(core, changed)).length, 1);
  assert.deepEqual(core.maps.get("world")!.faults, []);
});

test("N4: a map that never was good holds back what is steered, and nothing else", (t) => {
  const { folder } = createFolder(t);
  const core = createCore();
  const effects = drive(core, configured(desiredState(folder)), { mapsFail: true });
  const [only, ...more] = publications(effects);
  assert.equal(more.length, 0);
  assert.deepEqual(
    only!.put.map((one) => one.serial),
    [2],
  );
  assert.equal(only!.steering, null);
  assert.deepEqual(publications([...step(core, { kind: "tick", now: 1 })]), []);
});

test("outcomes become plans with the next tick, and notes say why", (t) => {
  const { folder } = createFolder(t);
  const core = createCore();
  drive(core, configured(desiredState(folder)));
  drive(core, { kind: "probe-reported", now: 100, outcomes: outcomes(core, true, 100) });
  assert.ok(drive(core, { kind: "tick", now: 200 }).some((one) => one.kind === "write-plans"));
  assert.deepEqual(drive(core, { kind: "tick", now: 300 }), []);
  for (let now = 400; now < 700; now += 100) {
    drive(core, { kind: "probe-reported", now, outcomes: outcomes(core, false, now) });
  }
  const effects = drive(core, { kind: "tick", now: 800 });
  const notes = effects.flatMap((one) => (one.kind === "note" ? one.notes : []));
  const fra = notes.find((one) => one.name === "web/fra1")!;
  assert.deepEqual([fra.from, fra.to, fra.reason], ["up", "down", "connection refused"]);
  assert.ok(effects.some((one) => one.kind === "write-plans"));
});

test("N5: plans in force keep their endpoint numbers until the next publication", (t) => {
  const { folder } = createFolder(t);
  const core = createCore();
  drive(core, configured(desiredState(folder)));
  drive(core, { kind: "probe-reported", now: 100, outcomes: outcomes(core, true, 100) });
  drive(core, { kind: "tick", now: 200 });
  const before = core.policies.get("nearest")!.rows;
  const pool = "  alpha: { endpoints: { x: { pop: iad, v4: 203.0.113.7 } } }\n";
  const renumbered = CONFIG.replace("pools:\n", `pools:\n${pool}`);
  // Compilation is asked for and never reported: ticks go on with the old plans.
  const state = desiredState(
    folder,
    renumbered.replace("granularity: country", "granularity: continent"),
  );
  step(core, configured(state, 300));
  assert.notEqual(core.planned.endpoints, core.endpoints);
  const effects = step(core, { kind: "tick", now: 400 });
  assert.deepEqual(
    effects.filter((one) => one.kind === "write-plans"),
    [],
  );
  assert.deepEqual(core.policies.get("nearest")!.rows, before);
});

test("N6: with a table in force, new plans wait for the first outcomes", (t) => {
  const { folder } = createFolder(t);
  const core = createCore();
  const effects = drive(core, configured(desiredState(folder), 0, { tableInForce: true }));
  assert.deepEqual(publications(effects), []);
  const late = createCore();
  drive(late, configured(desiredState(folder), 0, { tableInForce: true }));
  drive(core, { kind: "probe-reported", now: 10, outcomes: outcomes(core, true, 10) });
  assert.equal(publications(drive(core, { kind: "tick", now: 20 })).length, 1);
  assert.equal(publications(drive(late, { kind: "tick", now: 60_000 })).length, 1);
});
