// SPDX-License-Identifier: Apache-2.0
/** Proves the saved table that read-table.ts has read, while it is served already. */
import type { Fault } from "../base/faults.ts";
import type { ImageHeader } from "../table/image.ts";
import { proveImage } from "../table/open-image.ts";
import type { Memory } from "./memory.ts";

/** Opens what readTable gave as a table; the memories are not written to. */
export function proveTable(memory: Memory, header: ImageHeader): readonly Fault[] {
  return proveImage(header, memory.table, memory.plans);
}
