// SPDX-License-Identifier: Apache-2.0
/**
 * The kernel as the pumps see it: a batch of slots in, a batch of slots out.
 *
 * One call per batch and not per packet, because the native kernel is to stand behind the same
 * function, and crossing into it costs as much as an answer.
 */

import { PACKET_SLOT_SIZE } from "../layout/gen/slab.ts";
import { UDP_SIZE_MAX } from "../layout/limits.ts";
import type { TableViews } from "../table/reader.ts";
import { answer } from "./answer.ts";
import type { Kernel } from "./scratch.ts";
import { observeSettings } from "./settings.ts";

/** Octets from one UDP slot to the next: header, room, and what is left to a multiple of 64. */
export const UDP_SLOT_STRIDE = Math.ceil((PACKET_SLOT_SIZE + UDP_SIZE_MAX) / 64) * 64;

/** Answers `count` slots of `slab`, the first at `first`. Slots with sizeOut 0 send nothing. */
export function answerBatch(
  k: Kernel,
  slab: TableViews,
  first: number,
  stride: number,
  count: number,
): void {
  observeSettings(k.settings);
  for (let i = 0; i < count; i += 1) answer(k, slab, first + i * stride);
}
