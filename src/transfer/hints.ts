// SPDX-License-Identifier: Apache-2.0
/**
 * Hints that are filled in for each answer, as a transfer shows them: no other server could fill them
 * in, so they get what the transfer itself says of their target, static or flattened.
 *
 * The same rules as in answers (src/answer/hints.ts): no address, no parameter; the least TTL counts.
 */
import { Type } from "../dns/iana.ts";
import { concat } from "../dns/message.ts";
import { equalName, isSubdomain, lowerName, nameSize } from "../dns/names.ts";
import { get16 } from "../dns/sink.ts";
import { isAutoHint, KEY_IPV4HINT, paramsOf } from "../dns/svcb.ts";
import { NODE_FLAG_CUT, NODE_FLAG_OCCLUDED } from "../layout/gen/enums.ts";
import type { TableViews } from "../table/reader.ts";
import { type ZonePlace, zoneNode } from "../table/zone-records.ts";
import type { RRset } from "../zone/records.ts";

/** `rrset` of SVCB or HTTPS for the wire; `flattened` stands for steered names. */
export function filledRRset(
  views: TableViews,
  zone: ZonePlace,
  rrset: RRset,
  flattened: readonly RRset[],
): RRset {
  let { ttl } = rrset;
  const addresses = (target: Uint8Array, type: number): RRset | null => {
    if (!isSubdomain(target, zone.apex)) return null;
    const flat = flattened.find((one) => one.type === type && equalName(one.owner, target));
    if (flat !== undefined) return flat;
    const node = zoneNode(views, zone, target);
    if (node === null || (node.flags & (NODE_FLAG_CUT | NODE_FLAG_OCCLUDED)) !== 0) return null;
    return node.rrsets.get(type) ?? null;
  };
  const rdatas = rrset.rdatas.map((rdata) => {
    const end = 2 + nameSize(rdata, 2, rdata.length);
    const own = rdata[2] === 0;
    const target = own ? rrset.owner : lowerName(rdata.subarray(2, end));
    const parts = [rdata.subarray(0, end)];
    for (const { key, at, size } of paramsOf(rdata)) {
      if (!isAutoHint(key, size)) {
        parts.push(rdata.subarray(at, at + 4 + size));
        continue;
      }
      const type = key === KEY_IPV4HINT ? Type.A : Type.AAAA;
      const found = get16(rdata, 0) === 0 ? null : addresses(target, type);
      if (found === null) continue;
      ttl = Math.min(ttl, found.ttl);
      const value = concat(found.rdatas);
      parts.push(Uint8Array.of(key >> 8, key, value.length >> 8, value.length), value);
    }
    return concat(parts);
  });
  return { ...rrset, ttl, rdatas };
}
