// SPDX-License-Identifier: Apache-2.0
/**
 * The saved table as a file of the state folder: its name, what is read of it, its end.
 *
 * Written by save-table.ts, read by read-table.ts. The main thread needs neither, and what they
 * import would delay the first answer: so this stands apart.
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "../base/faults.ts";
import { CONTROL_BLOCK_STALE_SINCE_SECS } from "../layout/gen/control.ts";
import { type ImageHeader, planOctets } from "../table/image.ts";
import { publishRoot } from "../table/publish.ts";
import type { Memory } from "./memory.ts";
import { writeStale } from "./settings.ts";

/** Name of the file in the state folder. */
export const SAVED_TABLE_NAME = "table.azimuth";

/** What came of the saved table. */
export type TableRead =
  | { readonly header: ImageHeader; readonly octets: number }
  /** No faults if there is no such file. */
  | { readonly header: null; readonly faults: readonly Fault[] };

/** Where in the memories the two parts of the file belong, which fit (imageFits). */
export function partsOf(
  memory: Memory,
  header: ImageHeader,
): { table: Uint8Array; rows: Uint8Array } {
  const { buffer, byteOffset } = memory.plans;
  return {
    table: memory.table.u8.subarray(0, header.used),
    rows: new Uint8Array(buffer, byteOffset, planOctets(header)),
  };
}

/** Puts what readTable gave in force. For the thread that stands for the control thread. */
export function publishTable(memory: Memory, header: ImageHeader): void {
  Atomics.store(memory.control, CONTROL_BLOCK_STALE_SINCE_SECS >> 2, header.savedAtSecs);
  writeStale(memory.settings, header.savedAtSecs);
  publishRoot(memory.control, header.root);
}

/** Empties the memories of what readTable gave. No reader may be there. */
export function clearTable(memory: Memory, header: ImageHeader): void {
  const { table, rows } = partsOf(memory, header);
  table.fill(0);
  rows.fill(0);
}

/** Removes the saved table, so that no start meets it again. */
export function removeTable(folder: string): void {
  rmSync(join(folder, SAVED_TABLE_NAME), { force: true });
}

/** Removes what a save left behind that was cut off. To be called by the only server of the folder. */
export function sweepSaved(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${SAVED_TABLE_NAME}.`) || !name.endsWith(".tmp")) continue;
    rmSync(join(folder, name), { force: true });
  }
}
