// SPDX-License-Identifier: Apache-2.0
/** RFC 9460 appendix D, and what our printer makes of it. */
import assert from "node:assert/strict";
import test from "node:test";
import { nameFromText, ROOT_NAME } from "../../../src/dns/names.ts";
import { rdataFromText, rdataToText, validRdata } from "../../../src/dns/rdata.ts";
import { hasAutoHint, keyNumber, keyText } from "../../../src/dns/svcb.ts";

const SVCB = 64;
const nameHex = (text: string): string => Buffer.from(nameFromText(text)!).toString("hex");

function wire(text: string): string {
  const got = rdataFromText(SVCB, text, ROOT_NAME);
  return "error" in got ? got.error : Buffer.from(got.rdata).toString("hex");
}

const FOO = nameHex("foo.example.com.");
const ORG = nameHex("foo.example.org.");

/** Figure, text, wire, text as we print it. */
const VECTORS: readonly (readonly [string, string, string, string])[] = [
  ["2", "0 foo.example.com.", `0000${FOO}`, "0 foo.example.com."],
  ["3", "1 .", "000100", "1 ."],
  ["4", "16 foo.example.com. port=53", `0010${FOO}000300020035`, "16 foo.example.com. port=53"],
  [
    "5",
    "1 foo.example.com. key667=hello",
    `0001${FOO}029b000568656c6c6f`,
    '1 foo.example.com. key667="hello"',
  ],
  [
    "6",
    '1 foo.example.com. key667="hello\\210qoo"',
    `0001${FOO}029b000968656c6c6fd2716f6f`,
    '1 foo.example.com. key667="hello\\210qoo"',
  ],
  [
    "7",
    '1 foo.example.com. ( ipv6hint="2001:db8::1,2001:db8::53:1" )',
    `0001${FOO}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
    "1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1",
  ],
  [
    "8",
    '1 foo.example.com. (ipv6hint="2001:db8:122:344::192.0.2.33")',
    `0001${FOO}0006001020010db80122034400000000c0000221`,
    "1 foo.example.com. ipv6hint=2001:db8:122:344::c000:221",
  ],
  [
    "9",
    "16 foo.example.org. ( alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1 )",
    `0010${ORG}00000004000100040001000902683205` + "68332d313900040004c0000201",
    '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  ],
  [
    "10",
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    `0010${ORG}0001000c08665c6f6f2c626172026832`,
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
  ],
  [
    "10",
    "16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2",
    `0010${ORG}0001000c08665c6f6f2c626172026832`,
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
  ],
  [
    "RFC 9461",
    "1 . alpn=dot dohpath=/q{?dns} ohttp",
    `000100${"0001000403646f74"}0007${"0008"}2f717b3f646e737d00080000`,
    '1 . alpn="dot" dohpath="/q{?dns}" ohttp',
  ],
  [
    "ech",
    "1 . alpn=h2 no-default-alpn ech=AEj+",
    "000100000100030268320002000000050003" + "0048fe",
    '1 . alpn="h2" no-default-alpn ech=AEj+',
  ],
  ["key without a value", "1 . key9999", "000100270f0000", "1 . key9999"],
];

test("RFC 9460 appendix D.1, D.2", () => {
  for (const [figure, text, hex, printed] of VECTORS) {
    assert.equal(wire(text), hex, `figure ${figure}`);
    const rdata = new Uint8Array(Buffer.from(hex, "hex"));
    assert.equal(rdataToText(SVCB, rdata), printed, `figure ${figure}`);
    assert.equal(wire(printed), hex, `figure ${figure} printed`);
  }
});

test("RFC 9460 appendix D.3: what must be refused", () => {
  const bad: readonly (readonly [string, RegExp])[] = [
    ["key123=abc key123=def", /key123 stands twice/],
    ["mandatory", /bad value of mandatory/],
    ["alpn", /bad value of alpn/],
    ["port", /bad value of port/],
    ["ipv4hint", /bad value of ipv4hint/],
    ["ipv6hint", /bad value of ipv6hint/],
    ["no-default-alpn=abc", /bad value of no-default-alpn/],
    ["mandatory=key123", /mandatory names key123/],
    ["mandatory=mandatory", /bad value of mandatory/],
    ["mandatory=key123,key123 key123=abc", /bad value of mandatory/],
    ["no-default-alpn", /without alpn/],
    ["alpn=,h2", /bad value of alpn/],
    ["alpn=a\\\\b", /bad value of alpn/],
    ["port=65536", /bad value of port/],
    ["ech=A", /bad value of ech/],
    ["key65535=a", /not a parameter key/],
    ["key01=a", /not a parameter key/],
    ["foo=a", /not a parameter key/],
    ['alpn="h2"x', /not a parameter key/],
    ["key3=a", /bad value of port/],
  ];
  for (const [params, pattern] of bad)
    assert.match(wire(`1 foo.example.com. ${params}`), pattern, params);
});

test("V1: on the wire, keys ascend", () => {
  const sorted = new Uint8Array(Buffer.from("000100" + "000300020035" + "029b0000", "hex"));
  const unsorted = new Uint8Array(Buffer.from("000100" + "029b0000" + "000300020035", "hex"));
  assert.ok(validRdata(SVCB, sorted));
  assert.ok(!validRdata(SVCB, unsorted));
  assert.match(rdataToText(SVCB, unsorted), /^\\# /);
});

test("keys by name and number", () => {
  assert.equal(keyNumber("ALPN"), 1);
  assert.equal(keyNumber("key1"), 1);
  assert.equal(keyText(8), "ohttp");
  assert.equal(keyText(4711), "key4711");
});

test("V4: auto is text alone: it prints as it was written, and is no wire form", () => {
  const text = '1 . alpn="h2" ipv4hint=auto ipv6hint=auto';
  const hex = wire(text);
  assert.equal(hex, "000100" + "0001000302" + "6832" + "00040000" + "00060000");
  const rdata = new Uint8Array(Buffer.from(hex, "hex"));
  assert.equal(rdataToText(SVCB, rdata), text);
  assert.ok(hasAutoHint(rdata));
  assert.ok(!validRdata(SVCB, rdata));
  assert.match(wire(`\\# ${rdata.length} ${hex}`), /no RDATA of SVCB/);
  assert.equal(wire('1 . ipv4hint="auto"'), "000100" + "00040000");
  const named: readonly (readonly [string, RegExp])[] = [
    ["ipv4hint=auto,192.0.2.1", /bad value of ipv4hint/],
    ["ipv4hint=", /bad value of ipv4hint/],
    ["key4=", /bad value of ipv4hint/],
    ["key4=auto", /^0001000004000461/],
    ["key6=auto", /bad value of ipv6hint/],
    ["port=auto", /bad value of port/],
    ["mandatory=ipv6hint ipv4hint=auto", /mandatory names ipv6hint/],
  ];
  for (const [params, pattern] of named) assert.match(wire(`1 . ${params}`), pattern, params);
});
