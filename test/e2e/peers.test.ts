// SPDX-License-Identifier: Apache-2.0
/**
 * Azimuth against NSD, Knot, BIND and PowerDNS: random zones, random questions. Where at least three
 * of the four agree, so do we, or the difference is listed with the RFC that backs it.
 *
 *   npm run differential -- --zones 5000 --questions 40 --packets 50000 --seed 7
 *
 * The seed is printed (`differential-options.ts`). `--report <file>` writes each difference.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { differences } from "../support/differences.ts";
import { rawDifferences } from "../support/differences-raw.ts";
import { runDifferential } from "../support/differential.ts";
import { differentialOptions } from "../support/differential-options.ts";
import { runRaw } from "../support/differential-raw.ts";
import { withServers } from "../support/differential-servers.ts";
import { everyDifference, figures, tell } from "../support/differential-text.ts";
import { nativeForTests } from "../support/native.ts";
import { PEER_KINDS } from "../support/peer-configs.ts";
import { findDaemon } from "../support/peers.ts";

const { report, packets, ...options } = differentialOptions({
  zones: 2000,
  questionsPerZone: 15,
  packets: 5000,
});
const { seed, secondsMax } = options;

const missing = PEER_KINDS.filter((kind) => findDaemon(kind.daemon) === null);
const skip =
  missing.length > 0 &&
  `needs ${missing.map((kind) => kind.daemon).join(", ")} (scripts/install-peers.sh)`;

test("where three of NSD, Knot, BIND and PowerDNS agree, Azimuth agrees", { skip }, async (t) => {
  const { addon, reason } = nativeForTests();
  t.diagnostic(`--seed ${seed}${reason === false ? "" : `, without the native kernel: ${reason}`}`);
  const result = await runDifferential({ ...options, addon });
  t.diagnostic(figures(result));
  if (report !== undefined) writeFileSync(report, everyDifference(result));
  const [first] = result.wrong;
  assert.equal(result.wrong.length, 0, first === undefined ? "" : `seed ${seed}\n${tell(first)}`);
  assert.ok(result.agreed > result.asked * 0.9, `only ${result.agreed} could be compared`);
});

test("unsound packets: each is answered, and with the RCODE of three", { skip }, async (t) => {
  const { addon } = nativeForTests();
  const result = await withServers(
    { seed, zones: 100, addon },
    () => undefined,
    (servers) => runRaw(servers, { seed, packets, secondsMax }),
  );
  const { wrong, allowed, ...counts } = result;
  t.diagnostic(`--seed ${seed} ${JSON.stringify({ ...counts, allowed })}`);
  assert.deepEqual(wrong.slice(0, 3), [], `${wrong.length} of ${result.sent} packets`);
  assert.ok(result.agreed > result.sent / 8, `only ${result.agreed} could be compared`);
});

test("every listed difference is documented with its RFC, and no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/differences.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| ([^|]+) \|/gm)].map(
    ([, id, rfc]) => `${id}: ${rfc!.trim()}`,
  );
  assert.deepEqual(
    rows,
    [...differences, ...rawDifferences].map(({ id, rfc }) => `${id}: ${rfc}`),
  );
});
