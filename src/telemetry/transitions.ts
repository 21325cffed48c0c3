// SPDX-License-Identifier: Apache-2.0
/**
 * The last changes of state: what turned, from what to what, when and why.
 *
 * Why beside the log: an operator asks "what happened to fra in the last hour", and the answer must
 * not need a log collector. It is a ring of fixed capacity, because a flapping endpoint may not eat
 * memory; what it pushes out has been logged, and is counted here.
 *
 * Invariants
 *   T1  Sequence numbers rise by one from 1, so a reader that asks "after n" sees what it missed.
 *   T2  At most `capacity` transitions are kept; the oldest goes first.
 *   T3  Nothing is recorded when nothing turned: `from` and `to` differ.
 */
import { assert } from "../base/assert.ts";

/** What can turn. The subject is the operator's own name for the thing. */
export type TransitionKind =
  | "endpoint"
  | "pop"
  | "pool"
  | "policy"
  | "zone"
  | "map"
  | "probe"
  | "override"
  | "worker"
  | "store"
  | "server";

/** One change of state. `atMs` is UNIX time, stamped by whoever saw the change. */
export interface TransitionInput {
  readonly atMs: number;
  readonly kind: TransitionKind;
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

export interface Transition extends TransitionInput {
  /** Place in the history of this process, from 1. */
  readonly sequence: number;
  /** The same time for people, ISO 8601 in UTC. */
  readonly at: string;
}

/** Which transitions to give. All conditions hold together; `limit` keeps the newest. */
export interface TransitionQuery {
  readonly after?: number;
  readonly kind?: TransitionKind;
  readonly subject?: string;
  readonly limit?: number;
}

export interface TransitionRing {
  /** Records a change, or gives null when nothing turned (T3). */
  readonly record: (input: TransitionInput) => Transition | null;
  /** Oldest first. */
  readonly list: (query?: TransitionQuery) => readonly Transition[];
  /** How many were ever recorded, and how many of them the ring no longer holds. */
  readonly counts: () => { readonly recorded: number; readonly dropped: number };
}

/** A month of a calm fleet, an hour of a bad one; about 1 MB. */
export const TRANSITIONS_KEPT = 4096;

/** Makes an empty ring. `onRecord` sees each transition once, for the log and for webhooks. */
export function createTransitionRing(
  options: {
    readonly capacity?: number;
    readonly onRecord?: (transition: Transition) => void;
  } = {},
): TransitionRing {
  const capacity = options.capacity ?? TRANSITIONS_KEPT;
  assert(Number.isInteger(capacity) && capacity > 0, "capacity of a transition ring");
  const kept: Transition[] = [];
  let recorded = 0;

  return {
    record(input) {
      if (input.from === input.to) return null;
      recorded += 1;
      const at = new Date(input.atMs).toISOString();
      const transition: Transition = { sequence: recorded, at, ...input };
      // The sequence number names the place: the newest overwrites what is `capacity` older.
      kept[(recorded - 1) % capacity] = transition;
      options.onRecord?.(transition);
      return transition;
    },

    list(query = {}) {
      const found: Transition[] = [];
      const limit = query.limit ?? capacity;
      const oldest = Math.max(recorded - kept.length, query.after ?? 0);
      for (let sequence = recorded; sequence > oldest && found.length < limit; sequence -= 1) {
        const transition = kept[(sequence - 1) % capacity]!;
        if (query.kind !== undefined && transition.kind !== query.kind) continue;
        if (query.subject !== undefined && transition.subject !== query.subject) continue;
        found.push(transition);
      }
      return found.reverse();
    },

    counts: () => ({ recorded, dropped: recorded - kept.length }),
  };
}
