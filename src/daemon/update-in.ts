// SPDX-License-Identifier: Apache-2.0
/**
 * UPDATE (RFC 2136), from whoever holds a key that the zone names (RFC 3007).
 *
 * What is accepted is written to the zone's own master file, as BIND and Knot do with dynamic zones,
 * and served on the way of all files. The reply waits until the file is durable. Updates of a zone
 * are worked off one after the other, each against what was accepted before it.
 *
 * Invariants
 *   D1  NOERROR is said when the change is durable, and not before (RFC 2136 §3.5).
 *   D2  Each update sees all that were accepted before it, published or not.
 *   D3  The file that is written passes the checks of zones; an update that would break the zone is
 *       refused, and changes nothing.
 */

import { severityOf } from "../base/faults.ts";
import { reasonOf } from "../base/reason.ts";
import { Class, Rcode, Type } from "../dns/iana.ts";
import { lowerName, nameFromText, nameToText } from "../dns/names.ts";
import type { WantedZone } from "../io/transfer-link.ts";
import { writePieces } from "../io/zone-file.ts";
import type { ZoneHeader } from "../table/table-image.ts";
import { servedZone, zoneNode, zoneRRsets } from "../table/zone-records.ts";
import { patchRRsets } from "../transfer/steps.ts";
import { evaluateUpdate, type UpdateView } from "../transfer/update.ts";
import { checkZone } from "../zone/check.ts";
import type { ZoneDiff } from "../zone/diff.ts";
import { indexZone, rrsetsOf } from "../zone/index.ts";
import { masterFile } from "../zone/master.ts";
import { type RRset, zoneOfRRsets } from "../zone/records.ts";
import { serialNewer, soaSerial } from "../zone/serial.ts";
import { addressOf, askerOf, mayAsk } from "./asker.ts";
import type { TransferContext } from "./transfer.ts";
import { type Asked, type Handler, refusal } from "./transfer-desk.ts";

/** Extended error "Prohibited" (RFC 8914 §4.19). */
const PROHIBITED = 18;
/** Records beyond which a zone is not checked as a whole before it is written (D3). */
const CHECKED_RECORDS_MAX = 200_000;

/** Changes that were accepted and are not in the table yet, by zone, in order. */
interface Pending {
  readonly serial: number;
  readonly diff: ZoneDiff;
}

export function createUpdateHandler(context: TransferContext): Handler {
  const pending = new Map<string, Pending[]>();
  /** The end of each zone's queue: one update after the other. */
  const queues = new Map<string, Promise<void>>();
  return async (asked) => {
    const { message } = asked;
    const answer = (rcode: number, extended: number | null = null): Promise<boolean> =>
      asked.reply(refusal(message, rcode, extended));
    const [zoneAsked] = message.questions;
    // RFC 2136 §3.1.1
    const sound = message.questions.length === 1 && zoneAsked!.type === Type.SOA;
    if (!sound || zoneAsked!.class !== Class.IN) {
      await answer(Rcode.FORMERR);
      return;
    }
    const apex = nameToText(lowerName(zoneAsked!.name));
    const zone = context.zoneOf(apex);
    if (zone === undefined) {
      await answer(Rcode.NOTAUTH);
      return;
    }
    if (asked.key === null || !mayAsk(context, zone.transfer.allowUpdate, asked)) {
      context.log.info({ zone: apex, from: addressOf(asked) }, "UPDATE refused");
      await answer(Rcode.REFUSED, PROHIBITED);
      return;
    }
    const before = queues.get(apex) ?? Promise.resolve();
    const turn = before.then(async () => {
      const rcode = apply(context, zone, pending, asked);
      await answer(rcode);
    });
    queues.set(
      apex,
      turn.catch(() => {}),
    );
    await turn;
  };
}

/** Evaluates and, if that changes the zone, writes it; the RCODE of the answer. */
function apply(
  context: TransferContext,
  zone: WantedZone,
  pending: Map<string, Pending[]>,
  asked: Asked,
): number {
  const apex = nameFromText(zone.apex)!;
  const { table } = context.memory;
  return context.watch.read((root) => {
    const header = servedZone(table, root, apex);
    if (header === null) return Rcode.SERVFAIL;
    const waits = (pending.get(zone.apex) ?? []).filter((one) =>
      serialNewer(one.serial, header.serial),
    );
    pending.set(zone.apex, waits);
    const view = viewOf(context, header, waits);
    // Signatures made elsewhere would no longer hold; nor is a steered name anybody else's to write.
    if (view.rrset(apex, Type.DNSKEY) !== null) return Rcode.REFUSED;
    if (touchesSteered(context, header, asked)) return Rcode.REFUSED;
    const { rcode, diff } = evaluateUpdate(view, asked.message);
    if (rcode !== Rcode.NOERROR || diff.added.length + diff.removed.length === 0) return rcode;
    const soa = diff.added.find((one) => one.type === Type.SOA)!;
    const all = [...waits, { serial: soaSerial(soa.rdatas[0]!), diff }];
    let rrsets: Iterable<RRset> = zoneRRsets(table, header);
    for (const one of all) rrsets = patchRRsets(rrsets, one.diff);
    if (!write(context, zone, header, soa, rrsets, asked)) return Rcode.SERVFAIL;
    pending.set(zone.apex, all);
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
function viewOf(
  { memory }: TransferContext,
  header: ZoneHeader,
  waits: readonly Pending[],
): UpdateView {
  /** RRsets by owner and type, null for those that went; and owners of the table as they are read. */
  const changed = new Map<string, Map<number, RRset | null>>();
  const nodes = new Map<string, ReadonlyMap<number, RRset>>();
  const change = (owner: Uint8Array, type: number, rrset: RRset | null): void => {
    const name = nameToText(owner);
    const ofOwner = changed.get(name) ?? new Map<number, RRset | null>();
    changed.set(name, ofOwner.set(type, rrset));
  };
  for (const { diff } of waits) {
    for (const { owner, type } of diff.removed) change(owner, type, null);
    for (const rrset of diff.added) change(rrset.owner, rrset.type, rrset);
  }
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

/** D1, D3. False, with a word in the log, if it cannot be. */
function write(
  context: TransferContext,
  { apex, file }: WantedZone,
  header: ZoneHeader,
  soa: RRset,
  rrsets: Iterable<RRset>,
  asked: Asked,
): boolean {
  const { log } = context;
  let records = rrsets;
  if (header.ownerCount <= CHECKED_RECORDS_MAX) {
    const value = zoneOfRRsets(header.apex, rrsets, file);
    const index = indexZone(value);
    const wrong = checkZone(value, index).find((one) => severityOf(one) === "error");
    if (wrong !== undefined) {
      log.warn({ zone: apex, detail: wrong.detail }, "an update would break the zone");
      return false;
    }
    records = rrsetsOf(value, index);
  }
  try {
    writePieces(file, masterFile(soa, records));
  } catch (error) {
    log.error({ zone: apex, reason: reasonOf(error) }, "the zone file cannot be written");
    return false;
  }
  const { key } = askerOf(context, asked);
  const serial = soaSerial(soa.rdatas[0]!);
  log.info({ zone: apex, serial, key, from: addressOf(asked) }, "zone updated");
  context.report({ kind: "zone-written", apex });
  return true;
}
