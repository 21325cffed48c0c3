// SPDX-License-Identifier: Apache-2.0
/**
 * Receives and sends in batches through the addon.
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
 *   N3  Sockets are bound before the thread is pinned: once it is, it no longer knows which
 *       processors the process may use.
 */
import { getSystemErrorName } from "node:util";
import { UDP_SLOT_STRIDE } from "../src/answer/kernel.ts";
import {
  type AnswerSlots,
  loadNative,
  type NativeAddon,
  type NativePump,
  type NativePumpOptions,
  openNativePump,
} from "../src/io/native.ts";
import { questionOf, replyWith, type SlowLink } from "../src/io/slow-link.ts";
import { VERDICT_SLOW } from "../src/layout/gen/enums.ts";
import { PACKET_SLOT_SIZE, PACKET_SLOT_VERDICT } from "../src/layout/gen/slab.ts";
import { type TableViews, tableViews } from "../src/table/reader.ts";
import { countTurn, type Reader } from "./boot.ts";
import type { Pump } from "./pump-dgram.ts";

/** A turn without traffic ends after that long: timers of the event loop have no descriptor. */
const IDLE_MS = 100;

/** Binds every address and serves until closed. Rejects without the addon or an address. */
export async function startPump(reader: Reader, seed: number, slow: SlowLink): Promise<Pump> {
  const { data, memory, answerer, counters } = reader;
  const native = loadNative();
  if (native.addon === null) throw new Error(`no native pump: ${native.reason}`);
  const slab = tableViews(new ArrayBuffer(native.addon.slabSize));
  const pump = openNativePump(
    native.addon,
    { slab: slab.u8, control: memory.control, counters, reader: data.reader },
    data.listen,
    data.udp.bufferOctets,
    seed,
    optionsOf(native.addon, reader),
  );
  if (data.udp.pin) pin(native.addon, data.reader);
  const answerSlots: AnswerSlots = (count, root, first) => {
    answerer.root = root;
    answerer.answerBatch(slab, first * UDP_SLOT_STRIDE, UDP_SLOT_STRIDE, count);
    pump.keepSlow(first, count);
    for (let i = first; i < first + count; i += 1) {
      const at = i * UDP_SLOT_STRIDE;
      if (slab.u8[at + PACKET_SLOT_VERDICT] === VERDICT_SLOW) answerer.refuseSlow(slab, at);
    }
  };
  const answer = answerer.native ?? answerSlots;
  const handOver = createHandOver(reader, native.addon, pump, slab, slow);
  let closed: (() => void) | null = null;
  const turn = (): void => {
    pump.run(answer, closed === null ? IDLE_MS : 0);
    countTurn(reader);
    handOver();
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

/** What a turn kept goes to the transfer thread; its replies leave by the sockets they came to. */
function createHandOver(
  { answerer }: Reader,
  addon: NativeAddon,
  pump: NativePump,
  slab: TableViews,
  slow: SlowLink,
): () => void {
  const sockets = new Uint8Array(addon.slowMax);
  return () => {
    const count = pump.takeSlow(sockets);
    for (let i = 0; i < count; i += 1) {
      const at = addon.slowAt + i * UDP_SLOT_STRIDE;
      const socket = sockets[i]!;
      const question = questionOf(slab, at);
      const { client, family, port } = question;
      const send = (octets: Uint8Array): void => {
        if (octets.length > 0) pump.send(socket, client, family, port, octets);
      };
      const asked = slow.ask(question, replyWith(send));
      if (asked !== 0) continue;
      const size = answerer.refuseSlow(slab, at);
      const start = at + PACKET_SLOT_SIZE;
      send(slab.u8.subarray(start, start + size));
    }
  };
}

function optionsOf(addon: NativeAddon, { data }: Reader): NativePumpOptions {
  const { spread, workers, busyPollMicros, spinMicros } = data.udp;
  return {
    incomingCpu: spread === "incoming-cpu" ? addon.cpuAt(data.reader) : -1,
    spreadWorkers: spread === "program" ? workers : 0,
    busyPollMicros,
    spinMicros,
  };
}

function pin(addon: NativeAddon, index: number): void {
  const errno = addon.pinThread(addon.cpuAt(index));
  if (errno !== 0) throw new Error(`this thread cannot be pinned: ${getSystemErrorName(-errno)}`);
}
