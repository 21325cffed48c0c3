// SPDX-License-Identifier: Apache-2.0
/**
 * Signed zones against NSD and Knot: random zones, NSEC and NSEC3 with and without opt-out, random
 * questions with DO; where the two agree, so do we.
 *
 * Left out are answers that do not fit, the additional section of positive answers, and types that
 * RFC 8482 leaves to the server (ANY, RRSIG).
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { composeQuery } from "../../src/dns/compose.ts";
import { isMessage, type ResourceRecord, readMessage } from "../../src/dns/message.ts";
import { recordToText } from "../../src/dns/text.ts";
import { findDaemon, startKnot, startNsd, writeZones } from "../support/peers.ts";
import { createPrng, nextRandom, type Prng } from "../support/prng.ts";
import { type RandomZone, randomQuestion, randomZone } from "../support/random-zone.ts";
import { type Denial, noSigner, signZone } from "../support/sign.ts";
import { askOctets, createWorld } from "../support/world.ts";

const ZONES = 24;
const QUESTIONS_PER_ZONE = 150;
const FORMS: readonly Denial[] = [
  { nsec3: false },
  { nsec3: true },
  { nsec3: true, salt: "abcd", iterations: 5 },
  { nsec3: true, optOut: true },
];

interface Summary {
  readonly rcode: number;
  readonly aa: boolean;
  readonly answers: readonly string[];
  readonly authorities: readonly string[];
  readonly truncated: boolean;
}

function summarise(reply: Uint8Array | null): Summary | null {
  if (reply === null) return null;
  const message = readMessage(reply);
  if (!isMessage(message)) return null;
  const lines = (list: readonly ResourceRecord[]): string[] =>
    [...new Set(list.map((one) => recordToText(one).toLowerCase().replaceAll(/\s+/g, " ")))].sort();
  return {
    rcode: message.rcode,
    aa: message.aa,
    answers: lines(message.answers),
    authorities: lines(message.authorities),
    truncated: message.tc,
  };
}

const nsdPath = findDaemon("nsd");
const knotPath = findDaemon("knotd");
const skip =
  nsdPath === null || knotPath === null
    ? "needs the Debian packages nsd and knot (scripts/install-peers.sh)"
    : noSigner;

const EXTRA = ["NSEC", "NSEC3PARAM", "DNSKEY", "DS", "DS", "NSEC3"];

function question(random: Prng, zone: RandomZone, hashes: readonly string[]) {
  const asked = randomQuestion(random, zone);
  const roll = nextRandom(random) % 12;
  if (roll < 3) return { ...asked, type: EXTRA[nextRandom(random) % EXTRA.length]! };
  if (roll === 3 && hashes.length > 0) {
    return { ...asked, name: hashes[nextRandom(random) % hashes.length]! };
  }
  return asked;
}

test("signed zones: where NSD and Knot agree, Azimuth agrees", { skip }, async (t) => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  const random = createPrng(seed);
  const folder = mkdtempSync(join(tmpdir(), "azimuth-signed-"));
  const zones = Array.from({ length: ZONES }, (_, i) => {
    const plain = randomZone(random, `z${i}.test.`, 8 + (nextRandom(random) % 24));
    const form = FORMS[i % FORMS.length]!;
    return { ...plain, text: signZone(folder, plain.apex, plain.text, form).text };
  });
  writeZones(folder, zones);
  const world = createWorld({
    zones: Object.fromEntries(zones.map(({ apex, text }) => [apex, text])),
    udpSizeMax: 4096,
  });
  const nsd = await startNsd(nsdPath!, folder, zones);
  const knot = await startKnot(knotPath!, folder, zones);
  let compared = 0;
  let disputed = 0;
  try {
    for (const zone of zones) {
      const hashes = [...zone.text.matchAll(/^([0-9a-v]{32}\.\S+)/gim)].map((one) => one[1]!);
      for (let i = 0; i < QUESTIONS_PER_ZONE; i += 1) {
        const { name, type } = question(random, zone, hashes);
        const query = composeQuery({
          name,
          type: type === "TYPE65400" ? 65400 : type,
          edns: { payload: 4096, dnssecOk: true },
        });
        const [a, b] = (await Promise.all([nsd.ask(query), knot.ask(query)])).map(summarise);
        const ours = summarise(askOctets(world, query));
        if (a === null || b === null || a!.truncated || b!.truncated || ours?.truncated) continue;
        if (JSON.stringify(a) !== JSON.stringify(b)) {
          disputed += 1;
          continue;
        }
        compared += 1;
        assert.deepEqual(ours, a, `${name} ${type} with SEED=${seed} in\n${zone.text}`);
      }
    }
  } finally {
    await Promise.all([nsd.stop(), knot.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
  t.diagnostic(`${compared} answers compared, ${disputed} where NSD and Knot differ`);
  assert.ok(compared > (ZONES * QUESTIONS_PER_ZONE) / 2, `only ${compared} could be compared`);
});
