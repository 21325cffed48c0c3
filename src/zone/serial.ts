// SPDX-License-Identifier: Apache-2.0
/**
 * Serial numbers of SOA: a circle of 32 bits, on which half lies ahead and half behind.
 *
 * RFC 1982 leaves two serials exactly half the circle apart without order; here neither is newer
 * then, so that neither side of a transfer acts on it.
 */
import { Type } from "../dns/iana.ts";
import { get32 } from "../dns/sink.ts";
import { findRRset, type ZoneIndex } from "./index.ts";
import { recordRdata } from "./records.ts";
import type { ZoneValue } from "./value.ts";

/** The largest step forward (RFC 1982 §3.1): 2^31 - 1. */
export const SERIAL_STEP_MAX = 0x7fff_ffff;

/** Whether `a` is newer than `b` (RFC 1982 §3.2). */
export function serialNewer(a: number, b: number): boolean {
  const ahead = (a - b) >>> 0;
  return ahead !== 0 && ahead <= SERIAL_STEP_MAX;
}

/** Whether neither is newer although they differ: half the circle apart. */
export function serialUndecided(a: number, b: number): boolean {
  return (a - b) >>> 0 === 0x8000_0000;
}

/** The serial `step` after this one (RFC 1982 §3.1). `step` is 0 to SERIAL_STEP_MAX. */
export function serialAdd(serial: number, step: number): number {
  return (serial + step) >>> 0;
}

/** The serial in the RDATA of an SOA: the first of its five last words. */
export function soaSerial(rdata: Uint8Array): number {
  return get32(rdata, rdata.length - 20);
}

/** A copy of the RDATA of an SOA with another serial. */
export function soaWithSerial(rdata: Uint8Array, serial: number): Uint8Array {
  const copy = rdata.slice();
  const at = copy.length - 20;
  copy.set([serial >>> 24, (serial >>> 16) & 0xff, (serial >>> 8) & 0xff, serial & 0xff], at);
  return copy;
}

/** The serial of a zone; null if it has no SOA at its apex. */
export function zoneSerial(zone: ZoneValue, index: ZoneIndex): number | null {
  const apex = index.find(zone.apex, 0, zone.apex.length);
  const soa = findRRset(zone, index, apex, Type.SOA);
  return soa < 0 ? null : soaSerial(recordRdata(zone, index.order[soa]!));
}
