// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import {
  endpointFields,
  HTTP_PROBE_KEYS,
  policyFields,
  poolFields,
  popFields,
  probeFields,
  sectionDocs,
  sections,
  steerFields,
  zoneFields,
} from "../../../src/resource/schema.ts";

test("a policy has the defaults of the founding paper", () => {
  assert.deepEqual(policyFields.parse({}), {
    order: "nearest",
    spread: 1,
    toleranceRatio: 0.05,
    picker: "rendezvous",
    answers: 1,
    allDown: "all",
    ttlSecs: 300,
    ttlDegradedSecs: 60,
    ttlHoldSecs: 120,
    slowStartSecs: 60,
    sticky: { v4: 24, v6: 56 },
    client: "ecs",
    negativeTtlSecs: 5,
  });
});

test("half of a nested mapping keeps the other default", () => {
  assert.deepEqual(policyFields.parse({ sticky: { v4: 16 } }).sticky, { v4: 16, v6: 56 });
});

test("a probe asks every 3 s, waits 500 ms, and tries three times", () => {
  const probe = probeFields.parse({ kind: "http" });
  assert.deepEqual(
    [probe.intervalMs, probe.timeoutMs, probe.retries, probe.rise, probe.fall, probe.method],
    [3000, 500, 2, 3, 1, "HEAD"],
  );
  for (const key of HTTP_PROBE_KEYS) assert.ok(key in probe);
});

test("every row refuses keys that it does not know", () => {
  for (const [name, fields] of Object.entries(sections)) {
    const result = fields.safeParse({ nonsense: 1 });
    const codes = result.success ? [] : result.error.issues.map((issue) => issue.code);
    assert.ok(codes.includes("unrecognized_keys"), name);
  }
});

test("every section and every field has its meaning", () => {
  assert.deepEqual(Object.keys(sectionDocs), Object.keys(sections));
  for (const fields of [popFields, probeFields, poolFields, endpointFields, zoneFields]) {
    for (const [key, field] of Object.entries(fields.shape)) {
      const inner = "unwrap" in field ? (field.unwrap() as typeof field) : field;
      assert.ok(field.meta()?.description ?? inner.meta()?.description, key);
    }
  }
});

test("weights fit into 16 bits, countries are two capitals", () => {
  assert.ok(endpointFields.safeParse({ pop: "a", weight: 65_535 }).success);
  assert.ok(!endpointFields.safeParse({ pop: "a", weight: 65_536 }).success);
  const at = { latitude: 0, longitude: 0 };
  assert.ok(popFields.safeParse({ ...at, country: "DE" }).success);
  assert.ok(!popFields.safeParse({ ...at, country: "de" }).success);
});

test("a steered name asks for both families unless it says more", () => {
  assert.deepEqual(steerFields.parse({ policy: "p" }).types, ["A", "AAAA"]);
  assert.ok(!steerFields.safeParse({ policy: "p", types: ["MX"] }).success);
});
