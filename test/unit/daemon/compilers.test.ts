// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  type CompilerReports,
  type CompilerTimes,
  createCompilers,
} from "../../../src/daemon/compilers.ts";
import type { MapResult } from "../../../src/io/compile-map.ts";
import { compileZone, type ZoneResult } from "../../../src/io/compile-zone.ts";
import { createFolder, desiredState } from "../../support/control.ts";
import { zoneText } from "../../support/daemon.ts";

const REAL = new URL("../../../workers/compiler.ts", import.meta.url);

/** A pool and its results as they come; `next` waits for one. */
function pool(t: TestContext, entry: URL, times?: CompilerTimes) {
  const results: (ZoneResult | MapResult)[] = [];
  let wake: () => void = () => {};
  const take = (result: ZoneResult | MapResult): void => {
    results.push(result);
    wake();
  };
  const reports: CompilerReports = { zoneInForce: () => null, onZone: take, onMap: take };
  const compilers = createCompilers(entry, reports, times);
  t.after(() => compilers.close());
  const next = async (): Promise<ZoneResult | MapResult> => {
    while (results.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return results.shift()!;
  };
  return { compilers, next };
}

test("zones and maps come back from the pool; J1: a change meanwhile is done afterwards", async (t) => {
  const { folder, write } = createFolder(t);
  const { zones, maps, pops } = desiredState(folder);
  const { compilers, next } = pool(t, REAL);
  const zone = zones.find((one) => one.apex === "plain.example.")!;
  compilers.zones([zone]);
  compilers.zones([zone]);
  compilers.zones([zone]);
  const first = await next();
  assert.ok(first.built !== null);
  write("plain.example.zone", zoneText(9));
  const second = (await next()) as ZoneResult;
  assert.equal(second.apex, "plain.example.");
  compilers.map({ map: maps[0]!, pops });
  assert.equal(((await next()) as MapResult).id, "world");
  const bad = { ...zone, file: "/dev/null/no.zone" };
  compilers.zones([bad]);
  assert.equal((await next()).faults[0]!.key, "FILE_UNREADABLE");
});

test("J6: a large zone is compiled by two threads to what one would make of it", async (t) => {
  const { folder, write } = createFolder(t);
  const [zone] = desiredState(folder).zones;
  const hosts = Array.from({ length: 120_000 }, (_, i) => `host-${i} A 192.0.2.${i % 250}`);
  const file = write("large.zone", zoneText(3, ...hosts));
  const large = { ...zone!, apex: "plain.example.", file, steered: [] };
  const expected = compileZone({ ...large, known: null });
  const { compilers, next } = pool(t, REAL);
  compilers.zones([large]);
  const got = (await next()) as ZoneResult;
  assert.deepEqual(got.faults, []);
  assert.deepEqual(got.built!.shards.digests, expected.built!.shards.digests);
  assert.equal(got.recordCount, expected.recordCount);
  // Nobody waits for a thread that is gone: the next job is done, too.
  compilers.zones([large]);
  assert.deepEqual(((await next()) as ZoneResult).faults, []);
});

/** Does what each file says. */
const FAKE = `import { readFileSync } from "node:fs";
export function zones({ jobs, port }) {
  port.postMessage(null);
  for (const { apex, file } of jobs) {
    const text = readFileSync(file, "utf8");
    if (text === "die") process.exit(3);
    while (text === "hang");
    port.postMessage({ apex, built: null, faults: [], files: [], recordCount: 7, source: null });
  }
  port.close();
}
export function map() { throw new Error("no map today"); }
`;

test("a compiler that dies is a fault of its job, and the next job is done", async (t) => {
  const { folder, write } = createFolder(t);
  const entry = write("dies.mjs", FAKE);
  const { compilers, next } = pool(t, pathToFileURL(entry));
  const { zones, maps } = desiredState(folder);
  compilers.zones([{ ...zones[0]!, apex: "dies.", file: write("dies", "die") }]);
  assert.equal((await next()).faults[0]!.key, "COMPILER_FAILED");
  compilers.zones([zones[0]!]);
  assert.equal(((await next()) as ZoneResult).recordCount, 7);
  compilers.map({ map: maps[0]!, pops: [] });
  const failed = await next();
  assert.equal(failed.faults[0]!.key, "COMPILER_FAILED");
  assert.match(failed.faults[0]!.detail, /no map today/);
});

test("J4, J5: a zone that never ends costs itself alone, and the others of its batch go on", async (t) => {
  const { folder, write } = createFolder(t);
  const zone = desiredState(folder).zones[0]!;
  const zones = ["a", "hang", "b"].map((text) => {
    return { ...zone, apex: `${text}.`, file: write(`${text}.zone`, text) };
  });
  const entry = pathToFileURL(write("fake.mjs", FAKE));
  const { compilers, next } = pool(t, entry, { jobMs: 300, patienceMs: 60_000 });
  compilers.zones(zones);
  const results = [await next(), await next(), await next()] as ZoneResult[];
  assert.deepEqual(
    results.map(({ apex, faults }) => `${apex} ${faults[0]?.key ?? ""}`),
    ["a. ", "hang. COMPILER_FAILED", "b. "],
  );
  assert.match(results[1]!.faults[0]!.detail, /longer than 301 ms/);
});

test("J4: a change ends a job that takes long, so that a repair is not held back", async (t) => {
  const { folder, write } = createFolder(t);
  const entry = pathToFileURL(write("fake.mjs", FAKE));
  const { compilers, next } = pool(t, entry, { jobMs: 600_000, patienceMs: 100 });
  const zone = { ...desiredState(folder).zones[0]!, file: write("a.zone", "hang") };
  compilers.zones([zone]);
  compilers.zones([zone]);
  write("a.zone", "mended");
  compilers.zones([zone]);
  const result = (await next()) as ZoneResult;
  assert.deepEqual([result.recordCount, result.faults], [7, []]);
});
