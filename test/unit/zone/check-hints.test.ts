// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { HINTS_MAX } from "../../../src/layout/limits.ts";
import { checkTexts } from "./zones.ts";

test("auto hints in order: of the owner, of a target, static and steered, mandatory where static", () => {
  const lines =
    "a A 192.0.2.1\na HTTPS 1 . ipv4hint=auto mandatory=ipv4hint\nb SVCB 1 W ipv6hint=auto\n";
  assert.deepEqual(checkTexts(lines, "w.example.org. A,AAAA p"), []);
});

test("ZONE_HINT_NONE: a target that has no such address in this zone", () => {
  const lines = [
    "a HTTPS 1 . ipv4hint=auto",
    "b HTTPS 1 x.example.net. ipv6hint=auto",
    "c HTTPS 1 al ipv4hint=auto",
    "al CNAME a",
    "d HTTPS 1 ns.cut ipv4hint=auto",
    "cut NS ns.cut",
    "ns.cut A 192.0.2.1",
    "e HTTPS 1 away ipv4hint=auto",
    "f HTTPS 1 half ipv6hint=auto",
  ];
  assert.deepEqual(
    checkTexts(`${lines.join("\n")}\n`, "away.example.org. CNAME p", "half.example.org. A p"),
    [
      "zone:5:1 ~ZONE_HINT_NONE a.example.org. HTTPS has ipv4hint as auto, but a.example.org. has no A of its own",
      "zone:6:1 ~ZONE_HINT_NONE b.example.org. HTTPS has ipv6hint as auto, but x.example.net. is outside of the zone",
      "zone:7:1 ~ZONE_HINT_NONE c.example.org. HTTPS has ipv4hint as auto, but al.example.org. is an alias",
      "zone:9:1 ~ZONE_HINT_NONE d.example.org. HTTPS has ipv4hint as auto, but ns.cut.example.org. lies at or below the delegation cut.example.org.",
      "zone:12:1 ~ZONE_HINT_NONE e.example.org. HTTPS has ipv4hint as auto, but away.example.org. is an alias",
      "zone:13:1 ~ZONE_HINT_NONE f.example.org. HTTPS has ipv6hint as auto, but half.example.org. has no AAAA of its own",
    ],
  );
});

test("ZONE_HINT_STATIC: a written hint beside steering; of the other family it is no matter", () => {
  const lines = "w HTTPS 1 . ipv4hint=192.0.2.1 ipv6hint=2001:db8::1\n";
  assert.deepEqual(checkTexts(lines, "w.example.org. A p"), [
    "zone:5:1 ~ZONE_HINT_STATIC w.example.org. HTTPS has ipv4hint, but w.example.org. A is steered by p",
  ]);
});

test("ZONE_HINT_MANDATORY: what may be left out cannot be mandatory", () => {
  const lines =
    "w HTTPS 1 . mandatory=ipv4hint ipv4hint=auto\nx HTTPS 1 . mandatory=ipv6hint ipv6hint=auto\n";
  assert.deepEqual(checkTexts(lines, "w.example.org. A p"), [
    "zone:5:1 ZONE_HINT_MANDATORY w.example.org. HTTPS has ipv4hint as auto and mandatory",
    "zone:6:1 ZONE_HINT_MANDATORY x.example.org. HTTPS has ipv6hint as auto and mandatory",
  ]);
});

test("ZONE_HINT_SIGNED: no auto hint beside signatures, of the RRset or of the zone", () => {
  const rrsig = (owner: string, type: string) =>
    `${owner} RRSIG ${type} 5 3 60 20300101000000 20200101000000 1 @ AA==\n`;
  const service = "a A 192.0.2.1\na HTTPS 1 . ipv4hint=auto\n";
  const keys = (texts: readonly string[]) =>
    texts.filter((text) => text.includes("ZONE_HINT_SIGNED"));
  const told = ["zone:6:1 ZONE_HINT_SIGNED a.example.org. HTTPS would have no valid signature"];
  assert.deepEqual(keys(checkTexts(service)), []);
  assert.deepEqual(keys(checkTexts(service + rrsig("a", "HTTPS"))), told);
  assert.deepEqual(keys(checkTexts(service + rrsig("@", "SOA"))), told);
  assert.deepEqual(keys(checkTexts(`${service}@ NSEC a SOA\n`)), told);
  const alias = "a A 192.0.2.1\na HTTPS 0 b ipv4hint=auto\n";
  assert.deepEqual(keys(checkTexts(alias + rrsig("a", "HTTPS"))), told);
});

test("ZONE_HINTS_MANY: more than are filled in", () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, i) => `a SVCB ${i + 1} . ipv4hint=auto\n`).join("");
  assert.deepEqual(checkTexts(`a A 192.0.2.1\n${lines(HINTS_MAX)}`), []);
  assert.deepEqual(checkTexts(`a A 192.0.2.1\n${lines(HINTS_MAX + 1)}`), [
    "zone:6:1 ZONE_HINTS_MANY a.example.org. SVCB has 33 of them, and 32 are filled in",
  ]);
});

test("AliasMode has no hints: only its own finding", () => {
  assert.deepEqual(checkTexts("a HTTPS 0 b ipv4hint=auto\n"), [
    "zone:5:1 ~ZONE_ALIAS_PARAMS a.example.org. HTTPS has priority 0",
  ]);
});
