// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { type Fault, fault } from "../../../src/base/faults.ts";
import {
  faultReport,
  placeText,
  reportFaults,
  reportFaultsJson,
  summary,
  wantsColour,
} from "../../../src/cli/report.ts";

const list: readonly Fault[] = [
  fault("CONFIG_KEY_TWICE", { file: "/etc/a.yaml", line: 41, column: 1 }, "zones stands twice"),
  fault("CONFIG_PROBE_SLOW", { file: "/etc/a.yaml", line: 58, column: 7 }, "probe web: slow"),
];

test("a finding is a line for compilers and editors, then its rule", () => {
  const text = reportFaults(list, { colour: false, closing: "The last good state serves." });
  assert.equal(
    text,
    `/etc/a.yaml:41:1 error CONFIG_KEY_TWICE zones stands twice
  a key stands only once in its mapping (YAML 1.2 §3.2.1.1)
/etc/a.yaml:58:7 warning CONFIG_PROBE_SLOW probe web: slow
  all attempts of a probe end before its next round
2 findings, 1 error. The last good state serves.
`,
  );
});

test("without findings there is nothing to say", () => {
  assert.equal(reportFaults([], { colour: true, closing: "x" }), "");
});

test("the closing line counts", () => {
  assert.equal(summary(list), "2 findings, 1 error.");
  assert.equal(summary(list.slice(1)), "1 finding, no error.");
  assert.equal(summary([list[0]!, list[0]!]), "2 findings, 2 errors.");
});

test("places below the folder are relative; the file as a whole has no line", () => {
  assert.equal(placeText(list[0]!, "/etc"), "a.yaml:41:1");
  assert.equal(placeText(list[0]!, "/et"), "/etc/a.yaml:41:1");
  const whole = fault("FILE_UNREADABLE", { file: "a.yaml", line: 0, column: 0 }, "");
  assert.equal(placeText(whole), "a.yaml");
});

test("colour changes nothing but the colour", () => {
  const plain = reportFaults(list, { colour: false });
  const coloured = reportFaults(list, { colour: true });
  assert.ok(coloured.includes("\u001b[31merror\u001b[0m"));
  assert.equal(coloured.replace(/\u001b\[\d+m/g, ""), plain);
});

test("what the input holds is not obeyed by the terminal", () => {
  const hostile = fault("CONFIG_VALUE", { file: "a\n", line: 1, column: 1 }, "\u001b[2J\u009b1m\n");
  const text = reportFaults([hostile], { colour: false });
  assert.ok(text.startsWith("a\\x0a:1:1 error CONFIG_VALUE \\x1b[2J\\x9b1m\\x0a\n"), text);
});

test("colour on a terminal only, and never against NO_COLOR", () => {
  assert.ok(wantsColour({ isTTY: true }, {}));
  assert.ok(wantsColour({ isTTY: true }, { NO_COLOR: "" }));
  assert.ok(!wantsColour({ isTTY: true }, { NO_COLOR: "1" }));
  assert.ok(!wantsColour({ isTTY: true }, { TERM: "dumb" }));
  assert.ok(!wantsColour({}, {}));
});

test("programs get plain data", () => {
  assert.deepEqual(JSON.parse(reportFaultsJson(list)), {
    findings: 2,
    errors: 1,
    faults: list.map(faultReport),
  });
  assert.deepEqual(faultReport(list[1]!), {
    file: "/etc/a.yaml",
    line: 58,
    column: 7,
    severity: "warning",
    code: "CONFIG_PROBE_SLOW",
    detail: "probe web: slow",
    text: "all attempts of a probe end before its next round",
  });
});
