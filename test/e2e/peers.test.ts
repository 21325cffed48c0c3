// SPDX-License-Identifier: Apache-2.0
/**
 * Azimuth against NSD and Knot: random zones, random questions; where the two agree, so do we.
 *
 * Left out are answers that do not fit (each server cuts elsewhere) and the additional section of
 * positive answers, which is at everyone's discretion. Glue of referrals is compared.
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
import { createPrng, nextRandom } from "../support/prng.ts";
import { randomQuestion, randomZone } from "../support/random-zone.ts";
import { askOctets, createWorld } from "../support/world.ts";

const ZONES = 60;
const QUESTIONS_PER_ZONE = 120;

interface Summary {
  readonly rcode: number;
  readonly aa: boolean;
  readonly answers: readonly string[];
  readonly authorities: readonly string[];
  readonly glue: readonly string[];
  readonly truncated: boolean;
}

function summarise(reply: Uint8Array | null): Summary | null {
  if (reply === null) return null;
  const message = readMessage(reply);
  if (!isMessage(message)) return null;
  // As sets: at the end of a loop the peers repeat a record, which RFC 2181 §5 does not allow.
  const lines = (list: readonly ResourceRecord[]): string[] =>
    [...new Set(list.map((one) => recordToText(one).toLowerCase().replaceAll(/\s+/g, " ")))].sort();
  const referral = !message.aa && message.answers.length === 0;
  return {
    rcode: message.rcode,
    aa: message.aa,
    answers: lines(message.answers),
    authorities: lines(message.authorities),
    glue: referral ? lines(message.additionals) : [],
    truncated: message.tc,
  };
}

const nsdPath = findDaemon("nsd");
const knotPath = findDaemon("knotd");
const skip =
  nsdPath === null || knotPath === null
    ? "needs the Debian packages nsd and knot (scripts/install-peers.sh)"
    : false;

test("random zones: where NSD and Knot agree, Azimuth agrees", { skip }, async (t) => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  const random = createPrng(seed);
  const zones = Array.from({ length: ZONES }, (_, i) =>
    randomZone(random, `z${i}.test.`, 8 + (nextRandom(random) % 24)),
  );
  const folder = mkdtempSync(join(tmpdir(), "azimuth-peers-"));
  writeZones(folder, zones);
  const world = createWorld({
    zones: Object.fromEntries(zones.map(({ apex, text }) => [apex, text])),
  });
  const nsd = await startNsd(nsdPath!, folder, zones);
  const knot = await startKnot(knotPath!, folder, zones);
  let compared = 0;
  let disputed = 0;
  try {
    for (const zone of zones) {
      for (let i = 0; i < QUESTIONS_PER_ZONE; i += 1) {
        const { name, type } = randomQuestion(random, zone);
        const query = composeQuery({ name, type: type === "TYPE65400" ? 65400 : type, edns: {} });
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
