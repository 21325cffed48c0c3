// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  endpointsText,
  statusText,
  transitionsText,
  zonesText,
} from "../../../src/cli/status-text.ts";
import { view, zone } from "../api/sample.ts";

const v = view();
const status = { ...v.status(), live: v.live(), ready: v.ready() };
const lines = (...list: readonly string[]) => [...list, ""].join("\n");

test("the server as a whole", () => {
  assert.equal(
    statusText(status, false),
    lines(
      "server   ns1",
      "program  version 0.1.0, pid 42, kernel ts",
      "started  2026-11-22T10:00:00.000Z",
      "live     yes",
      "ready    yes",
      "table    revision 3, epoch 7, live",
      "digest   c0ffee",
      "memory   3.0 of 64.0 MiB, 5 %",
      "zones    1",
      "listen   127.0.0.1:5300, [::1]:5300",
      "",
      "THREAD   STATE    RESTARTS  EPOCH  QUERIES",
      "udp-0    running         0      7     1234",
      "control  running         1      -        0",
    ),
  );
});

test("what is wrong stands there with its reasons", () => {
  const text = statusText(
    {
      ...status,
      digest: "",
      ready: { ok: false, reasons: ["no table", "udp-0 lags"] },
      faults: ["azimuth.yaml:3:1 error CONFIG_KEY_UNKNOWN zonse"],
    },
    false,
  );
  assert.match(text, /^ready {4}no: no table; udp-0 lags$/m);
  assert.match(text, /^digest {3}none yet$/m);
  const end = "\nfaults of the last reload\n  azimuth.yaml:3:1 error CONFIG_KEY_UNKNOWN zonse\n";
  assert.ok(text.endsWith(end));
});

test("zones, with the faults of each below the table", () => {
  const stale = {
    ...zone,
    zone: "b.",
    state: "stale" as const,
    loadedAt: null,
    faults: ["b:1:1 x"],
  };
  assert.equal(
    zonesText([zone, stale], false),
    lines(
      "ZONE          STATE       SERIAL  OWNERS  SOURCE  LOADED                    FILE",
      "example.org.  loaded  2026112203      12  file    2026-11-22T10:00:00.000Z  /etc/azimuth/zones/example.org",
      "b.            stale   2026112203      12  file    -                         /etc/azimuth/zones/example.org",
      "",
      "faults of b.",
      "  b:1:1 x",
    ),
  );
  assert.equal(zonesText([], false), "There are no zones.\n");
});

test("members with their catalog, and what is wrong with a catalog", () => {
  const catalog = {
    ...{ members: 3, withoutPrimaries: 1, broken: "there is no version" },
    clashes: [{ zone: "own.", owner: "the configuration" }],
  };
  const member = { catalog: "c.", groups: ["g", "h"], group: "g" };
  const brief = { ...zone, serial: 1, loadedAt: null, file: "/f" };
  assert.equal(
    zonesText(
      [
        { ...brief, zone: "c.", catalog },
        { ...brief, zone: "m.", member },
      ],
      false,
    ),
    lines(
      "ZONE  STATE   SERIAL  OWNERS  SOURCE  LOADED  CATALOG  GROUP  FILE",
      "c.    loaded       1      12  file    -       -        -      /f",
      "m.    loaded       1      12  file    -       c.       g      /f",
      "",
      "catalog c.",
      "  it is broken, and its members stay: there is no version",
      "  own. is not its own: the configuration has it",
      "  members without primaries: 1",
    ),
  );
});

test("endpoints, one line per address", () => {
  assert.equal(
    endpointsText(v.endpoints(), false),
    lines(
      "ENDPOINT  POP  STATUS   ADDRESS       PROBE  RTT MS  SINCE                     REASON",
      "fra-1     fra  up       192.0.2.10    up       12.3  2026-11-22T10:00:01.000Z  200 OK",
      "                        2001:db8::10  down        -  -                         timeout",
      "iad-1     iad  unknown",
    ),
  );
  assert.equal(endpointsText([], false), "There are no endpoints.\n");
});

test("transitions in their order", () => {
  assert.equal(
    transitionsText(v.transitions(2), false),
    lines(
      "TIME                      KIND      SUBJECT  FROM  TO    REASON",
      "2026-11-22T10:00:02.000Z  endpoint  fra-1    up    down  3 outcomes in a row",
      "2026-11-22T10:00:03.000Z  endpoint  fra-1    down  up    3 outcomes in a row",
    ),
  );
  assert.match(transitionsText([], false), /^Nothing has turned/);
});

test("states have colours on a terminal", () => {
  assert.match(transitionsText(v.transitions(1), true), /\u001b\[31mdown\u001b\[0m/);
  assert.match(transitionsText(v.transitions(1), true), /\u001b\[32mup\u001b\[0m/);
});
