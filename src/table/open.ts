import type { Fault } from "../base/faults.ts";
import type { TableViews } from "./reader.ts";
export function openSegment(_views: TableViews, _ref: number): Fault[] {
  return [];
}
