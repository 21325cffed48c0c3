// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { spareThread, threadEntries } from "../../../src/daemon/entries.ts";
import { beginLoading, prove, withdraw } from "../../../src/daemon/loading.ts";
import { publishTable } from "../../../src/io/saved.ts";
import { DIRECTORY_ZONE_COUNT, SEGMENT_SIZE } from "../../../src/layout/gen/table.ts";
import { currentRoot, goOffline, observeRoot } from "../../../src/table/publish.ts";
import { createFolder } from "../../support/control.ts";
import { saved } from "../../support/saved.ts";

const { prover, udp } = threadEntries();
const data = (code: string): URL => new URL(`data:text/javascript,${code}`);

/** A spare UDP thread, which ends with the test. */
function spare(t: TestContext, entry = udp) {
  const worker = spareThread(entry, "udp-0");
  t.after(() => worker.terminate());
  return worker;
}

test("a saved table is read by the thread that is given, and proved by another", async (t) => {
  const { folder } = createFolder(t);
  const none = beginLoading(folder, 16, spare(t));
  assert.deepEqual(await none.read, { header: null, faults: [] });

  const { octets } = await saved(folder);
  const loading = beginLoading(folder, 16, spare(t));
  const read = await loading.read;
  assert.ok(read.header !== null);
  assert.equal(read.octets, octets);
  assert.equal(currentRoot(loading.memory.control), 0, "nobody has published it");
  assert.deepEqual(await prove(loading, read.header, prover), []);
  loading.memory.table.u32[(read.header.root + SEGMENT_SIZE + DIRECTORY_ZONE_COUNT) >> 2]! += 1;
  const [wrong] = await prove(loading, read.header, prover);
  assert.equal(wrong?.key, "TABLE_DIRECTORY");
});

test("what cannot be read is said", async (t) => {
  const { folder } = createFolder(t);
  const { file } = await saved(folder);
  writeFileSync(file, "no table");
  const read = await beginLoading(folder, 16, spare(t)).read;
  assert.ok(read.header === null && read.faults.length === 1);
});

test("a thread that dies is a fault of the table, not of the server", async (t) => {
  const { folder } = createFolder(t);
  await saved(folder);
  const saysNothing = async (entry: URL) => {
    const read = await beginLoading(folder, 16, spare(t, entry)).read;
    return read.header === null ? read.faults[0]!.detail : "";
  };
  assert.match(await saysNothing(data("throw new Error('out')")), /its reader died: out/);
  assert.match(await saysNothing(data("process.exit()")), /its reader ended/);
  const dead = spare(t);
  await dead.terminate();
  const read = await beginLoading(folder, 16, dead).read;
  assert.equal(read.header, null);

  const loading = beginLoading(folder, 16, spare(t));
  const { header } = await loading.read;
  const [died] = await prove(loading, header!, data("throw new Error('out')"));
  assert.match(died!.detail, /its prover died: out/);
  const [ended] = await prove(loading, header!, data(""));
  assert.match(ended!.detail, /its prover ended/);
});

test("a table is withdrawn when its readers have left it, with its file", async (t) => {
  const { folder } = createFolder(t);
  const { file } = await saved(folder);
  const loading = beginLoading(folder, 16, spare(t));
  const { header } = await loading.read;
  const { memory } = loading;
  publishTable(memory, header!);
  observeRoot(memory.control, 2);
  let done = false;
  const withdrawn = withdraw(loading, header!).then(() => {
    done = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(currentRoot(memory.control), 0);
  assert.ok(!done && memory.table.u8[header!.root] !== 0, "a reader is in it");
  goOffline(memory.control, 2);
  await withdrawn;
  assert.ok(memory.table.u8.subarray(0, header!.used).every((octet) => octet === 0));
  assert.equal(existsSync(file), false);
});
