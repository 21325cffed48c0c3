// SPDX-License-Identifier: Apache-2.0
/**
 * Proves what was read from a saved table, as far as its digest cannot (image.ts, F2).
 *
 * In a file of its own, because all that opens tables is imported here, and the octets are served
 * before it is needed.
 */
import type { Fault } from "../base/faults.ts";
import type { ImageHeader } from "./image.ts";
import { openTable } from "./open.ts";
import { openPlans } from "./open-plans.ts";
import type { TableViews } from "./reader.ts";

/**
 * Opens what lies in both memories as a table (F2). No faults mean that pictures of it may be
 * restored (restoreImage, createPlans with liveRows). `header` must fit (imageFits).
 */
export function proveImage(
  header: ImageHeader,
  views: TableViews,
  plans: Int32Array,
): readonly Fault[] {
  const used: TableViews = {
    u8: views.u8.subarray(0, header.used),
    u16: views.u16.subarray(0, header.used / 2),
    u32: views.u32.subarray(0, header.used / 4),
    i32: views.i32.subarray(0, header.used / 4),
  };
  const faults = openTable(used, header.root, { planRowCount: header.planRows });
  if (faults.length > 0) return faults;
  const wrong = openPlans(used, header.root, plans);
  return wrong === null ? [] : [wrong];
}
