// SPDX-License-Identifier: Apache-2.0
/**
 * H07 with node:dgram: what comes while the server cannot look is bounded by the socket's buffer. The
 * oldest wait, the newest are shed by the system, and afterwards all is as before. The native pump,
 * which answers the newest first, is tried in native-pump.test.ts.
 */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { composeQuery } from "../../src/dns/compose.ts";
import { createSite, startProcess, until, zoneText } from "../support/daemon.ts";
import { askUdp, parse } from "../support/daemon-client.ts";

const SENT = 3000;
/** The system takes twice that and counts some hundred octets for each datagram. */
const BUFFER_KIB = 64;
const HELD_MAX = (2 * BUFFER_KIB * 1024) / 100;

const skip = process.platform === "linux" ? false : "states of threads are read from /proc";

/** Whether every thread of a process is stopped. */
function isStopped(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((task) =>
    / T /.test(readFileSync(`/proc/${pid}/task/${task}/stat`, "utf8").replace(/\(.*\)/, "")),
  );
}

test("H07: a server that was held up answers what its buffer held, oldest first, and goes on", {
  skip,
}, async (t) => {
  const site = createSite(t, {
    node: {
      ...{ listen: ["127.0.0.1:0"], kernel: "ts", pump: "dgram", workers: 1 },
      ...{ udp: { bufferKiB: BUFFER_KIB }, log: { level: "info" } },
    },
    zones: { "example.org": { file: "zone" } },
  });
  site.write("zone", zoneText(1, "a A 192.0.2.1"));
  const { child, v4 } = await startProcess(site);
  const query = { name: "a.example.org.", type: "A" };
  await until("it serves", async () => (await askUdp(v4, query)).message.answers.length === 1);

  const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
  const heard: number[] = [];
  socket.on("message", (octets) => heard.push(parse(octets).id));
  const pid = child.pid!;
  process.kill(pid, "SIGSTOP");
  try {
    await until("it is stopped", () => isStopped(pid));
    for (let id = 0; id < SENT; id += 1) {
      const octets = composeQuery({ ...query, id });
      await new Promise<void>((resolve) => socket.send(octets, v4.port, v4.host, () => resolve()));
    }
  } finally {
    process.kill(pid, "SIGCONT");
  }
  // Behind all that waits.
  await until(
    "it serves again",
    async () => (await askUdp(v4, query)).message.answers.length === 1,
  );
  await until("all are heard", async () => {
    const before = heard.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return heard.length > 0 && heard.length === before;
  });
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  assert.ok(heard.length < HELD_MAX, `${heard.length} of ${SENT} answered`);
  assert.deepEqual(
    heard,
    heard.map((_, i) => i),
    "the oldest, in order",
  );
});
