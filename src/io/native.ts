// SPDX-License-Identifier: Apache-2.0
/**
 * Finds and loads the addon, or says why there is none; checks what is handed to it.
 *
 * The checks stand here and not in C++, because here a wrong argument can be explained. What passes
 * them is trusted on the other side.
 *
 * Invariants
 *   A1  Without an addon everything works: the answer is `null` and a reason, never an exception.
 *   A2  An addon of another layout is never called for anything but its fingerprint. It would read
 *       other octets than were meant.
 *   A3  Only typed arrays cross over; a bare SharedArrayBuffer is refused by some versions of Node.
 *   A4  Nothing is loaded that is neither in this package nor in the one for its platform.
 *
 * `AZIMUTH_NATIVE`: `off` goes without, a path takes that file and no other.
 * Other side: native/src/addon.cc.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { getSystemErrorName } from "node:util";
import { assert } from "../base/assert.ts";
import { COUNTER_BLOCK_WORDS } from "../layout/gen/counters.ts";
import { FINGERPRINT } from "../layout/gen/enums.ts";
import { WORKERS_MAX } from "../layout/limits.ts";
import { CONTROL_MEMORY_SIZE } from "../table/publish.ts";
import { writeAddress } from "./address.ts";
import type { BoundAddress, ListenAddress } from "./threads.ts";

/** Where a built addon may lie, from the top of the package: a checkout, then an image. */
const PLACES = ["native/build/azimuth.node", "native/prebuilt/azimuth.node"];

/** The package that npm installs beside ours (docs/guide/package.md). Of GNU's C library alone. */
export const PLATFORM_PACKAGE = `@azimuth-dns/native-${process.platform}-${process.arch}-gnu`;

/** Longest wait that fits what poll takes. */
const WAIT_MS_MAX = 0x7fffffff;

/** What the addon exports. */
export interface NativeAddon {
  readonly layoutFingerprint: () => number;
  /** Number of the processor at that place of those this thread may use, going round; -1: unknown. */
  readonly cpuAt: (index: number) => number;
  /** Keeps this thread on a processor; 0 or an errno. */
  readonly pinThread: (cpu: number) => number;
  /**
   * Octets of the slab of a pump. Of what lies beyond the first batch, memory is only taken when the
   * pump is late.
   */
  readonly slabSize: number;
  /** Octet of the slab where the slots begin that a turn kept, and how many there can be. */
  readonly slowAt: number;
  readonly slowMax: number;
  readonly Pump: new (
    slab: Uint8Array,
    control: Int32Array,
    counters: Float64Array,
    settings: NativeSettings,
  ) => NativePumpHandle;
  /** Made by createNativeKernel of src/io/native-kernel.ts, which checks its arguments. */
  readonly Kernel: new (
    table: Uint8Array,
    plans: Int32Array,
    counters: Float64Array,
    cursors: Uint32Array,
    settings: Int32Array,
    limits: Int32Array,
    udpSizeMax: number,
    worker: number,
  ) => NativeKernelHandle;
}

/** A kernel as the addon made it; its pump takes it as it is. */
export interface NativeKernelHandle {
  answerBatch(root: number, slab: Uint8Array, first: number, stride: number, count: number): void;
}

interface NativeSettings extends Required<NativePumpOptions> {
  readonly reader: number;
  readonly seed: number;
  readonly bufferOctets: number;
}

interface NativePumpHandle {
  add(octets: Uint8Array, family: number, port: number): number | readonly [number, string];
  run(answer: AnswerSlots | NativeKernelHandle, waitMs: number): number;
  keepSlow(first: number, count: number): void;
  takeSlow(sockets: Uint8Array): number;
  send(
    socket: number,
    octets: Uint8Array,
    family: number,
    port: number,
    message: Uint8Array,
  ): number;
  close(): void;
}

/** Loaded, or why not. */
export type LoadedNative =
  | { readonly addon: NativeAddon; readonly file: string }
  | { readonly addon: null; readonly reason: string };

/** Loads the addon. `choice` is the value of AZIMUTH_NATIVE. Each thread loads for itself. */
export function loadNative(choice = process.env["AZIMUTH_NATIVE"] ?? ""): LoadedNative {
  if (choice === "off") return { addon: null, reason: "AZIMUTH_NATIVE is off" };
  const file = choice === "" ? findAddon(import.meta.dirname) : resolve(choice);
  if (file === null) {
    const made = `${PLACES[0]} (npm run build:native makes it)`;
    return { addon: null, reason: `neither ${made} nor the package ${PLATFORM_PACKAGE} is there` };
  }
  try {
    return checkAddon(createRequire(import.meta.url)(file), file);
  } catch (error) {
    // Another C library, another processor, no such file.
    const said = (error as Error).message.split("\n")[0];
    return { addon: null, reason: `${file} cannot be loaded: ${said}` };
  }
}

/**
 * The addon for a module in the folder `from`, or null. First what lies in its own package, up to
 * the folder with package.json: the same for sources and for compiled output. What was built there
 * goes before what was installed.
 */
export function findAddon(from: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = PLACES.map((place) => join(folder, place)).find((one) => existsSync(one));
    if (file !== undefined) return file;
    if (existsSync(join(folder, "package.json")) || dirname(folder) === folder) break;
  }
  try {
    return createRequire(join(from, "native.js")).resolve(PLATFORM_PACKAGE);
  } catch {
    return null;
  }
}

function checkAddon(exported: Partial<NativeAddon>, file: string): LoadedNative {
  const { layoutFingerprint, cpuAt, pinThread, slabSize, slowAt, slowMax, Pump, Kernel } = exported;
  if (
    typeof layoutFingerprint !== "function" ||
    typeof cpuAt !== "function" ||
    typeof pinThread !== "function" ||
    typeof slabSize !== "number" ||
    typeof slowAt !== "number" ||
    typeof slowMax !== "number" ||
    typeof Pump !== "function" ||
    typeof Kernel !== "function"
  ) {
    return { addon: null, reason: `${file} is not this program's addon, or an older one` };
  }
  const found = layoutFingerprint();
  if (found !== FINGERPRINT) {
    const text = `0x${found.toString(16)} and not 0x${FINGERPRINT.toString(16)}`;
    return { addon: null, reason: `${file} is of another layout, ${text}: it was built before` };
  }
  return {
    addon: { layoutFingerprint, cpuAt, pinThread, slabSize, slowAt, slowMax, Pump, Kernel },
    file,
  };
}

/**
 * Answers `count` slots of the slab, from slot `first` on, out of the table at `root`. What it throws
 * ends the turn.
 */
export type AnswerSlots = (count: number, root: number, first: number) => void;

/** What a pump works on. The slab is this pump's alone; the counters are those of its reader. */
export interface NativePumpMemory {
  readonly slab: Uint8Array;
  readonly control: Int32Array;
  readonly counters: Float64Array;
  readonly reader: number;
}

export interface NativePumpOptions {
  /** SO_INCOMING_CPU: takes packets that this CPU received, if it can; -1 for none. */
  readonly incomingCpu?: number;
  /**
   * Sockets of the group, this one included, that share datagrams by the processor which received
   * them; 0 leaves it to the system's hash. Refused by a system without SO_ATTACH_REUSEPORT_CBPF.
   */
  readonly spreadWorkers?: number;
  /** SO_BUSY_POLL, microseconds; 0 is off. Values above net.core.busy_read need CAP_NET_ADMIN. */
  readonly busyPollMicros?: number;
  /** Looks for datagrams that long before it sleeps, microseconds; 0 sleeps at once. */
  readonly spinMicros?: number;
}

export interface NativePump {
  readonly addresses: readonly BoundAddress[];
  /**
   * Receives, has answered and sends for one turn; gives the requests received. Blocks: at most
   * `waitMs` if nothing comes, less if this thread's event loop has something to do; 0 takes what
   * is there. Throws what `answer` throws; a native kernel is called without a way through
   * JavaScript. The reader is offline before and after.
   */
  run(answer: AnswerSlots | NativeKernelHandle, waitMs: number): number;
  /**
   * In the call of an answer in JavaScript: copies those of the slots out whose verdict is SLOW, as
   * far as there is room; they become DROP. A native kernel does so by itself, and refuses the rest.
   */
  keepSlow(first: number, count: number): void;
  /** How many slots lie at `slowAt` since the last turn; `sockets` gets the socket of each. */
  takeSlow(sockets: Uint8Array): number;
  /** Sends one datagram from a socket, to a client as in a slot; 0 or an errno. */
  send(
    socket: number,
    client: Uint8Array,
    family: number,
    port: number,
    message: Uint8Array,
  ): number;
  /** Closes the sockets. What was not received is lost. */
  close(): void;
}

/** Binds all addresses. Throws as node:dgram does, with `code`, if one cannot be bound. */
export function openNativePump(
  addon: NativeAddon,
  memory: NativePumpMemory,
  listen: readonly ListenAddress[],
  bufferOctets: number,
  seed: number,
  options: NativePumpOptions = {},
): NativePump {
  const { slab, control, counters, reader } = memory;
  assert(slab.byteLength === addon.slabSize, "the slab holds a batch");
  assert(slab.byteOffset % 4 === 0, "slots are words");
  assert(control.byteLength >= CONTROL_MEMORY_SIZE, "the control block has room for all readers");
  assert(counters.length >= COUNTER_BLOCK_WORDS, "the counters are a whole block");
  assert(isBetween(reader, 0, WORKERS_MAX - 1), "the reader has words in the control block");
  assert(isBetween(bufferOctets, 0, 0x3fffffff), "buffers are counted in octets");
  const { incomingCpu = -1, spreadWorkers = 0, busyPollMicros = 0, spinMicros = 0 } = options;
  assert(isBetween(incomingCpu, -1, 0xffff), "a CPU has a number");
  assert(isBetween(spreadWorkers, 0, WORKERS_MAX), "a group has no more sockets than readers");
  assert(isBetween(busyPollMicros, 0, 1_000_000), "a socket is polled for a second at most");
  assert(isBetween(spinMicros, 0, 1_000_000), "a pump spins for a second at most");
  const handle = new addon.Pump(slab, control, counters, {
    ...{ reader, bufferOctets, seed: seed >>> 0 },
    ...{ incomingCpu, spreadWorkers, busyPollMicros, spinMicros },
  });
  let addresses: readonly BoundAddress[];
  try {
    addresses = listen.map((address) => bindAddress(handle, address));
  } catch (error) {
    handle.close();
    throw error;
  }
  return {
    addresses,
    run: (answer, waitMs) => {
      const isAnswer = typeof answer === "function" || answer instanceof addon.Kernel;
      assert(isAnswer, "a kernel of this addon answers, or a function");
      assert(isBetween(waitMs, 0, WAIT_MS_MAX), "a wait is a number of milliseconds");
      return handle.run(answer, waitMs);
    },
    keepSlow: (first, count) => handle.keepSlow(first, count),
    takeSlow: (sockets) => handle.takeSlow(sockets),
    send: (socket, client, family, port, message) => {
      assert(client.length === 16, "a client address has its place");
      return handle.send(socket, client, family, port, message);
    },
    close: () => handle.close(),
  };
}

function isBetween(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function bindAddress(handle: NativePumpHandle, address: ListenAddress): BoundAddress {
  const { host, port, family } = address;
  assert(isBetween(port, 0, 65_535), "a port has 16 bits");
  const octets = new Uint8Array(16);
  assert(writeAddress(host, octets, 0) === family, "an address is of the family it says");
  const bound = handle.add(octets, family, port);
  if (typeof bound === "number") return { host, port: bound };
  const [errno, syscall] = bound;
  const code = getSystemErrorName(-errno);
  const where = family === 6 ? `[${host}]:${port}` : `${host}:${port}`;
  const error = new Error(`${syscall} ${code} ${where}`);
  throw Object.assign(error, { code, errno: -errno, syscall, address: host, port });
}
