// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { commonRows, compareKernels } from "../../../../bench/compare/kernel.ts";
import { compareRounds } from "../../../../bench/compare/ratio.ts";

const ROOT = join(import.meta.dirname, "../../../..");

/** This tree by links, with a kernel that does needless work: the planted slower version. */
function slowTree(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-slow-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const link = (path: string): void => symlinkSync(join(ROOT, path), join(folder, path));
  for (const path of ["bench", "test", "node_modules", "package.json"]) link(path);
  mkdirSync(join(folder, "src/answer"), { recursive: true });
  mkdirSync(join(folder, "src/layout/gen"), { recursive: true });
  for (const path of ["src/layout/limits.ts", "src/layout/gen/slab.ts"]) link(path);
  const kernel = JSON.stringify(join(ROOT, "src/answer/kernel.ts"));
  writeFileSync(
    join(folder, "src/answer/kernel.ts"),
    `export * from ${kernel};
    import { answerBatch as soundAnswerBatch } from ${kernel};
    const elsewhere = new Uint8Array(1 << 20);
    export function answerBatch(k, slab, first, stride, count) {
      for (let n = 0; n < 4; n += 1) elsewhere.set(slab.u8);
      soundAnswerBatch(k, slab, first, stride, count);
    }`,
  );
  return folder;
}

test("a slower kernel is told, with the same questions and answers", async (t) => {
  const rounds = await compareKernels(slowTree(t), ROOT, { rounds: 1, ms: 50, only: ["static"] });
  const statics = rounds.find(({ name }) => name === "static hit, TypeScript")!;
  assert.equal(statics.base.length, 1);
  const { ratio, verdict } = compareRounds(statics);
  assert.equal(verdict, "faster", `the working tree is faster than the slow one, ${ratio}`);
});

test("only rows of both with equal questions are compared", () => {
  const row = (name: string, questions = "q", answers = "a") => ({ name, questions, answers });
  const base = [row("same"), row("gone"), row("other", "p"), row("answers", "q", "b")];
  const head = [row("same"), row("new"), row("other"), row("answers")];
  assert.deepEqual(commonRows(base, head), ["same", "answers"]);
});

test("a tree without a kernel is refused and leaves no process", async () => {
  const nothing = mkdtempSync(join(tmpdir(), "azimuth-nothing-"));
  try {
    const failing = compareKernels(nothing, nothing, { rounds: 1, ms: 10, only: [] });
    await assert.rejects(failing, /cannot be measured/);
  } finally {
    rmSync(nothing, { recursive: true });
  }
});
