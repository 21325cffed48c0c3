// SPDX-License-Identifier: Apache-2.0
/**
 * A merged profile in the form of pprof: profile.proto, compressed with gzip.
 *
 * Written here and not by a library, because six kinds of message with numbers and strings are
 * shorter than the description of their schema, and a development tool is no reason for one more
 * package. `go tool pprof` reads it, as do the sites that draw such profiles.
 *
 * Each sample carries its thread twice, as the outermost frame and as the label `thread`, so that
 * `-tagfocus thread=udp-0` and `-focus udp-0` do the same. Waiting is left out, as in frames.ts.
 *
 * https://github.com/google/pprof/blob/main/proto/profile.proto
 */
import { gzipSync } from "node:zlib";
import type { Frame, ThreadFrames } from "./frames.ts";

/** What a reader wants to know besides the samples. */
export interface PprofFacts {
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Microseconds from one sample to the next, as asked for. */
  readonly intervalUs: number;
  readonly durationMs: number;
  readonly comments: readonly string[];
}

/** The octets of a .pb.gz file. */
export function encodePprof(threads: readonly ThreadFrames[], facts: PprofFacts): Uint8Array {
  const strings = createStrings();
  const locations = createLocations(strings);
  const samples: Uint8Array[] = [];
  for (const { frame } of threads) {
    const label = message([1, strings.of("thread")], [2, strings.of(frame.name)]);
    const visit = (at: Frame, stack: readonly number[]): void => {
      const path = [locations.of(at), ...stack];
      if (at.selfCount > 0) {
        const values = [at.selfCount, Math.round(at.selfUs * 1000)];
        samples.push(message([1, packed(path)], [2, packed(values)], [3, label]));
      }
      for (const child of at.children) visit(child, path);
    };
    visit(frame, []);
  }
  const cpu = message([1, strings.of("cpu")], [2, strings.of("nanoseconds")]);
  const fields: Field[] = [
    [1, message([1, strings.of("samples")], [2, strings.of("count")])],
    [1, cpu],
    ...samples.map((sample): Field => [2, sample]),
    ...locations.encoded(),
    [9, facts.startedAtMs * 1e6],
    [10, Math.round(facts.durationMs * 1e6)],
    [11, cpu],
    [12, Math.round(facts.intervalUs * 1000)],
    ...facts.comments.map((comment): Field => [13, strings.of(comment)]),
    [14, strings.of("cpu")],
  ];
  // The strings last: only now all of them are known.
  for (const text of strings.all()) fields.push([6, new TextEncoder().encode(text)]);
  return gzipSync(message(...fields));
}

interface Strings {
  of(text: string): number;
  all(): readonly string[];
}

/** Each text once, by its number; number 0 is the empty one, as the format demands. */
function createStrings(): Strings {
  const numbers = new Map<string, number>([["", 0]]);
  return {
    of(text) {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, numbers.size);
      return numbers.size - 1;
    },
    all: () => [...numbers.keys()],
  };
}

interface Locations {
  of(frame: Frame): number;
  encoded(): readonly Field[];
}

/** One location and one function for each name and place; both count from 1. */
function createLocations(strings: Strings): Locations {
  const known = new Map<string, number>();
  const fields: Field[] = [];
  return {
    of({ name, place }) {
      const key = `${name}\n${place}`;
      const old = known.get(key);
      if (old !== undefined) return old;
      const id = known.size + 1;
      known.set(key, id);
      const [, file = "", line = "0"] = /^(.*):(\d+)$/.exec(place) ?? [];
      const text = strings.of(name);
      const path = strings.of(file);
      const at = message([1, id], [2, Number(line)]);
      fields.push([4, message([1, id], [4, at])]);
      fields.push([5, message([1, id], [2, text], [3, text], [4, path], [5, Number(line)])]);
      return id;
    },
    encoded: () => fields,
  };
}

/** A field: its number, and a whole number or the octets of what is inside. */
type Field = readonly [number: number, value: number | Uint8Array];

const WIRE_VARINT = 0;
const WIRE_OCTETS = 2;

function message(...fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [number, value] of fields) {
    if (typeof value === "number") {
      // Zero is what a reader takes for a missing number.
      if (value !== 0) parts.push(varints([number * 8 + WIRE_VARINT, value]));
    } else parts.push(varints([number * 8 + WIRE_OCTETS, value.length]), value);
  }
  return joined(parts);
}

/** Repeated numbers in one field. */
function packed(values: readonly number[]): Uint8Array {
  return varints(values);
}

/** Seven bits an octet, lowest first. Whole numbers from 0 to 2^53: no bit operations, they end at 2^32. */
function varints(values: readonly number[]): Uint8Array {
  const out: number[] = [];
  for (const value of values) {
    let left = value;
    while (left >= 128) {
      out.push((left % 128) + 128);
      left = Math.floor(left / 128);
    }
    out.push(left);
  }
  return Uint8Array.from(out);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
