// SPDX-License-Identifier: Apache-2.0
/**
 * Receives and sends in batches through the addon, and answers with the TypeScript kernel.
 *
 * The thread sleeps in native code, inside a turn, and not in its event loop: that saves a system
 * call per batch. Yet messages must be heard. So a turn is bounded, the event loop runs between two
 * of them, and while there is no traffic the addon waits for the loop's descriptor beside the
 * sockets: a message to an idle thread ends its turn at once.
 *
 * Invariants (the rest is in native/src/pump.hh)
 *   N1  JavaScript of others runs between turns alone, and then the reader is offline.
 *   N2  What was received before `close` is answered; what arrives in between is taken too, as far
 *       as one more turn goes.
 */
import { answerBatch, UDP_SLOT_STRIDE } from "../src/answer/kernel.ts";
import {
  type AnswerSlots,
  loadNative,
  NATIVE_SLAB_SIZE,
  type NativePumpOptions,
  openNativePump,
} from "../src/io/native.ts";
import { tableViews } from "../src/table/reader.ts";
import { countTurn, type Reader } from "./boot.ts";
import type { Pump } from "./pump-dgram.ts";

/** A turn without traffic ends after that long: timers of the event loop have no descriptor. */
const IDLE_MS = 100;

/** Binds every address and serves until closed. Rejects without the addon or an address. */
export async function startPump(
  reader: Reader,
  seed: number,
  options: NativePumpOptions = {},
): Promise<Pump> {
  const { data, memory, kernel } = reader;
  const native = loadNative();
  if (native.addon === null) throw new Error(`no native pump: ${native.reason}`);
  const slab = tableViews(new ArrayBuffer(NATIVE_SLAB_SIZE));
  const pump = openNativePump(
    native.addon,
    { slab: slab.u8, control: memory.control, counters: kernel.counters, reader: data.reader },
    data.listen,
    data.udpBufferOctets,
    seed,
    options,
  );
  const answer: AnswerSlots = (count, root) => {
    kernel.root = root;
    answerBatch(kernel, slab, 0, UDP_SLOT_STRIDE, count);
  };
  let closed: (() => void) | null = null;
  const turn = (): void => {
    pump.run(answer, closed === null ? IDLE_MS : 0);
    countTurn(reader);
    if (closed === null) {
      setImmediate(turn);
      return;
    }
    pump.close();
    closed();
  };
  setImmediate(turn);
  return {
    addresses: pump.addresses,
    close: () =>
      new Promise((resolve) => {
        closed = resolve;
      }),
  };
}
