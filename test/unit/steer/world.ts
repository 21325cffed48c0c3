// SPDX-License-Identifier: Apache-2.0
/** Small configurations for the tests of this room. */

import type { Region } from "../../../src/geo/types.ts";
import type { Endpoint, Policy, Pool, Pop } from "../../../src/resource/types.ts";
import type { EndpointFact } from "../../../src/steer/shares.ts";

export const pop = (id: string, latitude = 0, longitude = 0): Pop => ({
  id,
  latitude,
  longitude,
  country: "",
  capacity: 0,
});

export const endpoint = (id: string, popId: string, fields: Partial<Endpoint> = {}): Endpoint => ({
  id,
  pop: popId,
  v4: "192.0.2.1",
  v6: null,
  target: null,
  weight: 1,
  capacity: 0,
  probeAddress: null,
  probePort: 0,
  ...fields,
});

export const pool = (id: string, endpoints: readonly Endpoint[]): Pool => ({
  id,
  endpoints,
  probes: [],
});

export const policy = (fields: Partial<Policy> = {}): Policy => ({
  id: "policy",
  map: "world",
  match: [{ location: "default", pools: ["p"] }],
  order: "nearest",
  spread: 1,
  toleranceRatio: 0,
  picker: "rendezvous",
  answers: 1,
  allDown: "all",
  ttlSecs: 300,
  ttlDegradedSecs: 60,
  ttlHoldSecs: 120,
  slowStartSecs: 160,
  stickyV4Bits: 24,
  stickyV6Bits: 48,
  client: "ecs",
  negativeTtlSecs: 60,
  ...fields,
});

export const region = (
  name: string,
  latitude: number | null,
  longitude: number | null,
): Region => ({
  name,
  location: name,
  latitude,
  longitude,
});

export const UP: EndpointFact = { status: "up", recoveredAt: null, suspect: false };
export const DOWN: EndpointFact = { ...UP, status: "down" };
