// SPDX-License-Identifier: Apache-2.0
/** Kernels of two trees against each other: nanoseconds of one answer, by kind of question. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { say } from "../kit.ts";
import type { Rounds } from "./ratio.ts";

/** One kind of question to one kernel, with digests of what is asked and answered. */
export interface KernelRow {
  readonly name: string;
  readonly questions: string;
  readonly answers: string;
}

/** To a side: measure this row for so long. */
export interface KernelAsk {
  readonly row: string;
  readonly ms: number;
}

/** From a side. */
export type KernelReport =
  | { readonly kind: "ready"; readonly rows: readonly KernelRow[] }
  | { readonly kind: "measured"; readonly nanos: number };

interface Side {
  readonly rows: readonly KernelRow[];
  measure(row: string, ms: number): Promise<number>;
  stop(): void;
}

export interface KernelOptions {
  readonly rounds: number;
  /** Milliseconds of one round of one row of one side, and of its warm-up. */
  readonly ms: number;
  /** Only rows with one of these words in their names; all without words. */
  readonly only: readonly string[];
}

/**
 * Measures what both trees have; says what only one has, and where they answer differently.
 *
 * Each round is made by two new processes. Where its memory comes to lie makes a process faster or
 * slower than the next one of the same program, by some percent and for all its life: rounds of one
 * process would be sure of a difference that is none.
 */
export async function compareKernels(
  base: string,
  head: string,
  { rounds, ms, only }: KernelOptions,
): Promise<readonly Rounds[]> {
  const found = new Map<string, { base: number[]; head: number[] }>();
  let names: readonly string[] | null = null;
  for (let round = 0; round < rounds; round += 1) {
    say(`kernel: round ${round + 1} of ${rounds}`);
    const started = await Promise.allSettled([startSide(base, only), startSide(head, only)]);
    const sides = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    try {
      for (const one of started) if (one.status === "rejected") throw one.reason;
      const [left, right] = [sides[0]!, sides[1]!];
      names ??= commonRows(left.rows, right.rows);
      for (const name of names) {
        const times = found.get(name) ?? { base: [], head: [] };
        found.set(name, times);
        const turns = [
          async () => times.base.push(await left.measure(name, ms)),
          async () => times.head.push(await right.measure(name, ms)),
        ];
        // Warm first, and each is the first one half of the time.
        await left.measure(name, ms);
        await right.measure(name, ms);
        for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
      }
    } finally {
      for (const side of sides) side.stop();
    }
  }
  return [...found].map(([name, times]) => ({ name, unit: "ns", ...times }));
}

/** Rows of both trees with equal questions; the others cannot be compared. */
export function commonRows(
  base: readonly KernelRow[],
  head: readonly KernelRow[],
): readonly string[] {
  for (const { name } of base) {
    if (!head.some((one) => one.name === name)) say(`kernel: only the base has "${name}"`);
  }
  return head.flatMap(({ name, questions, answers }) => {
    const other = base.find((one) => one.name === name);
    if (other === undefined) say(`kernel: only the working tree has "${name}"`);
    else if (other.questions !== questions) say(`kernel: "${name}" asks other questions, left out`);
    else {
      if (other.answers !== answers) say(`kernel: "${name}" is answered otherwise`);
      return [name];
    }
    return [];
  });
}

async function startSide(tree: string, only: readonly string[]): Promise<Side> {
  const child = fork(join(import.meta.dirname, "kernel-side.ts"), [tree, ...only]);
  // However this process ends: a side that nobody asks would wait for ever.
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  process.on("exit", kill);
  const ready = await next(child);
  if (ready.kind !== "ready") throw new Error("a side speaks before it is asked");
  return {
    rows: ready.rows,
    async measure(row, ms) {
      const ask: KernelAsk = { row, ms };
      child.send(ask);
      const report = await next(child);
      if (report.kind !== "measured") throw new Error("a side starts twice");
      return report.nanos;
    },
    stop() {
      process.off("exit", kill);
      kill();
    },
  };
}

/** The next message; rejects if the side ends instead. */
async function next(child: ChildProcess): Promise<KernelReport> {
  const abort = new AbortController();
  try {
    return await Promise.race([
      once(child, "message", abort).then(([message]) => message as KernelReport),
      once(child, "exit", abort).then(([code]) => {
        throw new Error(`the kernels of a tree cannot be measured: it ended with ${code}`);
      }),
    ]);
  } finally {
    abort.abort();
  }
}
