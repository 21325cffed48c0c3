// SPDX-License-Identifier: Apache-2.0
/** In a repository of its own, so that no other one is touched. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { commitOf, inWorktree } from "../../../../bench/compare/worktree.ts";

const FILE = join(import.meta.dirname, "../../../../bench/compare/worktree.ts");

/** Two commits, a hook that must not run, a package, and an edit that is in no commit. */
function createRepository(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-repository-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", ...args], {
      encoding: "utf8",
    }).trim();
  git("init", "--quiet", "--initial-branch=main");
  for (const text of ["one", "two"]) {
    writeFileSync(join(folder, "file"), text);
    git("add", "file");
    git("commit", "--quiet", "--message", text);
  }
  writeFileSync(join(folder, "file"), "edited");
  mkdirSync(join(folder, "node_modules/p"), { recursive: true });
  writeFileSync(join(folder, "node_modules/p/index.js"), "");
  const hook = join(folder, ".git/hooks/post-checkout");
  writeFileSync(hook, `#!/bin/sh\ntouch ${folder}/hooked\n`, { mode: 0o755 });
  const trees = (): number => git("worktree", "list", "--porcelain").split("worktree ").length - 1;
  return { folder, trees };
}

test("the tree is that of the commit, has the packages, and is gone afterwards", async (t) => {
  const { folder, trees } = createRepository(t);
  let was = "";
  const result = await inWorktree(folder, commitOf(folder, "main~1"), async (tree) => {
    was = tree;
    assert.equal(readFileSync(join(tree, "file"), "utf8"), "one");
    assert.ok(existsSync(join(tree, "node_modules/p/index.js")));
    assert.equal(trees(), 2);
    return 7;
  });
  assert.equal(result, 7);
  assert.ok(!existsSync(dirname(was)));
  assert.equal(trees(), 1);
  assert.ok(!existsSync(join(folder, "hooked")), "W2: no hook ran");
  assert.equal(
    readFileSync(join(folder, "file"), "utf8"),
    "edited",
    "the working tree is as it was",
  );
  assert.ok(existsSync(join(folder, "node_modules/p/index.js")), "so are its packages");
});

test("W1: an exception removes the tree as well", async (t) => {
  const { folder, trees } = createRepository(t);
  let was = "";
  const failing = inWorktree(folder, commitOf(folder, "HEAD"), async (tree) => {
    was = tree;
    throw new Error("no");
  });
  await assert.rejects(failing, /no/);
  assert.ok(!existsSync(dirname(was)));
  assert.equal(trees(), 1);
});

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  test(`W1: ${signal} removes the tree as well`, async (t) => {
    const { folder, trees } = createRepository(t);
    const script = `import { inWorktree } from ${JSON.stringify(pathToFileURL(FILE).href)};
      await inWorktree(${JSON.stringify(folder)}, "${commitOf(folder, "HEAD")}", async (tree) => {
        console.log(tree);
        await new Promise((done) => setTimeout(done, 60_000));
      });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
    const exited = once(child, "exit");
    const [said] = (await once(child.stdout, "data")) as [Buffer];
    const tree = said.toString().trim();
    assert.ok(readdirSync(tree).includes("file"));
    child.kill(signal);
    assert.deepEqual(await exited, [code, null]);
    assert.ok(!existsSync(dirname(tree)));
    assert.equal(trees(), 1);
  });
}

test("what names no commit is told by its name, and is never an option of git", (t) => {
  const { folder } = createRepository(t);
  for (const ref of ["nothing", "--all", "", "main:file"]) {
    assert.throws(() => commitOf(folder, ref), {
      message: `${ref} is no commit of this repository`,
    });
  }
  assert.match(commitOf(folder, "main"), /^[0-9a-f]{40}$/);
});
