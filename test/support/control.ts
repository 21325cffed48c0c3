// SPDX-License-Identifier: Apache-2.0
/** The control core in a test: desired state from text, jobs done at once, effects to be looked at. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { loadConfigText } from "../../src/config/load.ts";
import { step } from "../../src/control/core.ts";
import type { ControlEffect } from "../../src/control/effect.ts";
import type { ControlEvent } from "../../src/control/event.ts";
import type { ControlCore } from "../../src/control/state.ts";
import { compileMap } from "../../src/io/compile-map.ts";
import { compileZone } from "../../src/io/compile-zone.ts";
import type { DesiredState } from "../../src/resource/types.ts";
import { countryMmdb, zoneText } from "./daemon.ts";

/** A folder with `example.org.zone`, `plain.example.zone` and `country.mmdb`. */
export function createFolder(t: TestContext): {
  folder: string;
  write: (name: string, text: string | Uint8Array) => string;
} {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-unit-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string | Uint8Array): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  write("example.org.zone", zoneText(1, "a A 192.0.2.10"));
  write("plain.example.zone", zoneText(2, "a A 192.0.2.20"));
  write("country.mmdb", countryMmdb({ "44.0.0.0/9": "US" }));
  return { folder, write };
}

/** Two POPs with an endpoint each, both probed; one steered zone, one plain. */
export const CONFIG = `
pops:
  fra: { latitude: 50, longitude: 8 }
  iad: { latitude: 39, longitude: -77 }
probes:
  web: { kind: tcp, port: 80, intervalMs: 3000, timeoutMs: 500, retries: 2 }
pools:
  web:
    probes: [web]
    endpoints:
      fra1: { pop: fra, v4: 192.0.2.1 }
      iad1: { pop: iad, v4: 198.51.100.1 }
maps:
  world: { country: country.mmdb, granularity: country, default: EU }
policies:
  nearest: { map: world, pool: web, order: nearest }
zones:
  example.org: { file: example.org.zone, steer: { www: nearest } }
  plain.example: { file: plain.example.zone }
`;

export function desiredState(folder: string, text = CONFIG): DesiredState {
  const octets = new TextEncoder().encode(text);
  const loaded = loadConfigText(join(folder, "azimuth.yaml"), octets, { defaultCountryFile: "" });
  assert.ok(loaded.value !== null, JSON.stringify(loaded.faults));
  return loaded.value.state;
}

export type PublishEffect = ControlEffect & { kind: "publish" };

/**
 * Feeds an event and does at once whatever jobs it asks for; publications are accepted unless
 * `refuse` says so, and maps fail if `mapsFail`. Gives every effect in order.
 */
export function drive(
  core: ControlCore,
  event: ControlEvent,
  options: { refuse?: (effect: PublishEffect) => boolean; mapsFail?: boolean } = {},
): ControlEffect[] {
  const all: ControlEffect[] = [];
  const queue: ControlEvent[] = [event];
  const { now } = event;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const effect of step(core, next)) {
      all.push(effect);
      if (effect.kind === "compile-zones") {
        for (const zone of effect.zones) {
          queue.push({ kind: "zone-compiled", now, ...compileZone({ ...zone, known: null }) });
        }
      } else if (effect.kind === "compile-map") {
        const result = compileMap(effect);
        const built = options.mapsFail === true ? null : result.built;
        queue.push({ kind: "map-compiled", now, ...result, built });
      } else if (effect.kind === "publish") {
        const refused = options.refuse?.(effect) === true;
        const place = { file: "", line: 0, column: 0 };
        const faults = refused ? [{ key: "TABLE_FULL" as const, place, detail: "no room" }] : [];
        queue.push({ kind: "publication-done", now, faults });
      } else if (effect.kind === "call-again") {
        queue.push({ kind: "turn-ended", now });
      }
    }
  }
  return all;
}

export function publications(effects: readonly ControlEffect[]): PublishEffect[] {
  return effects.filter((one) => one.kind === "publish");
}
