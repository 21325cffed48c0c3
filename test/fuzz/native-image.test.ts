// SPDX-License-Identifier: Apache-2.0
/**
 * One verdict of two openers: the golden images, the bad ones, and golden ones with a few octets
 * changed are put to src/table/open*.ts and to native/src/image*.cc, which must find the same first
 * fault at the same place. The native one runs under sanitizers.
 *
 * Each change is of a kind that is nearly right, because what is all wrong is refused by the first
 * check; one of three images is still accepted. The seed is printed; SEED=n repeats a run, RUNS=n
 * makes it longer.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { buildTargets, missingTool, ROOT } from "../../scripts/native/cmake.ts";
import type { Fault } from "../../src/base/faults.ts";
import type { Ref } from "../../src/base/units.ts";
import { IMAGE_HEADER_SIZE, readImageHeader } from "../../src/table/image.ts";
import { openTable } from "../../src/table/open.ts";
import { openPlans } from "../../src/table/open-plans.ts";
import { PLAN_ROW_WORDS } from "../../src/table/plans.ts";
import { type TableViews, viewsOf } from "../../src/table/reader.ts";
import { liveExtents, restoreImage } from "../../src/table/table-image.ts";
import { nativeForTests } from "../support/native.ts";
import { createPrng, nextRandom, type Prng } from "../support/prng.ts";

const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const RUNS = Number(process.env["RUNS"] ?? 1);
const GOLDEN = join(ROOT, "test/golden");
const skip = missingTool() ?? false;
if (skip === false) console.log(`two openers, SEED=${SEED}`);

/** TableFault of native/src/image.hh, in order. */
const KEYS = [
  "",
  "TABLE_IMAGE",
  "TABLE_FINGERPRINT",
  "TABLE_SEGMENT",
  "TABLE_DIRECTORY",
  "TABLE_SLOTS",
  "TABLE_NODE",
  "TABLE_NAME",
  "TABLE_REF",
  "TABLE_RRSET",
  "TABLE_ZONE",
  "TABLE_MAP",
  "TABLE_STEERING",
  "TABLE_DENIAL",
];

interface Loaded {
  readonly file: string;
  /** Table and plans, one behind the other. */
  readonly octets: Uint8Array;
  readonly views: TableViews;
  readonly plans: Int32Array;
  readonly root: Ref;
  readonly planRows: number;
}

/** What the head promises, in one memory whose views are those of the table and of the plans. */
function load(file: string): Loaded | null {
  const stored = new Uint8Array(readFileSync(file));
  const { value: header } = readImageHeader(stored, stored.length);
  if (header === null) return null;
  const octets = stored.slice(IMAGE_HEADER_SIZE);
  const views = viewsOf(octets.subarray(0, header.used));
  const plans = new Int32Array(octets.buffer, header.used, header.planRows * PLAN_ROW_WORDS);
  return { file, octets, views, plans, root: header.root, planRows: header.planRows };
}

/** The first fault as the native opener tells it: number, segment, offset. */
function verdictOf(fault: Fault | null | undefined): string {
  if (fault === null || fault === undefined) return "0 0 0";
  const row = /^plan row (\d+) of/.exec(fault.detail);
  if (row !== null) return `${KEYS.indexOf(fault.key)} 0 ${Number(row[1]) >>> 0}`;
  const place = /\(segment (\d+)(?:, offset (\d+))?\)$/.exec(fault.detail);
  assert.ok(place !== null, fault.detail);
  return `${KEYS.indexOf(fault.key)} ${place[1]} ${place[2] ?? 0}`;
}

function verdictHere(image: Loaded): string {
  const faults = openTable(image.views, image.root, { planRowCount: image.planRows });
  return verdictOf(faults[0] ?? openPlans(image.views, image.root, image.plans));
}

/** Puts lines to the native opener. */
function verdictsThere(lines: readonly string[]): string[] {
  const program = join(buildTargets("image_test"), "image_test");
  const run = spawnSync(program, ["-"], { input: `${lines.join("\n")}\n`, encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.trimEnd().split("\n");
}

type Octet = readonly [at: number, value: number];

/** Octets to be changed: a word of a segment or of the plans becomes something that may well be. */
function change(
  random: Prng,
  image: Loaded,
  extents: readonly (readonly [number, number])[],
): Octet[] {
  const pick = (count: number): number => nextRandom(random) % count;
  const [from, size] = extents[pick(extents.length)]!;
  const width = [1, 2, 4, 4][pick(4)]!;
  // Heads and lists stand at both ends; what lies between is much and alike.
  const near = [size, Math.min(size, 160)][pick(2)]!;
  const unit = pick(Math.floor(near / width)) * width;
  const at = from + (pick(4) === 0 ? size - width - unit : unit);
  let value = 0;
  for (let i = 0; i < width; i += 1) value += image.octets[at + i]! * 2 ** (i * 8);
  const any = nextRandom(random);
  const choices = [value + 1, value - 1, value ^ (1 << pick(width * 8)), any, pick(256)];
  choices.push(0, 0xc0, 0xffffffff, 0x7fffffff, pick(size), value + 16, value * 2, value + 4);
  const next = choices[pick(choices.length)]! >>> 0;
  return Array.from({ length: width }, (_, i): Octet => [at + i, (next >>> (i * 8)) & 0xff]);
}

/** `count` changed images: the lines for the other side, and what this side says. */
function story(random: Prng, image: Loaded, count: number): { lines: string[]; here: string[] } {
  // A picture is drawn of memory that ends at a whole unit of space.
  const memory = new Uint8Array(Math.ceil(image.views.u8.length / 16) * 16);
  memory.set(image.views.u8);
  const extents = liveExtents(restoreImage(memory, image.root)).map(
    ({ ref, size }): readonly [number, number] => [ref, size],
  );
  const plansAt = image.views.u8.length;
  if (image.planRows > 0) extents.push([plansAt, image.octets.length - plansAt]);
  const lines = [`load ${image.file}`];
  const here: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const list = Array.from({ length: 1 + (nextRandom(random) % 3) }, () =>
      change(random, image, extents),
    ).flat();
    const before = list.map(([at]) => image.octets[at]!);
    for (const [at, value] of list) image.octets[at] = value;
    here.push(verdictHere(image));
    // The oldest value last: two changes may have met.
    for (let i = list.length - 1; i >= 0; i -= 1) image.octets[list[i]![0]] = before[i]!;
    lines.push(`try ${list.map(([at, value]) => `${at}:${value}`).join(" ")}`);
  }
  return { lines, here };
}

test("both openers say the same of every golden and bad image", { skip }, () => {
  const files = ["image", "bad"].flatMap((folder) =>
    readdirSync(join(GOLDEN, folder))
      .filter((file) => file.endsWith(".bin"))
      .map((file) => join(GOLDEN, folder, file)),
  );
  const images = files.map(load).filter((one) => one !== null);
  assert.ok(images.length > 60);
  const there = verdictsThere(images.flatMap(({ file }) => [`load ${file}`, "try"]));
  images.forEach((image, i) => {
    assert.equal(there[i], verdictHere(image), image.file);
  });
});

for (const [name, count] of [
  ["zones", 12_000],
  ["shards", 1500],
  ["steering", 250],
] as const) {
  test(`both openers say the same of ${name}, changed`, { skip }, () => {
    const image = load(join(GOLDEN, "image", `${name}.bin`))!;
    const { lines, here } = story(createPrng(SEED), image, count * RUNS);
    const there = verdictsThere(lines);
    here.forEach((verdict, i) => {
      assert.equal(there[i], verdict, `SEED=${SEED}: ${lines[0]}; ${lines[i + 1]}`);
    });
    assert.equal(there.length, here.length);
    const accepted = here.filter((verdict) => verdict === "0 0 0").length;
    assert.ok(accepted > here.length / 20 && accepted < here.length * 0.9, `${accepted} accepted`);
    const kinds = new Set(here.map((verdict) => verdict.split(" ")[0]));
    assert.ok(kinds.size > (name === "zones" ? 8 : 4), `kinds of faults: ${[...kinds].join(" ")}`);
  });
}

const { addon, reason } = nativeForTests();
const exported = addon as unknown as Readonly<Record<string, unknown>> | null;

test("the addon opens images", { skip: reason }, (t) => {
  // The names that src/io/native.ts hands on may not hold it, so the file is asked.
  const file = process.env["AZIMUTH_NATIVE"] || join(ROOT, "native/build/azimuth.node");
  const verify = createRequire(import.meta.url)(file).verifyImage ?? exported?.["verifyImage"];
  if (typeof verify !== "function") {
    t.skip("the addon exports no verifyImage");
    return;
  }
  const image = load(join(GOLDEN, "image/steering.bin"))!;
  const ask = (root: number, rows: number) =>
    verify(image.views.u8, image.plans, root, rows).join(" ");
  assert.equal(ask(image.root, image.planRows), "0 0 0");
  assert.equal(ask(image.root + 16, image.planRows), `3 ${image.root + 16} 0`);
  assert.equal(ask(image.root, 0), `4 ${image.root} 0`);
});
