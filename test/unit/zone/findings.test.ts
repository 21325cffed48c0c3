// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { RR_TYPES } from "../../../src/dns/iana.ts";
import { describe, report, reportZone, standsBesideCname } from "../../../src/zone/findings.ts";
import { indexZone } from "../../../src/zone/index.ts";
import { createSteeredTypes } from "../../../src/zone/steered.ts";
import { faultTexts, scan } from "./zones.ts";

test("findings stand at the record's place, or at the zone as a whole", () => {
  const { value } = scan("\na 5 A 192.0.2.1\n");
  const index = indexZone(value);
  const c = { zone: value, index, apex: -1, steered: createSteeredTypes([]), faults: [] };
  report(c, "ZONE_DUPLICATE", 0, describe(c, 0));
  reportZone(c, "ZONE_NO_SOA", "none");
  assert.deepEqual(faultTexts(c.faults), [
    "zone:2:1 ~ZONE_DUPLICATE a.example.org. A",
    "zone:0:0 ZONE_NO_SOA none",
  ]);
});

test("what may stand beside a CNAME", () => {
  const beside = RR_TYPES.filter((row) => standsBesideCname(row.number)).map((row) => row.mnemonic);
  assert.deepEqual(beside, ["CNAME", "SIG", "KEY", "NXT", "RRSIG", "NSEC"]);
});
