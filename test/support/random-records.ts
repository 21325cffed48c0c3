// SPDX-License-Identifier: Apache-2.0
/** The records of a random zone by RRset: each has one TTL and no record twice. */
import { nextRandom, type Prng } from "./prng.ts";

interface DraftSet {
  readonly owner: string;
  readonly type: string;
  /** As the text has it; empty takes $TTL. */
  readonly ttl: string;
  readonly data: string[];
}

export interface Draft {
  readonly random: Prng;
  readonly sets: DraftSet[];
}

const TTLS = ["", "", "", "", "60 ", "86400 ", "0 ", "1h "];

export function draftOf(random: Prng): Draft {
  return { random, sets: [] };
}

export function put(draft: Draft, owner: string, type: string, data: string): void {
  let set = draft.sets.find((its) => its.owner === owner && its.type === type);
  if (set === undefined) {
    const ttl = type === "SOA" ? "" : TTLS[nextRandom(draft.random) % TTLS.length]!;
    set = { owner, type, ttl, data: [] };
    draft.sets.push(set);
  }
  if (!set.data.includes(data)) set.data.push(data);
}

/** The master file. Letters of an owner change their case now and then, which no server minds. */
export function textOf(draft: Draft, apex: string): string {
  const lines = [`$ORIGIN ${apex}`, "$TTL 600"];
  for (const { owner, type, ttl, data } of draft.sets) {
    const spelt = nextRandom(draft.random) % 6 === 0 ? owner.toUpperCase() : owner;
    for (const one of data) lines.push(`${spelt} ${ttl}${type} ${one}`);
  }
  return `${lines.join("\n")}\n`;
}
