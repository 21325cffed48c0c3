// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCore, step } from "../../../src/control/core.ts";
import { isAwaited } from "../../../src/control/state.ts";
import { createFolder, desiredState } from "../../support/control.ts";

const CONFIG = `
remotes: { hidden: { addresses: [192.0.2.1] } }
zones:
  second.example: { primaries: [hidden] }
  plain.example: { file: nowhere.zone }
`;

test("only a secondary may lack its file, and nothing else may be wrong with it", (t) => {
  const { folder } = createFolder(t);
  const core = createCore();
  const state = desiredState(folder, CONFIG);
  step(core, { kind: "configured", now: 0, state, tableInForce: false });
  const place = { file: "", line: 0, column: 0 };
  const unread = { key: "FILE_UNREADABLE", place, detail: "" } as const;
  const broken = { key: "ZONE_NO_SOA", place, detail: "" } as const;
  assert.ok(isAwaited(core, { apex: "second.example.", faults: [unread] }));
  assert.ok(!isAwaited(core, { apex: "second.example.", faults: [unread, broken] }));
  assert.ok(!isAwaited(core, { apex: "plain.example.", faults: [unread] }));
  assert.ok(!isAwaited(core, { apex: "other.example.", faults: [unread] }));
});
