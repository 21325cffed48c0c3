// SPDX-License-Identifier: Apache-2.0
/**
 * One side of a comparison of kernels: a process that measures the kernels of one tree when asked.
 *
 * It is the working tree's file on both sides, so that both are measured in the same way; the kernel,
 * the world and the requests come from the tree that the command line names. A process of its own,
 * because two trees in one process would share what V8 learnt of their functions.
 *
 *   node kernel-side.ts <tree> [word…]     speaks over the channel of its parent only
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { KernelAsk, KernelReport, KernelRow } from "./kernel.ts";

/** Kinds of bench/kernel.ts that are measured: the usual, the negative, the longer and steering. */
const KINDS = ["static hit", "NXDOMAIN", "CNAME chain", "rendezvous, ECS", "wrr, ECS"];

/** Parts of the modules of a tree that are needed here; other days may have had others. */
interface Modules {
  readonly kernel: typeof import("../../src/answer/kernel.ts");
  readonly bench: typeof import("../kernel.ts");
  readonly traffic: typeof import("../../test/support/traffic.ts");
  readonly limits: typeof import("../../src/layout/limits.ts");
  readonly slab: typeof import("../../src/layout/gen/slab.ts");
}

type Batch = () => void;

async function load(tree: string): Promise<Modules> {
  const from = (path: string): Promise<unknown> => import(pathToFileURL(join(tree, path)).href);
  const paths = {
    kernel: "src/answer/kernel.ts",
    bench: "bench/kernel.ts",
    traffic: "test/support/traffic.ts",
    limits: "src/layout/limits.ts",
    slab: "src/layout/gen/slab.ts",
  };
  const entries = Object.entries(paths).map(async ([key, path]) => [key, await from(path)]);
  return Object.fromEntries(await Promise.all(entries)) as Modules;
}

/** The native kernel of a tree over the memories of its world; null if it has none. */
async function nativeBatch(
  tree: string,
  m: Modules,
  world: World,
  slab: Slab,
): Promise<Batch | null> {
  const from = (path: string): Promise<unknown> => import(pathToFileURL(join(tree, path)).href);
  try {
    const { loadNative } = (await from(
      "src/io/native.ts",
    )) as typeof import("../../src/io/native.ts");
    const { createNativeKernel } = (await from(
      "src/io/native-kernel.ts",
    )) as typeof import("../../src/io/native-kernel.ts");
    const { addon } = loadNative();
    if (addon === null) return null;
    const { table, plans, settings } = world.memory;
    const planRows = world.kernel.cursors.length;
    const counters = new Float64Array(world.kernel.counters.length);
    const memory = { table, plans, settings, counters, planRows };
    const native = createNativeKernel(addon, memory, { udpSizeMax: 1232 });
    const { UDP_SLOT_STRIDE } = m.kernel;
    return () =>
      native.answerBatch(world.kernel.root, slab.u8, 0, UDP_SLOT_STRIDE, m.limits.BATCH_MAX);
  } catch {
    // A tree from before there was one, or whose addon is called otherwise.
    return null;
  }
}

type World = ReturnType<Modules["bench"]["createBenchWorld"]>;
type Slab = ReturnType<Modules["traffic"]["createSlab"]>;
type Traffic = ReturnType<Modules["traffic"]["createTraffic"]>;

interface Measurable {
  readonly row: KernelRow;
  readonly fill: () => void;
  readonly batch: Batch;
}

async function prepare(
  tree: string,
  only: readonly string[],
): Promise<{ rows: Measurable[]; batchMax: number }> {
  const m = await load(tree);
  const { BATCH_MAX } = m.limits;
  const world = m.bench.createBenchWorld();
  const slab = m.traffic.createSlab();
  const { UDP_SLOT_STRIDE } = m.kernel;
  const batches: Record<string, Batch | null> = {
    TypeScript: () => m.kernel.answerBatch(world.kernel, slab, 0, UDP_SLOT_STRIDE, BATCH_MAX),
    native: await nativeBatch(tree, m, world, slab),
  };
  const rows: Measurable[] = [];
  for (const kind of KINDS) {
    const make = m.bench.kinds[kind];
    if (make === undefined) continue;
    for (const [name, batch] of Object.entries(batches)) {
      const wanted = only.length === 0 || only.some((word) => `${kind}, ${name}`.includes(word));
      if (batch === null || !wanted) continue;
      const traffic = m.traffic.createTraffic(m.bench.NAMES, make);
      const fill = (): void => m.traffic.fillSlab(slab, traffic);
      const answers = digestOfAnswers(m, slab, traffic, fill, batch);
      const questions = digestOf([traffic.octets]);
      rows.push({ row: { name: `${kind}, ${name}`, questions, answers }, fill, batch });
    }
  }
  return { rows, batchMax: BATCH_MAX };
}

/** Of the first answers: two programs that answer otherwise are not doing the same work. */
function digestOfAnswers(
  m: Modules,
  slab: Slab,
  traffic: Traffic,
  fill: () => void,
  batch: Batch,
): string {
  const parts: Uint8Array[] = [];
  for (let n = 0; n < 16; n += 1) {
    fill();
    batch();
    for (let i = 0; i < m.limits.BATCH_MAX; i += 1) {
      const at = i * m.kernel.UDP_SLOT_STRIDE;
      const size = slab.u32[(at + m.slab.PACKET_SLOT_SIZE_OUT) >> 2]!;
      const from = at + m.slab.PACKET_SLOT_SIZE;
      parts.push(slab.u8.slice(from, from + size));
    }
  }
  traffic.next = 0;
  return digestOf(parts);
}

function digestOf(parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** Nanoseconds of one answer: the median over batches, whose filling is not counted. */
function measure({ fill, batch }: Measurable, ms: number, batchMax: number): number {
  const times: number[] = [];
  const end = performance.now() + ms;
  for (let now = 0; now < end; ) {
    fill();
    const before = performance.now();
    batch();
    now = performance.now();
    times.push(now - before);
  }
  times.sort((a, b) => a - b);
  return (times[times.length >> 1]! * 1e6) / batchMax;
}

const { rows, batchMax } = await prepare(process.argv[2]!, process.argv.slice(3));
const report = (message: KernelReport): void => {
  process.send!(message);
};
process.on("message", ({ row, ms }: KernelAsk) => {
  const found = rows.find((one) => one.row.name === row)!;
  report({ kind: "measured", nanos: measure(found, ms, batchMax) });
});
// The parent is gone: nobody asks any more.
process.on("disconnect", () => process.exit(0));
report({ kind: "ready", rows: rows.map(({ row }) => row) });
