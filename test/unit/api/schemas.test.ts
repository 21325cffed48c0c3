// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { readers } from "../../../src/api/schemas.ts";
import { story, view, zone } from "./sample.ts";

/** As another process gets it. */
const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test("a reader gives back what was sent", () => {
  const v = view();
  const status = { ...v.status(), live: v.live(), ready: v.ready() };
  assert.deepEqual(readers.status(sent(status)), status);
  assert.deepEqual(readers.zones(sent([zone])), [zone]);
  assert.deepEqual(readers.endpoints(sent(v.endpoints())), v.endpoints());
  assert.deepEqual(readers.transitions(sent(v.transitions(2))), v.transitions(2));
  assert.deepEqual(readers.explain(sent(story)), story);
  assert.deepEqual(readers.explain(sent({ ...story, steering: null }))?.steering, null);
  assert.deepEqual(readers.condition({ ok: false, reasons: ["x"] }), { ok: false, reasons: ["x"] });
});

test("a key that is not known is kept, a key that is missing is refused", () => {
  const newer = { ...zone, dnssec: "signed" };
  assert.deepEqual(readers.zones([newer]), [newer]);
  const { serial: _, ...without } = zone;
  assert.equal(readers.zones([without]), null);
  assert.equal(readers.zones({}), null);
  assert.equal(readers.status(null), null);
});
