// SPDX-License-Identifier: Apache-2.0
/**
 * Lines that begin with a dollar sign: $ORIGIN, $TTL, $INCLUDE, $GENERATE.
 *
 * An unknown one is an error and not passed over: what it was meant to say about the records
 * below is not known, and a zone half understood is worse than the last good one.
 *
 * RFC 1035 §5.1 $ORIGIN, $INCLUDE; RFC 2308 §4 $TTL.
 */
import { tokenText, tokenTtl, writeDecoded } from "../dns/fields.ts";
import { NAME_SIZE_MAX, nameErrorText, writeName } from "../dns/names.ts";
import { beginRdata, RDATA_SIZE_MAX } from "../dns/sink.ts";
import type { Tokeniser } from "../dns/tokens.ts";
import { generate } from "./generate.ts";
import { addFault, FILES_MAX, INCLUDE_DEPTH_MAX, type ScanState, setOrigin } from "./state.ts";

/** Scans the octets of an included file; given by the scanner, which alone can. */
export type ScanFile = (s: ScanState, octets: Uint8Array) => void;

/** Carries out the directive whose tokens lie in `t`. */
export function directive(s: ScanState, t: Tokeniser, scanFile: ScanFile): void {
  const count = t.list.count;
  switch (tokenText(t.list, 0).toUpperCase()) {
    case "$ORIGIN": {
      if (count !== 2) {
        wrongCount(s, t, "one name");
        return;
      }
      const origin = nameOf(s, t, 1);
      if (origin !== null) setOrigin(s, origin);
      return;
    }
    case "$TTL": {
      if (count !== 2) {
        wrongCount(s, t, "one TTL");
        return;
      }
      const ttl = tokenTtl(t.list, 1);
      if (ttl < 0) addFault(s, t, "ZONE_TTL", 1, `${tokenText(t.list, 1)} is not a TTL`);
      else s.ttlDefault = ttl;
      return;
    }
    case "$INCLUDE":
      if (count !== 2 && count !== 3) {
        wrongCount(s, t, "a file and perhaps an origin");
        return;
      }
      include(s, t, scanFile);
      return;
    case "$GENERATE":
      generate(s, t);
      return;
    default:
      addFault(s, t, "ZONE_DIRECTIVE", 0, `${tokenText(t.list, 0)} is not known`);
  }
}

function wrongCount(s: ScanState, t: Tokeniser, wanted: string): void {
  addFault(s, t, "ZONE_DIRECTIVE", 0, `${tokenText(t.list, 0)} takes ${wanted}`);
}

/** The name of a token, relative to the origin; null, with a fault, if it is none. */
function nameOf(s: ScanState, t: Tokeniser, index: number): Uint8Array | null {
  const { list } = t;
  const out = new Uint8Array(NAME_SIZE_MAX + 2);
  const start = list.start[index]!;
  const size = writeName(list.octets, start, list.end[index]!, s.sink.origin, out, 0);
  if (size >= 0) return out.slice(0, size);
  addFault(s, t, "ZONE_DIRECTIVE", index, nameErrorText(size));
  return null;
}

/** A token with its escapes resolved, as text; null if an escape is none. */
function pathOf(s: ScanState, t: Tokeniser, index: number): string | null {
  const { sink } = s;
  beginRdata(sink);
  const from = sink.at;
  const size = writeDecoded(t.list, index, sink, RDATA_SIZE_MAX);
  sink.at = from;
  return size < 0 ? null : new TextDecoder().decode(sink.octets.slice(from, from + size));
}

function include(s: ScanState, t: Tokeniser, scanFile: ScanFile): void {
  const path = pathOf(s, t, 1);
  if (path === null) {
    addFault(s, t, "ZONE_INCLUDE", 1, "the file name has a bad escape");
    return;
  }
  const { open } = s.options;
  if (open === undefined) {
    addFault(s, t, "ZONE_INCLUDE", 1, "no file can be included here");
    return;
  }
  if (s.depth >= INCLUDE_DEPTH_MAX) {
    addFault(s, t, "ZONE_INCLUDE", 1, `more than ${INCLUDE_DEPTH_MAX} files deep`);
    return;
  }
  if (s.files.length >= FILES_MAX) {
    addFault(s, t, "ZONE_INCLUDE", 1, `more than ${FILES_MAX} files`);
    return;
  }
  const origin = t.list.count === 3 ? nameOf(s, t, 2) : s.sink.origin;
  if (origin === null) return;
  const got = open(path, s.files[s.file]!);
  if ("key" in got) {
    addFault(s, t, got.key, 1, got.detail);
    return;
  }

  const { file, ownerAt, ownerSize } = s;
  const outerOrigin = s.sink.origin;
  s.file = s.files.length;
  s.files.push("name" in got ? got.name : path);
  s.depth += 1;
  setOrigin(s, origin);
  scanFile(s, "name" in got ? got.octets : got);
  setOrigin(s, outerOrigin);
  s.depth -= 1;
  s.file = file;
  s.ownerAt = ownerAt;
  s.ownerSize = ownerSize;
}
