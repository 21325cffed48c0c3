// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TransferRecord, TransferStep } from "../../../src/transfer/receive.ts";
import { diffOfSteps, patchRRsets } from "../../../src/transfer/steps.ts";
import {
  linesOfZone,
  recordOf,
  rrsetsOf,
  soaLine,
  viewOf,
  zoneOfLines,
} from "../../support/transfers.ts";

const records = (lines: readonly string[]): TransferRecord[] =>
  lines.map((line) => {
    const { owner, type, ttl, rdata } = recordOf(line);
    return { owner, type, ttl, rdata };
  });

function step(from: number, removed: readonly string[], added: readonly string[]): TransferStep {
  return {
    from: records([soaLine(from)])[0]!,
    to: records([soaLine(from + 1)])[0]!,
    removed: records(removed),
    added: records(added),
  };
}

const START = [soaLine(1), "@ 300 NS ns", "ns 300 A 192.0.2.1", "ns 300 A 192.0.2.2"];

/** The lines of the zone of `lines` after the steps; null if they are not steps of it. */
function after(lines: readonly string[], steps: readonly TransferStep[]): string[] | null {
  const zone = zoneOfLines(lines);
  const diff = diffOfSteps(viewOf(zone), steps);
  return diff === null ? null : linesOfZone(patchRRsets(rrsetsOf(zone), diff));
}

test("steps one after the other; what comes and goes again is in neither list", () => {
  const steps = [
    step(1, ["ns 300 A 192.0.2.1"], ["new 60 TXT x"]),
    step(2, ["new 60 TXT x"], ["other 60 TXT y"]),
  ];
  const wanted = [soaLine(3), "@ 300 NS ns", "ns 300 A 192.0.2.2", "other 60 TXT y"];
  assert.deepEqual(after(START, steps), linesOfZone(rrsetsOf(zoneOfLines(wanted))));
  const diff = diffOfSteps(viewOf(zoneOfLines(START)), steps)!;
  assert.equal(diff.removed.length, 2, "SOA and the addresses");
  assert.equal(diff.added.length, 3);
});

test("I1: what goes must have been there, what comes must not", () => {
  assert.equal(after(START, [step(1, ["ns 300 A 192.0.2.9"], [])]), null);
  assert.equal(after(START, [step(1, ["nowhere 300 A 192.0.2.9"], [])]), null);
  assert.equal(after(START, [step(1, [], ["ns 300 A 192.0.2.2"])]), null);
  assert.equal(after(START, [step(2, [], [])]), null, "from another version");
});

test("any chain of changes ends in the zone that it was made of", () => {
  const line = fc
    .tuple(fc.constantFrom("a", "b", "ns"), fc.integer({ min: 1, max: 6 }))
    .map(([owner, n]) => `${owner} 300 A 192.0.2.${n}`);
  const version = fc.uniqueArray(line, { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(version, { minLength: 2, maxLength: 5 }), (versions) => {
      const steps = versions.slice(1).map((next, i) => {
        const before = versions[i]!;
        const gone = before.filter((one) => !next.includes(one));
        return step(
          i + 1,
          gone,
          next.filter((one) => !before.includes(one)),
        );
      });
      const base = ["@ 300 NS ns"];
      const last = [soaLine(versions.length), ...base, ...versions.at(-1)!];
      assert.deepEqual(
        after([soaLine(1), ...base, ...versions[0]!], steps),
        linesOfZone(rrsetsOf(zoneOfLines(last))),
      );
    }),
  );
});
