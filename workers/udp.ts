// SPDX-License-Identifier: Apache-2.0
/** Thread udp-N: receive, answer, send, until told to stop. Knows tables, not intentions. */
import { parentPort } from "node:worker_threads";
import { createSlowLink, SLOW_WAITING_MAX } from "../src/io/slow-link.ts";
import type { ReaderOrder } from "../src/io/threads.ts";
import { READER_STATE_SERVING, READER_STATE_STOPPED } from "../src/layout/gen/enums.ts";
import { bootReader, setReaderState } from "./boot.ts";
import { startPump as startDgramPump } from "./pump-dgram.ts";
import { startPump as startNativePump } from "./pump-native.ts";

const reader = await bootReader();
const startPump = reader.data.dataPlane.pump === "native" ? startNativePump : startDgramPump;
const slow = createSlowLink(SLOW_WAITING_MAX);
const pump = await startPump(reader, Date.now() ^ (reader.data.reader << 24), slow);
setReaderState(reader, READER_STATE_SERVING);
parentPort?.postMessage({ kind: "ready", addresses: pump.addresses });
parentPort?.on("message", async (message: ReaderOrder) => {
  if (message.kind === "slow") slow.connect(message.port);
  if (message.kind !== "stop") return;
  await pump.close();
  slow.close();
  setReaderState(reader, READER_STATE_STOPPED);
  parentPort?.close();
});
