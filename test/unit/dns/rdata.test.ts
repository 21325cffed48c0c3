// SPDX-License-Identifier: Apache-2.0
/** Text and wire of every type, mostly with the examples of the RFCs, and what follows from a row. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { RR_TYPES, typeNumber, typeText } from "../../../src/dns/iana.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import {
  canonicalRdata,
  genericText,
  RDATA_ROWS,
  rdataFromText,
  rdataFromTokens,
  rdataNames,
  rdataRow,
  rdataTarget,
  rdataToText,
  validRdata,
} from "../../../src/dns/rdata.ts";

const origin = nameFromText("example.com.")!;

function wire(type: string, text: string): string {
  const got = rdataFromText(typeNumber(type), text, origin);
  return "error" in got
    ? `error at ${got.token}: ${got.error}`
    : Buffer.from(got.rdata).toString("hex");
}

function bytes(type: string, text: string): Uint8Array {
  const got = rdataFromText(typeNumber(type), text, origin);
  assert.ok("rdata" in got, `${type} ${text}: ${"error" in got ? got.error : ""}`);
  return got.rdata;
}

const nameHex = (text: string): string => Buffer.from(nameFromText(text)!).toString("hex");

/** Type, text as an operator writes it, and the text that we print (null: the same). */
const CASES: readonly (readonly [string, string, string | null])[] = [
  ["A", "192.0.2.1", null],
  ["NS", "ns1", "ns1.example.com."],
  ["MD", "a.example.", null],
  ["MF", "a.example.", null],
  ["CNAME", "Www.Example.Org.", null],
  [
    "SOA",
    "ns1 host ( 2026112201 1h 15m 1w 5m )",
    "ns1.example.com. host.example.com. 2026112201 3600 900 604800 300",
  ],
  ["MB", "a.example.", null],
  ["MG", "a.example.", null],
  ["MR", "a.example.", null],
  ["PTR", "a\\.b.example.", null],
  ["HINFO", "DEC-2060 TOPS20", '"DEC-2060" "TOPS20"'],
  ["MINFO", "a.example. b.example.", null],
  ["MX", "10 mail", "10 mail.example.com."],
  ["MX", "0 .", null],
  ["TXT", 'one "two ; \\" \\\\ three" \\101', '"one" "two ; \\" \\\\ three" "e"'],
  ["TXT", '""', null],
  ["RP", "host.example. txt.example.", null],
  ["AFSDB", "1 afs.example.", null],
  ["X25", "311061700956", '"311061700956"'],
  ["ISDN", "150862028003217 004", '"150862028003217" "004"'],
  ["ISDN", "150862028003217", '"150862028003217"'],
  ["RT", "10 relay.example.", null],
  [
    "NSAP",
    "0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00",
    "0x47000580005a0000000001e133ffffff00016100",
  ],
  ["NSAP-PTR", "a.example.", null],
  [
    "SIG",
    "NXT 1 3 3600 20000102030405 19961211100908 2143 foo.example. AIYADP8d3zYNyQwW2EM4wXVFdslEJcUx",
    null,
  ],
  ["KEY", "256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3Cbl+BBZH4b/0PY1kxkmv", null],
  ["KEY", "49152 3 0", null],
  ["PX", "10 net2.it. PRMD-net2.ADMD-p400.C-it.", null],
  ["GPOS", "-32.6882 116.8652 10.0", '"-32.6882" "116.8652" "10.0"'],
  ["AAAA", "2001:DB8:0:0:0:0:2:1", "2001:db8::2:1"],
  ["AAAA", "::", null],
  ["AAAA", "::ffff:192.0.2.1", null],
  [
    "LOC",
    "42 21 54 N 71 06 18 W -24m 30m",
    "42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m",
  ],
  ["LOC", "52 14 05 N 00 08 50 E 10m", "52 14 5.000 N 0 8 50.000 E 10.00m 1.00m 10000.00m 10.00m"],
  ["LOC", "32 7 19 S 116 2 25 E 10m", "32 7 19.000 S 116 2 25.000 E 10.00m 1.00m 10000.00m 10.00m"],
  [
    "LOC",
    "90 S 180 W -100000.00 0 90000000m 0.01m",
    "90 0 0.000 S 180 0 0.000 W -100000.00m 0.00m 90000000.00m 0.01m",
  ],
  ["SRV", "0 5 5060 sip.example.", null],
  ["NAPTR", '100 50 "s" "z3950+I2L+I2C" "" _z3950._tcp.gatech.edu.', null],
  ["NAPTR", '100 100 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .', null],
  ["KX", "1 kdc.example.", null],
  ["CERT", "PGP 12345 RSASHA256 AQIDBA==", "3 12345 8 AQIDBA=="],
  ["DNAME", "frobozz-division.acme.example.", null],
  ["APL", "1:192.168.32.0/21 !1:192.168.38.0/28", null],
  ["APL", "1:224.0.0.0/4 2:FF00:0:0:0:0:0:0:0/8", "1:224.0.0.0/4 2:ff00::/8"],
  ["APL", "", ""],
  [
    "DS",
    "60485 RSASHA1 1 ( 2BB183AF5F22588179A53B0A 98631FAD1A292118 )",
    "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118",
  ],
  ["SSHFP", "2 1 123456789abcdef67890123456789abcdef67890", null],
  ["IPSECKEY", "10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==", null],
  ["IPSECKEY", "10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==", null],
  [
    "IPSECKEY",
    "10 3 2 mygateway.example.com. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
    null,
  ],
  ["IPSECKEY", "10 2 0 2001:db8:0:8002::2000:1", null],
  [
    "RRSIG",
    "A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTr",
    null,
  ],
  ["NSEC", "host.example.com. A MX RRSIG NSEC TYPE1234", null],
  [
    "DNSKEY",
    "256 3 RSASHA1 AQPSKmynfzW4kyBv015MUG2DeIQ3 Cbl+BBZH4b/0PY1kxkmv",
    "256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3Cbl+BBZH4b/0PY1kxkmv",
  ],
  ["DHCID", "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=", null],
  [
    "NSEC3",
    "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG",
    "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX RRSIG DNSKEY NSEC3PARAM",
  ],
  ["NSEC3", "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr", null],
  ["NSEC3PARAM", "1 0 0 -", null],
  ["TLSA", "3 1 1 ( d2abde240d7cd3ee 6b4b28c54df034b9 )", "3 1 1 d2abde240d7cd3ee6b4b28c54df034b9"],
  ["SMIMEA", "0 0 1 d2abde24", null],
  ["NINFO", '"status"', null],
  ["RKEY", "0 1 8 AQIDBA==", null],
  ["TALINK", "a.example. b.example.", null],
  ["CDS", "0 0 0 00", null],
  ["CDNSKEY", "0 3 0 AA==", null],
  ["OPENPGPKEY", "mQENBFnVAMgBCADWXo3I9Vig02zCR8WzGVN4", null],
  ["CSYNC", "66 3 A NS AAAA", null],
  ["ZONEMD", "2018031900 1 1 c68090d90a7aed71", null],
  ["SVCB", "16 foo.example.org. alpn=h2", '16 foo.example.org. alpn="h2"'],
  ["HTTPS", "0 svc.example.", null],
  ["HTTPS", "1 . alpn=h3,h2 ipv4hint=192.0.2.1", '1 . alpn="h3,h2" ipv4hint=192.0.2.1'],
  ["DSYNC", "CDS 1 5359 cds-scanner.example.net.", null],
  ["DSYNC", "CDS NOTIFY 5359 cds-scanner.example.net.", "CDS 1 5359 cds-scanner.example.net."],
  ["SPF", '"v=spf1 -all"', null],
  ["NID", "10 14:4fff:ff20:ee64", "10 0014:4fff:ff20:ee64"],
  ["L32", "10 10.1.2.0", null],
  ["L64", "10 2001:0DB8:1140:1000", "10 2001:0db8:1140:1000"],
  ["LP", "10 l64-subnet1.example.com.", null],
  ["EUI48", "00-00-5e-00-53-2a", null],
  ["EUI64", "00-00-5e-ef-10-00-00-2a", null],
  ["URI", '10 1 "ftp://ftp1.example.com/public"', null],
  ["CAA", '0 issue "ca1.example.net; account=230123"', null],
  ["CAA", "128 iodef mailto:security@example.com", '128 iodef "mailto:security@example.com"'],
  ["AVC", '"app-name:WOLFGANG|app-class:OAM"', null],
  ["AMTRELAY", "10 0 1 203.0.113.15", null],
  ["AMTRELAY", "10 1 2 2001:db8::15", null],
  ["AMTRELAY", "128 1 3 amtrelays.example.com.", null],
  ["AMTRELAY", "10 0 0 .", null],
  ["RESINFO", '"qnamemin" "exterr=15-17"', null],
  ["WALLET", '"BTC" "abc"', null],
  ["TA", "1 8 2 abcd", null],
  ["DLV", "1 8 2 abcd", null],
];

test("every case prints as expected, and what was printed reads back to the same octets", () => {
  for (const [type, text, printed] of CASES) {
    const rdata = bytes(type, text);
    const out = rdataToText(typeNumber(type), rdata);
    assert.equal(out, printed ?? text, `${type} ${text}`);
    assert.deepEqual(bytes(type, out), rdata, `${type} ${out}`);
    assert.ok(validRdata(typeNumber(type), rdata), `${type} ${text}`);
  }
});

test("every row has a case", () => {
  const covered = new Set(CASES.map(([type]) => typeNumber(type)));
  for (const row of RDATA_ROWS) assert.ok(covered.has(row.type), typeText(row.type));
});

test("what a case reads is also read in the form of RFC 3597", () => {
  for (const [type, text] of CASES) {
    const rdata = bytes(type, text);
    assert.deepEqual(bytes(type, genericText(rdata)), rdata, type);
  }
});

test("wire forms of RFC examples", () => {
  assert.equal(wire("A", "192.0.2.1"), "c0000201");
  assert.equal(wire("MX", "10 mail"), `000a${nameHex("mail.example.com.")}`);
  // RFC 4034 §4.3
  assert.equal(
    wire("NSEC", "host.example.com. ( A MX RRSIG NSEC TYPE1234 )"),
    `${nameHex("host.example.com.")}0006400100000003041b${"00".repeat(26)}20`,
  );
  // RFC 1876: 42 21 54 N is 2^31 + 152514000
  assert.equal(
    wire("LOC", "42 21 54 N 71 06 18 W -24m 30m"),
    "003316138917" + "2dd0" + "70be15f00098" + "8d20",
  );
  // RFC 3123 §4: trailing zeros of the address are not sent
  assert.equal(
    wire("APL", "1:192.168.32.0/21 !1:192.168.38.0/28"),
    "00011503c0a820" + "00011c83c0a826",
  );
  assert.equal(wire("NSEC3PARAM", "1 0 12 aabbccdd"), "0100000c04aabbccdd");
  assert.equal(wire("CAA", '0 issue "x"'), "000569737375" + "65" + "78");
  // RFC 7043 §3.2, §4.2
  assert.equal(wire("EUI48", "00-00-5e-00-53-2a"), "00005e00532a");
  assert.equal(wire("URI", '10 1 "a"'), "000a000161");
});

test("RFC 3597 §5: opaque types, and known ones whose octets must fit", () => {
  assert.equal(wire("TYPE731", "\\# 6 abcd ( ef 01 23 45 )"), "abcdef012345");
  assert.equal(wire("TYPE62347", "\\# 0"), "");
  assert.equal(wire("A", "\\# 4 0A000001"), "0a000001");
  assert.match(wire("A", "\\# 3 0a0000"), /^error at 0: octets that are no RDATA of A/);
  assert.match(wire("TYPE731", "\\# 2 abcdef"), /^error at 1: 3 octets, though 2/);
  assert.match(wire("TYPE731", "abcd"), /^error at 0: TYPE731 is written as/);
  assert.match(wire("TYPE731", "\\# 70000 00"), /^error at 1: not a size/);
  assert.equal(wire("TXT", '"\\#"'), "0123");
});

test("errors name the token", () => {
  const errors: readonly (readonly [string, string, RegExp])[] = [
    ["A", "", /^error at 0: an IPv4 address is missing/],
    ["A", "192.0.2", /^error at 0: not an IPv4/],
    ["A", "192.0.2.1 x", /^error at 1: more data/],
    ["MX", "65536 a", /^error at 0: not a number of 0 to 65535/],
    ["MX", "10", /^error at 1: a name is missing/],
    ["MX", `10 ${"a".repeat(64)}`, /^error at 1: a label is longer/],
    ["SOA", "a b 1 2 3 4", /^error at 6: a period is missing/],
    ["TXT", "a".repeat(256), /^error at 0: longer than 255/],
    ["TXT", "\\256", /^error at 0: a bad escape/],
    ["DS", "1 8 2 abc", /^error at 3: an odd number/],
    ["DNSKEY", "256 3 8 AQ=", /^error at 3: not whole Base64/],
    ["CAA", "0 is-sue x", /^error at 1: not a tag/],
    ["RRSIG", "A 5 3 86400 20030230173103 20030220173103 1 a. AA==", /^error at 4: not a time/],
    ["LOC", "91 N 0 E 0", /^error at 0: more than 90/],
    ["LOC", "90 0 1 N 0 E 0", /^error at 0: more than 90/],
    ["APL", "3:1.2.3.4/8", /^error at 0: not a prefix/],
    ["APL", "1:1.2.3.4/33", /^error at 0: a prefix longer/],
    ["NSEC", "a. A FOO", /^error at 2: not an RR type/],
    ["IPSECKEY", "10 4 2 . AA==", /^error at 3: a gateway type above 3/],
    ["AMTRELAY", "10 2 1 1.2.3.4", /^error at 1: neither 0 nor 1/],
    ["EUI48", "00-00-5e-00-53", /^error at 0: not an EUI-48/],
    ["NID", "1 1:2:3", /^error at 1: not four groups/],
    ["NSAP", "47", /^error at 0: not an NSAP/],
    ["NSEC3", "1 0 0 - 2t7b! A", /^error at 4: not Base32/],
  ];
  for (const [type, text, pattern] of errors)
    assert.match(wire(type, text), pattern, `${type} ${text}`);
});

test("rdataFromTokens takes token values", () => {
  const token = (text: string, column: number, quoted = false) => ({
    octets: new TextEncoder().encode(text),
    quoted,
    column,
  });
  const got = rdataFromTokens(15, [token("10", 1), token("mail", 4)], origin);
  assert.deepEqual(got, { rdata: bytes("MX", "10 mail") });
  assert.deepEqual(rdataFromTokens(15, [token("x", 1)], origin), {
    error: "not a number of 0 to 65535",
    token: 0,
  });
  const svcb = [token("1", 1), token(".", 3), token("alpn=", 5), token("h2,h3", 10, true)];
  assert.deepEqual(rdataFromTokens(64, svcb, origin), { rdata: bytes("SVCB", '1 . alpn="h2,h3"') });
});

test("names: places, compression of RFC 1035 types only, canonical case, target", () => {
  const soa = bytes("SOA", "Ns. Host. 1 2 3 4 5");
  assert.deepEqual(rdataNames(6, soa), [
    { at: 0, size: 4, compressible: true },
    { at: 4, size: 6, compressible: true },
  ]);
  const compressible = RDATA_ROWS.filter(
    (row) => row.compressible && row.fields.some((f) => f.kind === "name"),
  );
  assert.deepEqual(
    compressible.map((row) => typeText(row.type)),
    ["NS", "MD", "MF", "CNAME", "SOA", "MB", "MG", "MR", "PTR", "MINFO", "MX"],
  );
  assert.deepEqual(canonicalRdata(33, bytes("SRV", "1 2 3 Sip.X.")), bytes("SRV", "1 2 3 sip.x."));
  // RFC 6840 §5.1: NSEC is not lower-cased; nor are the types after RFC 4034.
  assert.deepEqual(canonicalRdata(47, bytes("NSEC", "Sip.X. A")), bytes("NSEC", "Sip.X. A"));
  assert.deepEqual(canonicalRdata(65, bytes("HTTPS", "1 Sip.X.")), bytes("HTTPS", "1 Sip.X."));
  assert.deepEqual(canonicalRdata(16, bytes("TXT", "Abc")), bytes("TXT", "Abc"));
  assert.deepEqual(rdataTarget(33, bytes("SRV", "1 2 3 s.")), { at: 6, size: 3 });
  assert.equal(rdataTarget(16, bytes("TXT", "a")), null);
  assert.equal(rdataTarget(15, new Uint8Array(1)), null);
});

test("no octets make the printer throw, and what it prints reads back", () => {
  const types = RR_TYPES.map((row) => row.number).filter((type) => rdataRow(type) !== undefined);
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.uint8Array({ maxLength: 40 }), (type, rdata) => {
      const text = rdataToText(type, rdata);
      const back = rdataFromText(type, text, origin);
      if (validRdata(type, rdata)) assert.deepEqual(back, { rdata }, `${typeText(type)} ${text}`);
      else assert.match(text, /^\\# /);
      canonicalRdata(type, rdata);
      rdataNames(type, rdata);
      rdataTarget(type, rdata);
    }),
    { numRuns: 3000 },
  );
});

test("one changed octet of valid RDATA still prints what reads back", () => {
  fc.assert(
    fc.property(fc.constantFrom(...CASES), fc.nat(), fc.nat(255), ([type, text], at, octet) => {
      const rdata = bytes(type, text);
      if (rdata.length > 0) rdata[at % rdata.length] = octet;
      if (!validRdata(typeNumber(type), rdata)) return;
      assert.deepEqual(bytes(type, rdataToText(typeNumber(type), rdata)), rdata);
    }),
    { numRuns: 3000 },
  );
});
