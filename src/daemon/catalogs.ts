// SPDX-License-Identifier: Apache-2.0
/**
 * Catalog zones at work (RFC 9432): what they list is served beside what the operator has configured.
 *
 * A catalog is a zone like others: it is fetched, checked and published, and read here from the table.
 * Its members are secondaries of its own primaries, with its own row's access lists, so that a whole
 * fleet of zones needs one row. The operator's configuration is never changed: members are laid on
 * top of it each time it is handed on.
 *
 * Invariants
 *   G1  A catalog that is broken, or has no data, lists what its last good version listed (§5.1).
 *   G2  A zone of the configuration is never touched by a catalog.
 */
import { nameFromText } from "../dns/names.ts";
import { removeKept } from "../io/zone-file.ts";
import { NO_TRANSFER } from "../resource/decode-transfer.ts";
import { keptFile } from "../resource/decode-zones.ts";
import type { DesiredState, Zone } from "../resource/types.ts";
import type { TableViews } from "../table/reader.ts";
import { servedZone, zoneRRsets } from "../table/zone-records.ts";
import type { Log } from "../telemetry/log.ts";
import {
  type CatalogMember,
  type Membership,
  readCatalog,
  settleCatalogs,
} from "../transfer/catalog.ts";

export interface Catalogs {
  /** Reads the catalogs of `state` in the table of `root`; true if their members are others now. */
  look(state: DesiredState, views: TableViews, root: number): boolean;
  /** `state` and the members on top of it. */
  extend(state: DesiredState): DesiredState;
}

export function createCatalogs(zonesFolder: string, log: Pick<Log, "warn" | "info">): Catalogs {
  const lists = new Map<string, readonly CatalogMember[]>();
  const serials = new Map<string, number>();
  let memberships: readonly Membership[] = [];
  let said = "";

  const read = (apex: string, views: TableViews, root: number): void => {
    const name = nameFromText(apex)!;
    const header = servedZone(views, root, name);
    // G1
    if (header === null || serials.get(apex) === header.serial) return;
    serials.set(apex, header.serial);
    const catalog = readCatalog(name, zoneRRsets(views, header));
    if ("members" in catalog) lists.set(apex, catalog.members);
    else log.warn({ zone: apex, reason: catalog.broken }, "catalog is broken: its members stay");
  };

  return {
    look(state, views, root) {
      const catalogs = state.zones.filter((zone) => zone.transfer.catalog);
      // Asked after each publication, and most servers have none.
      if (catalogs.length + lists.size + memberships.length === 0) return false;
      const apexes = new Set(catalogs.map((zone) => zone.apex));
      for (const apex of [...lists.keys()]) {
        if (apexes.has(apex)) continue;
        lists.delete(apex);
        serials.delete(apex);
      }
      for (const { apex } of catalogs) read(apex, views, root);
      const configured = new Set(state.zones.map((zone) => zone.apex));
      const settled = settleCatalogs(lists, configured, memberships);
      const clashes = JSON.stringify(settled.clashes);
      if (clashes !== said && clashes !== "[]") {
        log.warn({ clashes: settled.clashes }, "zones of catalogs that others have already");
      }
      said = clashes;
      if (JSON.stringify(settled.memberships) === JSON.stringify(memberships)) return false;
      memberships = settled.memberships;
      // §5.4: what was kept of a zone of the same name is not this one's.
      for (const zone of settled.reset) removeKept(keptFile(zonesFolder, zone));
      log.info({ members: memberships.length }, "catalogs list other zones");
      for (const { apex, transfer } of catalogs) {
        if (transfer.primaries.length > 0 || (lists.get(apex)?.length ?? 0) === 0) continue;
        log.warn({ zone: apex }, "a catalog without primaries: nobody has its members");
      }
      return true;
    },
    extend(state) {
      if (memberships.length === 0) return state;
      const catalogs = new Map(state.zones.map((zone) => [zone.apex, zone]));
      const members = memberships.flatMap(({ zone, catalog }): Zone[] => {
        const row = catalogs.get(catalog);
        if (row === undefined || row.transfer.primaries.length === 0) return [];
        const { primaries, notify, allowTransfer, allowNotify } = row.transfer;
        const transfer = { ...NO_TRANSFER, primaries, notify, allowTransfer, allowNotify };
        const file = keptFile(zonesFolder, zone);
        return [{ apex: zone, file, steered: [], transfer, place: row.place }];
      });
      const zones = [...state.zones, ...members].sort((a, b) => (a.apex < b.apex ? -1 : 1));
      return { ...state, zones };
    },
  };
}
