// SPDX-License-Identifier: Apache-2.0
/**
 * Verifies a Steering segment: every row whole, every number inside its list, every name a name.
 */
import type { Fault } from "../base/faults.ts";
import * as enums from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import { ECS_V4_BITS_MAX, ECS_V6_BITS_MAX, ENDPOINTS_MAX } from "../layout/limits.ts";
import { isDegrees } from "./open-map.ts";
import { field, found, half, holds, holdsName, holdsText, octet, type Part, word } from "./part.ts";
import { textBefore } from "./reader.ts";

const ENDPOINT_FLAGS_ALL =
  enums.ENDPOINT_FLAG_V4 | enums.ENDPOINT_FLAG_V6 | enums.ENDPOINT_FLAG_CNAME;

/** `regionCounts` are those of the directory's maps, in order; null if they are not known. */
export function checkSteering(part: Part, regionCounts: readonly number[] | null): Fault | null {
  const bad = (detail: string): Fault => found("TABLE_STEERING", part, 0, detail);
  const policyCount = field(part, layout.STEERING_POLICY_COUNT);
  const endpointCount = field(part, layout.STEERING_ENDPOINT_COUNT);
  const popCount = field(part, layout.STEERING_POP_COUNT);
  const policies = field(part, layout.STEERING_POLICIES);
  const endpoints = field(part, layout.STEERING_ENDPOINTS);
  const pops = field(part, layout.STEERING_POPS);
  if (endpointCount > ENDPOINTS_MAX) return bad(`${endpointCount} endpoints`);
  if (
    !holds(part, policies, policyCount, layout.POLICY_SIZE) ||
    !holds(part, endpoints, endpointCount, layout.ENDPOINT_SIZE) ||
    !holds(part, pops, popCount, layout.POP_SIZE)
  ) {
    return bad("a list is cut off");
  }
  let before = 0;
  for (let i = 0; i < policyCount; i += 1) {
    const policy = policies + i * layout.POLICY_SIZE;
    if (!isPolicy(part, policy, regionCounts)) return bad(`policy ${i} is malformed`);
    const name = part.ref + word(part, policy + layout.POLICY_NAME);
    if (before !== 0 && !textBefore(part.views, before, name)) {
      return bad("policies are sorted by id");
    }
    before = name;
  }
  for (let i = 0; i < endpointCount; i += 1) {
    if (!isEndpoint(part, endpoints + i * layout.ENDPOINT_SIZE, popCount)) {
      return bad(`endpoint ${i} is malformed`);
    }
  }
  for (let i = 0; i < popCount; i += 1) {
    const pop = pops + i * layout.POP_SIZE;
    const latitude = word(part, pop + layout.POP_LATITUDE);
    const longitude = word(part, pop + layout.POP_LONGITUDE);
    if (!isDegrees(latitude, 90) || !isDegrees(longitude, 180)) return bad(`the place of POP ${i}`);
    if (!holdsText(part, word(part, pop + layout.POP_NAME))) return bad(`the name of POP ${i}`);
  }
  return null;
}

function isPolicy(part: Part, at: number, regionCounts: readonly number[] | null): boolean {
  if (!holdsText(part, word(part, at + layout.POLICY_NAME))) return false;
  if ((half(part, at + layout.POLICY_FLAGS) & ~enums.POLICY_FLAG_IGNORE_ECS) !== 0) return false;
  if (octet(part, at + layout.POLICY_STICKY_V4_BITS) > ECS_V4_BITS_MAX) return false;
  if (octet(part, at + layout.POLICY_STICKY_V6_BITS) > ECS_V6_BITS_MAX) return false;
  if (regionCounts === null) return true;
  const regions = regionCounts[half(part, at + layout.POLICY_MAP)];
  return regions === word(part, at + layout.POLICY_REGION_COUNT);
}

function isEndpoint(part: Part, at: number, popCount: number): boolean {
  const flags = half(part, at + layout.ENDPOINT_FLAGS);
  if (flags === 0 || (flags & ~ENDPOINT_FLAGS_ALL) !== 0) return false;
  if (!holdsText(part, word(part, at + layout.ENDPOINT_NAME))) return false;
  if (half(part, at + layout.ENDPOINT_POP) >= popCount) return false;
  const target = word(part, at + layout.ENDPOINT_TARGET);
  const size = half(part, at + layout.ENDPOINT_TARGET_SIZE);
  if ((flags & enums.ENDPOINT_FLAG_CNAME) === 0) return target === 0 && size === 0;
  return holdsName(part, target, size);
}
