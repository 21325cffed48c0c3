// SPDX-License-Identifier: Apache-2.0
/** How a file looks (STYLE.md): licence line, head, size, a test of its own, a README per room. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { longFiles, untestedFiles } from "./exceptions.ts";
import { codeOf, exists, filesIn, isFolder, isGenerated, read, sources } from "./tree.ts";

const LINES_WARN = 400;
const LINES_MAX = 600;
const README_LINES_MAX = 30;
const SPDX = "// SPDX-License-Identifier: Apache-2.0";

const list = (lines: readonly string[]) => `\n  ${lines.join("\n  ")}`;
const lineCount = (path: string) => read(path).trimEnd().split("\n").length;
const ours = filesIn(".", ".ts", ".mjs", ".js", ".cc", ".hh").filter((p) => !isGenerated(p));

test("every source file names its licence in the first line", () => {
  const wrong = ours.filter((path) => {
    const lines = read(path).split("\n", 2);
    return (lines[0]!.startsWith("#!") ? lines[1] : lines[0]) !== SPDX;
  });
  assert.equal(wrong.length, 0, `without "${SPDX}":${list(wrong)}`);
});

test("every file of the program has a head that says what it is and why", () => {
  const wrong = sources().filter((path) => !/^\/\/ SPDX[^\n]*\n\/\*\* ?\S?/.test(read(path)));
  assert.equal(wrong.length, 0, `no /** */ after the licence line:${list(wrong)}`);
});

test("no file is longer than a reader can hold", (t) => {
  const wrong: string[] = [];
  for (const path of ours) {
    const lines = lineCount(path);
    if (lines > LINES_MAX && !(path in longFiles)) wrong.push(`${path} has ${lines} lines`);
    else if (lines > LINES_WARN) t.diagnostic(`${path} has ${lines} lines`);
  }
  for (const path of Object.keys(longFiles)) {
    if (!exists(path) || lineCount(path) <= LINES_MAX) wrong.push(`${path}: exception not needed`);
  }
  assert.equal(wrong.length, 0, `more than ${LINES_MAX} lines:${list(wrong)}`);
});

/** Nothing of it is there at run time: interfaces and types have no behaviour to test. */
function holdsOnlyTypes(path: string): boolean {
  const statement = /^(export\s+)?(default|const|let|function|async|class|for|if|switch|throw)\b/m;
  return !statement.test(codeOf(read(path)).replaceAll(/^(export )?declare .*$/gm, ""));
}

/** Where the test of a source file may stand; its own name, or that name and a word more. */
function testsOf(path: string): readonly string[] {
  const inside = path.replace(/^src\//, "").replace(/\.ts$/, "");
  const plugin = /^plugins\/[^/]+(?=\/)/.exec(inside)?.[0];
  // A plug-in is tested as a whole, in the folder of its name.
  if (plugin !== undefined) return [`test/unit/${plugin}/*.test.ts`, `test/unit/${plugin}.test.ts`];
  return [`test/unit/${inside}.test.ts`, `test/unit/${inside}-*.test.ts`];
}

test("every file has a test of its own name", () => {
  const wrong: string[] = [];
  for (const path of sources()) {
    const tested = testsOf(path).some(exists);
    if (path in untestedFiles) {
      if (tested) wrong.push(`${path}: exception not needed`);
    } else if (!tested && !holdsOnlyTypes(path)) {
      wrong.push(`${path} wants ${testsOf(path)[0]}`);
    }
  }
  for (const path of Object.keys(untestedFiles)) {
    if (!exists(path)) wrong.push(`${path}: exception for a file that is not there`);
  }
  assert.equal(wrong.length, 0, list(wrong));
});

test("every unit test has a file to test", () => {
  const files = [...sources(), ...filesIn("bench", ".ts")];
  const names = files.map((path) => path.replace(/^src\//, "").replace(/\.ts$/, ""));
  const wrong = filesIn("test/unit", ".test.ts").filter((path) => {
    const name = path.slice("test/unit/".length, -".test.ts".length);
    if (name.startsWith("plugins/")) return false;
    return !names.some((each) => name === each || name.startsWith(`${each}-`));
  });
  assert.equal(wrong.length, 0, `tests of nothing:${list(wrong)}`);
});

test("every room has a README that can be read in a minute", () => {
  const inSrc = new Set(filesIn("src").map((path) => path.split("/").slice(0, 2).join("/")));
  const rooms = [...inSrc, "workers", "native", "bench", "k6", "deploy"].filter(isFolder);
  const wrong: string[] = [];
  for (const room of rooms) {
    const readme = `${room}/README.md`;
    if (!exists(readme)) wrong.push(`${readme} is missing`);
    else if (lineCount(readme) > README_LINES_MAX) {
      wrong.push(`${readme} has ${lineCount(readme)} lines, more than ${README_LINES_MAX}`);
    }
  }
  assert.equal(wrong.length, 0, list(wrong));
});

test("what is left to do stands in docs/requirements.md and not in comments", () => {
  const word = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "HA" + "CK"].join("|")})\\b`);
  const wrong = ours.filter((path) => word.test(read(path)));
  assert.equal(wrong.length, 0, list(wrong));
});
