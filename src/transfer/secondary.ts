// SPDX-License-Identifier: Apache-2.0
/**
 * When a secondary asks its primaries, and what it does with what they say: RFC 1034 §4.3.5 as a
 * function.
 *
 * Time and chance come with each event, and what is asked for goes out as effects, so that days of
 * refresh, retry and expiry are tested in a moment. One thing at a time: an effect is answered by one
 * event before the next is asked for.
 *
 * Invariants
 *   B1  Between two looks at the primaries lie at most `refresh` while all is well and `retry` while
 *       not; a NOTIFY or an operator begins one at once, or as soon as the present one has ended.
 *   B2  Data is EXPIRED when `expire` has passed since a primary confirmed it, not before, and is
 *       restored by the next confirmation (RFC 1035 §3.3.13). A server that is a secondary itself says
 *       how long it trusts what it has, and counts for no more than that (RFC 7314 §4).
 *   B3  Each primary is asked once in a round; the round ends with the first that can serve us.
 *   B4  An incremental transfer that fails is followed by a whole one from the same primary.
 */
import { serialNewer } from "../zone/serial.ts";

/** Of the SOA, seconds. */
export interface SoaTimes {
  readonly refreshSecs: number;
  readonly retrySecs: number;
  readonly expireSecs: number;
}

/** What a SOA may ask for. RFC 1912 §2.2 would not go lower; BIND and Knot bound in the same way. */
const REFRESH_SECS_MIN = 2;
const REFRESH_SECS_MAX = 2_419_200;
const RETRY_SECS_MIN = 1;
const RETRY_SECS_MAX = 1_209_600;

export interface Secondary {
  readonly primaries: number;
  /** What we have; null before the first transfer. */
  readonly serial: number | null;
  readonly times: SoaTimes | null;
  /** When a primary last confirmed what we have. Milliseconds of UNIX time, as all that follow. */
  readonly confirmedAt: number | null;
  /** When it is no more to be believed; null without data. */
  readonly expiresAt: number | null;
  readonly nextAt: number;
  readonly expired: boolean;
  /** What is on its way. */
  readonly busy: "nothing" | "soa" | "steps" | "whole";
  /** Which primary is asked. */
  readonly primary: number;
  /** Primaries that were asked in this round. */
  readonly asked: number;
  /** Rounds that failed, in a row. */
  readonly failures: number;
  /** Something came meanwhile that asks for another round. */
  readonly again: "no" | "refresh" | "whole";
  /** The whole zone is wanted, whatever its serial. */
  readonly force: boolean;
  readonly lastError: string | null;
}

/** For how long the server trusts what it has, as it says itself (RFC 7314); null if it does not. */
export type SecsLeft = number | null;

/** What a secondary hears. */
export type SecondaryNews =
  | { readonly kind: "tick" }
  /** The primary has this serial. */
  | { readonly kind: "soa"; readonly serial: number; readonly left?: SecsLeft }
  /** A version has been received and kept. */
  | {
      readonly kind: "received";
      readonly serial: number;
      readonly times: SoaTimes;
      readonly left?: SecsLeft;
    }
  /** A transfer said that there is nothing newer. */
  | { readonly kind: "current"; readonly left?: SecsLeft }
  | { readonly kind: "failed"; readonly reason: string }
  /** A NOTIFY of primary `primary`, perhaps with its serial; −1 if it is none of ours. */
  | { readonly kind: "notified"; readonly primary: number; readonly serial: number | null }
  /** The operator asks; `whole` fetches the zone whatever its serial. */
  | { readonly kind: "asked"; readonly whole: boolean };

/** News with the time, in milliseconds of UNIX time, and a chance of [0, 1). */
export type SecondaryEvent = SecondaryNews & { readonly now: number; readonly chance: number };

export type SecondaryEffect =
  | { readonly kind: "ask-soa"; readonly primary: number }
  /** `whole` is an AXFR, else an IXFR from the serial that we have. */
  | { readonly kind: "transfer"; readonly primary: number; readonly whole: boolean }
  /** Answer SERVFAIL for the zone; or answer from it again. */
  | { readonly kind: "expired" }
  | { readonly kind: "restored" };

export interface SecondaryStep {
  readonly secondary: Secondary;
  readonly effects: readonly SecondaryEffect[];
}

/** Without data, the first retries come quickly: a new server's primary may not know it yet. */
const EMPTY_RETRY_SECS = 2;
const EMPTY_RETRY_SECS_MAX = 600;

/** What was kept over a restart; all null for a new zone. */
export function createSecondary(
  primaries: number,
  kept: Pick<Secondary, "serial" | "times" | "confirmedAt" | "expiresAt">,
): Secondary {
  return {
    ...{ primaries, ...kept },
    // The first look is due at once: nobody knows what happened meanwhile.
    ...{ nextAt: 0, expired: false, busy: "nothing", primary: 0, asked: 0 },
    ...{ failures: 0, again: "no", force: false, lastError: null },
  };
}

export function stepSecondary(s: Secondary, event: SecondaryEvent): SecondaryStep {
  switch (event.kind) {
    case "tick":
      return withExpiry(s, event.now, isDue(s, event.now) ? begin(s, s.primary, false) : still(s));
    case "notified":
      return onNotified(s, event.primary, event.serial);
    case "asked":
      if (s.busy === "nothing") return begin(s, s.primary, event.whole);
      return still({ ...s, again: event.whole ? "whole" : "refresh" });
    case "soa":
      return s.busy === "soa" ? onSoa(s, event) : still(s);
    case "current":
      return s.busy === "nothing" ? still(s) : confirmed(s, event);
    case "received":
      if (s.busy === "nothing") return still(s);
      return confirmed({ ...s, serial: event.serial, times: event.times, expiresAt: null }, event);
    case "failed":
      return s.busy === "nothing" ? still(s) : onFailed(s, event);
  }
}

function still(secondary: Secondary): SecondaryStep {
  return { secondary, effects: [] };
}

function isDue(s: Secondary, now: number): boolean {
  return s.busy === "nothing" && now >= s.nextAt;
}

/** B2. */
function withExpiry(s: Secondary, now: number, step: SecondaryStep): SecondaryStep {
  const at = s.expiresAt;
  if (s.expired || at === null || now < at) return step;
  const { secondary, effects } = step;
  return { secondary: { ...secondary, expired: true }, effects: [{ kind: "expired" }, ...effects] };
}

/**
 * Until when a zone is good that a server confirmed at `now` (RFC 7314 §4): never longer than its SOA
 * says. What the server says of itself counts instead; but `before`, the end that an unchanged zone
 * has already, is not put forward by it, as another server may have said more.
 */
export function expiryOf(
  now: number,
  { expireSecs }: SoaTimes,
  left: SecsLeft,
  before: number | null,
): number {
  const whole = now + expireSecs * 1000;
  if (left === null) return whole;
  return Math.min(whole, Math.max(now + left * 1000, before ?? 0));
}

/** Begins a round with that primary. */
function begin(s: Secondary, primary: number, force: boolean): SecondaryStep {
  return ask({ ...s, primary, asked: 1, force, again: "no" });
}

function ask(s: Secondary): SecondaryStep {
  const { primary } = s;
  if (s.serial === null || s.force) return transfer(s, true);
  return { secondary: { ...s, busy: "soa" }, effects: [{ kind: "ask-soa", primary }] };
}

function transfer(s: Secondary, whole: boolean): SecondaryStep {
  const { primary } = s;
  return {
    secondary: { ...s, busy: whole ? "whole" : "steps" },
    effects: [{ kind: "transfer", primary, whole }],
  };
}

function onNotified(s: Secondary, primary: number, serial: number | null): SecondaryStep {
  const known = serial !== null && s.serial !== null && !serialNewer(serial, s.serial);
  if (known && !s.expired) return still(s);
  if (s.busy !== "nothing")
    return still({ ...s, again: s.again === "whole" ? "whole" : "refresh" });
  return begin(s, primary < 0 ? s.primary : primary, false);
}

function onSoa(s: Secondary, event: SecondaryEvent & { kind: "soa" }): SecondaryStep {
  if (serialNewer(event.serial, s.serial!)) return transfer(s, false);
  // An older one has not heard yet; what we have is still confirmed by nobody (RFC 1982 §7).
  if (event.serial !== s.serial) {
    return onFailed(s, { ...event, reason: `its serial ${event.serial} is behind ${s.serial}` });
  }
  return confirmed(s, event);
}

/** A primary has said that we have what it has. */
function confirmed(
  s: Secondary,
  { now, chance, left = null }: { now: number; chance: number; left?: SecsLeft },
): SecondaryStep {
  const effects: SecondaryEffect[] = s.expired ? [{ kind: "restored" }] : [];
  const next: Secondary = {
    ...s,
    expiresAt: s.times === null ? null : expiryOf(now, s.times, left, s.expiresAt),
    ...{ confirmedAt: now, busy: "nothing", expired: false, failures: 0 },
    ...{ force: false, lastError: null, asked: 0 },
    nextAt: now + Math.round(refreshMs(s) * (1 - chance / 10)),
  };
  return goOn(next, effects);
}

function onFailed(
  s: Secondary,
  { now, chance, reason }: { now: number; chance: number; reason: string },
): SecondaryStep {
  const failed = { ...s, lastError: reason };
  // B4
  if (s.busy === "steps") return transfer(failed, true);
  const primary = (s.primary + 1) % s.primaries;
  // B3
  if (s.asked < s.primaries) return ask({ ...failed, primary, asked: s.asked + 1 });
  const next: Secondary = {
    ...failed,
    ...{ primary, busy: "nothing", failures: s.failures + 1, asked: 0 },
    nextAt: now + Math.round(retryMs(s) * (1 - chance / 10)),
  };
  return goOn(next, []);
}

/** What came while the round was going on begins another. */
function goOn(s: Secondary, effects: readonly SecondaryEffect[]): SecondaryStep {
  if (s.again === "no") return { secondary: s, effects };
  const step = begin(s, s.primary, s.again === "whole");
  return { secondary: step.secondary, effects: [...effects, ...step.effects] };
}

function refreshMs({ times }: Secondary): number {
  const secs = times?.refreshSecs ?? REFRESH_SECS_MIN;
  return Math.min(Math.max(secs, REFRESH_SECS_MIN), REFRESH_SECS_MAX) * 1000;
}

function retryMs({ times, failures }: Secondary): number {
  if (times === null) {
    return Math.min(EMPTY_RETRY_SECS * 2 ** Math.min(failures, 16), EMPTY_RETRY_SECS_MAX) * 1000;
  }
  return Math.min(Math.max(times.retrySecs, RETRY_SECS_MIN), RETRY_SECS_MAX) * 1000;
}
