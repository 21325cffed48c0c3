// SPDX-License-Identifier: Apache-2.0
/**
 * The scanner of master files: octets in, a zone value and faults out.
 *
 * Fed in pieces, because a zone of ten million records is not to be held as text beside its value,
 * and pure, because $INCLUDE is asked of the caller. Each piece is scanned in place; only the entry
 * that a piece cuts in two is copied.
 *
 * Invariants
 *   Z1  Value and faults do not depend on how the text was cut into pieces.
 *   Z2  Nothing throws, whatever the octets. A broken entry costs a fault and itself, no more.
 *   Z3  At most FAULTS_MAX faults, RECORDS_MAX records, FILES_MAX files, INCLUDE_DEPTH_MAX deep.
 *   Z4  $INCLUDE changes neither origin nor last owner of the file it stands in (RFC 1035 §5.1);
 *       $TTL in it holds on, as in BIND.
 *
 * RFC 1035 §5; RFC 2308 §4 $TTL; RFC 3597 §5 unknown types and classes.
 */
import type { Fault } from "../base/faults.ts";
import { lowerName } from "../dns/names.ts";
import {
  createTokeniser,
  Entry,
  nextEntry,
  placeInEntry,
  shiftTokens,
  startNextEntry,
  TOKEN_QUOTED,
  type Tokeniser,
} from "../dns/tokens.ts";
import { directive } from "./directives.ts";
import { scanRecord } from "./record.ts";
import {
  addFaultAt,
  contextOf,
  createState,
  type ScanContext,
  type ScanOptions,
  type ScanState,
} from "./state.ts";
import { RECORD_WORDS, type ZoneValue } from "./value.ts";

export type { IncludedFile, ScanContext, ScanOptions } from "./state.ts";

/** `value` holds every record that could be read; use it only if no fault is an error. */
export interface ScanResult {
  readonly value: ZoneValue;
  readonly faults: readonly Fault[];
}

export interface Scanner {
  /** Takes the next piece. The octets may be reused afterwards. */
  push(chunk: Uint8Array): void;
  /** Says that the text is complete. To be called once. */
  end(): ScanResult;
  /** What the entry after the last complete one inherits. */
  context(): ScanContext;
  /** Octets of the text in front of that entry. */
  position(): number;
  /** Its line. */
  line(): number;
}

export function createScanner(options: ScanOptions): Scanner {
  const s = createState(options, lowerName(options.apex));
  const t = createTokeniser();
  t.line = options.firstLine ?? 1;
  t.startLine = t.line;
  let hold = new Uint8Array(0);
  let held = 0;
  let pushed = 0;
  // A context means that this text is the middle of a file, where no byte order mark can be.
  let atStart = options.context === undefined;

  const append = (chunk: Uint8Array): void => {
    if (held + chunk.length > hold.length) {
      const next = new Uint8Array(Math.max(held + chunk.length, hold.length * 2, 4096));
      next.set(hold.subarray(0, held));
      hold = next;
    }
    hold.set(chunk, held);
    held += chunk.length;
  };

  const scan = (octets: Uint8Array, end: number, final: boolean): void => {
    if (atStart) {
      if (end < 3 && !final) return;
      skipMark(t, octets, end);
      atStart = false;
    }
    scanEntries(s, t, octets, end, final);
  };

  return {
    push(chunk) {
      if (s.stopped) return;
      pushed += chunk.length;
      const direct = held === 0 && (!atStart || chunk.length >= 3);
      if (!direct) append(chunk);
      const octets = direct ? chunk : hold;
      const end = direct ? chunk.length : held;
      scan(octets, end, false);
      const from = t.start;
      if (direct) {
        append(chunk.subarray(from));
      } else if (from > 0) {
        hold.copyWithin(0, from, held);
        held -= from;
      }
      if (from > 0) shiftTokens(t, -from);
    },
    end() {
      if (!s.stopped) scan(hold, held, true);
      return { value: zoneValueOf(s), faults: s.faults };
    },
    context: () => contextOf(s),
    position: () => pushed - held,
    line: () => t.line,
  };
}

/** Scans a text that is there as a whole. */
export function scanZone(text: Uint8Array, options: ScanOptions): ScanResult {
  const s = createState({ sizeHint: text.length, ...options }, lowerName(options.apex));
  const t = createTokeniser();
  t.line = options.firstLine ?? 1;
  if (options.context === undefined) skipMark(t, text, text.length);
  scanEntries(s, t, text, text.length, true);
  return { value: zoneValueOf(s), faults: s.faults };
}

/** Passes over a UTF-8 byte order mark. */
function skipMark(t: Tokeniser, octets: Uint8Array, end: number): void {
  if (end < 3 || octets[0] !== 0xef || octets[1] !== 0xbb || octets[2] !== 0xbf) return;
  t.at = 3;
  t.start = 3;
}

function scanEntries(
  s: ScanState,
  t: Tokeniser,
  octets: Uint8Array,
  end: number,
  final: boolean,
): void {
  while (!s.stopped) {
    const got = nextEntry(t, octets, end, final);
    if (got === Entry.MORE || got === Entry.END) return;
    if (got !== Entry.READY) brokenEntry(s, t, got);
    else if (t.list.count > 0) scanEntry(s, t);
    startNextEntry(t);
  }
}

function scanEntry(s: ScanState, t: Tokeniser): void {
  const { list } = t;
  const dollar = list.octets[list.start[0]!] === 0x24;
  if (dollar && !t.blank && (list.flags[0]! & TOKEN_QUOTED) === 0) directive(s, t, scanFile);
  else scanRecord(s, t, t.startLine);
}

/** Scans an included file as a whole, with a tokeniser of its own. */
function scanFile(s: ScanState, octets: Uint8Array): void {
  const t = createTokeniser();
  skipMark(t, octets, octets.length);
  scanEntries(s, t, octets, octets.length, true);
}

function brokenEntry(s: ScanState, t: Tokeniser, got: Entry): void {
  const { line, column } = placeInEntry(t, t.errorAt);
  switch (got) {
    case Entry.UNBALANCED_CLOSE:
      addFaultAt(s, "ZONE_PARENTHESES", line, column, "it closes what was not opened");
      return;
    case Entry.UNCLOSED_PAREN:
      addFaultAt(s, "ZONE_PARENTHESES", line, column, "it is not closed");
      return;
    case Entry.UNCLOSED_QUOTE:
      addFaultAt(s, "ZONE_QUOTE", line, column, "it is not closed on this line");
      return;
    default:
      addFaultAt(s, "ZONE_TOKENS", line, column, "the entry that begins here is too long");
      return;
  }
}

function zoneValueOf(s: ScanState): ZoneValue {
  return {
    apex: s.apex,
    octets: s.sink.octets.subarray(0, s.sink.at),
    records: s.records.subarray(0, s.recordCount * RECORD_WORDS),
    recordCount: s.recordCount,
    files: s.files,
  };
}
