// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { flameGraph } from "../../../../bench/profile/flame.ts";
import type { Frame } from "../../../../bench/profile/frames.ts";

const frame = (name: string, totalUs: number, children: Frame[] = [], place = ""): Frame => ({
  name,
  place,
  selfUs: totalUs - children.reduce((sum, child) => sum + child.totalUs, 0),
  selfCount: 1,
  totalUs,
  children,
});

/** What is drawn: name, left and width in percent, row. */
function boxes(page: string): [string, number, number, number][] {
  const box = /style="left:([\d.]+)%;width:([\d.]+)%;top:(\d+)px"[^>]*>([^<]*)<\/div>/g;
  return [...page.matchAll(box)].map(([, left, width, top, name]) => [
    name!,
    Number(left),
    Number(width),
    Number(top) / 18,
  ]);
}

test("G1: widths are parts of the work of all threads, children lie below their parents", () => {
  const lookup = frame("lookup", 300, [], "src/answer/lookup.ts:84");
  const udp = frame("udp-0", 750, [frame("send", 400, [], "node:dgram:733"), lookup]);
  const page = flameGraph(
    [
      { frame: udp, idleUs: 9999 },
      { frame: frame("main", 250), idleUs: 0 },
    ],
    "title",
    [],
  );
  assert.deepEqual(boxes(page), [
    ["udp-0", 0, 75, 0],
    ["send", 0, 40, 1],
    ["lookup", 40, 30, 1],
    ["main", 75, 25, 0],
  ]);
  assert.match(page, /class="ours"[^>]*>lookup</);
  assert.match(page, /class="node"[^>]*>send</);
});

test("G2: a name is text, whatever it looks like", () => {
  const page = flameGraph([{ frame: frame('<script>"&', 10), idleUs: 0 }], "<b>", ["<i>"]);
  assert.ok(page.includes("&lt;script&gt;&quot;&amp;"));
  assert.ok(!page.includes('<script>"'));
  assert.ok(page.includes("<h1>&lt;b&gt;</h1>") && page.includes("<p>&lt;i&gt;</p>"));
  assert.doesNotMatch(page, /https?:\/\//, "nothing is fetched");
});

test("G3: what nobody could see is left out; nothing at all is a page as well", () => {
  const page = flameGraph([{ frame: frame("a", 1e6, [frame("tiny", 1)]), idleUs: 0 }], "t", []);
  assert.deepEqual(boxes(page), [["a", 0, 100, 0]]);
  assert.deepEqual(boxes(flameGraph([], "t", [])), []);
  assert.deepEqual(boxes(flameGraph([{ frame: frame("a", 0), idleUs: 1 }], "t", [])), []);
});
