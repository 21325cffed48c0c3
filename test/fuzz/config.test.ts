// SPDX-License-Identifier: Apache-2.0
/**
 * Whatever octets a configuration holds: loading neither throws nor hangs, every fault has a place
 * inside the text, and a value is handed out exactly if no fault is an error.
 *
 * Files that once broke something, or look as if they might, are kept in corpus/config.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { hasError } from "../../src/base/faults.ts";
import { loadConfigText } from "../../src/config/load.ts";
import { configWith, FILE, OPTIONS } from "../support/marked-config.ts";

const corpus = join(import.meta.dirname, "corpus", "config");

function property(octets: Uint8Array): void {
  const result = loadConfigText(FILE, octets, OPTIONS);
  assert.equal(result.value === null, hasError(result.faults));
  // Lines end with LF alone, and the place behind the last character is the end of the text.
  const lines = new TextDecoder().decode(octets).split("\n");
  for (const { place, key, detail } of result.faults) {
    const line = lines[place.line - 1];
    const isInside = line !== undefined && place.column >= 1 && place.column <= line.length + 1;
    assert.ok(isInside || (place.line === 0 && place.column === 0), `${key} ${detail}`);
  }
}

for (const name of readdirSync(corpus)) {
  test(`corpus: ${name}`, () => property(readFileSync(join(corpus, name))));
}

test("any octets", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => property(octets)),
    { numRuns: 500 },
  );
});

/** Text made of what YAML and the schema are made of: deeper in than noise ever comes. */
const words = fc.constantFrom(
  ..."node pops probes pools maps policies zones zoneFolders www eu fra example.org match pool default".split(
    " ",
  ),
  ..."endpoints steer file listen limits networks prefixes country v4 v6 pop target types".split(
    " ",
  ),
  ...[": ", ":\n", "- ", "\n", "\n  ", "\n    ", "{ ", " }", "[", "]", ", ", "&a ", "*a", "<<: *a"],
  ...[
    "'",
    '"',
    "|\n",
    ">\n",
    "#",
    "? ",
    "!x ",
    "!!set ",
    "%YAML 1.1\n",
    "---\n",
    "...\n",
    "~",
    "\t",
  ],
  ...["192.0.2.1", '"2001:db8::1"', "10.0.0.0/8", "-1", "1e9", ".nan", "true", "@", "*", "\ufeff"],
);

test("text from the parts of a configuration", () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
      property(new TextEncoder().encode(parts.join("")));
    }),
    { numRuns: 1500 },
  );
});

test("a sound configuration with some octets changed", () => {
  const sound = new TextEncoder().encode(configWith({}));
  const change = fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 0, max: 127 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const octets = sound.slice();
      for (const [at, octet] of changes) octets[at] = octet;
      property(octets);
    }),
    { numRuns: 300 },
  );
});

test("canary: a property that cannot fail would prove nothing", () => {
  assert.throws(() => property(undefined as unknown as Uint8Array));
});
