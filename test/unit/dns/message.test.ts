// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { composeMessage, composeQuery } from "../../../src/dns/compose.ts";
import { Rcode } from "../../../src/dns/iana.ts";
import {
  clientSubnetOf,
  isMessage,
  type Message,
  readClientSubnet,
  readMessage,
} from "../../../src/dns/message.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import { rdataFromText } from "../../../src/dns/rdata.ts";

const name = (text: string): Uint8Array => nameFromText(text)!;

function message(octets: Uint8Array): Message {
  const got = readMessage(octets);
  assert.ok(isMessage(got), JSON.stringify(got));
  return got;
}

function errorOf(octets: Uint8Array): string {
  const got = readMessage(octets);
  assert.ok(!isMessage(got));
  return got.error;
}

const hex = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

test("a response with pointers: owner, and names inside RDATA", () => {
  const m = message(
    hex(
      "1234 8580 0001 0002 0000 0000" +
        "01 61 07 6578616d706c65 00 000f 0001" +
        "c00c 000f 0001 0000003c 0006 000a 01 62 c00e" +
        "c029 0021 0001 0000003c 0008 0001 0002 0003 c029",
    ),
  );
  assert.deepEqual([m.id, m.qr, m.aa, m.rd, m.ra, m.rcode], [0x1234, true, true, true, true, 0]);
  assert.deepEqual(m.questions, [{ name: name("a.example."), type: 15, class: 1 }]);
  const mx = rdataFromText(15, "10 b.example.", name("."));
  assert.deepEqual(m.answers[0]!.owner, name("a.example."));
  assert.deepEqual({ rdata: m.answers[0]!.rdata }, mx);
  const srv = rdataFromText(33, "1 2 3 b.example.", name("."));
  assert.deepEqual({ rdata: m.answers[1]!.rdata }, srv);
});

test("what is no message", () => {
  const head = "0000 0000 0001 0000 0000 0000";
  assert.match(errorOf(hex("0000")), /header/);
  assert.match(errorOf(hex(head)), /name is cut short/);
  assert.match(errorOf(hex(`${head} c00c 0001 0001`)), /backwards/);
  assert.match(errorOf(hex(`${head} c0`)), /pointer is cut short/);
  assert.match(errorOf(hex(`${head} 41 61 00`)), /label of unknown kind/);
  assert.match(errorOf(hex(`${head} 05 61`)), /label is cut short/);
  assert.match(errorOf(hex(`${head} 00 0001`)), /question is cut short/);
  assert.match(errorOf(hex(`${head} 00 0001 0001 00`)), /behind the last/);
  const record = "0000 0000 0000 0001 0000 0000";
  assert.match(errorOf(hex(`${record} 00 0001 0001 00000000 0003 010203`)), /malformed RDATA/);
  assert.match(errorOf(hex(`${record} 00 0001 0001 00000000 0004 0102`)), /RDATA is cut short/);
  // RFC 9460 §7.3: a hint has addresses; one without is what `auto` is in zones.
  const https = `${record} 00 0041 0001 00000000`;
  assert.match(errorOf(hex(`${https} 0007 0001 00 00040000`)), /malformed RDATA/);
  assert.equal(message(hex(`${https} 000b 0001 00 00040004c0000201`)).answers.length, 1);
  assert.match(
    errorOf(hex(`${record} 00 000f 0001 00000000 0003 0001 01 61 00`)),
    /beyond its RDATA/,
  );
  const extra = "0000 0000 0000 0000 0000 0002";
  const opt = "00 0029 1000 00000000 0000";
  assert.match(errorOf(hex(`${extra} ${opt} ${opt}`)), /more than one OPT/);
  const one = "0000 0000 0000 0000 0000 0001";
  assert.match(errorOf(hex(`${one} 01 61 00 0029 1000 00000000 0000`)), /owner of OPT/);
  assert.match(errorOf(hex(`${one} 00 0029 1000 00000000 0003 000800`)), /option is cut short/);
  // A chain of pointers that all point backwards still ends in a name that is too long.
  const label = `3f${"61".repeat(63)}`;
  assert.match(errorOf(hex(`${head} ${label.repeat(4)} 00 0001 0001`)), /longer than 255/);
});

test("EDNS: extended rcode, DO, options; OPT is taken out of the additional section", () => {
  const m = message(
    hex("0000 8001 0000 0000 0000 0001 00 0029 04d0 01008000 000b 0003 0000 000f 0003 0012 61"),
  );
  assert.equal(m.rcode, (1 << 4) | 1);
  assert.notEqual(m.rcode, Rcode.FORMERR);
  assert.deepEqual(m.additionals, []);
  assert.deepEqual(m.edns, {
    payload: 1232,
    version: 0,
    dnssecOk: true,
    options: [
      { code: 3, data: new Uint8Array(0) },
      { code: 15, data: Uint8Array.of(0, 18, 97) },
    ],
  });
});

test("RFC 7871 §6: client subnets that are malformed", () => {
  const read = (text: string): unknown => readClientSubnet(hex(text));
  assert.deepEqual(read("0001 18 10 c00002"), {
    family: 1,
    source: 24,
    scope: 16,
    address: Uint8Array.of(192, 0, 2, 0),
  });
  assert.ok(read("0002 00 00"));
  for (const bad of ["0001 18", "0003 00 00", "0001 21 00 c000020101", "0001 18 00 c0000201"]) {
    assert.equal(read(bad), null, bad);
  }
  assert.equal(read("0001 17 00 c00003"), null, "a bit beyond the source length");
  const ecs = clientSubnetOf(message(composeQuery({ name: "a.", type: "A", ecs: "192.0.2.0/23" })));
  assert.equal(ecs?.source, 23);
});

test("any octets: a message or an error, never a throw; and what was read composes", () => {
  const seed = composeQuery({ name: "www.example.org.", type: "MX", ecs: "2001:db8::/56" });
  const mutated = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }).map((edits) => {
    const octets = Uint8Array.from([...seed, ...seed]);
    for (const [at, octet] of edits) octets[at % octets.length] = octet;
    return octets.subarray(0, seed.length + (edits.length % 3) * 10);
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated), (octets) => {
      const got = readMessage(octets);
      if (!isMessage(got)) return;
      assert.deepEqual(readMessage(composeMessage(got)), got);
    }),
    { numRuns: 3000 },
  );
});
