// SPDX-License-Identifier: Apache-2.0
/**
 * The C++ side under libFuzzer, ASan and UBSan: builds the fuzzers with clang and runs each for a
 * while. docs/guide/fuzz.md tells how to run them for hours and what to do with a finding.
 *
 *   npm run fuzz:native -- --seconds 3600            all targets, two at a time
 *   npm run fuzz:native -- --target image            one of parse, lookup, respond, image
 *   npm run fuzz:native -- --minimise                keeps the least corpus with the same coverage
 *
 * What is found new stays in native/build/clang/corpus, what crashed in native/build/clang/crashes.
 * Ends with 1 if there was a crash, and well if there is no clang: other compilers run the same
 * targets without knowing of coverage (npm run build:native -- --test).
 */
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { inTurn, ROOT } from "./native/cmake.ts";

const BUILD = join(ROOT, "native/build/clang");
const TARGETS = ["parse", "lookup", "respond", "image"];

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    target: { type: "string", multiple: true, default: TARGETS },
    jobs: { type: "string", default: String(Math.min(2, availableParallelism())) },
    minimise: { type: "boolean", default: false },
  },
});

const kept = (target: string): string => join(ROOT, "test/fuzz/corpus", `native-${target}`);
const grown = (target: string): string => join(BUILD, "corpus", target);
const crashes = join(BUILD, "crashes");

/** The first clang that has a libFuzzer; null if none has. */
function findClang(): string | null {
  const input = 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }';
  const args = ["-std=c++20", "-fsanitize=fuzzer", "-x", "c++", "-", "-o", "/dev/null"];
  const names = ["clang++", ...[20, 19, 18, 17, 16, 15, 14].map((n) => `clang++-${n}`)];
  return names.find((name) => spawnSync(name, args, { input }).status === 0) ?? null;
}

/** Runs a program of the build; ends the process with what it says if it fails. */
function must(command: readonly string[]): void {
  const [program = "", ...args] = inTurn(command, BUILD);
  const run = spawnSync(program, args, { encoding: "utf8" });
  if (run.status === 0) return;
  console.error(`${command.join(" ")}\n${run.stdout}${run.stderr}`);
  process.exit(1);
}

function build(clang: string): void {
  for (const folder of [crashes, ...TARGETS.map(grown)]) mkdirSync(folder, { recursive: true });
  const options = [`-DCMAKE_CXX_COMPILER=${clang}`, "-DNODE_API_HEADERS=none"];
  must(["cmake", "-S", ROOT, "-B", BUILD, ...options]);
  const targets = values.target.flatMap((target) => ["--target", `fuzz_${target}`]);
  must(["cmake", "--build", BUILD, "--parallel", "2", ...targets]);
}

/** Fuzzes one target; true if nothing crashed. */
function fuzz(target: string): Promise<boolean> {
  const args = [
    `-max_total_time=${values.seconds}`,
    "-print_final_stats=1",
    "-timeout=10",
    "-rss_limit_mb=1024",
    `-max_len=${target === "image" ? 600 : 1200}`,
    `-artifact_prefix=${crashes}/${target}-`,
    grown(target),
    kept(target),
  ];
  const child = spawn(join(BUILD, `fuzz_${target}`), args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (part) => {
    said = (said + String(part)).slice(-100_000);
  });
  return new Promise((resolve) => {
    child.on("close", (status) => {
      const figure = (name: string) =>
        new RegExp(`stat::${name}:\\s*(\\d+)`).exec(said)?.[1] ?? "?";
      const coverage = [...said.matchAll(/cov: (\d+)/g)].at(-1)?.[1] ?? "?";
      const told = [
        `${target.padEnd(8)}${figure("number_of_executed_units").padStart(10)} runs`,
        `${figure("average_exec_per_sec").padStart(8)} a second`,
        `coverage ${coverage}`,
        `new ${figure("new_units_added")}`,
        ...[/\d+ opened, \d+ accepted/.exec(said)?.[0] ?? []].flat(),
      ];
      console.log(told.join(", "));
      if (status !== 0) console.error(said.slice(-6000));
      resolve(status === 0);
    });
  });
}

/** What libFuzzer names by its SHA-1; files of other names were made by hand and stay. */
const FOUND = /^[0-9a-f]{40}$/;

/** Writes the least corpus with the coverage of all that was kept and found. */
function minimise(target: string): void {
  const next = `${kept(target)}.next`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  mkdirSync(kept(target), { recursive: true });
  must([
    join(BUILD, `fuzz_${target}`),
    "-set_cover_merge=1",
    "-use_counters=0",
    next,
    kept(target),
    grown(target),
  ]);
  for (const file of readdirSync(kept(target)).filter((name) => !FOUND.test(name))) {
    copyFileSync(join(kept(target), file), join(next, file));
  }
  rmSync(kept(target), { recursive: true });
  renameSync(next, kept(target));
  console.log(`${target.padEnd(8)}${readdirSync(kept(target)).length} files kept`);
}

const clang = findClang();
if (clang === null) {
  console.log("skipped: no clang with libFuzzer (Debian: clang and libclang-rt-14-dev)");
} else {
  build(clang);
  const waiting = [...values.target];
  let sound = true;
  const worker = async (): Promise<void> => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      if (values.minimise) minimise(target);
      else if (!(await fuzz(target))) sound = false;
    }
  };
  const jobs = values.minimise ? 1 : Number(values.jobs);
  await Promise.all(Array.from({ length: jobs }, worker));
  if (!sound) console.error(`what crashed lies in ${crashes}`);
  process.exitCode = sound ? 0 : 1;
}
