// SPDX-License-Identifier: Apache-2.0
/**
 * The packages as they would be published, installed by their name from a registry in an empty
 * folder; and what an install in a checkout says of the addon. Nothing here comes from a network.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { PLATFORM_PACKAGE } from "../../src/io/native.ts";
import { createSite, until, zoneText } from "../support/daemon.ts";
import { nativeForTests } from "../support/native.ts";
import { installedIn, packed, serveRegistry } from "../support/registry.ts";

const ROOT = join(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  version: string;
};
const PATH = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);

const { reason } = nativeForTests();
const skip = spawnSync("npm", ["--version"]).status === 0 ? reason : "npm is not installed";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-package-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A copy of what builds the addon, with its own empty build folder. */
function checkout(t: TestContext): string {
  const folder = folderFor(t);
  for (const path of ["package.json", "CMakeLists.txt", "scripts", "native/src", "native/gen"]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  return folder;
}

/** What npm runs at the end of `npm ci`, by the line of package.json. */
function prepare(folder: string, env: Readonly<Record<string, string>>): string {
  const run = spawnSync(process.execPath, ["scripts/prepare.mjs"], {
    cwd: folder,
    encoding: "utf8",
    env,
  });
  assert.equal(run.status, 0, run.stderr);
  return `${run.stdout}${run.stderr}`;
}

test("an install in a checkout builds the addon, or says in one line why not", (t) => {
  const folder = checkout(t);
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const cmake = (script: string) => {
    writeFileSync(join(bin, "cmake"), `#!/bin/sh\n[ "$1" = --version ] && exit 0\n${script}\n`);
    chmodSync(join(bin, "cmake"), 0o755);
  };
  // A compiler that takes anything: what is built is not what is looked at.
  const tools = { PATH: `${bin}${delimiter}/usr/bin${delimiter}/bin`, CXX: "true" };
  const serves = "azimuth: the addon is not built, the TypeScript kernel serves: ";
  assert.equal(
    prepare(folder, { PATH: "", AZIMUTH_NATIVE: "off" }),
    "azimuth: the addon is not built: AZIMUTH_NATIVE is off\n",
  );
  assert.equal(prepare(folder, { PATH: "" }), `${serves}cmake is not installed\n`);
  cmake("exit 0");
  assert.equal(prepare(folder, { ...tools, CXX: "false" }), `${serves}false is not installed\n`);
  const bare = prepare(folder, tools);
  assert.equal(bare, `${serves}the packages node-api-headers and node-addon-api are missing\n`);
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  cmake("echo 'error: no' >&2; exit 1");
  assert.equal(
    prepare(folder, tools),
    "azimuth: the addon cannot be built, the TypeScript kernel serves: " +
      "npm run build:native shows why\n",
  );
  cmake("echo noise; echo x > native/build/azimuth.node");
  assert.equal(prepare(folder, tools), "azimuth: the addon is built\n");
  assert.equal(prepare(folder, tools), "", "nothing to do, nothing to say");
  // Contents count, and not times: a checkout gives every file a new one.
  const source = join(folder, "native/src/parse.cc");
  writeFileSync(source, readFileSync(source));
  assert.equal(prepare(folder, tools), "");
  writeFileSync(source, `${readFileSync(source, "utf8")}\n`);
  assert.equal(prepare(folder, tools), "azimuth: the addon is built\n");
  rmSync(join(folder, "native/build/azimuth.node"));
  assert.equal(prepare(folder, tools), "azimuth: the addon is built\n");
  rmSync(join(folder, "CMakeLists.txt"));
  assert.equal(prepare(folder, tools), "", "a layer of an image has nothing to build");
});

/** Runs to the end; gives its output and fails with it. Not in step: the registry lives here. */
async function run(cwd: string, program: string, ...args: readonly string[]): Promise<string> {
  const { NODE_TEST_CONTEXT: _, AZIMUTH_NATIVE: __, ...inherited } = process.env;
  // No setting of this machine: neither its registry nor its cache.
  const env = { ...inherited, PATH, NPM_CONFIG_USERCONFIG: "/dev/null", NO_COLOR: "1" };
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  assert.equal(code, 0, `${program} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

test("the published packages install by name, and the addon comes with its platform", {
  skip,
}, async (t) => {
  const folder = folderFor(t);
  const made = await run(ROOT, process.execPath, "scripts/package-native.ts", "pack", folder);
  const tarballs = made.trim().split("\n");
  assert.equal(tarballs.length, 2, "the platform's package, then the main one");
  const releases = [...tarballs.map(packed), ...installedIn(ROOT)];
  const registry = await serveRegistry(t, releases);
  const home = join(folder, "home");
  mkdirSync(home);
  writeFileSync(join(home, "package.json"), '{ "name": "home", "private": true }\n');
  const ours = ["--registry", registry, "--cache", join(folder, "cache")];
  const install = (...args: readonly string[]) => run(home, "npm", "install", ...args, ...ours);
  const program = join(home, "node_modules/.bin/azimuth");
  const azimuth = (...args: readonly string[]) => run(home, program, ...args);
  const evaluate = ["--input-type=module", "--eval"];
  const load = `import { loadNative } from "azimuth-dns/dist/src/io/native.js";
    console.log(JSON.stringify(loadNative()));`;
  const loaded = async () =>
    JSON.parse(await run(home, process.execPath, ...evaluate, load)) as {
      file?: string;
      reason?: string;
    };
  const site = createSite(t, {
    node: { log: { level: "info" } },
    zones: { "example.org": { file: "example.org.zone" } },
  });
  site.write("example.org.zone", zoneText(1, "a A 192.0.2.10"));

  const works = async (told: RegExp) => {
    assert.equal((await azimuth("--version")).trim(), version);
    await azimuth("check", site.configFile);
    const env = { ...process.env, AZIMUTH_NATIVE: "", AZIMUTH_KERNEL: "", AZIMUTH_PUMP: "" };
    const server = spawn(program, ["serve", site.configFile], { cwd: home, env });
    t.after(() => server.kill("SIGKILL"));
    let said = "";
    server.stderr.on("data", (part) => {
      said += part;
    });
    await until("it says which kernel serves", () => told.test(said));
    await until("it serves", async () => (await azimuth("status", "-c", site.configFile)) !== "");
    const closed = once(server, "close");
    server.kill("SIGTERM");
    assert.deepEqual(await closed, [0, null], said);
  };

  await install("azimuth-dns");
  await works(/"kernel native, pump native"/);
  assert.equal(dirname((await loaded()).file ?? ""), join(home, "node_modules", PLATFORM_PACKAGE));

  await install("--omit=optional");
  await works(new RegExp(`without the addon[^"]* nor the package ${PLATFORM_PACKAGE} is there`));
  assert.match((await loaded()).reason ?? "", new RegExp(`nor the package ${PLATFORM_PACKAGE} is`));
});
