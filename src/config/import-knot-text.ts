// SPDX-License-Identifier: Apache-2.0
/**
 * The text of a knot.conf as sections of blocks of items, includes put in their place. What the
 * words mean is `import-knot.ts`.
 *
 * Not by our reader of YAML: what Knot calls simplified YAML gives a key several times for several
 * values, and begins words with signs that YAML keeps for itself (`%s.zone`).
 */
import {
  folderOf,
  ImportError,
  includedFiles,
  type Place,
  type ReadText,
  readIncluded,
} from "./import-draft.ts";

/** What stands behind a key; of a key that stands several times, all of it. */
export interface Item {
  readonly at: Place;
  readonly key: string;
  readonly values: readonly string[];
}

/** What begins with `- id:`; of a section without such lines there is one. */
export interface Block {
  readonly at: Place;
  readonly items: ReadonlyMap<string, Item>;
}

export interface Section {
  readonly at: Place;
  readonly name: string;
  readonly blocks: readonly Block[];
}

/** The last value of a key, which is the one that holds; "" without. */
export const lastOf = ({ items }: Pick<Block, "items">, key: string): string =>
  items.get(key)?.values.at(-1) ?? "";

export const isOn = (value: string): boolean => /^(?:on|true)$/i.test(value);

interface DraftBlock {
  readonly at: Place;
  readonly items: Map<string, Item>;
}

interface DraftSection {
  readonly at: Place;
  readonly name: string;
  readonly blocks: DraftBlock[];
}

/** All sections of a file and of what it includes. Throws an ImportError. */
export function knotSections(file: string, read: ReadText): readonly Section[] {
  return sectionsOf(file, read, 0, { file, line: 0 });
}

const LINE = /^([ \t]*)(?:(-)[ \t]+)?([a-z][a-z0-9-]*)[ \t]*:(?:[ \t]+(.*))?$/is;

function sectionsOf(file: string, read: ReadText, depth: number, from: Place): DraftSection[] {
  const lines = readIncluded(file, read, depth, from).split(/\r?\n/);
  const sections: DraftSection[] = [];
  for (const [i, text] of lines.entries()) {
    const at = { file, line: i + 1 };
    const line = withoutComment(text, at);
    if (line.trim() === "") continue;
    const [, indent = "", dash, key, rest = ""] = LINE.exec(line) ?? [];
    if (key === undefined) throw new ImportError(at, "no `key: value`");
    const item = { at, key: key.toLowerCase(), values: valuesOf(rest, at) };
    if (indent === "" && dash === undefined) sections.push(...topOf(item, read, depth));
    else putItem(sections, item, dash !== undefined);
  }
  return sections;
}

/** A section that begins, or what an include brings. */
function topOf(item: Item, read: ReadText, depth: number): DraftSection[] {
  const { at, key, values } = item;
  if (key !== "include") {
    if (values.length > 0) throw new ImportError(at, `${key} stands in no section`);
    return [{ at, name: key, blocks: [] }];
  }
  return includedFiles(values[0] ?? "", folderOf(at.file)).flatMap((one) =>
    sectionsOf(one, read, depth + 1, at),
  );
}

function putItem(sections: readonly DraftSection[], item: Item, begins: boolean): void {
  const section = sections.at(-1);
  if (section === undefined) throw new ImportError(item.at, `${item.key} stands in no section`);
  if (begins || section.blocks.length === 0) section.blocks.push({ at: item.at, items: new Map() });
  const { items } = section.blocks.at(-1)!;
  const known = items.get(item.key);
  const values = [...(known?.values ?? []), ...item.values];
  items.set(item.key, { ...item, values });
}

/** Quoted text, or the sign that begins a comment. */
const MARKS = /"(?:\\.|[^"\\])*"|"|(?<=^|[\s[\],])#/g;

function withoutComment(line: string, at: Place): string {
  for (const { 0: text, index } of line.matchAll(MARKS)) {
    if (text === "#") return line.slice(0, index);
    if (text === '"') throw new ImportError(at, "a quote has no end");
  }
  return line;
}

/** `a`, `"a b"` or `[a, b]`. */
function valuesOf(text: string, at: Place): readonly string[] {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  const inner = trimmed.startsWith("[") ? trimmed.slice(1).replace(/\]$/, "") : trimmed;
  if (trimmed.startsWith("[") && !trimmed.endsWith("]")) {
    throw new ImportError(at, "a [ has no end");
  }
  return [...inner.matchAll(/"((?:\\.|[^"\\])*)"|([^\s",]+)/g)].map(
    ([, quoted, word]) => word ?? quoted!.replace(/\\(.)/g, "$1"),
  );
}
