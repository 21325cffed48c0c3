// SPDX-License-Identifier: Apache-2.0
/** Saved tables for tests: published, written to a folder, read back. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { compileZone } from "../../src/io/compile-zone.ts";
import { createMemory, type Memory } from "../../src/io/memory.ts";
import { proveTable } from "../../src/io/prove-table.ts";
import { createPublisher, type Publisher, publish } from "../../src/io/publisher.ts";
import { readTable } from "../../src/io/read-table.ts";
import { saveTable } from "../../src/io/save-table.ts";
import { publishTable, SAVED_TABLE_NAME } from "../../src/io/saved.ts";

/** A publisher of the zone example.org in `file`, at revision 9. */
export function published(file: string, tableMiB = 16): Publisher {
  const publisher = createPublisher(createMemory(tableMiB));
  const { built } = compileZone({ apex: "example.org.", file, steered: [], known: null });
  assert.ok("epoch" in publish(publisher, { revision: 9, put: [built!] }));
  return publisher;
}

/** Saves a table of `example.org.zone` into its folder, at second 1234. */
export async function saved(folder: string): Promise<{ file: string; octets: number }> {
  const file = join(folder, SAVED_TABLE_NAME);
  const publisher = published(join(folder, "example.org.zone"));
  return { file, octets: await saveTable(file, publisher, 1234) };
}

/** Reads, proves and publishes what is in the folder, which must be sound. */
export function loaded(folder: string, tableMiB = 16): { memory: Memory; octets: number } {
  const memory = createMemory(tableMiB);
  const read = readTable(memory, folder);
  assert.ok(read.header !== null);
  assert.deepEqual(proveTable(memory, read.header), []);
  publishTable(memory, read.header);
  return { memory, octets: read.octets };
}
