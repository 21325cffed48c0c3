// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { type Fault, fault } from "../../../src/base/faults.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import { createScanner, scanZone } from "../../../src/zone/scan.ts";
import { APEX, encode, faultTexts, recordLines, recordTexts, scan } from "./zones.ts";

function clean(text: string): string[] {
  const { value, faults } = scan(text);
  assert.deepEqual(faultTexts(faults), []);
  return recordTexts(value);
}

test("RFC 1035 §5.3: the example of the RFC, in our zone", () => {
  const text = `@   IN  SOA     VENERA      Action\\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.EXAMPLE.ORG.
        MX      10      VENERA

A       A       26.3.0.103

VENERA  A       10.1.0.52
        A       128.9.0.32
`;
  const { value, faults } = scan(text);
  assert.deepEqual(faults, []);
  assert.deepEqual(recordTexts(value), [
    "example.org. 60 SOA VENERA.example.org. Action\\.domains.example.org. 20 7200 600 3600000 60",
    "example.org. 60 NS A.EXAMPLE.ORG.",
    "example.org. 60 MX 10 VENERA.example.org.",
    "a.example.org. 60 A 26.3.0.103",
    "venera.example.org. 60 A 10.1.0.52",
    "venera.example.org. 60 A 128.9.0.32",
  ]);
  assert.deepEqual(recordLines(value), [1, 8, 9, 11, 13, 14]);
});

test("TTL and class in either order, in any case, with units", () => {
  assert.deepEqual(
    clean("a 1h IN A 1.2.3.4\nb in 60 a 1.2.3.4\nc CLASS1 A 1.2.3.4\n 5 TYPE1 \\# 4 01020304\n"),
    [
      "a.example.org. 3600 A 1.2.3.4",
      "b.example.org. 60 A 1.2.3.4",
      "c.example.org. 60 A 1.2.3.4",
      "c.example.org. 5 A 1.2.3.4",
    ],
  );
});

test("RFC 2308 §4: the TTL that is not written", () => {
  const soa = (ttl: string): string => `@ ${ttl} SOA a b 1 2 3 4 77\n`;
  // $TTL wins over the last written one.
  assert.deepEqual(clean("$TTL 9\na 5 A 1.2.3.4\nb A 1.2.3.4\n$TTL 1m\nc A 1.2.3.4"), [
    "a.example.org. 5 A 1.2.3.4",
    "b.example.org. 9 A 1.2.3.4",
    "c.example.org. 60 A 1.2.3.4",
  ]);
  // Without it the last written one; without any the MINIMUM of the SOA.
  assert.match(clean(`${soa("8")}b A 1.2.3.4`)[1]!, /^b\.example\.org\. 8 /);
  assert.match(clean(`${soa("")}b 5 A 1.2.3.4\nc A 1.2.3.4`)[2]!, /^c\.example\.org\. 77 /);
  assert.deepEqual(faultTexts(scan("a A 1.2.3.4\n").faults), [
    "zone:1:3 ZONE_NO_TTL no TTL is written here or before",
  ]);
});

test("origins, relative and absolute names, wildcards, CRLF, a byte order mark, no last newline", () => {
  assert.deepEqual(
    clean(
      "\ufeff$TTL 1\r\n$ORIGIN Sub\r\n@ NS x\r\n\t\tNS y.\r\n* A 1.2.3.4\r\n$ORIGIN .\r\nz.example.org A 1.2.3.4",
    ),
    [
      "sub.example.org. 1 NS x.Sub.example.org.",
      "sub.example.org. 1 NS y.",
      "*.sub.example.org. 1 A 1.2.3.4",
      "z.example.org. 1 A 1.2.3.4",
    ],
  );
});

test("faults name file, line and column, and scanning goes on", () => {
  const text = `$TTL 60
 A 1.2.3.4
a A 1.2.3
b CH A 1.2.3.4
c FOO 1.2.3.4
d.example.com. A 1.2.3.4
 A 1.2.3.4
e..f A 1.2.3.4
g TXT "x
h A
i 1x A 1.2.3.4
j OPT \\# 0
k TXT ( a
  "b" ) c )
l A 1.2.3.4
m TXT ( "a"
 "${"x".repeat(256)}" )
$TTL x
$FOO
$ORIGIN a..b
n (
`;
  const { value, faults } = scan(text);
  assert.deepEqual(recordTexts(value), ["l.example.org. 60 A 1.2.3.4"]);
  assert.deepEqual(faultTexts(faults), [
    "zone:2:2 ZONE_OWNER no owner stands before this",
    "zone:3:5 ZONE_RDATA A: not an IPv4 address",
    "zone:4:3 ZONE_CLASS the class is CH",
    "zone:5:3 ZONE_TYPE FOO is not a type",
    "zone:6:1 ZONE_OUTSIDE d.example.com. is outside of the zone",
    "zone:8:1 ZONE_OWNER the name has an empty label",
    "zone:9:7 ZONE_QUOTE it is not closed on this line",
    "zone:10:4 ZONE_RDATA A: an IPv4 address is missing",
    "zone:11:3 ZONE_TTL 1x is not a TTL",
    "zone:12:3 ZONE_META_TYPE OPT is not data",
    "zone:14:11 ZONE_PARENTHESES it closes what was not opened",
    "zone:17:2 ZONE_RDATA TXT: longer than 255 octets",
    "zone:18:6 ZONE_TTL x is not a TTL",
    "zone:19:1 ZONE_DIRECTIVE $FOO is not known",
    "zone:20:9 ZONE_DIRECTIVE the name has an empty label",
    "zone:21:3 ZONE_PARENTHESES it is not closed",
  ]);
});

test("an entry of too many parts", () => {
  const { faults } = scan(`a 5 TXT ${"x ".repeat(70_000)}\nb 5 A 1.2.3.4\n`);
  assert.deepEqual(faultTexts(faults), [
    "zone:1:1 ZONE_TOKENS the entry that begins here is too long",
  ]);
});

test("Z3: a named number of faults and of records", () => {
  const many = scan("x\n".repeat(1500)).faults;
  assert.equal(many.length, 1000);
  assert.equal(many.at(-1)!.key, "ZONE_FAULTS_MANY");
  const { value, faults } = scan("$TTL 1\n" + "a A 1.2.3.4\n".repeat(20), { recordsMax: 5 });
  assert.equal(value.recordCount, 5);
  assert.deepEqual(
    faults.map((f) => f.key),
    ["ZONE_TOO_LARGE"],
  );
});

test("Z1: pieces of any size give the same, the buffer may be reused", () => {
  const text = encode(
    '\ufeff$TTL 60\r\na TXT ( "x y" ; c\n z\\059 )\n\tA 1.2.3.4\nb.. A\nc MX 10 d',
  );
  const whole = scanZone(text, { apex: APEX, file: "zone" });
  for (let size = 1; size <= text.length; size += 1) {
    const scanner = createScanner({ apex: APEX, file: "zone" });
    const buffer = new Uint8Array(size);
    for (let at = 0; at < text.length; at += size) {
      const piece = text.subarray(at, at + size);
      buffer.set(piece);
      scanner.push(buffer.subarray(0, piece.length));
      buffer.fill(0x21);
    }
    const got = scanner.end();
    assert.deepEqual(recordTexts(got.value), recordTexts(whole.value));
    assert.deepEqual(recordLines(got.value), recordLines(whole.value));
    assert.deepEqual(got.faults, whole.faults);
  }
});

test("the middle of a file can be scanned with the state that stood before it", () => {
  const head = "$TTL 60\n$ORIGIN sub\na 7 A 1.2.3.4\n";
  const tail = " A 1.2.3.5\nb A 1.2.3.6\nc FOO\n";
  const first = createScanner({ apex: APEX, file: "zone" });
  first.push(encode(head));
  const context = first.context();
  assert.deepEqual(context, {
    origin: nameFromText("sub.example.org."),
    ttlDefault: 60,
    ttlLast: 7,
    owner: nameFromText("a.sub.example.org."),
    class: 1,
  });
  const middle = scan(tail, { context, firstLine: 4 });
  const whole = scan(head + tail);
  assert.deepEqual(recordTexts(middle.value), recordTexts(whole.value).slice(1));
  assert.deepEqual(recordLines(middle.value), [4, 5]);
  assert.deepEqual(middle.faults, whole.faults);
});

test("Z4: $INCLUDE keeps origin and owner of its file", () => {
  const files: Record<string, string> = {
    "a.inc": "$ORIGIN deep\nx A 1.2.3.4\n$INCLUDE b.inc other.example.org.\n",
    "b.inc": "@ A 1.2.3.5\nbad FOO\n$TTL 9\n",
  };
  const asked: string[] = [];
  const open = (path: string, fromFile: string) => {
    asked.push(`${path} from ${fromFile}`);
    const text = files[path];
    if (text === undefined) {
      return fault("FILE_UNREADABLE", { file: path, line: 0, column: 0 }, `${path}: no such file`);
    }
    return { name: `/zones/${path}`, octets: encode(text) };
  };
  const { value, faults } = scan(
    '$TTL 60\nw A 1.2.3.3\n$INCLUDE "a.inc" sub\n A 1.2.3.6\ny A 1.2.3.7\n$INCLUDE none\n',
    { open },
  );
  assert.deepEqual(recordTexts(value), [
    "w.example.org. 60 A 1.2.3.3",
    "x.deep.sub.example.org. 60 A 1.2.3.4",
    "other.example.org. 60 A 1.2.3.5",
    "w.example.org. 9 A 1.2.3.6",
    "y.example.org. 9 A 1.2.3.7",
  ]);
  assert.deepEqual(asked, ["a.inc from zone", "b.inc from /zones/a.inc", "none from zone"]);
  assert.deepEqual(value.files, ["zone", "/zones/a.inc", "/zones/b.inc"]);
  assert.deepEqual(faultTexts(faults), [
    "/zones/b.inc:2:5 ZONE_TYPE FOO is not a type",
    "zone:6:10 FILE_UNREADABLE none: no such file",
  ]);
});

test("files one after another are not deep", () => {
  const open = (): Uint8Array => encode("x 5 A 1.2.3.4\n");
  const { value, faults } = scan("$INCLUDE x\n".repeat(20), { open });
  assert.deepEqual(faults, []);
  assert.equal(value.recordCount, 20);
});

test("$INCLUDE has a depth, and none at all without someone to ask", () => {
  const open = (): Uint8Array | Fault => encode("$INCLUDE self\n");
  assert.deepEqual(faultTexts(scan("$INCLUDE self\n", { open }).faults), [
    "self:1:10 ZONE_INCLUDE more than 10 files deep",
  ]);
  assert.deepEqual(faultTexts(scan("$INCLUDE self\n").faults), [
    "zone:1:10 ZONE_INCLUDE no file can be included here",
  ]);
});
