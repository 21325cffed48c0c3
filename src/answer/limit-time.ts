// SPDX-License-Identifier: Apache-2.0
/**
 * How much of the stream threads' time may go to one network.
 *
 * Over TCP the address is proved, so answers flood nobody else, and their number says little: one
 * client may ask a thousand names in one turn and another take a whole signature for a handshake.
 * What they take from all others is the time of the thread; so that is what is counted.
 *
 * The buckets, networks and multiples are those of limit.ts, and so is the memory. A bucket holds
 * when it would be empty again: a microsecond of work at a rate of 5,000 a second fills it by 200.
 *
 * Invariants
 *   T1  Asking fills nothing, and work fills whether it conforms or not: it is known only when it
 *       is done. So a client is over its limit by at most one turn.
 *   T2  Nobody is shut out for longer than DEBT_MICROS_MAX after the last work that was done for it.
 *   T3  Who is on the allow list is neither limited nor charged: its neighbours do not pay for it.
 *
 * As Knot's time-rate-limit, and with its rate. No twin: streams are served by JavaScript alone.
 */
import { LIMIT_MODE_OFF } from "../layout/gen/enums.ts";
import * as at from "../layout/gen/settings.ts";
import {
  CLASS_STREAM,
  fill,
  isAllowed,
  type Limiter,
  loadAddress,
  look,
  over,
  PASS,
  seedOf,
  V4_BITS,
  V4_TIMES,
  V6_BITS,
  V6_TIMES,
} from "./limit.ts";
import type { Settings } from "./settings.ts";

/**
 * How far a bucket may be filled beyond what is allowed at once. A turn that took long, perhaps
 * because the machine was busy, must not shut a network out for minutes. With the longest window it
 * is still less ahead than what a bucket can be told to be asleep by (limit.ts).
 */
const DEBT_MICROS_MAX = 30_000_000;

/** Whether time is counted at all. */
export function isTimeLimited(s: Settings): boolean {
  return s.u8[at.SETTINGS_STREAM_MODE] !== LIMIT_MODE_OFF;
}

/** Whether work may begin for a client, its address as in a slot. OVER is counted. */
export function limitTime(
  l: Limiter,
  s: Settings,
  counters: Float64Array,
  client: Uint8Array,
  family: number,
  nowMs: number,
): number {
  if (!isTimeLimited(s)) return PASS;
  loadAddress(l, client, 0, family);
  if (!isAhead(l, s, family, nowMs, 0)) return PASS;
  if (isAllowed(l, s, family)) return PASS;
  return over(counters, CLASS_STREAM, s.u8[at.SETTINGS_STREAM_MODE]!);
}

/** Charges work that was done for a client; gives false if it is one that does not pay. */
export function chargeTime(
  l: Limiter,
  s: Settings,
  client: Uint8Array,
  family: number,
  nowMs: number,
  micros: number,
): boolean {
  if (!isTimeLimited(s)) return false;
  loadAddress(l, client, 0, family);
  if (isAllowed(l, s, family)) return false;
  isAhead(l, s, family, nowMs, micros);
  fill(l, family === 4 ? V4_BITS.length : V6_BITS.length);
  return true;
}

/** Whether a bucket of the client holds too much; finds what they hold after more work, for `fill`. */
function isAhead(l: Limiter, s: Settings, family: number, nowMs: number, micros: number): boolean {
  const bits = family === 4 ? V4_BITS : V6_BITS;
  const times = family === 4 ? V4_TIMES : V6_TIMES;
  const now = Math.imul(nowMs, 1000);
  const rate = s.i32[at.SETTINGS_STREAM_MICROS_PER_SECOND >> 2]!;
  const window = s.i32[at.SETTINGS_STREAM_WINDOW_MICROS >> 2]!;
  const most = window + DEBT_MICROS_MAX;
  const seed = seedOf(s, CLASS_STREAM, family, 0);
  let isOver = false;
  for (let i = 0; i < bits.length; i += 1) {
    const cost = Math.min(Math.floor((micros * 1e6) / (rate * times[i]!)), most);
    const ahead = look(l, s, i, seed, bits[i]!, now, cost, most);
    l.times[i] = (now + Math.min(ahead + cost, most)) | 0;
    if (ahead > window) isOver = true;
  }
  return isOver;
}
