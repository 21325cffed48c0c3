// SPDX-License-Identifier: Apache-2.0
/**
 * Asks a server single questions and looks at the address that comes back: until it is there, until
 * an edit has reached it, and whether a sample of its answers is right.
 *
 * Raw packets over one connected socket, asked again each millisecond: a tool such as dig takes
 * longer to start than most servers.
 */
import { createSocket } from "node:dgram";
import { setTimeout as pause } from "node:timers/promises";
import { type QuestionSpec, queryOf } from "../load/questions.ts";
import type { Verified } from "./kinds.ts";

const ASK_EVERY_MS = 1;
const TYPE_A = 1;

/** What an answer says: an address, that there is none, or its RCODE. */
export type Said = string;

/** As what is wanted: whatever is said will do. */
export const ANYTHING = "anything";

export interface Asker {
  /** Null without an answer in time. */
  ask(question: QuestionSpec, waitMs: number): Promise<Said | null>;
  close(): void;
}

export async function openAsker(port: number): Promise<Asker> {
  const socket = createSocket("udp4");
  // Nobody listens there yet: the next question finds out.
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", resolve));
  let id = 0;
  let waiting: ((answer: Uint8Array) => void) | null = null;
  socket.on("message", (message) => {
    if (((message[0]! << 8) | message[1]!) === id) waiting?.(message);
  });
  return {
    async ask(question, waitMs) {
      id = (id + 1) & 0xffff;
      const query = queryOf(question);
      query[0] = id >> 8;
      query[1] = id & 0xff;
      const answer = await new Promise<Uint8Array | null>((resolve) => {
        const timer = setTimeout(() => resolve(null), waitMs);
        waiting = (octets) => {
          clearTimeout(timer);
          resolve(octets);
        };
        socket.send(query, () => {});
      });
      waiting = null;
      return answer === null ? null : saidBy(answer);
    },
    close: () => socket.close(),
  };
}

/** The address of the first A record, else what the answer is. Any octets are borne. */
export function saidBy(answer: Uint8Array): Said {
  const rcode = (answer[3] ?? 0) & 15;
  if (rcode === 3) return "NXDOMAIN";
  if (rcode !== 0) return `RCODE ${rcode}`;
  let at = skipName(answer, 12) + 4;
  for (let left = ((answer[6] ?? 0) << 8) | (answer[7] ?? 0); left > 0; left -= 1) {
    at = skipName(answer, at);
    if (at + 10 > answer.length) return "cut off";
    const type = (answer[at]! << 8) | answer[at + 1]!;
    const size = (answer[at + 8]! << 8) | answer[at + 9]!;
    if (type === TYPE_A && size === 4) return answer.subarray(at + 10, at + 14).join(".");
    at += 10 + size;
  }
  return "no address";
}

/** Offset behind a name, compressed or not. */
function skipName(octets: Uint8Array, from: number): number {
  let at = from;
  while (at < octets.length && octets[at] !== 0) {
    if (octets[at]! >= 0xc0) return at + 2;
    at += 1 + octets[at]!;
  }
  return at + 1;
}

/**
 * Asks until `wanted` is said; gives the milliseconds since `startedAt`. `broken` tells why it
 * never will. Throws after `waitMs`.
 */
export async function until(
  asker: Asker,
  question: QuestionSpec,
  wanted: Said,
  options: {
    readonly startedAt: number;
    readonly waitMs: number;
    readonly broken: () => string | null;
  },
): Promise<number> {
  let last: Said | null = null;
  for (;;) {
    const said = await asker.ask(question, ASK_EVERY_MS);
    const took = performance.now() - options.startedAt;
    if (said !== null && (said === wanted || wanted === ANYTHING)) return took;
    last = said ?? last;
    const broken = options.broken();
    if (broken !== null) throw new Error(broken);
    if (took > options.waitMs) {
      throw new Error(`${question.name} is ${last ?? "not answered"} and not ${wanted}`);
    }
    // A refusal comes at once: without a pause the wait would be a busy loop.
    if (said !== null) await pause(ASK_EVERY_MS);
  }
}

/** Compares answers with what they should be; a lost one is asked for again. */
export async function verify(
  asker: Asker,
  questions: Iterable<QuestionSpec>,
  expected: (question: QuestionSpec) => string | null,
): Promise<Verified> {
  let asked = 0;
  let right = 0;
  let firstWrong: string | null = null;
  for (const question of questions) {
    asked += 1;
    const wanted = expected(question) ?? "NXDOMAIN";
    const said = (await asker.ask(question, 500)) ?? (await asker.ask(question, 500));
    if (said === wanted) right += 1;
    else firstWrong ??= `${question.name}${clientText(question)}: ${said} and not ${wanted}`;
  }
  return { asked, right, firstWrong };
}

function clientText({ ecs }: QuestionSpec): string {
  if (ecs === undefined) return "";
  const octets =
    ecs.family === 1 ? ecs.address.join(".") : Buffer.from(ecs.address).toString("hex");
  return ` for ${octets}/${ecs.prefix}`;
}
