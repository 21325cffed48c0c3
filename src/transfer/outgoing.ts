// SPDX-License-Identifier: Apache-2.0
/**
 * The records of an outgoing transfer in their order; whole zones are in wire.ts.
 *
 *   IXFR   SOA, then old SOA, what goes, SOA, what comes; SOA          RFC 1995 §4
 */
import { EdnsOption, Type } from "../dns/iana.ts";
import type { Edns } from "../dns/message.ts";
import type { RRset } from "../zone/records.ts";
import type { Packer } from "./pack.ts";
import type { TransferRecord, TransferStep } from "./receive.ts";

/** The messages of some records but the last, which `packer.end()` gives. */
export function* packed(records: Iterable<TransferRecord>, packer: Packer): Generator<Uint8Array> {
  for (const { owner, type, ttl, rdata } of records) {
    const full = packer.add(owner, type, ttl, rdata);
    if (full !== null) yield full;
  }
}

/** The records of RRsets, in their order. */
export function* recordsOf(rrsets: Iterable<RRset>): Generator<TransferRecord> {
  for (const { owner, type, ttl, rdatas } of rrsets) {
    for (const rdata of rdatas) yield { owner, type, ttl, rdata };
  }
}

/** The difference of two versions. */
export function* ixfrRecords({
  from,
  to,
  removed,
  added,
}: TransferStep): Generator<TransferRecord> {
  yield to;
  yield from;
  yield* removed;
  yield to;
  yield* added;
  yield to;
}

/**
 * The OPT record of the first message; empty if the request had none (RFC 6891 §7). With EXPIRE, in
 * seconds, if it was asked for (RFC 7314 §3).
 */
export function optOctets(edns: Edns | null, payload: number, expire: number): Uint8Array {
  if (edns === null) return new Uint8Array(0);
  const asked = edns.options.some(({ code }) => code === EdnsOption.EXPIRE);
  const out = new Uint8Array(asked ? 19 : 11);
  const view = new DataView(out.buffer);
  view.setUint16(1, Type.OPT);
  view.setUint16(3, payload);
  if (edns.dnssecOk) view.setUint16(7, 0x8000);
  if (!asked) return out;
  view.setUint16(9, 8);
  view.setUint16(11, EdnsOption.EXPIRE);
  view.setUint16(13, 4);
  view.setUint32(15, expire);
  return out;
}
