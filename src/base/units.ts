// SPDX-License-Identifier: Apache-2.0
/** Units and ids that cannot be mixed up: numbers with a brand that exists only for the compiler. */

declare const unit: unique symbol;
type Unit<N extends string> = number & { readonly [unit]: N };

/** Milliseconds on the monotonic clock of this process. Never compared across processes. */
export type Instant = Unit<"Instant">;
/** Index of the change that produced a state. The same on every node of a cluster. */
export type Revision = Unit<"Revision">;
/** Count of publications by this process. Two nodes at one revision may differ in epoch. */
export type Epoch = Unit<"Epoch">;
/** Octet offset from the start of a memory or segment, a multiple of 4. Zero is the null reference. */
export type Ref = Unit<"Ref">;
