// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { frame, openStream } from "../support/daemon-client.ts";
import { runScript } from "../support/script.ts";
import { startStreamThread } from "../support/stream-thread.ts";

runScript("rfc7828");

const KEEPALIVE = 11;

/** Idle timeout that a thread of so many places tells its only client, in units of 100 ms. */
async function told(t: Parameters<typeof startStreamThread>[0], connectionsMax: number) {
  const { tcp } = await startStreamThread(t, { connectionsMax, idleMs: 60_000 });
  const stream = await openStream(tcp[0]!);
  const options = [{ code: KEEPALIVE, data: new Uint8Array(0) }];
  stream.socket.write(frame({ name: "www.t.", type: "A", edns: { options } }));
  const [reply] = await stream.got(1);
  stream.socket.destroy();
  const data = reply!.edns!.options.find(({ code }) => code === KEEPALIVE)!.data;
  return (data[0]! << 8) | data[1]!;
}

test("§3.3.2  what a thread tells is what it grants at the moment: less when places run out", async (t) => {
  assert.equal(await told(t, 100), 600);
  assert.equal(await told(t, 1), 60);
});
