// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run bench:compare` from end to end, in a repository that holds a copy of this tree: the one
 * around it may be at any commit, or none.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

const ROOT = join(import.meta.dirname, "../..");
const PARTS = ["bin", "src", "bench", "test/support", "package.json"];

function createRepository(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-repository-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const part of PARTS) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  const git = (...args: string[]): string => {
    const who = ["-c", "user.name=a", "-c", "user.email=a@b"];
    return execFileSync("git", ["-C", folder, ...who, ...args], { encoding: "utf8" });
  };
  git("init", "--quiet", "--initial-branch=main");
  git("add", ".");
  git("commit", "--quiet", "--message", "all");
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const compare = (...args: string[]) =>
    spawnSync(process.execPath, ["bench/compare/run.ts", ...args], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, TMPDIR: folder, NODE_TEST_CONTEXT: undefined },
    });
  return { folder, git, compare };
}

test("a commit with itself: a ratio with its interval for every row, and nothing is left", (t) => {
  const { folder, git, compare } = createRepository(t);
  const got = compare("main", "kernel", "--only", "hit", "--rounds", "1", "--ms", "20");
  assert.equal(got.status, 0, got.stderr);
  assert.match(
    got.stdout,
    /^\| static hit, TypeScript \| +[\d.]+ \| +[\d.]+ \| +ns \| +\d\.\d{3} \| +\d\.\d{3}–\d\.\d{3} \| +(no difference|faster|slower) \|$/m,
  );
  assert.doesNotMatch(got.stderr, /is answered otherwise|other questions/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("azimuth-compare-")),
    [],
  );
  assert.equal(git("worktree", "list").trim().split("\n").length, 1);
  assert.equal(git("status", "--porcelain", "--untracked-files=no"), "");
});

test("a commit that is not there is told", (t) => {
  const got = createRepository(t).compare("nowhere", "kernel");
  assert.equal(got.status, 2);
  assert.equal(got.stdout, "bench:compare: nowhere is no commit of this repository\n");
});
