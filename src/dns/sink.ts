// SPDX-License-Identifier: Apache-2.0
/**
 * Where RDATA is written: a growing pool of octets, and the one error that can come of it.
 *
 * Codecs write straight into the pool that the zone value is made of, and not into an array of
 * their own, since a million small arrays would cost more than the parsing. Room is made once per
 * record, so no codec has to ask for it: fixed-size fields just write, and those whose size the
 * text decides compare with `limit`.
 *
 * Invariants
 *   S1  Between `begin` and the end of the record at least RDATA_SIZE_MAX + SINK_SLACK octets are
 *       free from `start` on.
 *   S2  What lies below `start` is never written again.
 */

/** RDLENGTH has 16 bits (RFC 1035 §3.2.1). */
export const RDATA_SIZE_MAX = 65_535;
/** The largest fixed-size piece that may be written past the limit before the size is checked. */
export const SINK_SLACK = 512;

export interface Sink {
  octets: Uint8Array;
  /** Where the next octet goes. */
  at: number;
  /** Where the RDATA at hand begins. */
  start: number;
  /** `start` + RDATA_SIZE_MAX. */
  limit: number;
  /** Completes relative names; case as written. */
  origin: Uint8Array;
  /** What went wrong, in words; empty if nothing did. */
  error: string;
  /** Index of the token that it went wrong at. */
  errorToken: number;
}

export function createSink(origin: Uint8Array, room = 4096): Sink {
  return {
    octets: new Uint8Array(room),
    at: 0,
    start: 0,
    limit: 0,
    origin,
    error: "",
    errorToken: 0,
  };
}

/** Makes room for one RDATA at the sink's end, and clears the error. */
export function beginRdata(sink: Sink): void {
  sink.start = sink.at;
  sink.limit = sink.at + RDATA_SIZE_MAX;
  sink.error = "";
  reserve(sink, RDATA_SIZE_MAX + SINK_SLACK);
}

/** Makes room for `size` octets more. Doubles, so that all copies together cost one pass. */
export function reserve(sink: Sink, size: number): void {
  const need = sink.at + size;
  if (need <= sink.octets.length) return;
  const next = new Uint8Array(Math.max(need, sink.octets.length * 2));
  next.set(sink.octets.subarray(0, sink.at));
  sink.octets = next;
}

/** Notes an error and returns -1, which every codec hands upward. */
export function refuse(sink: Sink, token: number, error: string): -1 {
  sink.error = error;
  sink.errorToken = token;
  return -1;
}

export function put8(sink: Sink, value: number): void {
  sink.octets[sink.at] = value;
  sink.at += 1;
}

export function put16(sink: Sink, value: number): void {
  const { octets, at } = sink;
  octets[at] = value >>> 8;
  octets[at + 1] = value;
  sink.at = at + 2;
}

export function put32(sink: Sink, value: number): void {
  const { octets, at } = sink;
  octets[at] = value >>> 24;
  octets[at + 1] = value >>> 16;
  octets[at + 2] = value >>> 8;
  octets[at + 3] = value;
  sink.at = at + 4;
}

export function get16(octets: Uint8Array, at: number): number {
  return (octets[at]! << 8) | octets[at + 1]!;
}

export function get32(octets: Uint8Array, at: number): number {
  return ((get16(octets, at) << 16) | get16(octets, at + 2)) >>> 0;
}
