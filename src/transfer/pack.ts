// SPDX-License-Identifier: Apache-2.0
/**
 * The messages of an outgoing transfer: as many records into each as fit, with short names.
 *
 * Every message repeats the question (RFC 5936 §2.2.1 allows it), because the apex then stands at
 * octet 12 of each, and a pointer there shortens nearly every name for the price of a comparison. A
 * general search for common suffixes would shorten the rest a little, and cost several times as
 * much as all else here. Records of one RRset point at the owner of the first of them.
 *
 * Invariants
 *   K1  No message is larger than its room, and none is without a record.
 *   K2  Only names of types that may be compressed are (RFC 3597 §4).
 *
 * RFC 5936 §2.2 messages, §3.4 compression.
 */

import { assert } from "../base/assert.ts";
import { sameOctets } from "../base/octets.ts";
import { Class } from "../dns/iana.ts";
import { HEADER_SIZE } from "../dns/message.ts";
import { lowerName } from "../dns/names.ts";
import { rdataNames } from "../dns/rdata.ts";

export interface Packer {
  /** Adds a record: an owner in lower case. Gives the message that is full without it, or null. */
  add(owner: Uint8Array, type: number, ttl: number, rdata: Uint8Array): Uint8Array | null;
  /**
   * The same for a record in wire form: `size` octets at `rr` of `from`, whose owner is a pointer that
   * the labels at `labels` stand in front of. `again`: of the owner of the record before.
   */
  addWire(
    from: Uint8Array,
    labels: number,
    labelsSize: number,
    rr: number,
    size: number,
    again: boolean,
  ): Uint8Array | null;
  /** Records so far. */
  records(): number;
  /** Makes a pointer to the apex of two octets, `back` octets before the end of the last record. */
  pointToApex(back: number): void;
  /** The last message; null if there is none under way. */
  end(): Uint8Array | null;
}

export interface PackerOptions {
  readonly id: number;
  /** RD as in the request (RFC 5936 §2.2.1). */
  readonly rd: boolean;
  /** As it was asked; the question's case is kept. */
  readonly apex: Uint8Array;
  readonly type: number;
  /** Octets of a message. */
  readonly room: number;
  /** An OPT record for the first message (RFC 5936 §2.2.5); empty for none. */
  readonly opt?: Uint8Array;
}

/** A pointer has 14 bits. */
const POINTER_MAX = 0x3fff;
const APEX_POINTER = 0xc000 | HEADER_SIZE;

export function createPacker(options: PackerOptions): Packer {
  const { id, rd, apex, type, room } = options;
  let opt = options.opt ?? new Uint8Array(0);
  const octets = new Uint8Array(room);
  const lower = lowerName(apex);
  const shortens = new Map<number, boolean>();
  let at = 0;
  let count = 0;
  let total = 0;
  /** Where the owner of the record before stands, and what it is. */
  let ownerAt = 0;
  let lastOwner: Uint8Array | null = null;

  const put16 = (value: number): void => {
    octets[at] = value >>> 8;
    octets[at + 1] = value;
    at += 2;
  };

  const begin = (): void => {
    at = 0;
    put16(id);
    // QR, AA.
    put16(0x8400 | (rd ? 0x0100 : 0));
    put16(1);
    at = HEADER_SIZE;
    octets.set(apex, at);
    at += apex.length;
    put16(type);
    put16(Class.IN);
    octets.fill(0, 6, HEADER_SIZE);
    total += count;
    count = 0;
    lastOwner = null;
  };

  const finish = (): Uint8Array => {
    octets[6] = count >>> 8;
    octets[7] = count;
    if (opt.length > 0) {
      octets.set(opt, at);
      at += opt.length;
      octets[11] = 1;
      opt = opt.subarray(0, 0);
    }
    return octets.slice(0, at);
  };

  /** Has a message under way with room for `size` octets; the one that was full before, or null. */
  const makeRoom = (size: number): Uint8Array | null => {
    if (at === 0) begin();
    if (at + size + opt.length <= room) return null;
    assert(count > 0, "a record fits a message of its own");
    const full = finish();
    begin();
    assert(at + size <= room, "a record fits a message of its own");
    return full;
  };

  const putName = (name: Uint8Array): void => {
    const labels = name.length - lower.length;
    if (endsIn(name, labels, lower)) {
      octets.set(name.subarray(0, labels), at);
      at += labels;
      put16(APEX_POINTER);
    } else {
      octets.set(name, at);
      at += name.length;
    }
  };

  const putRdata = (ofType: number, rdata: Uint8Array): void => {
    let may = shortens.get(ofType);
    if (may === undefined) {
      may = lower.length > 1 && rdataNames(ofType, rdata).some(({ compressible }) => compressible);
      shortens.set(ofType, may);
    }
    if (!may) {
      if (rdata.length > 24) octets.set(rdata, at);
      else for (let i = 0; i < rdata.length; i += 1) octets[at + i] = rdata[i]!;
      at += rdata.length;
      return;
    }
    let from = 0;
    for (const name of rdataNames(ofType, rdata)) {
      if (!name.compressible) continue;
      octets.set(rdata.subarray(from, name.at), at);
      at += name.at - from;
      from = name.at + name.size;
      putName(rdata.subarray(name.at, from));
    }
    octets.set(rdata.subarray(from), at);
    at += rdata.length - from;
  };

  return {
    add(owner, ofType, ttl, rdata) {
      // What it takes at most; a few octets of a message are not worth a second look.
      const full = makeRoom(owner.length + 10 + rdata.length);
      if (lastOwner !== null && ownerAt <= POINTER_MAX && sameOctets(owner, lastOwner)) {
        put16(0xc000 | ownerAt);
      } else {
        ownerAt = at;
        lastOwner = owner;
        putName(owner);
      }
      put16(ofType);
      put16(Class.IN);
      put16(ttl >>> 16);
      put16(ttl & 0xffff);
      const sizeAt = at;
      at += 2;
      putRdata(ofType, rdata);
      const size = at - sizeAt - 2;
      octets[sizeAt] = size >>> 8;
      octets[sizeAt + 1] = size;
      count += 1;
      return full;
    },
    addWire(from, labels, labelsSize, rr, size, again) {
      const full = makeRoom(labelsSize + size);
      // An owner that begins a message is written whole.
      if (again && count > 0 && ownerAt <= POINTER_MAX) put16(0xc000 | ownerAt);
      else {
        ownerAt = at;
        for (let i = 0; i < labelsSize; i += 1) octets[at + i] = from[labels + i]!;
        at += labelsSize;
        put16(APEX_POINTER);
      }
      lastOwner = null;
      if (size > 48) octets.set(from.subarray(rr + 2, rr + size), at);
      else for (let i = 2; i < size; i += 1) octets[at + i - 2] = from[rr + i]!;
      at += size - 2;
      count += 1;
      return full;
    },
    pointToApex(back) {
      octets[at - back] = APEX_POINTER >>> 8;
      octets[at - back + 1] = APEX_POINTER & 0xff;
    },
    records: () => total + count,
    end: () => {
      if (count === 0) return null;
      const last = finish();
      at = 0;
      count = 0;
      return last;
    },
  };
}

/** Whether a name has `labels` octets of labels and then the apex, letter for letter. */
function endsIn(name: Uint8Array, labels: number, apex: Uint8Array): boolean {
  if (labels < 0 || apex.length === 1) return false;
  let label = 0;
  while (label < labels) label += 1 + name[label]!;
  if (label !== labels) return false;
  for (let i = 0; i < apex.length; i += 1) if (name[labels + i] !== apex[i]) return false;
  return true;
}
