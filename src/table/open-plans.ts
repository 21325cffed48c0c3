// SPDX-License-Identifier: Apache-2.0
/**
 * Verifies the plan rows that a directory names: a kernel follows their numbers without looking.
 *
 * For plan memory that was loaded. Rows that plans.ts writes need no second look, since it asserts
 * the same of its arguments.
 */
import { type Fault, fault } from "../base/faults.ts";
import { ALL_DOWN_SERVFAIL, PICKER_ALL, PLAN_STATE_RECOVERING } from "../layout/gen/enums.ts";
import * as plan from "../layout/gen/plan.ts";
import * as layout from "../layout/gen/table.ts";
import { PLAN_CANDIDATES_MAX } from "../layout/limits.ts";
import { PLAN_ROW_WORDS } from "./plans.ts";
import type { TableViews } from "./reader.ts";

/** The first thing that is wrong with the rows of a table that openTable has passed; null if nothing. */
export function openPlans(views: TableViews, root: number, words: Int32Array): Fault | null {
  const head = root + layout.SEGMENT_SIZE;
  const word = (at: number): number => views.u32[at >> 2]!;
  const steering = word(head + layout.DIRECTORY_STEERING);
  const policyCount = word(head + layout.DIRECTORY_POLICY_COUNT);
  if (steering === 0) return null;
  const policies = steering + word(steering + layout.SEGMENT_SIZE + layout.STEERING_POLICIES);
  const endpoints = word(steering + layout.SEGMENT_SIZE + layout.STEERING_ENDPOINT_COUNT);
  for (let policy = 0; policy < policyCount; policy += 1) {
    const first = word(root + word(head + layout.DIRECTORY_PLAN_ROWS) + policy * 4);
    const count = word(policies + policy * layout.POLICY_SIZE + layout.POLICY_REGION_COUNT);
    for (let row = first; row < first + count; row += 1) {
      const wrong = rowError(words, row * PLAN_ROW_WORDS, endpoints);
      if (wrong !== null) {
        const detail = `plan row ${row} of policy ${policy}: ${wrong}`;
        return fault("TABLE_STEERING", { file: "", line: 0, column: 0 }, detail);
      }
    }
  }
  return null;
}

function rowError(words: Int32Array, base: number, endpointCount: number): string | null {
  if (base + PLAN_ROW_WORDS > words.length) return "it lies outside of plan memory";
  const settings = words[base + (plan.PLAN_SETTINGS >> 2)]!;
  const count = settings >>> 24;
  if ((settings & 0xff) > PICKER_ALL) return "unknown picker";
  if (((settings >>> 16) & 0xff) > ALL_DOWN_SERVFAIL) return "unknown all-down rule";
  if (count > PLAN_CANDIDATES_MAX) return `${count} candidates`;
  const state = words[base + (plan.PLAN_STATE >> 2)]!;
  if (state < 0 || state > PLAN_STATE_RECOVERING) return "unknown state";
  for (let i = 0; i < count; i += 1) {
    const at = (plan.PLAN_SIZE + i * plan.PLAN_ENTRY_SIZE + plan.PLAN_ENTRY_ENDPOINT) >> 2;
    if (words[base + at]! >>> 0 >= endpointCount) return `candidate ${i} is no endpoint`;
  }
  return null;
}
