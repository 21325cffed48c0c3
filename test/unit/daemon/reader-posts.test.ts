// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../../src/config/load.ts";
import { spareThread, threadEntries } from "../../../src/daemon/entries.ts";
import { createPosts } from "../../../src/daemon/posts.ts";
import { createReaderPosts, listenOf, shareOf } from "../../../src/daemon/reader-posts.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { CONTROL_BLOCK_SIZE, READER_SIZE, READER_STATE } from "../../../src/layout/gen/control.ts";
import { READER_STATE_ABSENT, READER_STATE_SERVING } from "../../../src/layout/gen/enums.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { createFolder } from "../../support/control.ts";

test("connections of the node are divided among its TCP threads", () => {
  assert.deepEqual(
    [0, 1, 2].map((i) => shareOf(1000, 3, i)),
    [334, 333, 333],
  );
  assert.deepEqual(
    [0, 1].map((i) => shareOf(1, 2, i)),
    [1, 1],
  );
});

test("readers start with a spare thread or without, and one that is gone is replaced", async (t) => {
  const { write } = createFolder(t);
  const config = write("azimuth.yaml", 'node: { listen: ["127.0.0.1:0"] }\nzones: {}\n');
  const { node } = loadConfig(config, { defaultCountryFile: "" }).value!;
  const memory = createMemory(16);
  const posts = createPosts(createLog({ thread: "test", level: "silent" }), () => {});
  t.after(() => posts.terminate());
  const readers = createReaderPosts(node, memory, { kernel: "ts", pump: "dgram" }, posts);
  const { udp, stream } = threadEntries();
  const listen = () => listenOf(node);

  const spare = spareThread(udp, "udp-0");
  const { addresses } = await readers.start("udp-0", udp, listen, { spare });
  assert.equal(posts.threads.get("udp-0"), spare);
  assert.ok(addresses[0]!.port > 0);
  const dead = spareThread(udp, "udp-1");
  await dead.terminate();
  await readers.start("udp-1", udp, listen, { spare: dead });
  assert.notEqual(posts.threads.get("udp-1"), dead);
  await readers.start("stream-0", stream, listen);
  assert.deepEqual(
    readers.infos.map(({ name, reader }) => `${name} ${reader}`),
    ["udp-0 0", "udp-1 1", "stream-0 2"],
  );
  const stateOf = (reader: number) =>
    memory.control[(CONTROL_BLOCK_SIZE + reader * READER_SIZE + READER_STATE) >> 2];
  assert.equal(stateOf(1), READER_STATE_SERVING);
  await posts.stop([]);
  assert.equal(stateOf(1), READER_STATE_ABSENT);
});
