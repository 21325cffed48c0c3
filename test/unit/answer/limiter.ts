// SPDX-License-Identifier: Apache-2.0
/** What the tests of limits share: a limiter with the settings of a node, and clients as a slot has them. */
import { createLimiter, LIMIT_MEMORY_WORDS } from "../../../src/answer/limit.ts";
import { createSettings, observeSettings } from "../../../src/answer/settings.ts";
import { addressFromText } from "../../../src/dns/address.ts";
import { type LimitValues, settingsOff, writeSettings } from "../../../src/io/settings.ts";
import { COUNTER_BLOCK_WORDS } from "../../../src/layout/gen/counters.ts";
import { SETTINGS_SIZE } from "../../../src/layout/gen/settings.ts";

/** A limiter with empty buckets; `set` puts other limits in force. */
export function limiterWith(limits: LimitValues) {
  const shared = new Int32Array(SETTINGS_SIZE / 4);
  const settings = createSettings(shared);
  const set = (values: LimitValues): void => {
    writeSettings(shared, { ...settingsOff, limits: values });
    observeSettings(settings);
  };
  set(limits);
  const limiter = createLimiter(new Int32Array(LIMIT_MEMORY_WORDS));
  return { set, settings, limiter, counters: new Float64Array(COUNTER_BLOCK_WORDS) };
}

/** Address and family as a slot has them. */
export function clientOf(text: string): readonly [octets: Uint8Array, family: number] {
  const octets = new Uint8Array(16);
  const address = addressFromText(text)!;
  octets.set(address);
  return [octets, address.length === 4 ? 4 : 6];
}
