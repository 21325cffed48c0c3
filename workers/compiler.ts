// SPDX-License-Identifier: Apache-2.0
/**
 * Threads of the compiler pool: CPU jobs in, plain data out, large octets moved and not copied.
 *
 * What a large job leaves behind is given back at once: a thread that waits for work never collects
 * garbage, and a zone of a million records leaves 300 MiB of it, more than the table takes.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { move, transferableSymbol, valueSymbol } from "piscina";
import { compileMap, type MapJob, type MapResult } from "../src/io/compile-map.ts";
import { compileZone, type ZoneBatch, type ZoneResult } from "../src/io/compile-zone.ts";

/** Marks `value` so that the pool moves `buffers` to the asker. */
function moved<T>(value: T, buffers: readonly ArrayBufferLike[]): T {
  const unique = [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
  return move({ [transferableSymbol]: unique, [valueSymbol]: value } as never) as T;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
/** Octets of results from which on the garbage is worth the milliseconds that collecting takes. */
const COLLECT_SIZE_MIN = 8 * 1024 * 1024;

/** Small zones travel in batches: a job costs more than a hundred records. */
export function zones({ jobs, port }: ZoneBatch): void {
  port.postMessage(null);
  let size = 0;
  for (const job of jobs) {
    const result = compileZone(job);
    const buffers = buffersOf(result);
    for (const buffer of buffers) size += buffer.byteLength;
    port.postMessage(result, buffers);
  }
  port.close();
  if (size >= COLLECT_SIZE_MIN) collect();
}

/** What is moved and not copied, each buffer once. */
function buffersOf({ built, source }: ZoneResult): ArrayBuffer[] {
  if (built === null) return [];
  const { octets, at, digests } = built.shards;
  const buffers: ArrayBufferLike[] = [octets.buffer, at.buffer, digests.buffer];
  if (source !== null) buffers.push(source.text.octets.buffer);
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
}

export function map(job: MapJob): MapResult {
  const result = compileMap(job);
  if ((result.built?.octets.length ?? 0) >= COLLECT_SIZE_MIN) collect();
  return moved(result, result.built === null ? [] : [result.built.octets.buffer]);
}
