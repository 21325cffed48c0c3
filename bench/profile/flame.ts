// SPDX-License-Identifier: Apache-2.0
/**
 * A flame graph as one HTML file that needs nothing else: no network, no library, no server.
 *
 * HTML and not SVG, because a box of HTML cuts its own text off, and a file with a search field is
 * all that a viewer of this needs. The frames hang from the top: the threads come first, and what
 * they call below them, so that the beginning of the page is the beginning of the story.
 *
 * Invariants
 *   G1  The width of a frame is its part of the time that all threads worked; waiting is left out.
 *   G2  Names come from programs, so they are escaped: no profile can bring its own script along.
 *   G3  What is narrower than PART_MIN is left out: nobody could see it, and it would be most of the
 *       file.
 */
import type { Frame, ThreadFrames } from "./frames.ts";

/** Least part of the whole width that is drawn: half a pixel of a thousand. */
const PART_MIN = 0.0005;
const ROW_PX = 18;

/** A page with the frames of all threads. `title` and `notes` stand above them. */
export function flameGraph(
  threads: readonly ThreadFrames[],
  title: string,
  notes: readonly string[],
): string {
  const totalUs = threads.reduce((sum, { frame }) => sum + frame.totalUs, 0);
  const boxes: string[] = [];
  let depthMax = 0;
  const draw = (frame: Frame, left: number, depth: number): void => {
    const part = totalUs === 0 ? 0 : frame.totalUs / totalUs;
    if (part < PART_MIN) return;
    depthMax = Math.max(depthMax, depth);
    boxes.push(boxOf(frame, left, part, depth, totalUs));
    let at = left;
    for (const child of frame.children) {
      draw(child, at, depth + 1);
      at += child.totalUs / totalUs;
    }
  };
  let left = 0;
  for (const { frame } of threads) {
    draw(frame, left, 0);
    if (totalUs > 0) left += frame.totalUs / totalUs;
  }
  const lines = notes.map((note) => `<p>${escapeHtml(note)}</p>`).join("\n");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<style>${STYLE}</style></head><body>
<h1>${escapeHtml(title)}</h1>
${lines}
<p><input id="find" placeholder="find a function" size="30"> <span id="found"></span></p>
<p>${Object.entries(KINDS)
    .map(([kind, text]) => `<span class="key ${kind}">${text}</span>`)
    .join(" ")}</p>
<div id="flame" style="height:${(depthMax + 1) * ROW_PX}px">
${boxes.join("\n")}
</div>
<p id="said">&nbsp;</p>
<script>${SCRIPT}</script>
</body></html>
`;
}

function boxOf(frame: Frame, left: number, part: number, depth: number, totalUs: number): string {
  const own = frame.totalUs === 0 ? 0 : frame.selfUs / totalUs;
  const percent = (value: number): string => `${(value * 100).toFixed(2)} %`;
  const place = frame.place === "" ? "" : ` ${frame.place}`;
  const text = `${frame.name}${place}: ${percent(part)}, itself ${percent(own)}`;
  const style = `left:${(left * 100).toFixed(4)}%;width:${(part * 100).toFixed(4)}%;top:${depth * ROW_PX}px`;
  const data = `data-l="${left.toFixed(7)}" data-w="${part.toFixed(7)}"`;
  const kind = depth === 0 ? "thread" : kindOf(frame);
  return `<div class="${kind}" style="${style}" ${data} title="${escapeHtml(text)}">${escapeHtml(frame.name)}</div>`;
}

/** Classes of frames, with what the legend calls them. */
const KINDS = {
  thread: "thread",
  ours: "Azimuth",
  node: "Node",
  other: "packages",
  machine: "system and V8",
  garbage: "garbage collector",
} as const;

function kindOf({ name, place }: Frame): keyof typeof KINDS {
  if (name === "(garbage collector)") return "garbage";
  if (place === "") return "machine";
  if (place.startsWith("node:")) return "node";
  return place.includes("node_modules/") ? "other" : "ours";
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const STYLE = `
body { font: 13px sans-serif; margin: 12px; background: #fff; color: #111 }
h1 { font-size: 16px } p { margin: 4px 0 }
#flame { position: relative; overflow: hidden; margin: 8px 0 }
#flame div { position: absolute; height: ${ROW_PX - 1}px; line-height: ${ROW_PX - 1}px; overflow: hidden;
  white-space: nowrap; text-indent: 2px; font-size: 11px; cursor: pointer; box-sizing: border-box;
  border-right: 1px solid #fff }
#flame div:hover { outline: 1px solid #000; z-index: 1 } .key { padding: 1px 6px }
.thread { background: #b8c4d6 } .ours { background: #f4a259 } .node { background: #8cb369 }
.other { background: #f4e285 } .machine { background: #d0d0d0 } .garbage { background: #bc4b51 }
#flame .hit { background: #c77dff } #flame .gone { display: none }
`;

/** Click a frame to see it over the whole width, the same again or a thread's parent to go back. */
const SCRIPT = `
const boxes = [...document.querySelectorAll("#flame div")];
const said = document.getElementById("said");
let zoomed = null;
function show(left, width) {
  for (const box of boxes) {
    const l = (box.dataset.l - left) / width, w = box.dataset.w / width;
    const from = Math.max(0, l), to = Math.min(1, l + w);
    box.classList.toggle("gone", to - from < 1e-4);
    box.style.left = from * 100 + "%";
    box.style.width = Math.max(0, to - from) * 100 + "%";
  }
}
for (const box of boxes) {
  box.onmouseover = () => { said.textContent = box.title; };
  box.onclick = () => {
    zoomed = zoomed === box ? null : box;
    if (zoomed) show(+box.dataset.l, +box.dataset.w); else show(0, 1);
  };
}
document.getElementById("find").oninput = (event) => {
  const word = event.target.value.toLowerCase();
  let count = 0;
  for (const box of boxes) {
    const hit = word !== "" && box.title.toLowerCase().includes(word);
    box.classList.toggle("hit", hit);
    if (hit) count += 1;
  }
  document.getElementById("found").textContent = word === "" ? "" : count + " frames";
};
`;
