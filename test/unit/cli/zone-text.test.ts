// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { steeredText, zoneText } from "../../../src/cli/zone-text.ts";
import { zone } from "../api/sample.ts";

const NOW = Date.parse("2026-11-22T13:30:00.000Z");

test("a zone of a file, with its age, its steering and its faults", () => {
  const steered = [{ owner: "www.example.org.", types: ["A", "AAAA"], policy: "nearest" }];
  const text = zoneText({ ...zone, steered, faults: ["z:1:1 warning X"] }, NOW, false);
  assert.deepEqual(text.split("\n"), [
    "zone     example.org.",
    "state    loaded",
    "serial   2026112203",
    "owners   12",
    "source   file",
    "file     /etc/azimuth/zones/example.org",
    "loaded   2026-11-22T10:00:00.000Z, 3 h ago",
    "steered  www.example.org. A AAAA (nearest)",
    "",
    "faults of the last load",
    "  z:1:1 warning X",
    "",
  ]);
});

test("a secondary: whom it asks, when, and until when it lasts", () => {
  const secondary = {
    primary: "hidden",
    busy: "nothing",
    confirmedAt: "2026-11-22T13:29:18.000Z",
    nextAt: "2026-11-22T13:40:30.000Z",
    expiresAt: "2026-12-06T13:30:00.000Z",
    error: "timeout",
  } as const;
  const text = zoneText({ ...zone, source: "secondary", secondary, loadedAt: null }, NOW, false);
  for (const line of [
    "source     secondary",
    "loaded     -",
    "primary    hidden, waiting",
    "confirmed  2026-11-22T13:29:18.000Z, 42 s ago",
    "next       2026-11-22T13:40:30.000Z, in 10 min",
    "expires    2026-12-06T13:30:00.000Z, in 14 d",
    "error      timeout",
  ]) {
    assert.ok(text.includes(`${line}\n`), `${line} in\n${text}`);
  }
});

test("of many steered names some are shown, and the rest is counted", () => {
  const many = Array.from({ length: 11 }, (_, i) => ({
    owner: `n${i}.`,
    types: ["A"],
    policy: "p",
  }));
  assert.match(steeredText(many), /^n0\. A \(p\), .*, n7\. A \(p\), and 3 more$/);
});
