// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCore } from "../../../src/control/core.ts";
import { createStoryteller } from "../../../src/daemon/story.ts";
import { sha256 } from "../../../src/io/digest.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher, publish } from "../../../src/io/publisher.ts";
import { buildSteering } from "../../../src/table/build-steering.ts";
import { createFolder, desiredState, drive, publications } from "../../support/control.ts";

const ASKED = {
  name: "www.example.org",
  type: "a",
  client: "",
  subnet: "",
  transport: "udp",
} as const;

test("the story of a steered answer, of a plain one, and what cannot be asked", (t) => {
  const { folder } = createFolder(t);
  const memory = createMemory(64);
  const core = createCore();
  const state = desiredState(folder);
  const event = { kind: "configured", now: 0, state, tableInForce: false } as const;
  const [effect] = publications(drive(core, event));
  const { steering, put } = effect!;
  const built = buildSteering(steering!.state, steering!.maps, sha256).value!;
  const { maps, policies } = steering!;
  publish(createPublisher(memory), { revision: 1, put, maps, steering: built, policies });
  const { tell } = createStoryteller(memory, core, 1232);
  const story = (more: object) => {
    const told = tell({ ...ASKED, ...more });
    assert.ok("steering" in told, JSON.stringify(told));
    return told;
  };

  const steered = story({ subnet: "44.1.2.3/24" });
  assert.equal(steered.question.name, "www.example.org.");
  assert.equal(steered.steering!.region, "NA/US");
  assert.equal(steered.steering!.scope, 9);
  const picked = steered.steering!.candidates.find((one) => one.picked)!;
  assert.equal(picked.endpoint, "web/iad1");
  assert.ok(picked.notes.some((note) => /^placed at preference 0, \d+ km$/.test(note)));
  assert.ok(picked.notes.some((note) => /^unknown/.test(note)));

  const plain = story({ name: "a.example.org." });
  assert.equal(plain.steering, null);
  assert.equal(plain.serial, 1);
  assert.match(plain.replyText, /192\.0\.2\.10/);
  assert.equal(story({ name: "elsewhere.example" }).zone, null);

  for (const wrong of [
    { name: "a..b" },
    { type: "NONSENSE" },
    { client: "somewhere" },
    { subnet: "192.0.2.0/33" },
    { subnet: "192.0.2.0/" },
    { subnet: "x/8" },
  ]) {
    assert.ok("error" in tell({ ...ASKED, ...wrong }), JSON.stringify(wrong));
  }
});
