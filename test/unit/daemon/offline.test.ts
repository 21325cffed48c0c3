// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkConfig, compileConfig, explainConfig } from "../../../src/daemon/offline.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { loadTable } from "../../../src/io/saved.ts";
import { CONFIG, createFolder } from "../../support/control.ts";
import { zoneText } from "../../support/daemon.ts";

const QUERY = {
  name: "www.example.org",
  type: "A",
  client: "44.1.2.3",
  subnet: "",
  transport: "udp",
} as const;

test("check counts what is good, and finds faults of all files at once", async (t) => {
  const { write } = createFolder(t);
  const config = write("azimuth.yaml", CONFIG);
  const good = await checkConfig(config);
  assert.deepEqual(good.faults, []);
  assert.deepEqual(good.summary, { zones: 2, pools: 1, endpoints: 2, maps: 1, policies: 1 });
  write("example.org.zone", zoneText(1, "a A 192.0.2.300"));
  write("plain.example.zone", zoneText(1, "a AAAA 1"));
  const files = (await checkConfig(config)).faults.map((one) => one.place.file);
  assert.equal(new Set(files).size, 2);
  write("azimuth.yaml", "zones: [\n");
  assert.ok((await checkConfig(config)).faults.length > 0);
});

test("compile writes a table that a server starts from, or nothing", async (t) => {
  const { folder, write } = createFolder(t);
  const config = write("azimuth.yaml", CONFIG);
  const report = await compileConfig(config, join(folder, "table.azimuth"));
  assert.match(report.written!.digest, /^[0-9a-f]{32}$/);
  assert.ok(loadTable(createMemory(64), folder).loaded);
  write("example.org.zone", "broken\n");
  const none = await compileConfig(config, join(folder, "other"));
  assert.equal(none.written, null);
  assert.equal(existsSync(join(folder, "other")), false);
});

test("explain tells the answer of a server that has probed nothing", async (t) => {
  const { write } = createFolder(t);
  const config = write("azimuth.yaml", CONFIG);
  const told = await explainConfig(config, QUERY);
  assert.ok("steering" in told && told.steering !== null);
  assert.equal(told.steering.region, "NA/US");
  assert.match(told.replyText, /198\.51\.100\.1/);
  write("azimuth.yaml", "zones: [\n");
  assert.ok("error" in (await explainConfig(config, QUERY)));
});
