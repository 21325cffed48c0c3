// SPDX-License-Identifier: Apache-2.0
/**
 * The profiles that V8 writes, one per thread, put together into one.
 *
 * A .cpuprofile has one time line and no idea of threads. Interleaving the samples of several threads
 * by their time would leave every reader with wrong self times, since the time up to the next sample
 * would end with a sample of somebody else. So the threads stand one behind the other on the time
 * line, each under a node that bears its name: widths and sums are right in every viewer, and only
 * the order in time between two threads is lost.
 *
 * Invariants
 *   F1  The time of a sample is what passes until the next one of its thread. Cutting and merging
 *       keep it, so a function's self time in the merged profile is its self time in its thread.
 *   F2  Node 1 is the root, its children are the threads in the order given, their names are those
 *       of the threads.
 *   F3  Every sample names a node that is there, and no node is there without a sample below it.
 *
 * https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
 */

export interface CallFrame {
  readonly functionName: string;
  readonly scriptId: string;
  /** `file://…`, `node:…`, or empty for what is not JavaScript. */
  readonly url: string;
  /** From 0; -1 for what is not JavaScript. */
  readonly lineNumber: number;
  readonly columnNumber: number;
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  /** Samples that ended in this node. */
  readonly hitCount: number;
  /** Ids. */
  readonly children?: readonly number[];
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Microseconds on the monotonic clock of the machine. */
  readonly startTime: number;
  readonly endTime: number;
  /** Id of the node where each sample was taken. */
  readonly samples: readonly number[];
  /** Microseconds since the sample before; of the first, since startTime. */
  readonly timeDeltas: readonly number[];
}

/** What one thread did, by its name. */
export interface ThreadProfile {
  readonly name: string;
  readonly profile: CpuProfile;
}

/** Microseconds that each sample stands for (F1). */
export function sampleTimes(profile: CpuProfile): Float64Array {
  const { timeDeltas, startTime, endTime } = profile;
  const times = new Float64Array(timeDeltas.length);
  let at = startTime;
  for (const [i, delta] of timeDeltas.entries()) {
    // V8 now and then hands out a sample late, with a negative delta: it stands for nothing.
    if (i > 0) times[i - 1] = Math.max(0, delta);
    at += delta;
  }
  if (times.length > 0) times[times.length - 1] = Math.max(0, endTime - at);
  return times;
}

/** What was sampled in [fromUs, toUs), microseconds on the profile's clock. */
export function cutProfile(profile: CpuProfile, fromUs: number, toUs: number): CpuProfile {
  const times = sampleTimes(profile);
  const kept: number[] = [];
  const keptTimes: number[] = [];
  let at = profile.startTime;
  let first = Number.NaN;
  for (const [i, node] of profile.samples.entries()) {
    at += profile.timeDeltas[i]!;
    if (at < fromUs || at >= toUs) continue;
    if (kept.length === 0) first = at;
    kept.push(node);
    keptTimes.push(Math.min(times[i]!, toUs - at));
  }
  if (kept.length === 0) first = fromUs;
  return assemble(profile.nodes, kept, keptTimes, first);
}

/** One profile of all threads: a root, the threads below it, their functions below them (F2). */
export function mergeProfiles(threads: readonly ThreadProfile[]): CpuProfile {
  const nodes: ProfileNode[] = [];
  const samples: number[] = [];
  const times: number[] = [];
  const roots: number[] = [];
  let offset = 1;
  for (const { name, profile } of threads) {
    const root = rootOf(profile);
    if (root === null) continue;
    const idOf = new Map(profile.nodes.map((node, i) => [node.id, offset + i + 1]));
    for (const node of profile.nodes) {
      const callFrame = node.id === root ? plainFrame(name) : node.callFrame;
      const children = (node.children ?? []).map((child) => idOf.get(child)!);
      nodes.push({ id: idOf.get(node.id)!, callFrame, hitCount: 0, children });
    }
    for (const node of profile.samples) samples.push(idOf.get(node)!);
    times.push(...sampleTimes(profile));
    roots.push(idOf.get(root)!);
    offset += profile.nodes.length;
  }
  const root = { id: 1, callFrame: plainFrame("(root)"), hitCount: 0, children: roots };
  const start = Math.min(...threads.map(({ profile }) => profile.startTime));
  return assemble([root, ...nodes], samples, times, Number.isFinite(start) ? start : 0);
}

/** A frame that stands for no place in a source. */
function plainFrame(functionName: string): CallFrame {
  return { functionName, scriptId: "0", url: "", lineNumber: -1, columnNumber: -1 };
}

/** Id of the node that is nobody's child; null of an empty profile. */
function rootOf(profile: CpuProfile): number | null {
  const children = new Set(profile.nodes.flatMap((node) => node.children ?? []));
  return profile.nodes.find((node) => !children.has(node.id))?.id ?? null;
}

/** A profile of these samples, each of its own time, with the nodes that they need (F3). */
function assemble(
  nodes: readonly ProfileNode[],
  samples: readonly number[],
  times: readonly number[],
  startTime: number,
): CpuProfile {
  const parentOf = new Map<number, number>();
  for (const node of nodes) for (const child of node.children ?? []) parentOf.set(child, node.id);
  const hits = new Map<number, number>();
  for (const node of samples) hits.set(node, (hits.get(node) ?? 0) + 1);
  const needed = new Set<number>();
  for (const node of hits.keys()) {
    let at: number | undefined = node;
    while (at !== undefined && !needed.has(at)) {
      needed.add(at);
      at = parentOf.get(at);
    }
  }
  const kept = nodes
    .filter((node) => needed.has(node.id))
    .map(({ id, callFrame, children = [] }) => ({
      id,
      callFrame,
      hitCount: hits.get(id) ?? 0,
      children: children.filter((child) => needed.has(child)),
    }));
  const timeDeltas = samples.map((_, i) => (i === 0 ? 0 : times[i - 1]!));
  const endTime = startTime + times.reduce((sum, time) => sum + time, 0);
  return { nodes: kept, startTime, endTime, samples: [...samples], timeDeltas };
}
