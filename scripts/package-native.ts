// SPDX-License-Identifier: Apache-2.0
/**
 * Makes what is published: the main package, which has no native code, and one package for each
 * platform, which has nothing else. docs/guide/package.md tells the release.
 *
 *   node scripts/package-native.ts artifact <folder>
 *       builds the addon and puts it there as azimuth.<platform>.node
 *   node scripts/package-native.ts pack <folder> [--artifacts <folder>]
 *       writes the tarballs; with artifacts those of all platforms of package.json, else this one's
 *
 * `@napi-rs/cli` prepares the packages. It was made for crates, yet its steps after the build ask
 * for no more than files of the right names: `create-npm-dirs` writes a manifest with os, cpu and
 * libc for each target, `artifacts` puts each file where its manifest is, `pre-publish` makes them
 * optional dependencies of the main package, at exactly its version. All of that happens in a
 * temporary folder: the checkout's own manifest and lock never name packages that are not
 * published yet, so `npm ci` works before, during and after a release.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build, whatIsMissing } from "./native/build.ts";
import { BUILD } from "./native/cmake.ts";

const ROOT = join(import.meta.dirname, "..");
const BIN = join(ROOT, "node_modules/.bin");

const USAGE = "use: package-native.ts artifact <folder> | pack <folder> [--artifacts <folder>]";

interface Manifest {
  readonly files: readonly string[];
  readonly napi: NapiSection;
}

interface NapiSection {
  readonly binaryName: string;
  readonly packageName: string;
  /** Triples, as compilers name them. */
  readonly targets: readonly string[];
}

/** Processors as triples name them; all targets are Linux with GNU's C library. */
const TRIPLES: Readonly<Record<string, string>> = {
  x64: "x86_64-unknown-linux-gnu",
  arm64: "aarch64-unknown-linux-gnu",
};

try {
  main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { artifacts: { type: "string" } },
  });
  const [verb, folder, ...rest] = positionals;
  const known = verb === "artifact" || verb === "pack";
  if (!known || folder === undefined || rest.length > 0) fail(USAGE);
  mkdirSync(folder, { recursive: true });
  if (verb === "artifact") makeArtifact(resolve(folder));
  else pack(resolve(folder), values.artifacts);
}

/** Builds, strips and names the addon for this machine. */
function makeArtifact(out: string): void {
  const missing = whatIsMissing();
  if (missing !== null) fail(`no addon can be built here: ${missing}`);
  // The names of tarballs are all that goes to stdout.
  const failed = build(false, ["ignore", 2, 2]);
  if (failed !== null) fail(failed);
  run("cmake", ["--install", BUILD, "--strip", "--prefix", out], ROOT);
  const { binaryName } = readManifest().napi;
  renameSync(
    join(out, "azimuth.node"),
    join(out, `${binaryName}.${process.platform}-${process.arch}-gnu.node`),
  );
}

/** Writes the tarballs into `out` and their names to stdout. */
function pack(out: string, artifacts: string | undefined): void {
  const stage = mkdtempSync(join(tmpdir(), "azimuth-package-"));
  try {
    const manifest = readManifest();
    const targets = artifacts === undefined ? [targetHere(manifest.napi)] : manifest.napi.targets;
    stageMain(stage, { ...manifest, napi: { ...manifest.napi, targets } });
    mkdirSync(join(stage, "artifacts"));
    if (artifacts === undefined) makeArtifact(join(stage, "artifacts"));
    else cpSync(resolve(artifacts), join(stage, "artifacts"), { recursive: true });
    run(join(BIN, "napi"), ["create-npm-dirs"], stage);
    run(join(BIN, "napi"), ["artifacts"], stage);
    run(join(BIN, "napi"), ["pre-publish", "--skip-optional-publish", "--no-gh-release"], stage);
    const packages = readdirSync(join(stage, "npm")).map((name) => join(stage, "npm", name));
    for (const each of packages) cpSync(join(ROOT, "LICENSE"), join(each, "LICENSE"));
    // Platform packages first: that is the order in which they must be published.
    for (const each of [...packages, stage]) {
      const said = run(
        "npm",
        ["pack", "--silent", "--ignore-scripts", "--pack-destination", out],
        each,
      );
      console.log(join(out, said.trim()));
    }
  } finally {
    rmSync(stage, { recursive: true });
  }
}

/**
 * The main package without what only a checkout can use: who unpacks it and says `npm install`
 * must not be asked for scripts and compilers that are not there.
 */
function stageMain(stage: string, manifest: Manifest): void {
  const unwanted = ["scripts", "devDependencies", "allowScripts"];
  const kept = Object.entries(manifest).filter(([key]) => !unwanted.includes(key));
  const published = { ...Object.fromEntries(kept), publishConfig: { access: "public" } };
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  for (const path of ["README.md", "LICENSE", ...manifest.files]) {
    if (path !== "dist" && existsSync(join(ROOT, path))) {
      cpSync(join(ROOT, path), join(stage, path), { recursive: true });
    }
  }
  const compiled = ["-p", "tsconfig.build.json", "--outDir", join(stage, "dist")];
  run(join(BIN, "tsc"), compiled, ROOT);
}

function readManifest(): Manifest {
  return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
}

function targetHere({ targets }: NapiSection): string {
  const triple = process.platform === "linux" ? TRIPLES[process.arch] : undefined;
  if (triple === undefined || !targets.includes(triple)) {
    fail(`no target of package.json is ${process.platform}-${process.arch}: ${targets.join(", ")}`);
  }
  return triple;
}

/** Runs a program with our Node; gives what it writes to stdout, ends with its errors if it fails. */
function run(program: string, args: readonly string[], cwd: string): string {
  const path = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  const env = { ...process.env, PATH: path, NO_COLOR: "1" };
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env,
    encoding: "utf8",
  });
  if (status !== 0) {
    fail(`${program} ${args.join(" ")} failed\n${error?.message ?? `${stdout}${stderr}`}`);
  }
  return stdout;
}

/** Ends with that text; thrown, so that the temporary folder goes away first. */
function fail(text: string): never {
  throw new Error(text);
}
