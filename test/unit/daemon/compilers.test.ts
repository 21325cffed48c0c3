// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { type CompilerReports, createCompilers } from "../../../src/daemon/compilers.ts";
import type { MapResult } from "../../../src/io/compile-map.ts";
import type { ZoneResult } from "../../../src/io/compile-zone.ts";
import { createFolder, desiredState } from "../../support/control.ts";
import { zoneText } from "../../support/daemon.ts";

const REAL = new URL("../../../workers/compiler.ts", import.meta.url);

/** A pool and its results as they come; `next` waits for one. */
function pool(t: TestContext, entry: URL) {
  const results: (ZoneResult | MapResult)[] = [];
  let wake: () => void = () => {};
  const take = (result: ZoneResult | MapResult): void => {
    results.push(result);
    wake();
  };
  const reports: CompilerReports = { zoneInForce: () => null, onZone: take, onMap: take };
  const compilers = createCompilers(entry, reports);
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

test("a compiler that dies is a fault of its job, and the next job is done", async (t) => {
  const { folder, write } = createFolder(t);
  const entry = write(
    "dies.mjs",
    "export function zones(jobs) { if (jobs[0].apex === 'dies.') process.exit(3);\n" +
      "return jobs.map(({ apex }) => ({ apex, built: null, faults: [], files: [], recordCount: 7, source: null })); }\n" +
      "export function map() { throw new Error('no map today'); }\n",
  );
  const { compilers, next } = pool(t, pathToFileURL(entry));
  const { zones, maps } = desiredState(folder);
  compilers.zones([{ ...zones[0]!, apex: "dies.", file: join(folder, "gone") }]);
  assert.equal((await next()).faults[0]!.key, "COMPILER_FAILED");
  compilers.zones([zones[0]!]);
  assert.equal(((await next()) as ZoneResult).recordCount, 7);
  compilers.map({ map: maps[0]!, pops: [] });
  const failed = await next();
  assert.equal(failed.faults[0]!.key, "COMPILER_FAILED");
  assert.match(failed.faults[0]!.detail, /no map today/);
});
