// SPDX-License-Identifier: Apache-2.0
/** What of a signed answer may be left out, and what a broken zone is answered with. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { composeQuery } from "../../../src/dns/compose.ts";
import { type Message, type ResourceRecord } from "../../../src/dns/message.ts";
import { nameToText } from "../../../src/dns/names.ts";
import { recordToText } from "../../../src/dns/text.ts";
import { createPrng } from "../../support/prng.ts";
import { randomQuestion, randomZone } from "../../support/random-zone.ts";
import { type Chain, signUnsoundly } from "../../support/unsound-sign.ts";
import { createWorld, replyOf, type World } from "../../support/world.ts";

const ways: readonly Chain[] = [{}, { nsec3: true }, { nsec3: true, optOut: true, salt: "ab" }];
const texts = (list: readonly ResourceRecord[]): string[] => list.map(recordToText);

function asked(world: World, name: string, type: string | number, payload: number): Message {
  return replyOf(world, composeQuery({ name, type, edns: { payload, dnssecOk: true } }));
}

test("an answer has all that it must have with its signatures, or TC and nothing", () => {
  const random = createPrng(11);
  let truncated = 0;
  for (const [i, way] of ways.entries()) {
    const zone = randomZone(random, "example.org.", 25);
    const text = signUnsoundly(zone.apex, zone.text, way);
    const world = createWorld({ zones: { [zone.apex]: text }, udpSizeMax: 4096 });
    for (let k = 0; k < 300; k += 1) {
      const { name, type } = randomQuestion(random, zone);
      const code = type === "TYPE65400" ? 65400 : type;
      const whole = asked(world, name, code, 4096);
      assert.ok(!whole.tc);
      const some = asked(world, name, code, 512 + ((k * 7) % 700));
      if (some.tc) {
        truncated += 1;
        assert.deepEqual([some.answers, some.authorities, some.additionals], [[], [], []]);
        continue;
      }
      assert.deepEqual(texts(some.answers), texts(whole.answers), `${i} ${name} ${type}`);
      assert.deepEqual(texts(some.authorities), texts(whole.authorities), `${i} ${name} ${type}`);
      const more = new Set(texts(whole.additionals));
      for (const one of texts(some.additionals)) assert.ok(more.has(one), one);
    }
  }
  assert.ok(truncated > 20, `${truncated} were truncated`);
});

test("DE2: no record is twice in one answer", () => {
  const random = createPrng(12);
  for (const way of ways) {
    const zone = randomZone(random, "example.org.", 30);
    const world = createWorld({ zones: { [zone.apex]: signUnsoundly(zone.apex, zone.text, way) } });
    for (let k = 0; k < 400; k += 1) {
      const { name, type } = randomQuestion(random, zone);
      const { authorities } = asked(world, name, type === "TYPE65400" ? 65400 : type, 4096);
      assert.equal(new Set(texts(authorities)).size, authorities.length, `${name} ${type}`);
    }
  }
});

test("DE1: a zone with gaps is answered with what it has", () => {
  for (const way of ways) {
    const zone = randomZone(createPrng(13), "example.org.", 25);
    const lines = signUnsoundly(zone.apex, zone.text, way).split("\n");
    // Every third record of a proof or signature is lost, never what says that there are some.
    const isKept = (line: string, i: number): boolean =>
      !/ (NSEC3?|RRSIG) /.test(line) || line.startsWith("example.org. ") || i % 3 !== 0;
    const kept = lines.filter(isKept);
    const world = createWorld({ zones: { [zone.apex]: kept.join("\n") } });
    const random = createPrng(14);
    let proofs = 0;
    for (let k = 0; k < 400; k += 1) {
      const { name, type } = randomQuestion(random, zone);
      const { rcode, authorities } = asked(world, name, type === "TYPE65400" ? 65400 : type, 4096);
      assert.ok([0, 3, 6].includes(rcode));
      proofs += authorities.filter((one) => one.type === 47 || one.type === 50).length;
    }
    assert.ok(proofs > 0);
  }
});

test("a chain of aliases through wildcards of two zones proves each of them", () => {
  const soa = "@ 300 SOA ns1 hostmaster 1 7200 1800 259200 120\n@ 300 NS ns1\n";
  const org = `${soa}*.a 300 CNAME x.b.example.net.\n`;
  const net = `${soa}*.b 300 CNAME y.c.example.org.\n`;
  for (const way of ways) {
    const world = createWorld({
      zones: {
        "example.org.": signUnsoundly("example.org.", `${org}*.c 300 A 192.0.2.1\n`, way),
        "example.net.": signUnsoundly("example.net.", net, way),
      },
      udpSizeMax: 4096,
    });
    const { answers, authorities } = asked(world, "q.a.example.org.", "A", 4096);
    assert.equal(answers.length, 6, "two aliases and an address with their signatures");
    const zones = new Set(
      authorities
        .filter((one) => one.type !== 46)
        .map((one) => nameToText(one.owner).split(".").slice(-3).join(".")),
    );
    assert.deepEqual([...zones].sort(), ["example.net.", "example.org."]);
  }
});
