// SPDX-License-Identifier: Apache-2.0
/** Thread udp-N: receive, answer, send, until told to stop. Knows tables, not intentions. */
import { parentPort } from "node:worker_threads";
import { READER_STATE_SERVING, READER_STATE_STOPPED } from "../src/layout/gen/enums.ts";
import { bootReader, setReaderState } from "./boot.ts";
import { startPump as startDgramPump } from "./pump-dgram.ts";
import { startPump as startNativePump } from "./pump-native.ts";

const reader = await bootReader();
const startPump = reader.data.dataPlane.pump === "native" ? startNativePump : startDgramPump;
const pump = await startPump(reader, Date.now() ^ (reader.data.reader << 24));
setReaderState(reader, READER_STATE_SERVING);
parentPort?.postMessage({ kind: "ready", addresses: pump.addresses });
parentPort?.on("message", async (message: { kind: string }) => {
  if (message.kind !== "stop") return;
  await pump.close();
  setReaderState(reader, READER_STATE_STOPPED);
  parentPort?.close();
});
