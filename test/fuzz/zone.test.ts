// SPDX-License-Identifier: Apache-2.0
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the syntax of $GENERATE
/**
 * Properties of the zone scanner over any octets, over texts made of its own words, and over
 * mutations of the corpus in corpus/zone:
 *   1  nothing throws, in scanning, indexing and checking;
 *   2  pieces of any size give the same value and faults as the whole;
 *   3  every record that was read is valid, inside the zone, and reads back from its own text.
 * The canary at the end proves that the comparison of (2) can fail.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { typeText } from "../../src/dns/iana.ts";
import { isSubdomain, nameFromText, nameSize, nameToText } from "../../src/dns/names.ts";
import { awaitsHints, rdataToText, validRdata } from "../../src/dns/rdata.ts";
import { checkZone } from "../../src/zone/check.ts";
import { recordOwner, recordRdata, recordTtl, recordType } from "../../src/zone/records.ts";
import { createScanner, type ScanOptions, type ScanResult, scanZone } from "../../src/zone/scan.ts";

const APEX = nameFromText("example.org.")!;
const CORPUS = new URL("corpus/zone/", import.meta.url);
const corpus = readdirSync(CORPUS).map(
  (file) => new Uint8Array(readFileSync(new URL(file, CORPUS))),
);

/** Includes give the text itself, so that depth and limits are met as well. */
function optionsFor(text: Uint8Array): ScanOptions {
  return { apex: APEX, file: "zone", recordsMax: 2000, open: () => text };
}

/** Everything observable of a result, in comparable form. */
function digest({ value, faults }: ScanResult): unknown {
  const records = Array.from({ length: value.recordCount }, (_, i) => {
    const owner = nameToText(recordOwner(value, i));
    const rdata = Buffer.from(recordRdata(value, i)).toString("hex");
    return `${owner} ${recordTtl(value, i)} ${recordType(value, i)} ${rdata}`;
  });
  const lines = Array.from(value.records).filter((_, i) => i % 6 >= 4);
  return { records, lines, faults, files: value.files };
}

function scanPieces(text: Uint8Array, sizes: readonly number[]): ScanResult {
  const scanner = createScanner(optionsFor(text));
  let at = 0;
  for (let i = 0; at < text.length; i += 1) {
    const size = sizes.length === 0 ? 1 : Math.max(1, sizes[i % sizes.length]!);
    scanner.push(text.subarray(at, at + size));
    at += size;
  }
  return scanner.end();
}

function holds(text: Uint8Array, sizes: readonly number[]): void {
  const whole = scanZone(text, optionsFor(text));
  assert.deepEqual(digest(scanPieces(text, sizes)), digest(whole));
  const { value } = whole;
  checkZone(value);
  let printed = "";
  for (let i = 0; i < value.recordCount; i += 1) {
    const owner = recordOwner(value, i);
    const type = recordType(value, i);
    const rdata = recordRdata(value, i);
    assert.equal(nameSize(owner, 0, owner.length), owner.length);
    assert.ok(isSubdomain(owner, APEX));
    const sound = validRdata(type, rdata) || awaitsHints(type, rdata);
    assert.ok(sound, `${typeText(type)} ${rdataToText(type, rdata)}`);
    const text = rdataToText(type, rdata);
    printed += `${nameToText(owner)} ${recordTtl(value, i)} ${typeText(type)} ${text}\n`;
  }
  const again = scanZone(new TextEncoder().encode(printed), optionsFor(text));
  assert.deepEqual(again.faults, []);
  assert.deepEqual(
    (digest(again) as { records: unknown }).records,
    (digest(whole) as { records: unknown }).records,
  );
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 });

test("the corpus", () => {
  assert.ok(corpus.length > 0);
  for (const text of corpus) for (const cut of [[], [2], [3, 5], [64]]) holds(text, cut);
});

test("any octets", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), sizes, holds), { numRuns: 1000 });
});

test("texts made of the scanner's own words", () => {
  const word = fc.constantFrom(
    ...'\n|\n|\n| |\t|(|)|;|"|\\|\\046|@|.|a|b.c|*|www.example.org.|x.example.com.|60|1h|IN|CH|A|AAAA'.split(
      "|",
    ),
    ..."MX|TXT|NS|CNAME|SOA|SVCB|TYPE99|\\# 1 00|192.0.2.1|::1|10|k=|alpn=h2|$TTL|$ORIGIN|$INCLUDE".split(
      "|",
    ),
    ...'$GENERATE|1-3|$|${1,2,x}|\r\n|\u00e9|"a b"|ns1 host 1 2 3 4 5|\n@ 5 A 192.0.2.1\n'.split(
      "|",
    ),
  );
  const text = fc
    .array(fc.tuple(word, fc.constantFrom(" ", " ", "")), { maxLength: 60 })
    .map((words) => new TextEncoder().encode(`$TTL 9\n${words.flat().join("")}`));
  fc.assert(fc.property(text, sizes, holds), { numRuns: 1000 });
});

test("mutations of the corpus", () => {
  const edit = fc.tuple(fc.nat(), fc.constantFrom("set", "cut", "dup"), fc.nat(255), fc.nat(20));
  const mutated = fc
    .tuple(fc.constantFrom(...corpus), fc.array(edit, { maxLength: 4 }))
    .map(([seed, edits]) => {
      let text = Buffer.from(seed);
      for (const [where, kind, octet, size] of edits) {
        const at = where % (text.length + 1);
        const rest = text.subarray(at);
        if (kind === "set")
          text = Buffer.concat(
            [text.subarray(0, at), [octet], rest.subarray(1)].map((p) => Buffer.from(p)),
          );
        else if (kind === "cut") text = Buffer.concat([text.subarray(0, at), rest.subarray(size)]);
        else text = Buffer.concat([text.subarray(0, at), rest.subarray(0, size), rest]);
      }
      return new Uint8Array(text);
    });
  fc.assert(fc.property(mutated, sizes, holds), { numRuns: 600 });
});

test("canary: a scanner that forgets what a piece leaves over would be caught", () => {
  const text = new TextEncoder().encode("$TTL 5\nwww A 192.0.2.1\n");
  const scanner = createScanner(optionsFor(text));
  scanner.push(text.subarray(0, 10));
  scanner.push(text.subarray(11));
  assert.notDeepEqual(digest(scanner.end()), digest(scanZone(text, optionsFor(text))));
});
