// SPDX-License-Identifier: Apache-2.0
/** The direction of imports (ARCHITECTURE.md §4), and what the pure core may not contain. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { corePackages } from "./exceptions.ts";
import {
  CORE_LAYER_MAX,
  codeOf,
  filesIn,
  type Import,
  importsOf,
  layerOf,
  read,
  roomOf,
  sources,
} from "./tree.ts";

const imports: readonly Import[] = sources().flatMap(importsOf);
const place = (i: Import) => `${i.from}:${i.line}`;
const list = (lines: readonly string[]) => `\n  ${lines.join("\n  ")}`;
const isCore = (path: string) => {
  const layer = layerOf(roomOf(path) ?? "");
  return layer >= 0 && layer <= CORE_LAYER_MAX;
};

test("every file of src lies in a room that has a layer", () => {
  const lost = filesIn("src", ".ts").filter((path) => layerOf(roomOf(path) ?? "") < 0);
  assert.equal(lost.length, 0, `rooms without a layer:${list(lost)}`);
});

test("imports point down", () => {
  const wrong: string[] = [];
  for (const i of imports.filter((each) => each.local)) {
    const from = roomOf(i.from)!;
    const to = roomOf(i.to);
    if (to === null) {
      // The shell may read package.json; test support and scripts are nobody's foundation.
      if (!isCore(i.from) && !/^(test|scripts|bench)\//.test(i.to)) continue;
      wrong.push(`${place(i)} imports ${i.to}, which lies in no room`);
    } else if (from !== to && layerOf(to) >= layerOf(from)) {
      wrong.push(`${place(i)}: ${from} may not import ${to} (${i.to})`);
    }
  }
  assert.equal(wrong.length, 0, list(wrong));
});

/** Files that `start` reaches when it runs, each with the file that leads to it. */
function reachedFrom(start: string): Map<string, string> {
  const next = Map.groupBy(
    imports.filter((i) => i.local && !i.typeOnly),
    (i) => i.from,
  );
  const via = new Map<string, string>();
  const open = [start];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const { to } of next.get(path) ?? []) {
      if (via.has(to)) continue;
      via.set(to, path);
      open.push(to);
    }
  }
  return via;
}

function assertNeverReaches(starts: readonly string[], rooms: readonly string[]): void {
  const wrong: string[] = [];
  for (const start of starts) {
    for (const [path, via] of reachedFrom(start)) {
      if (rooms.includes(roomOf(path) ?? "")) wrong.push(`${start} reaches ${path} through ${via}`);
    }
  }
  assert.equal(wrong.length, 0, list(wrong));
}

test("the data plane knows tables, not intentions", () => {
  const hot = sources().filter(
    (path) => roomOf(path) === "answer" || /^workers\/(udp|stream)\.ts$/.test(path),
  );
  assertNeverReaches(hot, ["control", "raft", "resource", "zone", "api"]);
});

test("the control plane is handed its plug-ins and does not fetch them", () => {
  assertNeverReaches(
    sources().filter((path) => roomOf(path) === "control"),
    ["plugins"],
  );
});

test("the core imports no package, except the pure ones that are listed", () => {
  const wrong = imports
    .filter((i) => !i.local && isCore(i.from))
    .filter((i) => !(corePackages[roomOf(i.from)!] ?? []).includes(i.to.split("/")[0]!))
    .map((i) => `${place(i)} imports ${i.to}`);
  assert.equal(wrong.length, 0, list(wrong));
});

const BANNED: readonly (readonly [RegExp, string])[] = [
  [/(?<![.\w$])Date\b/, "time comes as an argument"],
  [/\bMath\.random\b/, "chance comes as an argument"],
  [/\basync\b|\bawait\b|\bPromise\b/, "the core is a function: waiting is an event"],
  [/\b(setTimeout|setInterval|setImmediate|queueMicrotask)\b/, "waiting is an event"],
  [/(?<![.\w$])process\s*\./, "the process is outside"],
  [/(?<![.\w$])console\s*\./, "the core reports values, the shell prints them"],
  [/(?<![.\w$])performance\s*\./, "time comes as an argument"],
  [/(?<![\w$])Buffer\b/, "Uint8Array works everywhere, Buffer only in Node"],
];

test("the core has no clock, no chance, no outside", () => {
  const wrong: string[] = [];
  for (const path of sources().filter(isCore)) {
    codeOf(read(path))
      .split("\n")
      .forEach((line, index) => {
        for (const [word, reason] of BANNED) {
          const found = word.exec(line);
          if (found !== null) wrong.push(`${path}:${index + 1} says "${found[0]}": ${reason}`);
        }
      });
  }
  assert.equal(wrong.length, 0, list(wrong));
});

test("native code includes generated headers from native/gen only", () => {
  const wrong = filesIn("native", ".cc", ".hh").flatMap((path) =>
    [...read(path).matchAll(/^#include "(.*(?:layout|limits|counters|iana)\.hh)"/gm)]
      .filter((match) => !match[1]!.startsWith("gen/"))
      .map((match) => `${path} includes ${match[1]}`),
  );
  assert.equal(wrong.length, 0, list(wrong));
});
