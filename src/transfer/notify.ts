// SPDX-License-Identifier: Apache-2.0
/**
 * Who is still to be told of a new version, and when to say it again (RFC 1996 §3.6).
 *
 * A zone and a server make one task, whatever happens: a newer serial replaces the one that was not
 * acknowledged yet, and begins anew. Any answer ends a task (§4.8); what it said is kept for people.
 *
 * Invariants
 *   N1  At most `inFlightMax` tasks wait for an answer.
 *   N2  A task ends: with an answer, or NOTIFY_TRIES after it began.
 *   N3  What has ended costs nothing more: a turn looks at the tasks that are open.
 */

/** §3.6 asks for a bounded number. */
export const NOTIFY_TRIES = 5;
/** The first wait for an answer; each later one is twice as long. §3.6 proposes 60 s in all cases. */
export const NOTIFY_WAIT_MS = 3000;

export type NotifyState = "waiting" | "asked" | "acknowledged" | "refused" | "failed";

export interface NotifyTask {
  readonly apex: string;
  /** Id of a remote. */
  readonly remote: string;
  serial: number;
  state: NotifyState;
  /** How often it was said. */
  tries: number;
  /** When to say it next, or to give up; milliseconds of the clock that is handed in. */
  dueAt: number;
  /** RCODE of the answer; −1 without. */
  rcode: number;
}

export interface NotifyPlan {
  readonly tasks: ReadonlyMap<string, NotifyTask>;
  /** The zone has this serial now, and these remotes are to be told. */
  announce(apex: string, serial: number, remotes: readonly string[], now: number): void;
  /** Tasks whose turn it is; each counts as said. */
  take(now: number): readonly NotifyTask[];
  /** An answer came. */
  answered(apex: string, remote: string, rcode: number): void;
  /** When something is to be done next; null if nothing is under way. */
  nextAt(): number | null;
  /** Drops the tasks of zones and servers that are wanted no more. */
  retain(keep: (apex: string, remote: string) => boolean): void;
}

export function createNotifyPlan(inFlightMax: number): NotifyPlan {
  const tasks = new Map<string, NotifyTask>();
  const keyOf = (apex: string, remote: string): string => `${apex} ${remote}`;
  /** Those of `tasks` that wait, or wait for an answer. */
  const open = new Set<NotifyTask>();
  const end = (task: NotifyTask, state: NotifyState): void => {
    task.state = state;
    open.delete(task);
  };
  const inFlight = (): number => {
    let count = 0;
    for (const { state } of open) if (state === "asked") count += 1;
    return count;
  };
  return {
    tasks,
    announce(apex, serial, remotes, now) {
      for (const remote of remotes) {
        const key = keyOf(apex, remote);
        const before = tasks.get(key);
        if (before !== undefined) open.delete(before);
        const fresh = { state: "waiting", tries: 0, dueAt: now, rcode: -1 } as const;
        const task = { apex, remote, serial, ...fresh };
        tasks.set(key, task);
        open.add(task);
      }
    },
    take(now) {
      const taken: NotifyTask[] = [];
      let room = inFlightMax - inFlight();
      for (const task of open) {
        if (task.dueAt > now) continue;
        if (task.state === "asked" && task.tries >= NOTIFY_TRIES) {
          end(task, "failed");
          room += 1;
          continue;
        }
        if (task.state === "waiting") {
          if (room <= 0) continue;
          room -= 1;
        }
        task.state = "asked";
        task.dueAt = now + NOTIFY_WAIT_MS * 2 ** task.tries;
        task.tries += 1;
        taken.push(task);
      }
      return taken;
    },
    answered(apex, remote, rcode) {
      const task = tasks.get(keyOf(apex, remote));
      if (task === undefined || !open.has(task)) return;
      end(task, rcode === 0 ? "acknowledged" : "refused");
      task.rcode = rcode;
    },
    nextAt() {
      const full = inFlight() >= inFlightMax;
      let next: number | null = null;
      for (const task of open) {
        if (full && task.state === "waiting") continue;
        if (next === null || task.dueAt < next) next = task.dueAt;
      }
      return next;
    },
    retain(keep) {
      for (const [key, task] of tasks) {
        if (keep(task.apex, task.remote)) continue;
        tasks.delete(key);
        open.delete(task);
      }
    },
  };
}
