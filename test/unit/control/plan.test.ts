// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCore, step } from "../../../src/control/core.ts";
import {
  judgeAll,
  mapsComplete,
  policyPlans,
  replan,
  structureAll,
} from "../../../src/control/plan.ts";
import { createFolder, desiredState, drive } from "../../support/control.ts";

test("policies have plans for every region, and shapes to match", (t) => {
  const { folder } = createFolder(t);
  const core = createCore();
  const state = desiredState(folder);
  step(core, { kind: "configured", now: 0, state, tableInForce: false });
  assert.equal(mapsComplete(core), false);
  drive(core, { kind: "files-changed", now: 0, zones: [], maps: ["world"] });
  assert.equal(mapsComplete(core), true);
  const regions = core.maps.get("world")!.regions.length;
  const [plans] = policyPlans(structureAll(core, 0));
  assert.equal(plans!.shapes.length, regions);
  assert.equal(plans!.rows.length, regions);
  for (const [i, row] of plans!.rows.entries()) {
    assert.equal(row.shares.length, plans!.shapes[i]!.endpoints.length);
  }
});

test("level, not edge: the same facts change no row, and other facts change those they touch", (t) => {
  const { folder } = createFolder(t);
  const core = createCore();
  drive(core, { kind: "configured", now: 0, state: desiredState(folder), tableInForce: false });
  assert.deepEqual(replan(core, 1).rows, []);
  const outcomes = core.targets.targets.map(({ key, address }) => ({
    key,
    at: 2,
    passed: address !== "192.0.2.1",
    rttMs: 1,
    reason: "",
  }));
  step(core, { kind: "probe-reported", now: 2, outcomes });
  const turned = judgeAll(core, 3);
  assert.deepEqual(
    turned.map((one) => [one.name, one.to]),
    [
      ["web/fra1", "down"],
      ["web/iad1", "up"],
    ],
  );
  const { rows } = replan(core, 3);
  assert.ok(rows.length > 0);
  for (const { policy, content } of rows) {
    assert.equal(policy, "nearest");
    // fra1 is down: it has no weight in any region, and the other one has.
    assert.ok(content.shares.some((one) => one.weight === 0));
    assert.ok(content.shares.some((one) => one.weight > 0));
  }
  assert.deepEqual(replan(core, 3).rows, []);
});
