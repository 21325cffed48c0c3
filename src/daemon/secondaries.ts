// SPDX-License-Identifier: Apache-2.0
/**
 * All secondaries of this server: carries out what their machines ask for (src/transfer/secondary.ts)
 * and keeps what was received.
 *
 * What is received becomes a master file in the state folder, and from there comes into the table on
 * the way that all zones come: checked, compiled, published. So a bad transfer is refused like a bad
 * file, and a restart serves what the last one had before any primary is asked.
 *
 * Invariants
 *   S1  A version counts as ours when its file is durable, and not before.
 *   S2  Steps are applied to the version in the table, if that is the one they begin with; else the
 *       zone is fetched whole.
 *   S3  At most TRANSFERS_MAX zones are fetched at a time; the others wait their turn.
 *   S4  What comes for a zone that is wanted no more, or from other primaries by now, is dropped and
 *       kept nowhere; a zone that merely has other settings goes on where it was.
 *   S5  What is put in place of the version that we have has passed all checks of zones: a restart, with
 *       a saved table or without, serves the last good one (received.ts).
 */
import { existsSync } from "node:fs";
import { reasonOf } from "../base/reason.ts";
import { Type } from "../dns/iana.ts";
import { nameFromText } from "../dns/names.ts";
import { get32 } from "../dns/sink.ts";
import type { TsigKey } from "../dns/tsig.ts";
import type { SecondaryStatus, WantedZone } from "../io/transfer-link.ts";
import { askSoa, fetchZone, type ZoneServer } from "../io/zone-client.ts";
import {
  beginZoneFile,
  type KeptZone,
  readKept,
  removeKept,
  writeKept,
  type ZoneFileWriter,
} from "../io/zone-file.ts";
import { servedZone, zoneNode, zoneRRsets } from "../table/zone-records.ts";
import type { Receipt, TransferRecord, TransferStep } from "../transfer/receive.ts";
import {
  createSecondary,
  expiryOf,
  type Secondary,
  type SecondaryEffect,
  type SecondaryNews,
  type SecsLeft,
  type SoaTimes,
  stepSecondary,
} from "../transfer/secondary.ts";
import { diffOfSteps, patchRRsets } from "../transfer/steps.ts";
import { linesOf, masterFile } from "../zone/master.ts";
import type { RRset } from "../zone/records.ts";
import { soaSerial } from "../zone/serial.ts";
import { proveReceived } from "./received.ts";
import { soaInForce } from "./served-soa.ts";
import type { TransferContext } from "./transfer.ts";

/** S3: each may fill a socket's buffers, and the disk. */
const TRANSFERS_MAX = 8;
const TICK_MS = 500;

export interface Secondaries {
  /** The configuration came into force; `wanted` of the context is new. */
  configured(): void;
  /**
   * A NOTIFY that may be heeded: `primary` is the number of the primary that sent it, −1 for somebody
   * else. Nothing if the zone is no secondary.
   */
  notified(apex: string, primary: number, serial: number | null): void;
  /** Forgets what was kept in these files, of zones that are wanted no more. */
  forget(files: readonly string[]): void;
  /** An operator asks to look, or to fetch the whole zone. Nothing if it is no secondary. */
  ask(apex: string, whole: boolean): void;
  /** Seconds for which a secondary is good (RFC 7314 §3.2); null if the zone is none, or has no data. */
  expireOf(apex: string): number | null;
  close(): void;
}

interface Held {
  zone: WantedZone;
  machine: Secondary;
}

export function createSecondaries(
  context: TransferContext,
  keyById: (id: string) => TsigKey | null,
): Secondaries {
  const zones = new Map<string, Held>();
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;
  let changed = false;

  const say = (apex: string, event: SecondaryNews): void => {
    const held = zones.get(apex);
    if (held !== undefined) sayTo(held, event);
  };

  const sayTo = (held: Held, event: SecondaryNews): void => {
    const timed = { ...event, now: Date.now(), chance: Math.random() };
    const step = stepSecondary(held.machine, timed);
    if (step.secondary !== held.machine) changed = true;
    held.machine = step.secondary;
    for (const effect of step.effects) carryOut(held, effect);
  };

  const carryOut = (held: Held, effect: SecondaryEffect): void => {
    const { apex } = held.zone;
    if (effect.kind === "expired" || effect.kind === "restored") {
      const expired = effect.kind === "expired";
      context.log.warn({ zone: apex }, expired ? "zone has expired" : "zone is good again");
      context.report({ kind: "zone-expired", apex, expired });
      return;
    }
    // S4
    const isWanted = (): boolean => zones.get(apex) === held;
    waiting.push(async () => {
      if (!isWanted()) return;
      const { zone } = held;
      const server = serverOf(context, zone, effect.primary, keyById);
      const event =
        "key" in server
          ? effect.kind === "ask-soa"
            ? await lookAt(server, zone, isWanted)
            : await transfer(context, server, zone, effect.whole, isWanted)
          : server;
      if (!isWanted()) return;
      if (event.kind === "failed") {
        const from = "key" in server ? server.remote.id : "";
        context.log.warn({ zone: apex, primary: from, reason: event.reason }, "no transfer");
      }
      sayTo(held, event);
    });
    next();
  };

  const next = (): void => {
    while (running < TRANSFERS_MAX) {
      const job = waiting.shift();
      if (job === undefined) return;
      running += 1;
      void job().finally(() => {
        running -= 1;
        next();
      });
    }
  };

  const tick = (): void => {
    for (const apex of zones.keys()) say(apex, { kind: "tick" });
    if (!changed) return;
    changed = false;
    context.report({ kind: "secondaries", list: [...zones.values()].map(statusOf) });
  };
  const timer = setInterval(tick, TICK_MS);

  return {
    configured() {
      const wanted = context.wanted().zones.filter((zone) => zone.transfer.primaries.length > 0);
      const apexes = new Set(wanted.map((zone) => zone.apex));
      for (const apex of [...zones.keys()]) if (!apexes.has(apex)) zones.delete(apex);
      for (const zone of wanted) {
        const before = zones.get(zone.apex);
        if (before !== undefined && isSame(before.zone, zone)) before.zone = zone;
        else zones.set(zone.apex, { zone, machine: machineOf(zone) });
        if (zones.get(zone.apex)!.machine.expired) {
          context.report({ kind: "zone-expired", apex: zone.apex, expired: true });
        }
      }
      changed = true;
      tick();
    },
    notified(apex, primary, serial) {
      say(apex, { kind: "notified", primary, serial });
    },
    forget(files) {
      for (const file of files) removeKept(file);
    },
    ask(apex, whole) {
      say(apex, { kind: "asked", whole });
    },
    expireOf(apex) {
      const at = zones.get(apex)?.machine.expiresAt ?? null;
      return at === null ? null : Math.max(0, Math.floor((at - Date.now()) / 1000));
    },
    close() {
      clearInterval(timer);
      waiting.length = 0;
      zones.clear();
    },
  };
}

function isSame(a: WantedZone, b: WantedZone): boolean {
  const key = ({ file, transfer }: WantedZone): string =>
    JSON.stringify([file, transfer.primaries]);
  return key(a) === key(b);
}

/** From what was kept; without the file that goes with it there is nothing. */
function machineOf(zone: WantedZone): Secondary {
  const kept = existsSync(zone.file) ? readKept(zone.file) : null;
  const none = { serial: null, times: null, confirmedAt: null, expiresAt: null };
  return createSecondary(zone.transfer.primaries.length, kept ?? none);
}

function statusOf({ zone, machine }: Held): SecondaryStatus {
  const { serial, busy, confirmedAt, nextAt, expired, lastError, primary } = machine;
  return {
    ...{ apex: zone.apex, serial, busy, confirmedAt, nextAt, expired, lastError },
    primary: zone.transfer.primaries[primary] ?? "",
    expiresAt: machine.expiresAt,
  };
}

function serverOf(
  { remoteOf }: TransferContext,
  zone: WantedZone,
  primary: number,
  keyById: (id: string) => TsigKey | null,
): ZoneServer | { readonly kind: "failed"; readonly reason: string } {
  const id = zone.transfer.primaries[primary];
  const remote = remoteOf(id ?? "");
  if (remote === undefined) return { kind: "failed", reason: `there is no remote ${id}` };
  if (remote.key === null) return { remote, key: null };
  const key = keyById(remote.key);
  // Without its key a server is not asked at all: an unsigned answer is not what was wanted.
  if (key === null) return { kind: "failed", reason: `key ${remote.key} has no secret` };
  return { remote, key };
}

const UNWANTED = { kind: "failed", reason: "it is not wanted any more" } as const;

async function lookAt(
  server: ZoneServer,
  { apex, file }: WantedZone,
  isWanted: () => boolean,
): Promise<SecondaryNews> {
  const answer = await askSoa(server, nameFromText(apex)!);
  if (answer.kind === "failed") return answer;
  if (!isWanted()) return UNWANTED;
  const kept = readKept(file);
  // Confirmed: a restart counts the time to expiry from now (B2).
  const { serial, left } = answer;
  if (kept?.serial === serial) confirm(file, kept, left);
  return { kind: "soa", serial, left };
}

/** `expiresAt` is null for a new version. */
function confirm(
  file: string,
  { serial, times, expiresAt }: Pick<KeptZone, "serial" | "times"> & { expiresAt: number | null },
  left: SecsLeft,
): void {
  const now = Date.now();
  const until = expiryOf(now, times, left, expiresAt);
  writeKept(file, { serial, times, confirmedAt: now, expiresAt: until });
}

async function transfer(
  context: TransferContext,
  server: ZoneServer,
  zone: WantedZone,
  whole: boolean,
  isWanted: () => boolean,
): Promise<SecondaryNews> {
  const apex = nameFromText(zone.apex)!;
  const have = whole ? null : soaInForce(context, apex);
  let writer: ZoneFileWriter | null = null;
  let first: TransferRecord | null = null;
  try {
    const receipt = await fetchZone(server, apex, have, (record) => {
      first ??= record;
      writer ??= beginZoneFile(zone.file);
      writer.write(linesOf({ ...record, rdatas: [record.rdata] }));
    });
    if (!isWanted()) return UNWANTED;
    return await conclude(context, zone, apex, receipt, first, writer, isWanted);
  } catch (error) {
    return { kind: "failed", reason: reasonOf(error) };
  } finally {
    // After a commit there is nothing left of it.
    (writer as ZoneFileWriter | null)?.discard();
  }
}

async function conclude(
  context: TransferContext,
  zone: WantedZone,
  apex: Uint8Array,
  receipt: Receipt,
  soa: TransferRecord | null,
  writer: ZoneFileWriter | null,
  isWanted: () => boolean,
): Promise<SecondaryNews> {
  switch (receipt.kind) {
    case "whole":
      return replace(context, zone, writer!, soa!.rdata, receipt.left ?? null, isWanted);
    case "steps": {
      const after = applySteps(context, zone, apex, receipt.steps);
      if (typeof after === "string") return { kind: "failed", reason: after };
      try {
        const left = receipt.left ?? null;
        return await replace(context, zone, after.writer, after.soa, left, isWanted);
      } finally {
        after.writer.discard();
      }
    }
    case "current": {
      const kept = readKept(zone.file);
      const left = receipt.left ?? null;
      if (kept !== null) confirm(zone.file, kept, left);
      return { kind: "current", left };
    }
    case "failed":
      return { kind: "failed", reason: receipt.reason };
    default:
      return { kind: "failed", reason: "it ended early" };
  }
}

/** S4, S5: puts what was written in the place of the zone's file, if it may be. */
async function replace(
  context: TransferContext,
  zone: WantedZone,
  writer: ZoneFileWriter,
  soa: Uint8Array,
  left: SecsLeft,
  isWanted: () => boolean,
): Promise<SecondaryNews> {
  const wrong = await proveReceived(context, zone, writer.finish());
  if (!isWanted()) return UNWANTED;
  if (wrong !== null) return { kind: "failed", reason: wrong };
  writer.commit();
  return keep(context, zone, soa, left);
}

/** The file is in its place: remember what it is, and have it compiled. */
function keep(
  context: TransferContext,
  { apex, file }: WantedZone,
  rdata: Uint8Array,
  left: SecsLeft,
): SecondaryNews {
  const at = rdata.length - 20;
  const serial = soaSerial(rdata);
  const times: SoaTimes = {
    refreshSecs: get32(rdata, at + 4),
    retrySecs: get32(rdata, at + 8),
    expireSecs: get32(rdata, at + 12),
  };
  confirm(file, { serial, times, expiresAt: null }, left);
  context.log.info({ zone: apex, serial }, "zone received");
  context.report({ kind: "zone-written", apex });
  return { kind: "received", serial, times, left };
}

/** A version that was written, and the RDATA of its SOA. */
interface Patched {
  readonly writer: ZoneFileWriter;
  readonly soa: Uint8Array;
}

/** Writes the version that the steps lead to; why not, in words. */
function applySteps(
  context: TransferContext,
  zone: WantedZone,
  apex: Uint8Array,
  steps: readonly TransferStep[],
): Patched | string {
  const { table } = context.memory;
  const misfit = "steps that do not fit our version";
  return context.watch.read((root) => {
    const header = servedZone(table, root, apex);
    if (header === null) return misfit;
    const rrset = (owner: Uint8Array, type: number): RRset | null =>
      zoneNode(table, header, owner)?.rrsets.get(type) ?? null;
    const diff = diffOfSteps({ rrset }, steps);
    const soa = diff?.added.find((one) => one.type === Type.SOA);
    if (diff === null || soa === undefined) return misfit;
    const writer = beginZoneFile(zone.file);
    try {
      const pieces = masterFile(soa, patchRRsets(zoneRRsets(table, header), diff));
      for (const piece of pieces) writer.write(piece);
    } catch (error) {
      writer.discard();
      throw error;
    }
    return { writer, soa: soa.rdatas[0]! };
  });
}
