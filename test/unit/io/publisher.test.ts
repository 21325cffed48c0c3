// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCore } from "../../../src/control/core.ts";
import { sha256 } from "../../../src/io/digest.ts";
import { createMemory, type Memory } from "../../../src/io/memory.ts";
import {
  createPublisher,
  isHeld,
  type Publisher,
  publish,
  reclaimAll,
  releaseHold,
  tableUse,
  takeHold,
  writePlans,
} from "../../../src/io/publisher.ts";
import { buildSteering } from "../../../src/table/build-steering.ts";
import { currentEpoch, currentRoot, goOffline, observeRoot } from "../../../src/table/publish.ts";
import { createFolder, desiredState, drive, publications } from "../../support/control.ts";

/** Publishes the fixture's configuration as the loop does. */
function publishAll(p: Publisher, folder: string, revision = 1) {
  const core = createCore();
  const state = desiredState(folder);
  const event = { kind: "configured", now: 0, state, tableInForce: false } as const;
  const [effect] = publications(drive(core, event));
  const { steering, put } = effect!;
  const built = buildSteering(steering!.state, steering!.maps, sha256).value!;
  const { maps, policies } = steering!;
  const done = publish(p, { revision, put, maps, steering: built, policies });
  assert.ok("epoch" in done, JSON.stringify(done));
  return { done, policies, core };
}

const setUp = (): { memory: Memory; p: Publisher } => {
  const memory = createMemory(64);
  return { memory, p: createPublisher(memory) };
};

test("the root is published; the same again is placed nowhere and changes no epoch", (t) => {
  const { folder } = createFolder(t);
  const { memory, p } = setUp();
  const { done } = publishAll(p, folder);
  assert.equal(currentRoot(memory.control), done.root);
  assert.equal(currentEpoch(memory.control), 1);
  assert.ok(done.placedOctets > 0);
  const again = publishAll(p, folder).done;
  assert.equal(again.placedOctets, 0);
  assert.equal(again.epoch, 1);
  assert.deepEqual(again.digest, done.digest);
});

test("U2: what is replaced is kept while a reader may see it", (t) => {
  const { folder } = createFolder(t);
  const { memory, p } = setUp();
  publishAll(p, folder);
  observeRoot(memory.control, 0);
  const [apex] = [...p.image.index.flatMap((shard) => [...shard.zones.values()])];
  const removed = publish(p, { revision: 2, remove: [apex!.apex] });
  assert.ok("epoch" in removed);
  reclaimAll(p);
  assert.ok(tableUse(p).retired > 0);
  goOffline(memory.control, 0);
  reclaimAll(p);
  assert.equal(tableUse(p).retired, 0);
});

test("U4: what is replaced is kept while somebody holds it, and no longer", (t) => {
  const { folder } = createFolder(t);
  const { p } = setUp();
  publishAll(p, folder);
  const hold = takeHold(p);
  const [apex] = [...p.image.index.flatMap((shard) => [...shard.zones.values()])];
  assert.ok("epoch" in publish(p, { revision: 2, remove: [apex!.apex] }));
  reclaimAll(p);
  const { retired } = tableUse(p);
  assert.ok(retired > 0);
  // A later hold keeps what came later, and not what was gone before it.
  const later = takeHold(p);
  assert.ok(isHeld(p, hold));
  releaseHold(p, hold);
  releaseHold(p, hold);
  assert.ok(!isHeld(p, hold) && isHeld(p, later));
  reclaimAll(p);
  assert.equal(tableUse(p).retired, 0);
});

test("U3: after a refusal everything is as it was", (t) => {
  const { folder } = createFolder(t);
  const { memory, p } = setUp();
  const { done, policies } = publishAll(p, folder);
  const use = tableUse(p);
  // A policy that the steering does not name.
  const twice = [...policies, { ...policies[0]!, policy: "unknown", rows: new Array(2 ** 24) }];
  const refused = publish(p, { revision: 2, policies: twice });
  assert.ok(!("epoch" in refused));
  assert.equal(refused[0]!.key, "TABLE_FULL");
  assert.equal(currentRoot(memory.control), done.root);
  assert.equal(currentEpoch(memory.control), 1);
  assert.deepEqual(tableUse(p), use);
});

test("plan words are written where they differ, and nowhere else", (t) => {
  const { folder } = createFolder(t);
  const { p } = setUp();
  const { policies } = publishAll(p, folder);
  const [row] = policies[0]!.rows;
  const content = { ...row!, ttlSecs: row!.ttlSecs + 1 };
  assert.ok(writePlans(p, [{ policy: "nearest", region: 0, content }]) > 0);
  assert.equal(writePlans(p, [{ policy: "nearest", region: 0, content }]), 0);
  assert.equal(writePlans(p, [{ policy: "nearest", region: 99_999, content }]), 0);
  assert.equal(writePlans(p, [{ policy: "unknown", region: 0, content }]), 0);
});

test("a publisher that starts over a table in force goes on from it", (t) => {
  const { folder } = createFolder(t);
  const { memory, p } = setUp();
  const first = publishAll(p, folder).done;
  const second = createPublisher(memory);
  assert.equal(second.image.zoneCount, 2);
  assert.equal(second.orphans.length, 1);
  const again = publishAll(second, folder).done;
  assert.deepEqual(again.digest, first.digest);
  assert.deepEqual(second.orphans, []);
});
