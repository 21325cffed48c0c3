// SPDX-License-Identifier: Apache-2.0
/**
 * The writer of the settings memory; readers are the kernels (src/answer/settings.ts).
 *
 * Invariants
 *   S1  One writer at a time: the main thread before any reader is started, then the control thread.
 *   S2  The sequence is odd from before the first changed word until after the last one. It goes up
 *       with every change and is never set back.
 */
import { assert } from "../base/assert.ts";
import { parsePrefix } from "../geo/prefix.ts";
import * as at from "../layout/gen/settings.ts";
import {
  COOKIE_SECRET_SIZE,
  COOKIE_SECRETS_MAX,
  IDENTITY_SIZE_MAX,
  LIMIT_ALLOW_MAX,
  LIMIT_WINDOW_MICROS_MAX,
  NAME_SIZE_MAX,
} from "../layout/limits.ts";

/** What a node tells its kernels. Empty octets turn an option off. */
export interface SettingsValues {
  /** settingsFlags. */
  readonly flags: number;
  readonly keepaliveUnits: number;
  /** Of COOKIE_SECRET_SIZE octets each; the first makes cookies. */
  readonly cookieSecrets: readonly Uint8Array[];
  readonly nsid: Uint8Array;
  readonly serverId: Uint8Array;
  readonly version: Uint8Array;
  /** A name in wire form, lower case. */
  readonly agent: Uint8Array;
  readonly limits: LimitValues;
}

const SEQUENCE_WORD = at.SETTINGS_SEQUENCE >> 2;
const STALE_WORD = at.SETTINGS_STALE_SINCE_SECS >> 2;

/** Rate limits. Modes are limitModes, the action one of requestActions. */
export interface LimitValues {
  readonly answerMode: number;
  readonly answersPerSecond: number;
  readonly answersAtOnce: number;
  /** 0..255: each nth answer over the limit is truncated; 0 drops all. */
  readonly slip: number;
  readonly requestMode: number;
  readonly requestAction: number;
  readonly requestsPerAddress: number;
  readonly requestsPerNetwork: number;
  readonly streamMode: number;
  readonly streamMicrosPerSecond: number;
  readonly streamMicrosAtOnce: number;
  /** Prefixes in text form, at most LIMIT_ALLOW_MAX. */
  readonly allow: readonly string[];
  /** Chance of this process: two words. */
  readonly keys: readonly [number, number];
}

/** No limits. */
export const limitsOff: LimitValues = {
  ...{ answerMode: 0, answersPerSecond: 50, answersAtOnce: 125, slip: 1 },
  ...{ requestMode: 0, requestAction: 0, requestsPerAddress: 5, requestsPerNetwork: 50 },
  ...{ streamMode: 0, streamMicrosPerSecond: 5000, streamMicrosAtOnce: 50_000 },
  ...{ allow: [], keys: [0, 0] },
};

const NONE = new Uint8Array(0);

/** Everything off. */
export const settingsOff: SettingsValues = {
  ...{ flags: 0, keepaliveUnits: 0, cookieSecrets: [] },
  ...{ nsid: NONE, serverId: NONE, version: NONE, agent: NONE, limits: limitsOff },
};

/** Puts `values` in force, for each kernel with its next batch. */
export function writeSettings(words: Int32Array, values: SettingsValues): void {
  const block = blockOf(values);
  changeSettings(words, () => {
    for (let i = 1; i < block.length; i += 1) {
      if (i !== STALE_WORD) Atomics.store(words, i, block[i]!);
    }
  });
}

/** Changes the one word that writeSettings leaves alone: since when the table is stale; 0 for live. */
export function writeStale(words: Int32Array, staleSinceSecs: number): void {
  if (words[STALE_WORD] === (staleSinceSecs | 0)) return;
  changeSettings(words, () => Atomics.store(words, STALE_WORD, staleSinceSecs | 0));
}

/** Has `write` change the words behind the sequence: no kernel sees half of it. */
export function changeSettings(words: Int32Array, write: () => void): void {
  // A writer that died left it odd; what it left behind is written over.
  const open = words[SEQUENCE_WORD]! | 1;
  Atomics.store(words, SEQUENCE_WORD, open);
  write();
  Atomics.store(words, SEQUENCE_WORD, (open + 1) | 0);
}

function blockOf(values: SettingsValues): Int32Array {
  const { cookieSecrets, nsid, serverId, version, agent } = values;
  assert(cookieSecrets.length <= COOKIE_SECRETS_MAX, "cookie secrets have places");
  const octets = new Uint8Array(at.SETTINGS_SIZE);
  const view = new DataView(octets.buffer);
  view.setUint32(at.SETTINGS_FLAGS, values.flags, true);
  view.setUint16(at.SETTINGS_KEEPALIVE_UNITS, values.keepaliveUnits, true);
  view.setUint8(at.SETTINGS_COOKIE_SECRET_COUNT, cookieSecrets.length);
  cookieSecrets.forEach((secret, i) => {
    assert(secret.length === COOKIE_SECRET_SIZE, "a cookie secret is a SipHash key");
    octets.set(secret, at.SETTINGS_COOKIE_SECRETS + i * COOKIE_SECRET_SIZE);
  });
  const put = (value: Uint8Array, sizeAt: number, from: number, max: number): void => {
    assert(value.length <= max, "a setting fits its place");
    octets[sizeAt] = value.length;
    octets.set(value, from);
  };
  put(nsid, at.SETTINGS_NSID_SIZE, at.SETTINGS_NSID, IDENTITY_SIZE_MAX);
  put(serverId, at.SETTINGS_SERVER_ID_SIZE, at.SETTINGS_SERVER_ID, IDENTITY_SIZE_MAX);
  put(version, at.SETTINGS_VERSION_SIZE, at.SETTINGS_VERSION, IDENTITY_SIZE_MAX);
  put(agent, at.SETTINGS_AGENT_SIZE, at.SETTINGS_AGENT, NAME_SIZE_MAX);
  putLimits(octets, view, values.limits);
  return new Int32Array(octets.buffer);
}

function putLimits(octets: Uint8Array, view: DataView, limits: LimitValues): void {
  // T1: what is off is zero.
  if ((limits.answerMode | limits.requestMode | limits.streamMode) === 0) return;
  const micros = (rate: number): number => Math.max(1, Math.round(1e6 / rate));
  const interval = micros(limits.answersPerSecond);
  const window = Math.min(limits.answersAtOnce * interval, LIMIT_WINDOW_MICROS_MAX);
  view.setUint32(at.SETTINGS_LIMIT_KEY0, limits.keys[0] >>> 0, true);
  view.setUint32(at.SETTINGS_LIMIT_KEY1, limits.keys[1] >>> 0, true);
  view.setUint32(at.SETTINGS_ANSWER_INTERVAL_MICROS, interval, true);
  view.setUint32(at.SETTINGS_ANSWER_WINDOW_MICROS, window, true);
  view.setUint32(at.SETTINGS_ADDRESS_INTERVAL_MICROS, micros(limits.requestsPerAddress), true);
  view.setUint32(at.SETTINGS_NETWORK_INTERVAL_MICROS, micros(limits.requestsPerNetwork), true);
  // A second's worth at once: a resolver asks in bursts.
  view.setUint32(at.SETTINGS_REQUEST_WINDOW_MICROS, 1_000_000, true);
  const rate = limits.streamMicrosPerSecond;
  const ahead = Math.round((limits.streamMicrosAtOnce * 1e6) / rate);
  view.setUint32(at.SETTINGS_STREAM_MICROS_PER_SECOND, rate, true);
  view.setUint32(at.SETTINGS_STREAM_WINDOW_MICROS, Math.min(ahead, LIMIT_WINDOW_MICROS_MAX), true);
  octets[at.SETTINGS_STREAM_MODE] = limits.streamMode;
  octets[at.SETTINGS_ANSWER_MODE] = limits.answerMode;
  octets[at.SETTINGS_SLIP] = limits.slip;
  octets[at.SETTINGS_REQUEST_MODE] = limits.requestMode;
  octets[at.SETTINGS_REQUEST_ACTION] = limits.requestAction;
  assert(limits.allow.length <= LIMIT_ALLOW_MAX, "networks that are let alone have places");
  octets[at.SETTINGS_ALLOW_COUNT] = limits.allow.length;
  limits.allow.forEach((text, i) => {
    const prefix = parsePrefix(text);
    assert(typeof prefix !== "string", "a network of the configuration was checked");
    const row = at.SETTINGS_ALLOW + i * at.ALLOW_ROW_SIZE;
    octets.set(prefix.octets, row + at.ALLOW_ROW_ADDRESS);
    octets[row + at.ALLOW_ROW_FAMILY] = prefix.family;
    octets[row + at.ALLOW_ROW_BITS] = prefix.length;
  });
}
