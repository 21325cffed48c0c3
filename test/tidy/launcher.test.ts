// SPDX-License-Identifier: Apache-2.0
/** bin/azimuth.mjs in a tree of its own, with a command line that tells how it was started. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ROOT } from "./tree.ts";

/** Says which file ran, in which process, with which arguments; `wait` waits for a signal. */
const mainOf = (name: string) => `
  export async function main(args${name === "source" ? ": readonly string[]" : ""}) {
    const ended = new Promise${name === "source" ? "<void>" : ""}((done) => {
      if (args[0] !== "wait") return done();
      const timer = setInterval(() => {}, 1000);
      process.on("SIGTERM", () => { console.log("asked to end"); clearInterval(timer); done(); });
    });
    // Only now: whoever reads this line may send the signal at once.
    console.log(JSON.stringify({ name: "${name}", pid: process.pid, args }));
    await ended;
    return Number(args.at(-1));
  }`;

/** Makes the running Node look old to the launcher. */
const OLD = `data:text/javascript,${encodeURIComponent(
  'Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.9.0"}})',
)}`;

function tree(t: TestContext, parts: { source?: true; dist?: true; node?: true }): string {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-launcher-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const put = (path: string, text: string) => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  put("package.json", '{ "type": "module" }');
  cpSync(join(ROOT, "bin"), join(folder, "bin"), { recursive: true });
  if (parts.source) put("src/daemon/main.ts", mainOf("source"));
  if (parts.dist) put("dist/src/daemon/main.js", mainOf("compiled"));
  if (parts.node) {
    mkdirSync(join(folder, "node_modules/node/bin"), { recursive: true });
    symlinkSync(process.execPath, join(folder, "node_modules/node/bin/node"));
  }
  return join(folder, "bin/azimuth.mjs");
}

const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, args, { encoding: "utf8", env: { PATH: process.env["PATH"] } });
const said = (stdout: string) =>
  JSON.parse(stdout.split("\n", 1)[0]!) as { name: string; pid: number; args: string[] };

test("the command line runs in this process, with its arguments and its exit code", (t) => {
  const result = run(tree(t, { source: true }), "check", "7");
  const { name, pid, args } = said(result.stdout);
  assert.equal(name, "source");
  assert.deepEqual(args, ["check", "7"]);
  assert.equal(pid, result.pid);
  assert.equal(result.status, 7);
});

test("what is compiled goes before the sources", (t) => {
  assert.equal(said(run(tree(t, { source: true, dist: true }), "0").stdout).name, "compiled");
});

test("an old Node starts the packaged one and hands on its exit code", (t) => {
  const result = run("--import", OLD, tree(t, { source: true, node: true }), "5");
  assert.notEqual(said(result.stdout).pid, result.pid);
  assert.equal(result.status, 5);
});

test("an old Node alone says which version is needed", (t) => {
  const result = run("--import", OLD, tree(t, { source: true }), "0");
  assert.equal(result.status, 1);
  assert.equal(result.stdout, "");
  assert.match(result.stderr, /^azimuth: needs Node 22\.18 or later, and this is 20\.9\.0\n$/);
});

test("a tree without a command line is explained and not a stack trace", (t) => {
  const result = run(tree(t, {}), "0");
  assert.equal(result.status, 1);
  assert.match(result.stderr, /^azimuth: neither .*main\.js nor .*main\.ts is there\n$/);
});

test("signals reach the Node that was started instead", async (t) => {
  const script = tree(t, { source: true, node: true });
  const child = spawn(process.execPath, ["--import", OLD, script, "wait", "3"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  let text = "";
  child.stdout.setEncoding("utf8");
  for await (const chunk of child.stdout) {
    if (text === "") child.kill("SIGTERM");
    text += chunk;
  }
  const [code] = (await closed) as [number];
  assert.match(text, /\nasked to end\n$/);
  assert.equal(code, 3);
});
