// SPDX-License-Identifier: Apache-2.0
/**
 * Breaches: what can only be wrong if the program is.
 *
 * An assertion is on in production. The thread that breaks one dies and is restarted, while the
 * others serve on from the table; carrying on with a wrong offset would give wrong answers instead.
 * Bad input is never a breach: it is a Refusal (a verdict) or a Fault (`faults.ts`).
 */

/** The program is wrong. Never caught except by the supervisor. */
export class Breach extends Error {
  override name = "Breach";
}

/** Throws a Breach unless `condition` holds. */
export function assert(condition: boolean, message = "assertion failed"): asserts condition {
  if (!condition) throw new Breach(message);
}

/** For the `default` of a switch over a union: the compiler proves that it cannot be reached. */
export function unreachable(value: never): never {
  throw new Breach(`unreachable: ${String(value)}`);
}
