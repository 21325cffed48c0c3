// SPDX-License-Identifier: Apache-2.0
/**
 * $GENERATE: one line that stands for many records, as BIND reads it.
 *
 * Each step writes the text of one record and lets the scanner read it, instead of building the
 * record beside it: the result cannot differ from what the operator would get by writing the lines
 * out. The first step that fails ends the directive, since the others would fail alike.
 *
 * `$` is the iterator, `\$` a dollar sign, `$$` likewise (BIND's older form), and
 * `${offset,width,base}` the iterator plus offset, padded with zeros to `width`, in base d, o, x, X
 * or as reversed nibbles n, N, where the width counts the dots too. Data in quotes lose them, so
 * that data of several parts can be written as BIND wants it; unlike BIND we also take the parts
 * without quotes.
 */
import { tokenText } from "../dns/fields.ts";
import {
  createTokeniser,
  Entry,
  nextEntry,
  restart,
  TOKEN_QUOTED,
  type Tokeniser,
} from "../dns/tokens.ts";
import { scanRecord } from "./record.ts";
import { addFault, FAULTS_MAX, GENERATE_STEPS_MAX, type ScanState } from "./state.ts";

/** A wider number fits no name. */
const WIDTH_MAX = 255;

export interface Range {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** `first-last` or `first-last/step`; null if it is none. */
export function parseRange(text: string): Range | null {
  const match = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/.exec(text);
  if (match === null) return null;
  const range = {
    first: Number(match[1]),
    last: Number(match[2]),
    step: match[3] === undefined ? 1 : Number(match[3]),
  };
  if (range.last > 0x7fff_ffff || range.step > 0x7fff_ffff) return null;
  return range.first <= range.last && range.step >= 1 ? range : null;
}

function nibbles(value: number, width: number, upper: boolean): string {
  let text = "";
  let left = value;
  let room = width;
  do {
    const digit = (left % 16).toString(16);
    text += upper ? digit.toUpperCase() : digit;
    left = Math.floor(left / 16);
    room -= 1;
    if (room > 0 || left > 0) {
      text += ".";
      room -= 1;
    }
  } while (left > 0 || room > 0);
  return text;
}

function numberText(value: number, width: number, base: string): string {
  switch (base) {
    case "o":
      return value.toString(8).padStart(width, "0");
    case "x":
      return value.toString(16).padStart(width, "0");
    case "X":
      return value.toString(16).toUpperCase().padStart(width, "0");
    case "n":
      return nibbles(value, width, false);
    case "N":
      return nibbles(value, width, true);
    default:
      return String(value).padStart(width, "0");
  }
}

/** One step's text of a template; null if a modifier is malformed or its value negative. */
export function expandTemplate(template: string, iterator: number): string | null {
  let text = "";
  for (let i = 0; i < template.length; i += 1) {
    const char = template[i]!;
    if (char === "\\") {
      text += char + (template[i + 1] ?? "");
      i += 1;
      continue;
    }
    if (char !== "$") {
      text += char;
      continue;
    }
    if (template[i + 1] === "$") {
      text += "\\$";
      i += 1;
      continue;
    }
    if (template[i + 1] !== "{") {
      text += String(iterator);
      continue;
    }
    const close = template.indexOf("}", i);
    const inner = close < 0 ? "" : template.slice(i + 2, close);
    const match = /^([+-]?\d{1,10})(?:,(\d{1,3})(?:,([doxXnN]))?)?$/.exec(inner);
    if (match === null) return null;
    const value = iterator + Number(match[1]);
    const width = Number(match[2] ?? 0);
    if (value < 0 || width > WIDTH_MAX) return null;
    text += numberText(value, width, match[3] ?? "d");
    i = close;
  }
  return text;
}

/** Carries out the $GENERATE whose tokens lie in `t`. */
export function generate(s: ScanState, t: Tokeniser): void {
  const { list } = t;
  const words: string[] = [];
  for (let i = 0; i < list.count; i += 1) words.push(tokenText(list, i));
  const range = parseRange(words[1] ?? "");
  if (range === null) {
    addFault(s, t, "ZONE_GENERATE", 1, "not a range of the form first-last or first-last/step");
    return;
  }
  if (words.length < 5) {
    addFault(s, t, "ZONE_GENERATE", words.length, "owner, type or data is missing");
    return;
  }
  if (list.flags[2]! & TOKEN_QUOTED) {
    addFault(s, t, "ZONE_GENERATE", 2, "the owner stands in quotes");
    return;
  }
  const steps = Math.floor((range.last - range.first) / range.step) + 1;
  if (steps > GENERATE_STEPS_MAX) {
    addFault(s, t, "ZONE_GENERATE", 1, `${steps} steps are more than ${GENERATE_STEPS_MAX}`);
    return;
  }
  const g = createTokeniser();
  const faultsBefore = s.faults.length;
  for (let value = range.first; value <= range.last && !s.stopped; value += range.step) {
    const parts = words.slice(2).map((word) => expandTemplate(word, value));
    const bad = parts.indexOf(null);
    if (bad >= 0) {
      addFault(s, t, "ZONE_GENERATE", bad + 2, "a bad modifier");
      return;
    }
    const text = parts.join(" ");
    if (generateOne(s, g, t.startLine, text)) continue;
    // The fault of the record stands at a place within text that nobody wrote: say what was read.
    const cause = s.faults.length > faultsBefore ? s.faults.pop()!.detail : "not one record";
    if (s.faults.length < FAULTS_MAX) {
      addFault(s, t, "ZONE_GENERATE", 0, `at ${value}, "${text}": ${cause}`);
    }
    return;
  }
}

/** Reads the text of one generated record with the tokeniser `g`, as if it stood at `line`. */
function generateOne(s: ScanState, g: Tokeniser, line: number, text: string): boolean {
  const octets = new TextEncoder().encode(text);
  restart(g, line);
  if (nextEntry(g, octets, octets.length, true) !== Entry.READY) return false;
  if (g.at !== octets.length || g.list.count === 0) return false;
  return scanRecord(s, g, line);
}
