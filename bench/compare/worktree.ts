// SPDX-License-Identifier: Apache-2.0
/**
 * A tree of another commit in a temporary folder, ready to run, and gone afterwards.
 *
 * `git worktree` and not a clone: it shares the objects, so it takes a moment, and it leaves the
 * working tree and its index alone. The packages are those of the working tree, by a link: where the
 * commit wants others, the comparison is of its sources with our packages.
 *
 * Invariants
 *   W1  The tree is removed when `use` ends, however it ends: result, exception, SIGINT, SIGTERM or
 *       SIGHUP. Only SIGKILL leaves it; `git worktree prune` forgets it then.
 *   W2  No hook of the repository runs.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The commit that `ref` names in `repository`; throws with what git says. */
export function commitOf(repository: string, ref: string): string {
  // A ref that begins with a dash would be an option.
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
  try {
    return git(repository, ...args);
  } catch {
    throw new Error(`${ref} is no commit of this repository`);
  }
}

/** Calls `use` with the folder of a tree of `commit`, and an empty one that goes with it. */
export async function inWorktree<T>(
  repository: string,
  commit: string,
  use: (folder: string, scratch: string) => Promise<T>,
): Promise<T> {
  const parent = mkdtempSync(join(tmpdir(), "azimuth-compare-"));
  const folder = join(parent, commit.slice(0, 12));
  const scratch = join(parent, "scratch");
  mkdirSync(scratch);
  let removed = false;
  const remove = (): void => {
    if (removed) return;
    removed = true;
    try {
      git(repository, "worktree", "remove", "--force", folder);
    } catch {
      // It was not made, or somebody removed it.
    }
    rmSync(parent, { recursive: true, force: true });
    git(repository, "worktree", "prune");
  };
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    // Ends through "exit", where what was started is ended too.
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on("exit", remove);
  try {
    git(repository, "worktree", "add", "--detach", folder, commit);
    symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
    return await use(folder, scratch);
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off("exit", remove);
    remove();
  }
}

function git(repository: string, ...args: readonly string[]): string {
  const all = ["-C", repository, "-c", "core.hooksPath=/dev/null", ...args];
  return execFileSync("git", all, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}
