// SPDX-License-Identifier: Apache-2.0
/** A value or the faults that kept it from being: how every reader of operator input answers. */
import type { Fault } from "./faults.ts";

/** `value` is null exactly when at least one fault is an error; warnings may stand beside a value. */
export interface Result<T> {
  readonly value: T | null;
  readonly faults: readonly Fault[];
}

export function good<T>(value: T, warnings: readonly Fault[] = []): Result<T> {
  return { value, faults: warnings };
}

export function bad<T>(faults: readonly Fault[]): Result<T> {
  return { value: null, faults };
}
