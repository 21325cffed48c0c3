// SPDX-License-Identifier: Apache-2.0
/**
 * Copies of zones that transfers work on, shared by all transfers of one version: a zone that twenty
 * secondaries fetch at once is copied once. A copy goes with its last transfer.
 */
import { nameToText } from "../dns/names.ts";
import { findZoneHeader } from "../table/find-zone.ts";
import { segmentDigestAt, type TableViews } from "../table/reader.ts";
import { readZoneHeader } from "../table/table-image.ts";
import { copyZone, type ZoneCopy } from "../table/zone-copy.ts";

export interface HeldCopy {
  readonly copy: ZoneCopy;
  release(): void;
}

export interface Copies {
  /** The zone as the table of `root` has it; null if it is not there, or has no data. */
  take(root: number, apex: Uint8Array): HeldCopy | null;
  /** Copies that are held. */
  readonly size: number;
}

export function createCopies(views: TableViews): Copies {
  const held = new Map<string, { readonly copy: ZoneCopy; users: number }>();
  return {
    get size() {
      return held.size;
    },
    take(root, apex) {
      const ref = findZoneHeader(views, root, apex);
      if (ref === 0 || readZoneHeader(views, ref).negativeSoa.length === 0) return null;
      const digest = Buffer.from(segmentDigestAt(views, ref)).toString("hex");
      const key = `${nameToText(apex)} ${digest}`;
      const known = held.get(key) ?? { copy: copyZone(views, ref), users: 0 };
      known.users += 1;
      held.set(key, known);
      let released = false;
      return {
        copy: known.copy,
        release() {
          if (released) return;
          released = true;
          known.users -= 1;
          if (known.users === 0) held.delete(key);
        },
      };
    },
  };
}
