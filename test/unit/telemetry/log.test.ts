// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { createLog, isLogLevel, REDACTED, redact } from "../../../src/telemetry/log.ts";

const LOG_FILE = join(import.meta.dirname, "../../../src/telemetry/log.ts");

function lines(run: (log: ReturnType<typeof createLog>) => void, level: "info" | "debug" = "info") {
  const written: string[] = [];
  const destination = { write: (line: string) => void written.push(line) };
  run(createLog({ thread: "udp-0", level, destination }));
  return written.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("L2: time in ISO 8601, the level as a word, the thread's name", () => {
  const [line] = lines((log) => log.info({ zone: "example.org." }, "published"));
  assert.match(String(line!.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(line!.level, "info");
  assert.equal(line!.thread, "udp-0");
  assert.equal(line!.zone, "example.org.");
  assert.equal(line!.msg, "published");
});

test("what is below the level is not written", () => {
  assert.equal(lines((log) => log.debug("x")).length, 0);
  assert.equal(lines((log) => log.debug("x"), "debug").length, 1);
});

test("L1: secrets are not written, at any depth, from children and errors either", () => {
  const error = Object.assign(new Error("refused"), { request: { Authorization: "hunter2" } });
  const written = lines((log) => {
    log.info({ token: "hunter2", tsig: [{ name: "k1", secret: "hunter2" }] }, "a");
    log.child({ apiKey: "hunter2" }).info("b");
    log.error(error, "c");
    log.error({ cause: Object.assign(new Error("x"), { password: "hunter2" }) }, "d");
    log.info({ headers: { "set-cookie": "hunter2", "x-api-token": "hunter2" } }, "e");
  });
  assert.equal(written.length, 5);
  assert.doesNotMatch(JSON.stringify(written), /hunter2/);
  assert.deepEqual(written[0]!.tsig, [{ name: "k1", secret: REDACTED }]);
  assert.equal((written[2]!.err as { message: string }).message, "refused");
});

test("L1 as a property: under a secret's name no value survives", () => {
  const name = fc.constantFrom("secret", "clientSecret", "client_secret", "PASSWORD", "api-key");
  const path = fc.array(fc.constantFrom("a", "b", "list"), { maxLength: 4 });
  fc.assert(
    fc.property(name, path, (secret, way) => {
      let fields: Record<string, unknown> = { [secret]: "hunter2" };
      for (const step of way) fields = { [step]: step === "list" ? [fields] : fields };
      assert.doesNotMatch(JSON.stringify(redact(fields)), /hunter2/);
    }),
  );
});

test("names that only resemble a secret's are written", () => {
  const fields = { monkey: 1, key: 2, tokens: 3, pop: "fra", cookies: true };
  assert.deepEqual(redact(fields), fields);
});

test("L3: cycles, octets, bigints and deep values are written somehow", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const [line] = lines((log) => log.info({ cycle, octets: new Uint8Array(9), big: 2n ** 64n }));
  assert.match(JSON.stringify(line!.cycle), /\[deep\]/);
  assert.equal(line!.octets, "[9 octets]");
  assert.equal(line!.big, "18446744073709551616");
});

test("levels are known by name", () => {
  assert.ok(isLogLevel("warn"));
  assert.ok(!isLogLevel("verbose"));
});

test("lines go to stderr, from a worker thread too, and stdout stays clean", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "two-threads.mjs");
  writeFileSync(
    file,
    `import { Worker, isMainThread } from "node:worker_threads";
     import { createLog } from ${JSON.stringify(pathToFileURL(LOG_FILE).href)};
     createLog({ thread: isMainThread ? "main" : "udp-0" }).info("up");
     if (isMainThread) new Worker(new URL(import.meta.url));`,
  );
  const run = spawnSync(process.execPath, [file], { encoding: "utf8" });
  assert.equal(run.stdout, "");
  const threads = run.stderr
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { thread: string }).thread);
  assert.deepEqual(threads.sort(), ["main", "udp-0"]);
});

test("pretty lines name the thread", () => {
  let text = "";
  const destination = { write: (line: string) => void (text += line) };
  createLog({ thread: "control", format: "pretty", destination }).warn("slow");
  assert.match(text, /WARN.*control: slow/);
});
