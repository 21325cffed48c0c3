// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { isColoured } from "../../../src/cli/terminal.ts";
import { fakeTerminal } from "./fake.ts";

test("colours are for terminals, unless NO_COLOR is set; a wish goes before", () => {
  const shown = fakeTerminal({ outIsTerminal: true });
  assert.equal(isColoured(shown, "out", "auto"), true);
  assert.equal(isColoured(shown, "err", "auto"), false);
  assert.equal(isColoured(shown, "out", "never"), false);
  assert.equal(isColoured(shown, "err", "always"), true);
  const plain = fakeTerminal({ outIsTerminal: true, environment: { NO_COLOR: "1" } });
  assert.equal(isColoured(plain, "out", "auto"), false);
  assert.equal(isColoured(plain, "out", "always"), true);
});

test("a reader that has seen enough ends the command quietly", () => {
  const url = new URL("../../../src/cli/terminal.ts", import.meta.url).href;
  const code = `import(${JSON.stringify(url)}).then(({ processTerminal }) => {
    const t = processTerminal();
    t.finish(1);
    for (let i = 0; i < 50_000; i += 1) t.out("a line that nobody reads\\n");
  })`;
  const command = `"$0" -e '${code}' | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", command, process.execPath], {
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  assert.equal(stdout, "a line that nobody reads\n1\n");
});
