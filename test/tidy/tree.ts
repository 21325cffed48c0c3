// SPDX-License-Identifier: Apache-2.0
/** The tree as text: which files there are, and their code without comments and strings. */
import { existsSync, globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** Rooms by layer. A room imports lower layers and itself; why is in ARCHITECTURE.md §4. */
export const LAYERS: readonly (readonly string[])[] = [
  ["base"],
  ["dns", "geo", "layout"],
  ["zone", "resource", "health"],
  ["steer"],
  ["table"],
  ["answer", "raft", "store", "transfer"],
  ["control"],
  ["plugins"],
  ["config", "telemetry", "io", "api", "cli"],
  ["daemon"],
  ["workers"],
];

/** The highest layer of the pure core. */
export const CORE_LAYER_MAX = 6;

/** Layer of a room, or -1 where nobody gave it one. */
export function layerOf(room: string): number {
  return LAYERS.findIndex((rooms) => rooms.includes(room));
}

/** Room of a path: `src/dns/names.ts` → `dns`, `workers/udp.ts` → `workers`, else null. */
export function roomOf(path: string): string | null {
  if (path.startsWith("workers/")) return "workers";
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? null;
}

const NOT_OURS = new Set(["node_modules", ".git", "dist", "build", "state", "results"]);

/** Paths of the tree below `folder`, from the top of the tree, sorted. */
export function filesIn(folder: string, ...endings: readonly string[]): readonly string[] {
  const found: string[] = [];
  const walk = (path: string): void => {
    for (const entry of readdirSync(join(ROOT, path), { withFileTypes: true })) {
      const at = path === "." ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!NOT_OURS.has(entry.name)) walk(at);
      } else if (endings.length === 0 || endings.some((ending) => entry.name.endsWith(ending))) {
        found.push(at);
      }
    }
  };
  if (existsSync(join(ROOT, folder))) walk(folder);
  return found.sort();
}

/** Source files of the program: rooms and thread entries, generated ones left out. */
export function sources(): readonly string[] {
  return [...filesIn("src", ".ts"), ...filesIn("workers", ".ts")].filter((p) => !isGenerated(p));
}

export function isGenerated(path: string): boolean {
  return path.includes("/gen/");
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Whether a path or glob of the documentation names something that is there. */
export function exists(path: string): boolean {
  if (path.includes("*")) return globSync(path, { cwd: ROOT }).length > 0;
  return existsSync(join(ROOT, path));
}

export function isFolder(path: string): boolean {
  return exists(path) && statSync(join(ROOT, path)).isDirectory();
}

/** Keywords after which a slash begins a regular expression and does not divide. */
const BEFORE_REGEX =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|of|in|void|yield|else))$/;

/**
 * TypeScript with comments blanked, and the insides of strings and regular expressions too unless
 * `keepStrings`. Line numbers stay. Template literals keep the code of their `${}`.
 */
export function codeOf(text: string, keepStrings = false): string {
  let out = "";
  let at = 0;
  // Depth of braces at which each open `${` ends.
  const templates: number[] = [];
  let depth = 0;
  const blank = (from: string) => from.replace(/[^\n]/g, " ");
  const take = (end: number, hide: boolean): void => {
    const piece = text.slice(at, end);
    out += hide ? blank(piece) : piece;
    at = end;
  };
  const template = (from: number): void => {
    let end = from;
    while (end < text.length && text[end] !== "`" && !text.startsWith("${", end)) {
      end += text[end] === "\\" ? 2 : 1;
    }
    const opens = text.startsWith("${", end);
    take(Math.min(end + (opens ? 2 : 1), text.length), !keepStrings);
    if (opens) templates.push(depth);
  };
  while (at < text.length) {
    const rest = text.slice(at, at + 2);
    const char = text[at]!;
    if (rest === "//") {
      const end = text.indexOf("\n", at);
      take(end < 0 ? text.length : end, true);
    } else if (rest === "/*") {
      const end = text.indexOf("*/", at + 2);
      take(end < 0 ? text.length : end + 2, true);
    } else if (char === '"' || char === "'") {
      take(endOfQuoted(text, at, char), !keepStrings);
    } else if (char === "`") {
      template(at + 1);
    } else if (char === "}" && templates.at(-1) === depth) {
      templates.pop();
      template(at);
    } else if (char === "/" && BEFORE_REGEX.test(out.trimEnd().slice(-12))) {
      take(endOfRegex(text, at), !keepStrings);
    } else {
      if (char === "{") depth += 1;
      if (char === "}") depth -= 1;
      take(at + 1, false);
    }
  }
  return out;
}

function endOfQuoted(text: string, at: number, quote: string): number {
  let end = at + 1;
  while (end < text.length && text[end] !== quote) end += text[end] === "\\" ? 2 : 1;
  return Math.min(end + 1, text.length);
}

function endOfRegex(text: string, at: number): number {
  let end = at + 1;
  let inClass = false;
  while (end < text.length && text[end] !== "\n" && (inClass || text[end] !== "/")) {
    if (text[end] === "[") inClass = true;
    if (text[end] === "]") inClass = false;
    end += text[end] === "\\" ? 2 : 1;
  }
  return Math.min(end + 1, text.length);
}

/** One import of one file. `to` is a path of the tree if `local`, else a package or `node:` name. */
export interface Import {
  readonly from: string;
  readonly to: string;
  readonly local: boolean;
  /** Erased before it runs: it reaches nothing, but still binds two files. */
  readonly typeOnly: boolean;
  readonly line: number;
}

const IMPORT =
  /\b(?:import|export)\s+(?<clause>(?:type\s+)?[\w*${}\s,]*?)\s*from\s*["'](?<from>[^"'\n]+)["']|\bimport\s*\(?\s*["'](?<bare>[^"'\n]+)["']/g;

/** All imports of a file, re-exports and dynamic ones included. */
export function importsOf(path: string): readonly Import[] {
  const code = codeOf(read(path), true);
  return [...code.matchAll(IMPORT)].map((match) => {
    const { clause = "", from, bare } = match.groups!;
    const target = from ?? bare!;
    const local = target.startsWith(".");
    return {
      from: path,
      to: local ? normalize(join(dirname(path), target)) : target,
      local,
      typeOnly: from !== undefined && isTypeOnly(clause),
      line: code.slice(0, match.index).split("\n").length,
    };
  });
}

/** `type { A }`, or `{ type A, type B }`. */
function isTypeOnly(clause: string): boolean {
  if (/^type\b/.test(clause)) return true;
  const names = /^\{([\s\S]*)\}$/.exec(clause)?.[1];
  if (names === undefined) return false;
  const list = names.split(",").map((name) => name.trim());
  return list.every((name) => name === "" || name.startsWith("type "));
}
