// SPDX-License-Identifier: Apache-2.0
/**
 * One entry's tokens to one record: the scanner's hot path.
 *
 * Owner and RDATA go straight into the pool, numbers into the record words; no string and no
 * object is made unless there is a fault to describe. TTL and class may stand in either order
 * before the type, and what is missing is taken from the lines before.
 *
 * RFC 1035 §5.1 the form of entries; RFC 2308 §4 the TTL that is not written: $TTL, else the last
 * written one (RFC 1035), else, at an SOA, its MINIMUM, which BIND then keeps as the default.
 */

import { tokenText, tokenTtl } from "../dns/fields.ts";
import { isMetaType, Type, typeText } from "../dns/iana.ts";
import { isSubdomainAt, lowerInPlace, nameErrorText, writeName } from "../dns/names.ts";
import { writeRdata } from "../dns/rdata.ts";
import { get32, reserve } from "../dns/sink.ts";
import type { Tokeniser } from "../dns/tokens.ts";
import { CLASS_FLAG, mnemonicCode } from "./mnemonics.ts";
import { addFault, OWNER_NONE, OWNER_REFUSED, POOL_SIZE_MAX, type ScanState } from "./state.ts";
import {
  RECORD_FILE_RDATA_SIZE,
  RECORD_LINE,
  RECORD_OWNER,
  RECORD_RDATA,
  RECORD_SIZE_TYPE,
  RECORD_TTL,
  RECORD_WORDS,
} from "./value.ts";

/** Reads the record of the entry in `t` at line `line`. False if there was a fault. */
export function scanRecord(s: ScanState, t: Tokeniser, line: number): boolean {
  const list = t.list;
  let index = 0;
  if (!t.blank) {
    if (!readOwner(s, t)) return false;
    index = 1;
  } else if (s.ownerAt < 0) {
    if (s.ownerAt === OWNER_NONE) addFault(s, t, "ZONE_OWNER", 0, "no owner stands before this");
    return false;
  }

  let ttl = -1;
  let classSeen = false;
  let type = -1;
  for (; type < 0; index += 1) {
    if (index >= list.count) {
      addFault(s, t, "ZONE_TYPE", index, "the type is missing");
      return false;
    }
    const start = list.start[index]!;
    const first = list.octets[start]! - 0x30;
    if (first >= 0 && first <= 9 && ttl < 0) {
      ttl = tokenTtl(list, index);
      if (ttl >= 0) continue;
      addFault(s, t, "ZONE_TTL", index, `${tokenText(list, index)} is not a TTL`);
      return false;
    }
    const code = mnemonicCode(list.octets, start, list.end[index]!);
    if (code >= CLASS_FLAG && !classSeen) {
      classSeen = true;
      if (code === (CLASS_FLAG | 1)) continue;
      addFault(s, t, "ZONE_CLASS", index, `the class is ${tokenText(list, index)}`);
      return false;
    }
    if (code < 0 || code >= CLASS_FLAG) {
      addFault(s, t, "ZONE_TYPE", index, `${tokenText(list, index)} is not a type`);
      return false;
    }
    type = code;
  }
  if (isMetaType(type)) {
    addFault(s, t, "ZONE_META_TYPE", index - 1, `${typeText(type)} is not data`);
    return false;
  }
  const size = writeRdata(type, list, index, s.sink);
  if (size < 0) {
    addFault(s, t, "ZONE_RDATA", s.sink.errorToken, `${typeText(type)}: ${s.sink.error}`);
    return false;
  }
  ttl = ttlOf(s, ttl, type, size);
  if (ttl < 0) {
    addFault(s, t, "ZONE_NO_TTL", index - 1, "no TTL is written here or before");
    return false;
  }
  return appendRecord(s, t, type, ttl, size, line);
}

/** Reads token 0 as the owner into the pool, unless it is the owner before. */
function readOwner(s: ScanState, t: Tokeniser): boolean {
  const { list } = t;
  const { sink } = s;
  reserve(sink, 512);
  const start = list.start[0]!;
  const end = list.end[0]!;
  const size = writeName(list.octets, start, end, sink.origin, sink.octets, sink.at);
  if (size < 0) {
    s.ownerAt = OWNER_REFUSED;
    addFault(s, t, "ZONE_OWNER", 0, nameErrorText(size));
    return false;
  }
  lowerInPlace(sink.octets, sink.at, size);
  const relative = s.originInside && list.octets[end - 1] !== 0x2e;
  if (!relative && !isSubdomainAt(sink.octets, sink.at, size, s.apex)) {
    s.ownerAt = OWNER_REFUSED;
    addFault(s, t, "ZONE_OUTSIDE", 0, `${tokenText(list, 0)} is outside of the zone`);
    return false;
  }
  if (s.ownerAt >= 0 && s.ownerSize === size && sameOctets(sink.octets, s.ownerAt, sink.at, size)) {
    return true;
  }
  s.ownerAt = sink.at;
  s.ownerSize = size;
  sink.at += size;
  return true;
}

function sameOctets(octets: Uint8Array, a: number, b: number, size: number): boolean {
  for (let i = 0; i < size; i += 1) if (octets[a + i] !== octets[b + i]) return false;
  return true;
}

/** The TTL in force; `written` is the one at the record, or -1. -1 if there is none at all. */
function ttlOf(s: ScanState, written: number, type: number, rdataSize: number): number {
  if (written >= 0) {
    s.ttlLast = written;
    return written;
  }
  if (s.ttlDefault >= 0) return s.ttlDefault;
  if (s.ttlLast >= 0) return s.ttlLast;
  if (type !== Type.SOA) return -1;
  s.ttlDefault = get32(s.sink.octets, s.sink.start + rdataSize - 4);
  return s.ttlDefault;
}

function appendRecord(
  s: ScanState,
  t: Tokeniser,
  type: number,
  ttl: number,
  size: number,
  line: number,
): boolean {
  if (s.recordCount >= s.recordsMax || s.sink.at > POOL_SIZE_MAX) {
    addFault(s, t, "ZONE_TOO_LARGE", 0, `the zone has more than ${s.recordCount} records`);
    s.stopped = true;
    return false;
  }
  const at = s.recordCount * RECORD_WORDS;
  if (at + RECORD_WORDS > s.records.length) {
    const next = new Uint32Array(s.records.length * 2);
    next.set(s.records);
    s.records = next;
  }
  const { records } = s;
  records[at + RECORD_OWNER] = s.ownerAt;
  records[at + RECORD_SIZE_TYPE] = (s.ownerSize << 16) | type;
  records[at + RECORD_TTL] = ttl;
  records[at + RECORD_RDATA] = s.sink.start;
  records[at + RECORD_FILE_RDATA_SIZE] = (s.file << 16) | size;
  records[at + RECORD_LINE] = line;
  s.recordCount += 1;
  return true;
}
