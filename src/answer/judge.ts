// SPDX-License-Identifier: Apache-2.0
/**
 * What a request is worth once transport and settings are known, which parse does not see: whether
 * an option's form fits, whether it is for the slow path, whether a cookie is missing.
 *
 * RFC 1995 §4; RFC 5936 §4.2; RFC 7828 §3.2.1; RFC 7873 §5. Twin: native/src/judge.cc.
 */
import {
  SETTINGS_FLAG_DEMAND_COOKIE,
  SETTINGS_FLAG_SLOW_EXPIRE,
  TRANSPORT_HTTPS,
  TRANSPORT_TCP,
  TRANSPORT_TLS,
  TRANSPORT_UDP,
  VERDICT_BADCOOKIE,
  VERDICT_FORMERR,
  VERDICT_NOTIMP,
  VERDICT_OK,
  VERDICT_PROBE,
  VERDICT_SLOW,
} from "../layout/gen/enums.ts";
import {
  SETTINGS_AGENT_SIZE,
  SETTINGS_COOKIE_SECRET_COUNT,
  SETTINGS_FLAGS,
} from "../layout/gen/settings.ts";
import { PACKET_SLOT_TRANSPORT } from "../layout/gen/slab.ts";
import type { TableViews } from "../table/reader.ts";
import { TYPE_AXFR, TYPE_IXFR, TYPE_SOA } from "./codes.ts";
import { checkCookie } from "./cookie.ts";
import { ERROR_NOT_SUPPORTED, noteAgent } from "./edns.ts";
import {
  BAD_COOKIE,
  BAD_KEEPALIVE,
  CLIENT_COOKIE_SIZE,
  HAS_COOKIE,
  HAS_EXPIRE,
} from "./options.ts";
import type { Kernel } from "./scratch.ts";

/** What parse could not know: the transport, and whether we have cookies. */
export function judge(k: Kernel, verdict: number, transport: number): number {
  if (verdict !== VERDICT_OK && verdict !== VERDICT_PROBE) return verdict;
  const { options, type } = k.question;
  if (options !== 0) {
    if (isStream(transport) && (options & BAD_KEEPALIVE) !== 0) return VERDICT_FORMERR;
    if ((options & BAD_COOKIE) !== 0 && hasCookies(k)) return VERDICT_FORMERR;
  }
  if (verdict === VERDICT_PROBE) return hasCookies(k) ? VERDICT_PROBE : VERDICT_FORMERR;
  if ((options & HAS_EXPIRE) !== 0 && type === TYPE_SOA && isExpireSlow(k)) return VERDICT_SLOW;
  return isTransfer(type, transport === TRANSPORT_UDP) ? VERDICT_SLOW : VERDICT_OK;
}

function isExpireSlow({ settings }: Kernel): boolean {
  return (settings.i32[SETTINGS_FLAGS >> 2]! & SETTINGS_FLAG_SLOW_EXPIRE) !== 0;
}

/** Whether keepalive is for it: HTTP has its own (RFC 7828 §3.2, RFC 8484 §5). */
function isStream(transport: number): boolean {
  return transport === TRANSPORT_TCP || transport === TRANSPORT_TLS;
}

function hasCookies({ settings }: Kernel): boolean {
  return settings.u8[SETTINGS_COOKIE_SECRET_COUNT] !== 0;
}

/** Prepares OPT of the answer; a cookie that is demanded and missing changes the verdict. */
export function beginOpt(k: Kernel, slab: TableViews, slot: number, verdict: number): number {
  const { opt, question: q, settings } = k;
  const transport = slab.u8[slot + PACKET_SLOT_TRANSPORT]!;
  opt.cookie = 0;
  opt.error = verdict === VERDICT_NOTIMP ? ERROR_NOT_SUPPORTED : 0;
  opt.zone = 0;
  opt.belowAgent = 1;
  opt.stream = isStream(transport) ? 1 : 0;
  opt.encrypted = transport === TRANSPORT_TLS || transport === TRANSPORT_HTTPS ? 1 : 0;
  const agent = settings.u8[SETTINGS_AGENT_SIZE]!;
  if (agent > 1 && verdict === VERDICT_OK) noteAgent(k, agent);
  if ((q.options & HAS_COOKIE) === 0 || !hasCookies(k)) return verdict;
  if (checkCookie(k, slab, slot)) return verdict;
  // RFC 7873 §5.4: a probe that only wants a cookie gets it, one that shows a wrong one hears so.
  if (verdict === VERDICT_PROBE)
    return q.cookieSize > CLIENT_COOKIE_SIZE ? VERDICT_BADCOOKIE : verdict;
  // RFC 7873 §5.2.3: a stream proves the address as well as a cookie does.
  const demanded = (settings.i32[SETTINGS_FLAGS >> 2]! & SETTINGS_FLAG_DEMAND_COOKIE) !== 0;
  const isBad = demanded && verdict === VERDICT_OK && transport === TRANSPORT_UDP;
  return isBad ? VERDICT_BADCOOKIE : verdict;
}

/** A zone in many messages, which takes a stream; IXFR may fit a datagram (RFC 1995 §4). */
function isTransfer(type: number, udp: boolean): boolean {
  return type === TYPE_IXFR || (type === TYPE_AXFR && !udp);
}
