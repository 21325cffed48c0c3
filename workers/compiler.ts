// SPDX-License-Identifier: Apache-2.0
/**
 * Threads of the compiler pool: CPU jobs in, plain data out, large octets moved and not copied.
 *
 * What a large job leaves behind is given back at once (garbage.ts): a zone of a million records
 * leaves 400 MiB, more than the table takes.
 */
import type { MessagePort } from "node:worker_threads";
import { move, transferableSymbol, valueSymbol } from "piscina";
import { compileMap, type MapJob, type MapResult } from "../src/io/compile-map.ts";
import { doZonePart } from "../src/io/compile-parts.ts";
import {
  compileZone,
  type ZoneBatch,
  type ZoneJob,
  type ZoneResult,
} from "../src/io/compile-zone.ts";
import { assist, dismiss, type Seat } from "../src/io/crew.ts";
import { collectGarbage } from "../src/io/garbage.ts";

/** Marks `value` so that the pool moves `buffers` to the asker. */
function moved<T>(value: T, buffers: readonly ArrayBufferLike[]): T {
  const unique = [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
  return move({ [transferableSymbol]: unique, [valueSymbol]: value } as never) as T;
}

/** Octets of results from which on the garbage is worth the milliseconds that collecting takes. */
const COLLECT_SIZE_MIN = 8 * 1024 * 1024;

/** Small zones travel in batches: a job costs more than a hundred records. */
export function zones({ jobs, port, seat }: ZoneBatch): void {
  port.postMessage(null);
  let size = 0;
  try {
    for (const job of jobs) size += compileOne(job, port, seat);
  } finally {
    if (seat !== null) leave(seat, dismiss);
    port.close();
  }
  if (size >= COLLECT_SIZE_MIN) collectGarbage();
}

/** A call of its own, so that nothing of the result is held any more when garbage is collected. */
function compileOne(job: ZoneJob, port: MessagePort, seat: Seat | null): number {
  const result = compileZone(job, seat);
  const size = result.built?.shards.at.at(-1) ?? 0;
  port.postMessage(result, buffersOf(result));
  return size;
}

/** Helps the thread at the other end of the line with one large zone. */
export function mate(seat: Seat): void {
  leave(seat, (own) => assist(own, doZonePart));
  collectGarbage();
}

function leave(seat: Seat, last: (seat: Seat) => void): void {
  last(seat);
  seat.port.close();
}

/** What is moved and not copied, each buffer once. */
function buffersOf({ built, source }: ZoneResult): ArrayBuffer[] {
  if (built === null) return [];
  const { parts, at, digests } = built.shards;
  const buffers: ArrayBufferLike[] = [at.buffer, digests.buffer];
  for (const part of parts) buffers.push(part.buffer);
  for (const segment of built.denial.segments) buffers.push(segment.octets.buffer);
  if (source !== null) buffers.push(source.text.octets.buffer);
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
}

export function map(job: MapJob): MapResult {
  const result = compileMap(job);
  if ((result.built?.octets.length ?? 0) >= COLLECT_SIZE_MIN) collectGarbage();
  return moved(result, result.built === null ? [] : [result.built.octets.buffer]);
}
