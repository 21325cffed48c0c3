// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { nameFromText } from "../../../src/dns/names.ts";
import { checkZone } from "../../../src/zone/check.ts";
import { scanZone } from "../../../src/zone/scan.ts";
import { type Chain, signUnsoundly } from "../../support/unsound-sign.ts";

const APEX = "example.org.";
const PLAIN = `$TTL 300
@ SOA ns1 hostmaster 1 7200 1800 259200 120
@ NS ns1
ns1 A 192.0.2.53
a.b TXT deep
*.w A 192.0.2.9
sub NS ns.sub
ns.sub A 192.0.2.3
safe NS ns.sub
safe DS 1 8 2 ${"ab".repeat(32)}
old DNAME w
`;

/** Codes and details of a text's findings, lines left out. */
function check(text: string, steered: readonly string[] = []): string[] {
  const octets = new TextEncoder().encode(text);
  const { value, faults } = scanZone(octets, { apex: nameFromText(APEX)!, file: "zone" });
  assert.deepEqual(faults, []);
  const rows = steered.map((owner) => ({ owner: nameFromText(owner)!, types: [1], policy: "p" }));
  return checkZone(value, undefined, rows).map((one) => `${one.key} ${one.detail}`);
}

const signed = (chain: Chain = {}): string => signUnsoundly(APEX, PLAIN, chain);
/** Lines of the signed text without those that match. */
const without = (text: string, line: RegExp): string =>
  text
    .split("\n")
    .filter((one) => !line.test(one))
    .join("\n");

test("whole zones have no finding: NSEC, NSEC3, opt-out, and one without signatures", () => {
  for (const chain of [{}, { nsec3: true }, { nsec3: true, optOut: true }]) {
    assert.deepEqual(check(signed(chain)), [], JSON.stringify(chain));
  }
  assert.deepEqual(check(PLAIN), []);
});

test("RFC 9276 §3.1: iterations and salt are remarked on, too many refused", () => {
  assert.deepEqual(check(signed({ nsec3: true, salt: "abcd", iterations: 5 })), [
    "ZONE_NSEC3_PARAMETERS example.org. NSEC3PARAM asks for 5 iterations and 2 octets of salt",
  ]);
  assert.deepEqual(check(signed({ nsec3: true, iterations: 51 })), [
    "ZONE_NSEC3_ITERATIONS example.org. NSEC3PARAM asks for 51 iterations, more than 50",
  ]);
  assert.deepEqual(check(signed({ nsec3: true, iterations: 50 })), [
    "ZONE_NSEC3_PARAMETERS example.org. NSEC3PARAM asks for 50 iterations and 0 octets of salt",
  ]);
});

test("a steered owner has nobody who signs its answers", () => {
  assert.deepEqual(check(signed(), ["www.example.org."]), [
    "ZONE_STEERED_SIGNED www.example.org. of policy p would be answered without a signature",
  ]);
});

test("every authoritative RRset is signed; glue and the NS of a cut are not", () => {
  assert.deepEqual(check(without(signed(), /^ns1\S* 300 RRSIG A /)), [
    "ZONE_RRSIG_MISSING ns1.example.org. A has none",
  ]);
  assert.deepEqual(check(without(signed(), /^safe\S* 300 RRSIG DS /)), [
    "ZONE_RRSIG_MISSING safe.example.org. DS has none",
  ]);
});

test("a signature of nothing is left out", () => {
  const line = signed().match(/^ns1\S* 300 RRSIG A .*$/m)![0];
  assert.deepEqual(check(`${signed()}${line.replace("RRSIG A", "RRSIG AAAA")}\n`), [
    "ZONE_RRSIG_STRAY ns1.example.org. RRSIG covers AAAA, which is not there",
  ]);
});

test("NSEC: a name without one, and a gap in the chain", () => {
  assert.deepEqual(check(without(signed(), /^ns1\S* 120 (NSEC|RRSIG NSEC) /)), [
    "ZONE_DENIAL_BROKEN ns1.example.org. has no NSEC",
    "ZONE_DENIAL_BROKEN a.b.example.org. NSEC does not lead to the next one",
  ]);
});

test("NSEC3: a gap in the chain, and none for the apex", () => {
  const text = signed({ nsec3: true });
  const apexHash = text.match(/^(\S+)\.example\.org\. 120 NSEC3 .* NS SOA /m)![1]!;
  const found = check(without(text, new RegExp(`^${apexHash}`)));
  assert.equal(found[0], "ZONE_DENIAL_MISSING example.org. has no record of its own in it");
  assert.match(found[1]!, /^ZONE_DENIAL_BROKEN \S+ NSEC3 does not lead to the next one$/);
  assert.equal(found.length, 2);
});

test("NSEC3 of another chain, or of none", () => {
  const text = signed({ nsec3: true });
  const other = text.match(/^\S+ 120 NSEC3 .*$/m)![0].replace("1 0 0 -", "1 0 0 ff");
  assert.match(check(`${text}${other}\n`)[0]!, /^ZONE_NSEC3_STRAY \S+ NSEC3 has other parameters$/);
  const bare = check(without(text, /^(@|example\.org\.) .*NSEC3PARAM/));
  assert.equal(bare[0], "ZONE_DENIAL_MISSING example.org. has signatures");
  assert.ok(bare.slice(1).every((one) => one.startsWith("ZONE_NSEC3_STRAY ")));
});

test("RFC 9077 §3: NSEC lives no longer than negative answers", () => {
  const text = signed().replace(/^(ns1\S*) 120 NSEC /m, "$1 300 NSEC ");
  assert.deepEqual(check(text), ["ZONE_DENIAL_TTL ns1.example.org. NSEC has the TTL 300, not 120"]);
});
