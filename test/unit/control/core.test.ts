// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCore, step } from "../../../src/control/core.ts";
import type { ControlEffect } from "../../../src/control/effect.ts";
import type { ControlCore } from "../../../src/control/state.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import type { Outcome } from "../../../src/health/types.ts";
import { compileZone } from "../../../src/io/compile-zone.ts";
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

test("N8: a zone without data has a placeholder, until it is good", (t) => {
  const { folder, write } = createFolder(t);
  write("plain.example.zone", "broken\n");
  const core = createCore();
  const [first] = publications(drive(core, configured(desiredState(folder))));
  assert.deepEqual(first!.hold, ["plain.example."]);
  assert.deepEqual(
    [core.zones.get("plain.example.")!.held, core.zones.get("plain.example.")!.inForce],
    [true, false],
  );
  const again = { kind: "files-changed", now: 1, zones: ["plain.example."], maps: [] } as const;
  assert.deepEqual(publications(drive(core, again)), [], "it is there already");
  write("plain.example.zone", zoneText(8));
  const [mended] = publications(drive(core, { ...again, now: 2 }));
  assert.deepEqual([mended!.put[0]!.serial, mended!.hold], [8, []]);
  assert.equal(core.zones.get("plain.example.")!.held, false);
});

test("N8: a zone that is added and faulty is published as a placeholder by itself", (t) => {
  const { folder, write } = createFolder(t);
  const less = CONFIG.replace(/ {2}plain\.example: .*\n/, "");
  const core = createCore();
  drive(core, configured(desiredState(folder, less)));
  write("plain.example.zone", "broken\n");
  const [only, ...more] = publications(drive(core, configured(desiredState(folder), 1)));
  assert.equal(more.length, 0);
  assert.deepEqual([only!.put, only!.hold], [[], ["plain.example."]]);
});

test("N8: what is published while a new zone loads brings its placeholder along", (t) => {
  const { folder, write } = createFolder(t);
  const less = CONFIG.replace(/ {2}plain\.example: .*\n/, "");
  const core = createCore();
  drive(core, configured(desiredState(folder, less)));
  // Compilation of the new zone is asked for and not reported yet.
  step(core, configured(desiredState(folder), 1));
  write("example.org.zone", zoneText(5, "a A 192.0.2.11"));
  const zone = core.zones.get("example.org.")!.zone;
  const compiled = { ...compileZone({ ...zone, known: null }), now: 100 };
  const [only] = publications(drive(core, { kind: "zone-compiled", ...compiled }));
  assert.deepEqual([only!.put.length, only!.hold], [1, ["plain.example."]]);
  assert.equal(core.zones.get("plain.example.")!.phase, "loading");
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
  const slow = desiredState(folder, CONFIG.replace("timeoutMs: 500", "timeoutMs: 2900"));
  const withSteering = (effects: readonly ControlEffect[]) =>
    publications(effects).filter((one) => one.steering !== null).length;
  assert.equal(withSteering(drive(core, configured(slow, 0, { tableInForce: true }))), 0);
  const late = createCore();
  drive(late, configured(slow, 0, { tableInForce: true }));
  drive(core, { kind: "probe-reported", now: 10, outcomes: outcomes(core, true, 10) });
  assert.equal(withSteering(drive(core, { kind: "tick", now: 20 })), 1);
  // Three tries of 2.9 s are longer than anybody should wait for a changed policy.
  assert.equal(withSteering(drive(late, { kind: "tick", now: 4999 })), 0);
  assert.equal(withSteering(drive(late, { kind: "tick", now: 5000 })), 1);
});

test("N6: meanwhile zones are published, unless they name a policy that is not in force", (t) => {
  const { folder, write } = createFolder(t);
  const serials = (effects: readonly ControlEffect[]) =>
    publications(effects).map(({ put, steering }) => [put.map((one) => one.serial), steering]);
  const state = desiredState(folder);
  const bare = createCore();
  const first = drive(bare, configured(state, 0, { tableInForce: true }));
  assert.deepEqual(serials(first), [[[2], null]]);

  const core = createCore();
  const inForce = { tableInForce: true, policiesInForce: ["nearest"], revisionInForce: 40 };
  assert.deepEqual(serials(drive(core, configured(state, 0, inForce))), [[[1, 2], null]]);
  assert.equal(core.revision, 41);
  write("example.org.zone", zoneText(5));
  const changed = { kind: "files-changed", now: 1, zones: ["example.org."], maps: [] } as const;
  assert.deepEqual(serials(drive(core, changed)), [[[5], null]]);
  assert.equal(core.steeringDirty, true);
});

test("N7: results of one turn are one publication, and a stream of them one in 50 ms", (t) => {
  const { folder } = createFolder(t);
  const names = Array.from({ length: 200 }, (_, i) => `z${i}.example`);
  const rows = names.map((name) => `  ${name}: { file: plain.example.zone }`).join("\n");
  const core = createCore();
  drive(core, configured(desiredState(folder, "zones: {}\n")));
  const { revision } = core;
  step(core, configured(desiredState(folder, `zones:\n${rows}\n`)));
  const zone = core.zones.get("z0.example.")!.zone;
  const { built } = compileZone({ ...zone, known: null });
  let left = names.map((name) => `${name}.`);
  /** So many results at `now`, then what the end of the turn leads to. */
  const turn = (count: number, now: number) => {
    const effects = left.slice(0, count).flatMap((apex) => {
      const wire = nameFromText(apex)!;
      const result = { apex, built: { ...built!, apex: wire }, faults: [] };
      return step(core, { kind: "zone-compiled", now, ...result });
    });
    left = left.slice(count);
    assert.deepEqual(publications(effects), []);
    return effects.filter((one) => one.kind === "call-again").map((one) => one.afterMs);
  };
  const end = (now: number) => {
    const effects = step(core, { kind: "turn-ended", now });
    const [only] = publications(effects);
    if (only !== undefined) step(core, { kind: "publication-done", now, faults: [] });
    const again = effects.find((one) => one.kind === "call-again");
    return only === undefined ? `after ${again?.afterMs} ms` : only.put.length;
  };
  assert.deepEqual(turn(100, 1000), [0]);
  assert.equal(end(1000), 100);
  assert.deepEqual(turn(50, 1010), [0]);
  assert.equal(end(1010), "after 40 ms");
  assert.deepEqual(turn(40, 1030), []);
  assert.equal(end(1050), 90);
  // The last ones have nothing to wait for.
  assert.deepEqual(turn(10, 1060), [0]);
  assert.equal(end(1060), 10);
  assert.equal(core.revision, revision + 3);
});

test("the serial shown is the one that is served; a touch leaves the revision", (t) => {
  const { folder, write } = createFolder(t);
  const core = createCore();
  drive(core, configured(desiredState(folder)));
  const changed = { kind: "files-changed", now: 1, zones: ["plain.example."], maps: [] } as const;
  write("plain.example.zone", zoneText(3));
  drive(core, changed, { refuse: () => true });
  assert.equal(core.zones.get("plain.example.")!.serial, 2);
  const { revision } = core;
  step(core, { kind: "turn-ended", now: 2 });
  step(core, { kind: "publication-done", now: 2, faults: [], unchanged: true });
  assert.equal(core.revision, revision);
  assert.equal(core.zones.get("plain.example.")!.serial, 3);
});

test("zones that go are told of", (t) => {
  const { folder } = createFolder(t);
  const core = createCore();
  drive(core, configured(desiredState(folder)));
  const less = CONFIG.replace(/ {2}plain\.example: .*\n/, "");
  const effects = drive(core, configured(desiredState(folder, less), 1));
  const notes = effects.flatMap((one) => (one.kind === "note" ? one.notes : []));
  const note = notes.find((one) => one.subject === "configuration")!;
  assert.deepEqual([note.from, note.to], ["2 zones", "1 removed"]);
});

test("N9: a zone that expires is a placeholder, whatever is compiled, until it is good again", (t) => {
  const { folder, write } = createFolder(t);
  const core = createCore();
  drive(core, configured(desiredState(folder)));
  const apex = "plain.example.";
  const gone = drive(core, { kind: "zone-expired", now: 1, apex, expired: true });
  const [only] = publications(gone);
  assert.deepEqual([only?.hold, only?.keep], [[apex], ["example.org."]]);
  assert.equal(core.zones.get(apex)!.phase, "expired");
  assert.deepEqual(drive(core, { kind: "zone-expired", now: 2, apex, expired: true }), []);
  write("plain.example.zone", zoneText(3));
  const changed = drive(core, { kind: "files-changed", now: 3, zones: [apex], maps: [] });
  assert.deepEqual(publications(changed), []);
  assert.equal(core.zones.get(apex)!.inForce, false);
  const back = drive(core, { kind: "zone-expired", now: 4, apex, expired: false });
  assert.equal(publications(back)[0]?.put.length, 1);
  assert.deepEqual([core.zones.get(apex)!.phase, core.zones.get(apex)!.serial], ["loaded", 3]);
});
