// SPDX-License-Identifier: Apache-2.0
/** Parts of the kernel that work on names: hashing, reading a request, finding its node. */
import { lookup, NODATA, NXDOMAIN } from "../../src/answer/lookup.ts";
import { parse } from "../../src/answer/parse.ts";
import { createName, type NameScratch } from "../../src/answer/scratch.ts";
import { mixHash, NAME_HASH_ROOT, nameHash } from "../../src/base/hash.ts";
import { composeQuery, type QueryOptions } from "../../src/dns/compose.ts";
import { nameFromText } from "../../src/dns/names.ts";
import { subnetOf } from "../../test/support/traffic.ts";
import type { World } from "../../test/support/world.ts";
import { INPUTS, type Part } from "./part.ts";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** FNV-1a from the root inwards, by the book: in arithmetic that knows no 32 bits. */
function hashByBook(text: string): number {
  const step = (hash: bigint, octet: number): bigint =>
    ((hash ^ BigInt(octet)) * 0x01000193n) & 0xffffffffn;
  let hash = BigInt(NAME_HASH_ROOT >>> 0);
  for (const label of text
    .split(".")
    .filter((one) => one !== "")
    .reverse()) {
    hash = step(hash, label.length);
    for (const letter of label) hash = step(hash, letter.charCodeAt(0));
  }
  return Number(BigInt.asIntN(32, hash));
}

/** murmur3's finaliser, by the book. */
function mixByBook(hash: number): number {
  let h = BigInt(hash >>> 0);
  h = ((h ^ (h >> 16n)) * 0x85ebca6bn) & 0xffffffffn;
  h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) & 0xffffffffn;
  return Number(h ^ (h >> 16n));
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => (all + one) | 0, 0);

export function hashParts(): readonly Part[] {
  const texts = numbers(INPUTS).map((i) => `h${i}.example.org.`);
  const names = texts.map((text) => nameFromText(text)!);
  const hashes = texts.map(hashByBook);
  const words = Int32Array.from(hashes);
  return [
    {
      group: "hash",
      name: "nameHash, three labels",
      operations: INPUTS,
      work: () => {
        let all = 0;
        for (let i = 0; i < INPUTS; i += 1) {
          const name = names[i]!;
          all = (all + nameHash(name, 0, name.length)) | 0;
        }
        return all;
      },
      expected: sum(hashes),
    },
    {
      group: "hash",
      name: "mixHash",
      operations: INPUTS,
      work: () => {
        let all = 0;
        for (let i = 0; i < INPUTS; i += 1) all = (all + mixHash(words[i]!)) | 0;
        return all;
      },
      expected: sum(hashes.map(mixByBook)),
    },
  ];
}

/** Requests one behind the other, and where each begins. */
function layOut(make: (i: number) => QueryOptions) {
  const queries = numbers(INPUTS).map((i) => composeQuery({ id: i, ...make(i) }));
  const at = new Uint32Array(INPUTS + 1);
  for (const [i, query] of queries.entries()) at[i + 1] = at[i]! + query.length;
  const octets = new Uint8Array(at[INPUTS]!);
  for (const [i, query] of queries.entries()) octets.set(query, at[i]!);
  return { octets, at };
}

export function parseParts({ kernel }: World): readonly Part[] {
  const texts = numbers(INPUTS).map((i) => `h${i}.example.org.`);
  // Three labels and type A for each, and the hash; capitals must not show.
  const base = texts.map((text) => (hashByBook(text) + 3 + 1) | 0);
  const part = (name: string, make: (i: number) => QueryOptions, more: number): Part => {
    const { octets, at } = layOut(make);
    const { name: scratch, question } = kernel;
    return {
      group: "parse",
      name,
      operations: INPUTS,
      work: () => {
        let all = 0;
        for (let i = 0; i < INPUTS; i += 1) {
          const start = at[i]!;
          const verdict = parse(octets, start, at[i + 1]! - start, scratch, question);
          const subnet = question.ecsFamily === 0 ? 0 : question.ecsSource;
          const part = scratch.hash[0]! + scratch.labelCount + question.type + subnet + verdict;
          all = (all + part) | 0;
        }
        return all;
      },
      expected: (sum(base) + INPUTS * more) | 0,
    };
  };
  const name = (i: number): string =>
    texts[i]!.replace("example", i % 2 === 0 ? "eXaMPle" : "example");
  return [
    part("parse, plain", (i) => ({ name: name(i), type: "A" }), 0),
    part("parse, EDNS", (i) => ({ name: name(i), type: "A", edns: {} }), 0),
    part("parse, client subnet", (i) => ({ name: name(i), type: "A", ecs: subnetOf(i) }), 24),
  ];
}

export function lookupParts({ kernel }: World): readonly Part[] {
  const { table, root, found } = kernel;
  const TYPES: Readonly<Record<string, number>> = { A: 1, TXT: 16, NS: 2 };
  const part = (
    title: string,
    text: (i: number) => string,
    type: keyof typeof TYPES,
    each: number,
  ): Part => {
    const names = numbers(INPUTS).map((i): NameScratch => {
      const scratch = createName();
      const query = composeQuery({ id: 0, name: text(i), type: "A" });
      parse(query, 0, query.length, scratch, kernel.question);
      return scratch;
    });
    const number = TYPES[type]!;
    return {
      group: "lookup",
      name: title,
      operations: INPUTS,
      work: () => {
        let all = 0;
        for (let i = 0; i < INPUTS; i += 1) {
          const result = lookup(table, root, names[i]!, number, found);
          all += result * 100 + (found.rrset === 0 ? 0 : 10) + found.synthesized;
        }
        return all;
      },
      expected: INPUTS * each,
    };
  };
  const host = (i: number): string => `h${(i * 7919) % 20_000}.example.org.`;
  return [
    part("hit", host, "A", 10),
    part("NODATA", host, "TXT", NODATA * 100),
    part("NXDOMAIN", (i) => `no${i}.example.org.`, "A", NXDOMAIN * 100),
    part("wildcard", (i) => `w${i}.wild.example.org.`, "A", 11),
    part("apex", () => "example.org.", "NS", 10),
  ];
}
