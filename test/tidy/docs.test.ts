// SPDX-License-Identifier: Apache-2.0
/** The documentation tells the truth: paths exist, links lead somewhere, faults are documented. */
import assert from "node:assert/strict";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { faults } from "../../src/base/faults.ts";
import { loadConfigText } from "../../src/config/load.ts";
import { exists, filesIn, read } from "./tree.ts";

const list = (lines: readonly string[]) => `\n  ${lines.join("\n  ")}`;
const pages = filesIn(".", ".md").filter((path) => !path.startsWith("test/"));

/** Folders whose name at the start of a word in backticks makes it a path of this tree. */
const FOLDER = "src|test|workers|docs|native|bench|k6|deploy|scripts|examples|bin|\\.ci";
const PATH = new RegExp(
  `^(?:${FOLDER})/[\\w./*-]*$|^[A-Z]{3,}\\.md$|^(?:CMakeLists\\.txt|Dockerfile)$`,
);

/** Names of generated or local folders that are paths, but not of the checked-in tree. */
const UNTRACKED = /^(?:native\/build|bench\/results)\//;

interface Mention {
  readonly where: string;
  readonly path: string;
  /** The line says that it is to come. */
  readonly toCome: boolean;
}

/** Every path in backticks, with line; what is inside fenced code is an example and left out. */
function mentions(page: string): readonly Mention[] {
  let fenced = false;
  return read(page)
    .split("\n")
    .flatMap((line, index) => {
      if (line.startsWith("```")) fenced = !fenced;
      if (fenced) return [];
      const toCome = /\bto come\b/.test(line);
      return [...line.matchAll(/`([^`\s]+)`/g)]
        .map((match) => match[1]!)
        .filter((word) => PATH.test(word) && !UNTRACKED.test(word))
        .map((path) => ({ where: `${page}:${index + 1}`, path, toCome }));
    });
}

test("every path in the documentation exists, unless its line says that it is to come", () => {
  const wrong = pages
    .flatMap(mentions)
    .filter(({ path, toCome, where }) => {
      if (toCome) return false;
      // A room's README may name its own files without their folder.
      return !exists(path) && !exists(normalize(join(dirname(where.split(":")[0]!), path)));
    })
    .map(({ where, path }) => `${where} names ${path}`);
  assert.equal(wrong.length, 0, list(wrong));
});

test("what is said to come is not there yet", () => {
  const byLine = Map.groupBy(
    pages.flatMap(mentions).filter((mention) => mention.toCome),
    (mention) => mention.where,
  );
  const wrong = [...byLine]
    .filter(([, named]) => named.every(({ path }) => exists(path)))
    .map(([where, named]) => `${where}: ${named.map((each) => each.path).join(", ")} has come`);
  assert.equal(wrong.length, 0, list(wrong));
});

test("every relative link leads to a file", () => {
  const wrong: string[] = [];
  for (const page of pages) {
    for (const match of read(page).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)) {
      const target = normalize(join(dirname(page), match[1]!));
      if (!exists(target)) wrong.push(`${page} links to ${target}`);
    }
  }
  assert.equal(wrong.length, 0, list(wrong));
});

test("every decision is listed in the order of its number", () => {
  const decisions = filesIn("docs/decisions", ".md").filter((path) => /\/\d{4}-/.test(path));
  const numbers = decisions.map((path) => Number(/\/(\d{4})-/.exec(path)![1]));
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  );
  const index = read("docs/decisions/README.md");
  const wrong = decisions.filter((path) => !index.includes(path.split("/").at(-1)!));
  assert.equal(wrong.length, 0, `not in docs/decisions/README.md:${list(wrong)}`);
});

test("every complete configuration in a page is taken without a finding", () => {
  let count = 0;
  for (const page of pages) {
    for (const [, text] of read(page).matchAll(/^```yaml\n(node:[\s\S]*?)^```/gm)) {
      const octets = new TextEncoder().encode(text);
      const { value, faults: found } = loadConfigText(page, octets, {
        defaultCountryFile: "/country.mmdb",
      });
      count += 1;
      assert.deepEqual(found, [], page);
      assert.notEqual(value, null, page);
    }
  }
  assert.ok(count > 0, "the guide holds no configuration any more");
});

test("every fault is documented, raised somewhere and tested somewhere", () => {
  const page = exists("docs/reference/gen/faults.md") ? read("docs/reference/gen/faults.md") : "";
  const textOf = (paths: readonly string[]) => paths.map(read).join("\n");
  const program = textOf(
    [...filesIn("src", ".ts"), ...filesIn("workers", ".ts")].filter(
      (p) => p !== "src/base/faults.ts",
    ),
  );
  const tests = textOf(filesIn("test", ".ts").filter((path) => !path.startsWith("test/tidy/")));
  const codes = new Set<string>();
  const wrong: string[] = [];
  for (const [key, row] of Object.entries(faults)) {
    const named = (text: string) => new RegExp(`\\b(?:${key}|${row.code})\\b`).test(text);
    if (codes.has(row.code)) wrong.push(`${row.code} is the code of two faults`);
    codes.add(row.code);
    if (!/^[A-Z][A-Z0-9_]*$/.test(row.code)) wrong.push(`${row.code} is no code`);
    if (/\.$/.test(row.text)) wrong.push(`${row.code}: the text ends with a full stop`);
    if (!page.includes(row.code)) wrong.push(`${row.code} is not in docs/reference/gen/faults.md`);
    if (!named(program)) wrong.push(`${row.code} is never raised`);
    if (!named(tests)) wrong.push(`${row.code} has no test`);
  }
  assert.equal(wrong.length, 0, list(wrong));
});
