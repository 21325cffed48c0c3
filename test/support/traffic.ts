// SPDX-License-Identifier: Apache-2.0
/** Requests in bulk: composed beforehand, then put into slots as a pump does, without allocating. */
import { UDP_SLOT_STRIDE } from "../../src/answer/kernel.ts";
import { mixHash } from "../../src/base/hash.ts";
import { composeQuery, type QueryOptions } from "../../src/dns/compose.ts";
import * as slot from "../../src/layout/gen/slab.ts";
import { BATCH_MAX, UDP_SIZE_MAX } from "../../src/layout/limits.ts";
import { type TableViews, tableViews } from "../../src/table/reader.ts";

/** Requests, one behind the other, and whose turn it is. */
export interface Traffic {
  readonly octets: Uint8Array;
  readonly at: Uint32Array;
  readonly count: number;
  next: number;
}

export function createTraffic(count: number, make: (i: number) => QueryOptions): Traffic {
  const list = Array.from({ length: count }, (_, i) =>
    composeQuery({ id: i & 0xffff, ...make(i) }),
  );
  const at = new Uint32Array(count + 1);
  list.forEach((one, i) => {
    at[i + 1] = at[i]! + one.length;
  });
  const octets = new Uint8Array(at[count]!);
  list.forEach((one, i) => {
    octets.set(one, at[i]!);
  });
  return { octets, at, count, next: 0 };
}

/** A slab of BATCH_MAX slots whose requests come over UDP from IPv4 addresses. */
export function createSlab(): TableViews {
  const slab = tableViews(new ArrayBuffer(BATCH_MAX * UDP_SLOT_STRIDE));
  for (let i = 0; i < BATCH_MAX; i += 1) {
    const base = i * UDP_SLOT_STRIDE;
    slab.u8[base + slot.PACKET_SLOT_FAMILY] = 4;
    slab.u32[(base + slot.PACKET_SLOT_ROOM) >> 2] = UDP_SIZE_MAX;
    slab.u32[(base + slot.PACKET_SLOT_RANDOM) >> 2] = mixHash(i + 1);
  }
  return slab;
}

/** Fills every slot with the next request, from the next address. */
export function fillSlab(slab: TableViews, traffic: Traffic): void {
  const { octets, at } = traffic;
  const { u8, u32 } = slab;
  for (let i = 0; i < BATCH_MAX; i += 1) {
    const base = i * UDP_SLOT_STRIDE;
    const from = at[traffic.next]!;
    const size = at[traffic.next + 1]! - from;
    const to = base + slot.PACKET_SLOT_SIZE;
    for (let j = 0; j < size; j += 1) u8[to + j] = octets[from + j]!;
    u32[(base + slot.PACKET_SLOT_SIZE_IN) >> 2] = size;
    u32[(base + slot.PACKET_SLOT_CLIENT) >> 2] = mixHash(traffic.next);
    traffic.next = traffic.next + 1 === traffic.count ? 0 : traffic.next + 1;
  }
}

/** A network like those that public resolvers send, the same for the same number. */
export function subnetOf(i: number): string {
  const h = mixHash(i + 1);
  return `${1 + ((h >>> 24) % 222)}.${(h >>> 16) & 255}.${(h >>> 8) & 255}.0/24`;
}
