// SPDX-License-Identifier: Apache-2.0
/**
 * What OPT of the answer says beside the client subnet: how many octets to keep free for it, and the
 * options themselves, when the rest of the answer stands.
 *
 * Invariants
 *   E1  What was asked for is kept room for before anything is written: a record is lost to it, never
 *       the option. What nobody asked for (extended error, report channel) takes only what is left.
 *   E2  No option is written unless the request had OPT, and none that another one says by itself.
 *   E3  The padding comes last: it makes the length of all before it even.
 *
 * RFC 5001, RFC 7314, RFC 7828, RFC 7830 and 8467, RFC 7873, RFC 8914, RFC 9567, RFC 9660.
 * Twin: native/src/edns.cc.
 */
import { COUNTER_EXTENDED_ERRORS } from "../layout/gen/counters.ts";
import { SETTINGS_FLAG_EXTENDED_ERRORS } from "../layout/gen/enums.ts";
import {
  SETTINGS_AGENT,
  SETTINGS_AGENT_SIZE,
  SETTINGS_FLAGS,
  SETTINGS_KEEPALIVE_UNITS,
  SETTINGS_NSID,
  SETTINGS_NSID_SIZE,
  SETTINGS_STALE_SINCE_SECS,
} from "../layout/gen/settings.ts";
import {
  RRSET_LENGTH,
  RRSET_SIZE,
  SEGMENT_DIGEST,
  SEGMENT_SIZE,
  ZONE_NEGATIVE_SOA,
  ZONE_SERIAL,
} from "../layout/gen/table.ts";
import { PADDING_BLOCK_SIZE } from "../layout/limits.ts";
import { RCODE_NOERROR, RCODE_NXDOMAIN, TYPE_SOA } from "./codes.ts";
import { COOKIE_SIZE } from "./cookie.ts";
import { identitySize, putIdentity } from "./identity.ts";
import {
  HAS_EXPIRE,
  HAS_KEEPALIVE,
  HAS_NSID,
  HAS_PADDING,
  HAS_ZONEVERSION,
  OPTION_COOKIE,
  OPTION_ERROR,
  OPTION_EXPIRE,
  OPTION_KEEPALIVE,
  OPTION_NSID,
  OPTION_PADDING,
  OPTION_REPORT,
  OPTION_ZONEVERSION,
} from "./options.ts";
import type { Kernel, Writer } from "./scratch.ts";
import { optSize, put16 } from "./writer.ts";

const HEAD_SIZE = 4;
/** Octets of OPT in front of its options. */
const OPT_HEAD_SIZE = 11;
/** Labels, type, and the version: the SOA's serial (RFC 9660 §2.2). */
const ZONEVERSION_SIZE = 6;
const ZONEVERSION_SOA_SERIAL = 0;
/**
 * The same of a private type (RFC 9660 §7.2): the head of the digest of the whole table. Servers that
 * were told the same answer the same, and say so here.
 */
const ZONEVERSION_TABLE_SIZE = 10;
const ZONEVERSION_TABLE = 246;

/** Info codes (RFC 8914 §4). */
export const ERROR_STALE_ANSWER = 3;
export const ERROR_NOT_READY = 14;
export const ERROR_PROHIBITED = 18;
export const ERROR_STALE_NXDOMAIN = 19;
export const ERROR_NOT_AUTHORITATIVE = 20;
export const ERROR_NOT_SUPPORTED = 21;
export const ERROR_INVALID_DATA = 24;

/** Octets to keep free for OPT (E1); 0 without EDNS. */
export function reserveOpt(k: Kernel): number {
  const { question: q, opt, settings } = k;
  let size = optSize(q);
  if (opt.cookie !== 0) size += HEAD_SIZE + COOKIE_SIZE;
  if (q.options === 0) return size;
  if ((q.options & HAS_NSID) !== 0 && settings.u8[SETTINGS_NSID_SIZE] !== 0) {
    size += HEAD_SIZE + identitySize(k, SETTINGS_NSID_SIZE, SETTINGS_NSID);
  }
  if (tellsKeepalive(k)) size += HEAD_SIZE + 2;
  if ((q.options & HAS_ZONEVERSION) !== 0) {
    size += 2 * HEAD_SIZE + ZONEVERSION_SIZE + ZONEVERSION_TABLE_SIZE;
  }
  if ((q.options & HAS_EXPIRE) !== 0 && q.type === TYPE_SOA) size += HEAD_SIZE + 4;
  if (isPadded(k)) size += HEAD_SIZE;
  return size;
}

function tellsKeepalive({ question: q, opt, settings }: Kernel): boolean {
  if ((q.options & HAS_KEEPALIVE) === 0 || opt.stream === 0) return false;
  return settings.u16[SETTINGS_KEEPALIVE_UNITS >> 1] !== 0;
}

function isPadded({ question: q, opt }: Kernel): boolean {
  return (q.options & HAS_PADDING) !== 0 && opt.encrypted !== 0;
}

/** Notes whether the question's name lies at or below the agent domain (RFC 9567 §6.2). */
export function noteAgent(k: Kernel, size: number): void {
  const { name, opt, settings } = k;
  opt.belowAgent = 0;
  const from = name.size - size;
  if (from < 0) return;
  for (let i = 0; i < size; i += 1) {
    if (name.octets[from + i] !== settings.u8[SETTINGS_AGENT + i]) return;
  }
  // The octets are equal; are they whole labels?
  let label = 0;
  while (name.labelAt[label]! < from) label += 1;
  if (name.labelAt[label] === from) opt.belowAgent = 1;
}

/** Writes the options behind the OPT that writeOpt of writer.ts has just written. */
export function appendOptions(k: Kernel): void {
  const { out, question: q, opt, settings } = k;
  const head = out.at - optSize(q);
  const from = out.at;
  if (opt.cookie !== 0) appendCookie(k);
  if (q.options !== 0) appendAsked(k);
  const padding = isPadded(k) ? HEAD_SIZE : 0;
  // What nobody asked for must leave the padding its head.
  out.limit -= padding;
  const error = errorOf(k);
  if (error !== 0 && fits(out, HEAD_SIZE + 2)) {
    put16(out.packet, beginOption(out, OPTION_ERROR, 2), error);
    k.counters[COUNTER_EXTENDED_ERRORS] = k.counters[COUNTER_EXTENDED_ERRORS]! + 1;
  }
  if (opt.belowAgent === 0 && opt.zone !== 0) {
    appendSetting(k, OPTION_REPORT, SETTINGS_AGENT, settings.u8[SETTINGS_AGENT_SIZE]!);
  }
  out.limit += padding;
  if (padding !== 0) appendPadding(out);
  if (out.at === from) return;
  put16(out.packet, out.start + head + 9, out.at - head - OPT_HEAD_SIZE);
}

/** What the request asked for by naming it. */
function appendAsked(k: Kernel): void {
  const { out, question: q, opt, settings } = k;
  if ((q.options & HAS_NSID) !== 0 && settings.u8[SETTINGS_NSID_SIZE] !== 0) {
    const size = identitySize(k, SETTINGS_NSID_SIZE, SETTINGS_NSID);
    putIdentity(k, SETTINGS_NSID, beginOption(out, OPTION_NSID, size), size);
  }
  if (tellsKeepalive(k)) {
    const at = beginOption(out, OPTION_KEEPALIVE, 2);
    put16(out.packet, at, settings.u16[SETTINGS_KEEPALIVE_UNITS >> 1]!);
  }
  if (opt.zone === 0) return;
  if ((q.options & HAS_ZONEVERSION) !== 0) appendVersions(k);
  if ((q.options & HAS_EXPIRE) !== 0 && q.type === TYPE_SOA && out.answers !== 0) appendExpire(k);
}

function appendVersions({ out, opt, table, root }: Kernel): void {
  const at = beginOption(out, OPTION_ZONEVERSION, ZONEVERSION_SIZE);
  out.packet[at] = opt.zoneLabels;
  out.packet[at + 1] = ZONEVERSION_SOA_SERIAL;
  const serial = table.u32[(opt.zone + SEGMENT_SIZE + ZONE_SERIAL) >> 2]!;
  put16(out.packet, at + 2, serial >>> 16);
  put16(out.packet, at + 4, serial & 0xffff);
  const next = beginOption(out, OPTION_ZONEVERSION, ZONEVERSION_TABLE_SIZE);
  out.packet[next] = opt.zoneLabels;
  out.packet[next + 1] = ZONEVERSION_TABLE;
  for (let i = 0; i < ZONEVERSION_TABLE_SIZE - 2; i += 1) {
    out.packet[next + 2 + i] = table.u8[root + SEGMENT_DIGEST + i]!;
  }
}

function appendCookie({ out, opt }: Kernel): void {
  const at = beginOption(out, OPTION_COOKIE, COOKIE_SIZE);
  for (let i = 0; i < COOKIE_SIZE; i += 1) out.packet[at + i] = opt.cookieOut[i]!;
}

/** EXPIRE of the zone's SOA: its last field but one (RFC 7314 §2). */
function appendExpire({ out, opt, table }: Kernel): void {
  const soa = opt.zone + table.u32[(opt.zone + SEGMENT_SIZE + ZONE_NEGATIVE_SOA) >> 2]!;
  const from = soa + RRSET_SIZE + table.u16[(soa + RRSET_LENGTH) >> 1]! - 8;
  const at = beginOption(out, OPTION_EXPIRE, 4);
  for (let i = 0; i < 4; i += 1) out.packet[at + i] = table.u8[from + i]!;
}

/** Copies `size` octets of the settings into an option, if there is room. */
function appendSetting(k: Kernel, code: number, from: number, size: number): void {
  const { out, settings } = k;
  if (!fits(out, HEAD_SIZE + size)) return;
  const at = beginOption(out, code, size);
  for (let i = 0; i < size; i += 1) out.packet[at + i] = settings.u8[from + i]!;
}

function appendPadding(out: Writer): void {
  const least = out.at + HEAD_SIZE;
  const whole = Math.ceil(least / PADDING_BLOCK_SIZE) * PADDING_BLOCK_SIZE;
  const size = Math.min(whole, out.limit) - least;
  if (size < 0) return;
  const at = beginOption(out, OPTION_PADDING, size);
  out.packet.fill(0, at, at + size);
}

/** Why the answer is as it is; 0 to say nothing. Data of the saved table are stale. */
function errorOf({ out, opt, settings }: Kernel): number {
  if ((settings.i32[SETTINGS_FLAGS >> 2]! & SETTINGS_FLAG_EXTENDED_ERRORS) === 0) return 0;
  if (opt.error !== 0) return opt.error;
  if (opt.zone === 0 || settings.i32[SETTINGS_STALE_SINCE_SECS >> 2] === 0) return 0;
  if (out.rcode === RCODE_NXDOMAIN) return ERROR_STALE_NXDOMAIN;
  return out.rcode === RCODE_NOERROR ? ERROR_STALE_ANSWER : 0;
}

function fits(out: Writer, size: number): boolean {
  return out.at + size <= out.limit;
}

/** Writes the head of an option of `size` octets; gives where its data goes in the packet. */
function beginOption(out: Writer, code: number, size: number): number {
  const at = out.start + out.at;
  put16(out.packet, at, code);
  put16(out.packet, at + 2, size);
  out.at += HEAD_SIZE + size;
  return at + HEAD_SIZE;
}
