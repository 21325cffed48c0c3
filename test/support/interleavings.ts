// SPDX-License-Identifier: Apache-2.0
/**
 * Every order in which several actors can take their steps: exhaustive where chance would miss.
 *
 * It models sequential consistency, which the atomics of JavaScript give.
 */

/** Runs every interleaving of the actors' steps. An actor yields between its atomic operations. */
export function everyInterleaving<S>(
  setUp: () => { state: S; actors: Array<Generator<void, void>> },
  check: (state: S) => void,
): number {
  let runs = 0;
  const explore = (prefix: number[]): void => {
    const { state, actors } = setUp();
    const alive = actors.map(() => true);
    const advance = (i: number): void => {
      if (actors[i]!.next().done) alive[i] = false;
      check(state);
    };
    for (const i of prefix) advance(i);
    const next = alive.flatMap((on, i) => (on ? [i] : []));
    if (next.length === 0) runs += 1;
    for (const i of next) explore([...prefix, i]);
  };
  explore([]);
  return runs;
}
