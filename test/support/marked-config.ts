// SPDX-License-Identifier: Apache-2.0
/**
 * Configurations whose expected faults stand in the text, each where it has to be found:
 *
 *   pools: { www: { probes: [<CONFIG_REFERENCE>wep] } }
 *
 * The marks are taken out before loading. So a test shows the place instead of counting columns, and
 * a fault too many is found as surely as one that is missing.
 */
import assert from "node:assert/strict";
import type { FaultKey } from "../../src/base/faults.ts";
import type { Result } from "../../src/base/result.ts";
import { type Loaded, type LoadOptions, loadConfigText } from "../../src/config/load.ts";

export const FILE = "/etc/azimuth/azimuth.yaml";

export const OPTIONS: LoadOptions = {
  defaultCountryFile: "/usr/share/country.mmdb",
  machine: { hostName: "host", cpuCount: 4 },
};

const MARK = /<((?:CONFIG|FILE)_[A-Z_]+)>/;

/** Loads text without marks. */
export function loadText(text: string, file = FILE): Result<Loaded> {
  return loadConfigText(file, new TextEncoder().encode(text), OPTIONS);
}

/**
 * Loads marked text and compares all faults with the marks; CONFIG_UNUSED only if `unused` is set,
 * since a short text uses little, and CONFIG_EMPTY never. Returns the details in the order of the text.
 */
export function expectMarked(marked: string, options: { unused?: boolean } = {}): string[] {
  const expected: string[] = [];
  let text = marked;
  for (let match = MARK.exec(text); match !== null; match = MARK.exec(text)) {
    const lines = text.slice(0, match.index).split("\n");
    expected.push(`${lines.length}:${lines.at(-1)!.length + 1} ${match[1] as FaultKey}`);
    text = text.slice(0, match.index) + text.slice(match.index + match[0].length);
  }
  const result = loadText(text);
  const found = result.faults.filter(
    ({ key }) => key !== "CONFIG_EMPTY" && (options.unused || key !== "CONFIG_UNUSED"),
  );
  const places = found.map((f) => `${f.place.line}:${f.place.column} ${f.key}`);
  assert.deepEqual(places.sort(), expected.sort(), JSON.stringify(found, null, 1));
  assert.ok(result.faults.every((f) => f.place.file === FILE));
  return found.map((f) => f.detail);
}

/** A whole configuration without faults; sections given replace those of it. */
export function configWith(sections: Readonly<Record<string, string>>): string {
  return Object.values({ ...WHOLE, ...sections }).join("\n");
}

const WHOLE: Readonly<Record<string, string>> = {
  pops: "pops: { fra: { latitude: 50, longitude: 8 }, iad: { latitude: 39, longitude: -77 } }",
  probes: "probes: { web: { kind: http } }",
  pools: `pools:
  eu: { probes: [web], endpoints: { e1: { pop: fra, v4: 192.0.2.1, v6: "2001:db8::1" } } }
  us: { endpoints: { u1: { pop: iad, v4: 192.0.2.2, v6: "2001:db8::2" } } }`,
  maps: "maps: { world: { country: default, default: EU } }",
  policies: "policies: { www: { map: world, match: { EU: [eu, us], default: [us, eu] } } }",
  zones: "zones: { example.org: { file: example.org.zone, steer: { www: www } } }",
};
