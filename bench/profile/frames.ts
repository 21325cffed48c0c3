// SPDX-License-Identifier: Apache-2.0
/**
 * A merged profile as a tree of frames with times, and what follows from it: the functions of a
 * thread by the time that they took.
 *
 * Waiting is left out. A thread that waits for packets is sampled like any other, and in a server
 * below its limit the waiting would hide all the rest; how much of it there was is kept as a number.
 */
import { type CallFrame, type CpuProfile, sampleTimes } from "./merge.ts";

/** A function at one place of the call tree. */
export interface Frame {
  readonly name: string;
  /** `src/answer/lookup.ts:84`, `node:dgram:621`; empty for what is not JavaScript. */
  readonly place: string;
  /** Microseconds in the function itself. */
  selfUs: number;
  /** Samples in the function itself. */
  selfCount: number;
  /** Microseconds in it and in what it calls. */
  totalUs: number;
  readonly children: Frame[];
}

/** What one thread did. */
export interface ThreadFrames {
  readonly frame: Frame;
  /** Microseconds in which it waited for work. */
  readonly idleUs: number;
}

/** One function of one thread, wherever it was called from. */
export interface FunctionTime {
  readonly name: string;
  readonly place: string;
  readonly selfUs: number;
  /** In it and in what it calls; a recursion is counted once. */
  readonly totalUs: number;
}

/** The threads of a merged profile, each as a tree. `folder` is taken off the front of places. */
export function threadFrames(profile: CpuProfile, folder = ""): readonly ThreadFrames[] {
  const times = sampleTimes(profile);
  const timeOf = new Map<number, number>();
  for (const [i, node] of profile.samples.entries()) {
    timeOf.set(node, (timeOf.get(node) ?? 0) + times[i]!);
  }
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  /** Hangs what stands below node `id` under `into`; gives the time waited there. */
  const build = (id: number, into: Frame): number => {
    const { callFrame, children = [], hitCount } = byId.get(id)!;
    const selfUs = timeOf.get(id) ?? 0;
    const waits = isWaiting(callFrame);
    if (!waits) {
      into.selfUs += selfUs;
      into.selfCount += hitCount;
    }
    return children.reduce(
      (sum, child) => {
        const { callFrame: called } = byId.get(child)!;
        return sum + build(child, isWaiting(called) ? into : childOf(into, called, folder));
      },
      waits ? selfUs : 0,
    );
  };
  return (byId.get(1)?.children ?? []).map((id) => {
    const frame = newFrame(byId.get(id)!.callFrame.functionName, "");
    const idleUs = build(id, frame);
    sumUp(frame);
    return { frame, idleUs };
  });
}

/** In the event loop, or in the pool of compilers, whose threads sleep in Atomics.wait. */
function isWaiting({ functionName, url }: CallFrame): boolean {
  if (functionName === "atomicsWaitLoop") return url.includes("/piscina/");
  return functionName === "(idle)";
}

/** V8 has two nodes for one function where it was optimised in between: they are one frame. */
function childOf(parent: Frame, callFrame: CallFrame, folder: string): Frame {
  const name = callFrame.functionName === "" ? "(anonymous)" : callFrame.functionName;
  const place = placeOf(callFrame, folder);
  const known = parent.children.find((child) => child.name === name && child.place === place);
  if (known !== undefined) return known;
  const frame = newFrame(name, place);
  parent.children.push(frame);
  return frame;
}

function newFrame(name: string, place: string): Frame {
  return { name, place, selfUs: 0, selfCount: 0, totalUs: 0, children: [] };
}

function sumUp(frame: Frame): number {
  frame.totalUs = frame.children.reduce((sum, child) => sum + sumUp(child), frame.selfUs);
  frame.children.sort((a, b) => b.totalUs - a.totalUs);
  return frame.totalUs;
}

function placeOf({ url, lineNumber }: CallFrame, folder: string): string {
  if (url === "") return "";
  const path = url.startsWith("file://") ? decodeURIComponent(url.slice("file://".length)) : url;
  const short =
    folder !== "" && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
  return `${short}:${lineNumber + 1}`;
}

/** The functions of a thread, those that took most themselves first. */
export function functionTimes(thread: Frame): readonly FunctionTime[] {
  const found = new Map<string, { selfUs: number; totalUs: number; name: string; place: string }>();
  const open = new Set<string>();
  const visit = ({ name, place, selfUs, totalUs, children }: Frame): void => {
    const key = `${name}\n${place}`;
    const row = found.get(key) ?? { name, place, selfUs: 0, totalUs: 0 };
    found.set(key, row);
    row.selfUs += selfUs;
    const outermost = !open.has(key);
    if (outermost) row.totalUs += totalUs;
    open.add(key);
    for (const child of children) visit(child);
    if (outermost) open.delete(key);
  };
  for (const child of thread.children) visit(child);
  return [...found.values()].sort((a, b) => b.selfUs - a.selfUs);
}
