// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the image of the Dockerfile without an engine and tries it: every step runs in a clean
 * Debian, then the command of the image answers a question from outside, as its user and with its
 * one right, and its health check tells a running server from a stopped one.
 *
 *   npm run try:dockerfile                      with the addon, then without
 *   npm run try:dockerfile -- --addon off       one of the two
 *   npm run try:dockerfile -- --base <folder>   keeps the base, for the next time
 *
 * Needs root, debootstrap, dig, the network for Debian and npm, two gigabytes in /tmp and some
 * minutes. The one difference to an engine is the base: the image that FROM names cannot be pulled
 * here, so Debian comes from debootstrap and Node 24 from the npm package `node`.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Builder, buildLast, type Image } from "./docker/build.ts";
import { readStages } from "./docker/dockerfile.ts";
import { MADE, makeBase, runIn, startIn } from "./docker/sandbox.ts";

const ROOT = join(import.meta.dirname, "..");

/** An address of loopback that nothing else uses, and the port that needs the right. */
const HOST = "127.86.53.1";
const PORT = 53;

/** Waits that long at most for the server, milliseconds. */
const PATIENCE_MS = 30_000;

const CONFIG = `node:
  listen: ["${HOST}:${PORT}"]
  workers: 1
  state: /var/lib/azimuth
  api: "${HOST}:0"
  limits: { tableMiB: 64 }
zones:
  example.org: { file: example.org.zone }
`;

const ZONE = `$TTL 300
@ SOA ns1 hostmaster 1 7200 1800 1209600 300
@ NS ns1
ns1 A ${HOST}
www A 192.0.2.10
`;

const log = (line: string): void => console.log(line);

const { values } = parseArgs({
  options: { addon: { type: "string", default: "both" }, base: { type: "string" } },
});
const missing = ["debootstrap", "unshare", "chroot", "dig"].filter(
  (name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0,
);
if (process.getuid?.() !== 0 || missing.length > 0) {
  console.error(`needs root${missing.map((name) => `, and ${name}`).join("")}`);
  process.exit(1);
}

const work = mkdtempSync(join(tmpdir(), "azimuth-dockerfile-"));
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Heard when the step under way has ended.
  process.once(signal, () => {
    rmSync(work, { recursive: true, force: true });
    process.exit(130);
  });
}
try {
  const base = values.base === undefined ? join(work, "base") : resolve(values.base);
  if (!existsSync(join(base, MADE))) {
    log(`base: Debian by debootstrap and Node ${process.versions.node}, in place of FROM's image`);
    makeBase(base, process.execPath, npmFolder());
  }
  const builder: Builder = { context: ROOT, base, work, done: new Map(), log };
  const text = readFileSync(join(ROOT, "Dockerfile"), "utf8");
  for (const addon of values.addon === "both" ? ["on", "off"] : [values.addon]) {
    log(`ADDON=${addon}`);
    await tryImage(buildLast(readStages(text, { ADDON: addon }), builder), addon === "on");
    log(`ADDON=${addon}: good`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Of the npm in the path. */
function npmFolder(): string {
  const { stdout } = spawnSync("sh", ["-c", "command -v npm"], { encoding: "utf8" });
  return dirname(dirname(realpathSync(stdout.trim())));
}

async function tryImage(image: Image, withAddon: boolean): Promise<void> {
  writeFileSync(join(image.root, "etc/azimuth/azimuth.yaml"), CONFIG);
  writeFileSync(join(image.root, "etc/azimuth/example.org.zone"), ZONE);
  const { root, cwd, env, user } = image;
  assert.notEqual(user, "root", "the image runs as a user without rights");
  const container = { root, cwd, user, env: { ...env, HOME: `/home/${user}` }, confined: true };
  const loads = `import("/azimuth/dist/src/io/native.js").then(({ loadNative }) =>
    console.log(loadNative().file ?? "none"))`;
  const addon = runIn({ ...container, command: ["node", "--eval", loads] });
  const expected = withAddon ? "/azimuth/native/prebuilt/azimuth.node" : "none";
  assert.equal(addon.said.trim(), expected, "the addon, as far as the image should have one");
  const health = () => runIn({ ...container, command: image.healthcheck });
  assert.notEqual(health().code, 0, "no server, no health");
  const server = startIn({ ...container, command: [...image.entrypoint, ...image.command] });
  const said = collect(server);
  try {
    const answered = await until(() => dig().includes("192.0.2.10"));
    assert.ok(answered, `no answer from ${HOST}:${PORT}\n${said()}`);
    assert.match(said(), withAddon ? /"kernel native, pump native"/ : /"without the addon/);
    assert.ok(dig("+tcp").includes("192.0.2.10"), "no answer over TCP");
    log(`  ${HOST}:${PORT} answers over UDP and TCP; the addon: ${expected}`);
    const healthy = await until(() => health().code === 0);
    assert.ok(healthy, `the health check of a running server\n${health().said}`);
    log(`  health check: ${image.healthcheck.join(" ")}: 0`);
    const pid = firstChildOf(server.pid!);
    log(`  ${rightsOf(pid)}`);
    process.kill(pid, image.stopSignal as NodeJS.Signals);
    const [code] = (await once(server, "close")) as [number];
    assert.equal(code, 0, `${image.stopSignal} ends it well\n${said()}`);
    assert.notEqual(health().code, 0, "the health check of a stopped server");
    log(`  ${image.stopSignal}: 0; health check then: ${health().code}`);
  } finally {
    // Only what was started here, and its namespace of processes with it.
    if (server.exitCode === null) server.kill("SIGKILL");
  }
}

function dig(...options: readonly string[]): string {
  const limits = ["+short", "+time=1", "+tries=1"];
  const args = [`@${HOST}`, "-p", `${PORT}`, ...limits, ...options, "www.example.org"];
  return spawnSync("dig", args, { encoding: "utf8" }).stdout;
}

async function until(holds: () => boolean): Promise<boolean> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await pause(200)) {
    if (holds()) return true;
  }
  return false;
}

function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (part) => {
      text += part;
    });
  }
  return () => text;
}

/** The server itself: what was started is the program that made its namespaces. */
function firstChildOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ")[0]);
}

/** User and rights as the kernel has them; throws if they are more than the one for low ports. */
function rightsOf(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, uid] = /^Uid:\t(\d+)/m.exec(status)!;
  const [, effective] = /^CapEff:\t(\w+)$/m.exec(status)!;
  assert.notEqual(uid, "0", "runs as root");
  // Bit 10 of linux/capability.h is CAP_NET_BIND_SERVICE.
  assert.equal(Number.parseInt(effective!, 16), 1 << 10, "has that one right");
  return `runs as user ${uid} with CAP_NET_BIND_SERVICE and nothing more`;
}
