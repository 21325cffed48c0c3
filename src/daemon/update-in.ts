// SPDX-License-Identifier: Apache-2.0
/**
 * UPDATE (RFC 2136), from whoever holds a key that the zone names (RFC 3007).
 *
 * What is accepted is appended to the zone's journal in the state folder, as BIND and Knot do with
 * dynamic zones, and served on the way of all files: whoever compiles the master file plays the
 * journal on top (docs/decisions/0013-update-journal.md). The file itself is the operator's, and is
 * only written when asked to. Updates of a zone are worked off one after the other, each against
 * what was accepted before it.
 *
 * Invariants
 *   D1  NOERROR is said when the change is durable, and not before (RFC 2136 §3.5).
 *   D2  Each update sees all that were accepted before it, published or not.
 *   D3  The zone passes the checks of zones afterwards; an update that would break it is refused, and
 *       changes nothing.
 */

import { severityOf } from "../base/faults.ts";
import { Class, Rcode, Type } from "../dns/iana.ts";
import { lowerName, nameFromText, nameToText } from "../dns/names.ts";
import type { WantedZone } from "../io/transfer-link.ts";
import type { ZoneHeader } from "../table/table-image.ts";
import { servedZone, zoneNode, zoneRRsets } from "../table/zone-records.ts";
import { patchRRsets } from "../transfer/steps.ts";
import { evaluateUpdate, type UpdateView } from "../transfer/update.ts";
import { checkZone } from "../zone/check.ts";
import type { ZoneDiff } from "../zone/diff.ts";
import { indexZone } from "../zone/index.ts";
import { type RRset, zoneOfRRsets } from "../zone/records.ts";
import { soaSerial } from "../zone/serial.ts";
import { addressOf, askerOf, mayAsk } from "./asker.ts";
import type { TransferContext } from "./transfer.ts";
import type { Asked, Handler } from "./transfer-desk.ts";
import { createUpdateStore, type UpdateStore } from "./update-store.ts";

/** Extended error "Prohibited" (RFC 8914 §4.19). */
const PROHIBITED = 18;
/** Owners beyond which a zone is not checked as a whole before an update is taken (D3). */
const CHECKED_RECORDS_MAX = 200_000;

export interface Updates {
  readonly handle: Handler;
  /** Writes the updates of a zone to its master file; why not, in words, or null. */
  flush(apex: string): string | null;
  /** What is wanted has changed: what a journal has and the table has not is to be compiled. */
  wanted(): void;
  /** A table was published. */
  published(): void;
}

export function createUpdates(context: TransferContext): Updates {
  const store = createUpdateStore(context);
  const { table } = context.memory;
  /** The zones that may have a journal, while they are served. */
  const look = (see: (zone: WantedZone, header: ZoneHeader) => void): void => {
    const zones = context.wanted().zones.filter(({ transfer }) => transfer.allowUpdate.length > 0);
    if (zones.length === 0) return;
    context.watch.read((root) => {
      for (const zone of zones) {
        const header = servedZone(table, root, nameFromText(zone.apex)!);
        if (header !== null) see(zone, header);
      }
    });
  };
  return {
    handle: createUpdateHandler(context, store),
    flush(apex) {
      const zone = context.zoneOf(apex);
      if (zone === undefined) return "there is no such zone";
      return context.watch.read((root) => {
        const header = servedZone(table, root, nameFromText(apex)!);
        return header === null ? "it is not served" : store.flush(zone, header);
      });
    },
    wanted() {
      look((zone, header) => {
        const { apex } = zone;
        if (store.isAhead(zone, header)) context.report({ kind: "zone-written", apex });
      });
    },
    published: () => look(store.settleEdit),
  };
}

function createUpdateHandler(context: TransferContext, store: UpdateStore): Handler {
  /** The end of each zone's queue: one update after the other. */
  const queues = new Map<string, Promise<void>>();
  return async (asked) => {
    const { message, refuse } = asked;
    const [zoneAsked] = message.questions;
    // RFC 2136 §3.1.1
    const sound = message.questions.length === 1 && zoneAsked!.type === Type.SOA;
    if (!sound || zoneAsked!.class !== Class.IN) {
      await refuse(Rcode.FORMERR);
      return;
    }
    const apex = nameToText(lowerName(zoneAsked!.name));
    const zone = context.zoneOf(apex);
    if (zone === undefined) {
      await refuse(Rcode.NOTAUTH);
      return;
    }
    if (asked.key === null || !mayAsk(context, zone.transfer.allowUpdate, asked)) {
      context.log.info({ zone: apex, from: addressOf(asked) }, "UPDATE refused");
      await refuse(Rcode.REFUSED, PROHIBITED);
      return;
    }
    const before = queues.get(apex) ?? Promise.resolve();
    const turn = before.then(async () => {
      const rcode = apply(context, zone, store, asked);
      await refuse(rcode);
    });
    queues.set(
      apex,
      turn.catch(() => {}),
    );
    await turn;
  };
}

/** Evaluates and, if that changes the zone, appends it; the RCODE of the answer. */
function apply(
  context: TransferContext,
  zone: WantedZone,
  store: UpdateStore,
  asked: Asked,
): number {
  const apex = nameFromText(zone.apex)!;
  const { table } = context.memory;
  return context.watch.read((root) => {
    const header = servedZone(table, root, apex);
    if (header === null) return Rcode.SERVFAIL;
    // Signatures made elsewhere would no longer hold; nor is a steered name anybody else's to write.
    if (zoneNode(table, header, apex)?.rrsets.has(Type.DNSKEY)) return Rcode.REFUSED;
    if (touchesSteered(context, header, asked)) return Rcode.REFUSED;
    const waits = store.waiting(zone, header);
    if (typeof waits === "string") {
      context.log.warn({ zone: zone.apex, reason: waits }, "an update cannot be taken");
      return Rcode.SERVFAIL;
    }
    const view = viewOf(context, header, waits);
    const { rcode, diff } = evaluateUpdate(view, asked.message);
    if (rcode !== Rcode.NOERROR || diff.added.length + diff.removed.length === 0) return rcode;
    const rrsets = patchRRsets(patchRRsets(zoneRRsets(table, header), waits), diff);
    if (!isSound(context, zone, header, rrsets)) return Rcode.SERVFAIL;
    if (store.append(zone, header, diff) !== null) return Rcode.SERVFAIL;
    const { key } = askerOf(context, asked);
    const serial = soaSerial(diff.added.find((one) => one.type === Type.SOA)!.rdatas[0]!);
    context.log.info({ zone: zone.apex, serial, key, from: addressOf(asked) }, "zone updated");
    context.report({ kind: "zone-written", apex: zone.apex });
    return Rcode.NOERROR;
  });
}

function touchesSteered(context: TransferContext, header: ZoneHeader, asked: Asked): boolean {
  if (header.policies.length === 0) return false;
  return asked.message.authorities.some(({ owner }) => {
    const node = zoneNode(context.memory.table, header, lowerName(owner));
    return node !== null && node.steered.length > 0;
  });
}

/** The zone in the table with what waits on top of it. */
function viewOf({ memory }: TransferContext, header: ZoneHeader, waits: ZoneDiff): UpdateView {
  /** RRsets by owner and type, null for those that went; and owners of the table as they are read. */
  const changed = new Map<string, Map<number, RRset | null>>();
  const nodes = new Map<string, ReadonlyMap<number, RRset>>();
  const change = (owner: Uint8Array, type: number, rrset: RRset | null): void => {
    const name = nameToText(owner);
    const ofOwner = changed.get(name) ?? new Map<number, RRset | null>();
    changed.set(name, ofOwner.set(type, rrset));
  };
  for (const { owner, type } of waits.removed) change(owner, type, null);
  for (const rrset of waits.added) change(rrset.owner, rrset.type, rrset);
  const inTable = (owner: Uint8Array, name: string): ReadonlyMap<number, RRset> => {
    const known = nodes.get(name);
    if (known !== undefined) return known;
    const read = zoneNode(memory.table, header, owner)?.rrsets ?? new Map<number, RRset>();
    nodes.set(name, read);
    return read;
  };
  const rrset = (owner: Uint8Array, type: number): RRset | null => {
    const name = nameToText(owner);
    const over = changed.get(name)?.get(type);
    return over !== undefined ? over : (inTable(owner, name).get(type) ?? null);
  };
  return {
    apex: header.apex,
    rrset,
    types(owner) {
      const name = nameToText(owner);
      const over = changed.get(name) ?? new Map<number, RRset | null>();
      const types = new Set([...inTable(owner, name).keys(), ...over.keys()]);
      return [...types].filter((type) => rrset(owner, type) !== null);
    },
  };
}

/** D3. False, with a word in the log, if the zone would have errors. */
function isSound(
  { log }: TransferContext,
  { apex, file }: WantedZone,
  header: ZoneHeader,
  rrsets: Iterable<RRset>,
): boolean {
  if (header.ownerCount > CHECKED_RECORDS_MAX) return true;
  const value = zoneOfRRsets(header.apex, rrsets, file);
  const wrong = checkZone(value, indexZone(value)).find((one) => severityOf(one) === "error");
  if (wrong !== undefined) {
    log.warn({ zone: apex, detail: wrong.detail }, "an update would break the zone");
  }
  return wrong === undefined;
}
