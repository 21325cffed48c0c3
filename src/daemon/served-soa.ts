// SPDX-License-Identifier: Apache-2.0
/** The SOA of the version in force, as a record of transfers. */
import { servedZone, zoneSoa } from "../table/zone-records.ts";
import type { TransferRecord } from "../transfer/receive.ts";
import type { RRset } from "../zone/records.ts";
import type { TransferContext } from "./transfer.ts";

/** Null if there is no such zone in the table, or it has no data. */
export function soaInForce(
  { watch, memory }: Pick<TransferContext, "watch" | "memory">,
  apex: Uint8Array,
): TransferRecord | null {
  return watch.read((root) => {
    const header = servedZone(memory.table, root, apex);
    return header === null ? null : recordOf(zoneSoa(memory.table, header));
  });
}

/** An RRset of one record. */
export function recordOf({ owner, type, ttl, rdatas }: RRset): TransferRecord {
  return { owner, type, ttl, rdata: rdatas[0]! };
}
