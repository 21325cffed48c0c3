// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type HealthStatus,
  healthStatuses,
  type ProbedConfiguration,
} from "../../../src/health/types.ts";
import type { DesiredState } from "../../../src/resource/types.ts";

test("a desired state fits what the room needs of a configuration", () => {
  // Checked by the compiler: the two rooms do not know each other.
  const state: Pick<DesiredState, "pools" | "probes"> = { pools: [], probes: [] };
  const needed: ProbedConfiguration = state;
  assert.deepEqual(needed, { pools: [], probes: [] });
});

test("each status stands once in the list", () => {
  const all: Record<HealthStatus, true> = {
    unknown: true,
    up: true,
    degraded: true,
    down: true,
    draining: true,
  };
  assert.deepEqual([...healthStatuses].sort(), Object.keys(all).sort());
});
