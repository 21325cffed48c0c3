// SPDX-License-Identifier: Apache-2.0
/**
 * Signed zones against NSD, Knot and BIND: random zones, NSEC and NSEC3 with and without opt-out,
 * random questions, mostly with DO. Where more than half of those that could load a zone agree, and
 * they are two at least, so do we, or the difference is listed.
 *
 *   npm run differential:signed -- --zones 1500 --questions 80 --seed 7 --report differences.txt
 *
 * Left out are types that RFC 8482 leaves to the server (ANY, RRSIG).
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import test from "node:test";
import { runDifferential } from "../support/differential.ts";
import { differentialOptions } from "../support/differential-options.ts";
import { everyDifference, figures, tell } from "../support/differential-text.ts";
import { nativeForTests } from "../support/native.ts";
import { PEER_KINDS } from "../support/peer-configs.ts";
import { findDaemon } from "../support/peers.ts";
import { noSigner } from "../support/sign.ts";

const { report, ...options } = differentialOptions({
  zones: 48,
  questionsPerZone: 100,
  packets: 0,
});
const { seed } = options;

const missing = PEER_KINDS.filter(
  (kind) => kind.name !== "pdns" && findDaemon(kind.daemon) === null,
);
const skip =
  missing.length > 0
    ? `needs ${missing.map((kind) => kind.daemon).join(", ")} (scripts/install-peers.sh)`
    : noSigner;

test("signed zones: where NSD, Knot and BIND agree, Azimuth agrees", { skip }, async (t) => {
  const { addon, reason } = nativeForTests();
  t.diagnostic(`--seed ${seed}${reason === false ? "" : `, without the native kernel: ${reason}`}`);
  const result = await runDifferential({ ...options, addon, signed: true });
  t.diagnostic(figures(result));
  if (report !== undefined) writeFileSync(report, everyDifference(result));
  const [first] = result.wrong;
  assert.equal(result.wrong.length, 0, first === undefined ? "" : `seed ${seed}\n${tell(first)}`);
  assert.ok(result.agreed > result.asked * 0.9, `only ${result.agreed} could be compared`);
});
