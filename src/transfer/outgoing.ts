// SPDX-License-Identifier: Apache-2.0
/**
 * The records of an outgoing transfer in their order; whole zones are in wire.ts.
 *
 *   IXFR   SOA, then old SOA, what goes, SOA, what comes; SOA          RFC 1995 §4
 */
import { composeOpt } from "../dns/compose.ts";
import { EdnsOption, Rcode } from "../dns/iana.ts";
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
 * The OPT record of the first message; empty without EDNS (RFC 6891 §7). With EXPIRE, in seconds,
 * unless it is null (RFC 7314 §3).
 */
export function optOctets(edns: Edns | null, expire: number | null): Uint8Array {
  if (edns === null) return new Uint8Array(0);
  const data = new Uint8Array(4);
  new DataView(data.buffer).setUint32(0, expire ?? 0);
  const more = expire === null ? [] : [{ code: EdnsOption.EXPIRE, data }];
  return composeOpt({ ...edns, options: [...edns.options, ...more] }, Rcode.NOERROR);
}
