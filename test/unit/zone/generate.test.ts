// SPDX-License-Identifier: Apache-2.0
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the syntax of $GENERATE
import assert from "node:assert/strict";
import test from "node:test";
import { expandTemplate, parseRange } from "../../../src/zone/generate.ts";
import { faultTexts, recordLines, recordTexts, scan } from "./zones.ts";

test("ranges", () => {
  assert.deepEqual(parseRange("1-5"), { first: 1, last: 5, step: 1 });
  assert.deepEqual(parseRange("0-10/5"), { first: 0, last: 10, step: 5 });
  for (const text of ["5-1", "1", "1-", "-1-2", "1-2/0", "1-9999999999", "1-2/x"]) {
    assert.equal(parseRange(text), null, text);
  }
});

test("BIND's modifiers: offset, width, base, nibbles", () => {
  const cases: readonly (readonly [string, number, string | null])[] = [
    ["a$", 7, "a7"],
    ["a\\$", 7, "a\\$"],
    ["a$$", 7, "a\\$"],
    ["${5}", 7, "12"],
    ["${-5}", 7, "2"],
    ["${0,3}", 7, "007"],
    ["${0,3,d}", 12, "012"],
    ["${0,4,x}", 255, "00ff"],
    ["${0,0,X}", 255, "FF"],
    ["${0,2,o}", 8, "10"],
    ["${0,0,n}", 0x1f, "f.1"],
    ["${0,5,n}", 0x1f, "f.1.0"],
    ["${0,1,N}", 0xa, "A"],
    ["${-8}", 7, null],
    ["${0,256}", 7, null],
    ["${0,1,z}", 7, null],
    ["${", 7, null],
    ["$$$", 7, "\\$7"],
  ];
  for (const [template, value, text] of cases)
    assert.equal(expandTemplate(template, value), text, template);
});

test("the examples of BIND's manual", () => {
  const { value, faults } = scan(`$TTL 60
$ORIGIN 0.0.192
$GENERATE 1-2 @ NS SERVER$.EXAMPLE.ORG.
$GENERATE 1-127/63 $ CNAME $.0
$ORIGIN example.org.
$GENERATE 1-2 HOST-$ 5 IN MX "0 ."
$GENERATE 7-7 srv SRV 0 $ 53 h$
`);
  assert.deepEqual(faults, []);
  assert.deepEqual(recordTexts(value), [
    "0.0.192.example.org. 60 NS SERVER1.EXAMPLE.ORG.",
    "0.0.192.example.org. 60 NS SERVER2.EXAMPLE.ORG.",
    "1.0.0.192.example.org. 60 CNAME 1.0.0.0.192.example.org.",
    "64.0.0.192.example.org. 60 CNAME 64.0.0.0.192.example.org.",
    "127.0.0.192.example.org. 60 CNAME 127.0.0.0.192.example.org.",
    "host-1.example.org. 5 MX 0 .",
    "host-2.example.org. 5 MX 0 .",
    "srv.example.org. 60 SRV 0 7 53 h7.example.org.",
  ]);
  assert.deepEqual(recordLines(value), [3, 3, 4, 4, 4, 6, 6, 7]);
});

test("a step that fails ends the directive, with one fault that shows what was read", () => {
  const { value, faults } = scan(`$TTL 60
$GENERATE 254-300 a$ A 192.0.2.$
$GENERATE 1-2 a$ A
$GENERATE x a$ A 192.0.2.1
$GENERATE 1-2 a\${0,0,q} A 192.0.2.1
$GENERATE 1-2 "a$" A 192.0.2.1
$GENERATE 1-2 b$ TXT "( $"
c A 192.0.2.1
`);
  assert.equal(value.recordCount, 3);
  assert.deepEqual(faultTexts(faults), [
    'zone:2:1 ZONE_GENERATE at 256, "a256 A 192.0.2.256": A: not an IPv4 address',
    "zone:3:19 ZONE_GENERATE owner, type or data is missing",
    "zone:4:11 ZONE_GENERATE not a range of the form first-last or first-last/step",
    "zone:5:15 ZONE_GENERATE a bad modifier",
    "zone:6:15 ZONE_GENERATE the owner stands in quotes",
    'zone:7:1 ZONE_GENERATE at 1, "b1 TXT ( 1": not one record',
  ]);
});

test("a generated zone keeps to the limit of records", () => {
  const { value, faults } = scan("$TTL 1\n$GENERATE 0-65535 a$ A 192.0.2.1\n", {
    recordsMax: 100,
  });
  assert.equal(value.recordCount, 100);
  assert.equal(faults.length, 1);
});

test("a range of more steps than an IPv4 /16 has addresses is refused before the first", () => {
  const most = scan("$TTL 1\n$GENERATE 0-131071/2 a$ A 192.0.2.1\n", {});
  assert.deepEqual([most.value.recordCount, most.faults.length], [65_536, 0]);
  const { value, faults } = scan("$TTL 1\n$GENERATE 0-65536 a$ A 192.0.2.1\n", {});
  assert.equal(value.recordCount, 0);
  assert.deepEqual(
    faults.map((f) => `${f.key} ${f.detail}`),
    ["ZONE_GENERATE 65537 steps are more than 65536"],
  );
});
