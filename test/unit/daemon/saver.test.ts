// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createSaver } from "../../../src/daemon/saver.ts";
import { compileZone } from "../../../src/io/compile-zone.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher, publish } from "../../../src/io/publisher.ts";
import { SAVED_TABLE_NAME } from "../../../src/io/saved.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { createFolder } from "../../support/control.ts";
import { until } from "../../support/daemon.ts";

test("a change is saved a little later, and at the end at once; failures are only logged", async (t) => {
  const { folder } = createFolder(t);
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ thread: "test", destination });
  const publisher = createPublisher(createMemory(16));
  const file = join(folder, "example.org.zone");
  const { built } = compileZone({ apex: "example.org.", file, steered: [], known: null });
  publish(publisher, { revision: 1, put: [built!] });

  const saver = createSaver(publisher, folder, log);
  const saved = join(folder, SAVED_TABLE_NAME);
  saver.soon();
  assert.equal(existsSync(saved), false);
  await until("it is saved", () => existsSync(saved));
  rmSync(saved);
  await saver.close();
  assert.equal(existsSync(saved), false, "nothing changed since");

  const second = createSaver(publisher, folder, log);
  second.soon();
  await second.close();
  assert.ok(existsSync(saved));
  assert.deepEqual(lines, []);

  // S2: a change that comes while it is saved is saved as well.
  const said: string[] = [];
  const loud = { write: (line: string) => void said.push(line) };
  const twice = createSaver(
    publisher,
    folder,
    createLog({ thread: "test", level: "debug", destination: loud }),
  );
  twice.soon();
  const closing = twice.close();
  await nextTurn();
  twice.soon();
  await closing;
  assert.equal(said.filter((line) => line.includes("table saved")).length, 2);

  const third = createSaver(publisher, join(folder, "gone"), log);
  third.soon();
  await third.close();
  assert.match(lines[0]!, /could not be saved/);
  assert.match(lines[0]!, /"reason":"no such file or folder"/);
});
