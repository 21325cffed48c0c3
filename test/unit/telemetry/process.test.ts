// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { exposition } from "../../../src/telemetry/metrics.ts";
import { processFamilies } from "../../../src/telemetry/process.ts";

test("the process tells its version, start and size", () => {
  const families = processFamilies({ version: "0.1.0", kernel: "ts", pump: "dgram" });
  const text = exposition(families);
  assert.match(
    text,
    /^azimuth_build_info\{version="0\.1\.0",commit="",kernel="ts",pump="dgram",node="v\d+/m,
  );

  const value = (name: string) => families.find((f) => f.name === name)!.samples[0]!.value;
  assert.ok(value("process_resident_memory_bytes") > 1e6);
  assert.ok(value("process_cpu_seconds_total") > 0);
  assert.ok(value("process_start_time_seconds") <= Date.now() / 1000);
  assert.ok(value("process_start_time_seconds") > 1.6e9);
});
