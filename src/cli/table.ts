// SPDX-License-Identifier: Apache-2.0
/**
 * Aligned text: tables with a heading, and lists of a word and what it is.
 *
 * Cells are padded first and coloured afterwards, so that escape sequences count for no width. Text
 * from outside is made printable here, in one place: a reason that a prober got from a strange
 * server must not be able to tell the terminal what to do.
 */

export type Style = "plain" | "bold" | "dim" | "good" | "warn" | "bad";

export interface Cell {
  readonly text: string;
  readonly style: Style;
}

export interface Column {
  readonly heading: string;
  /** Numbers stand at the right. */
  readonly right?: true;
}

const SEQUENCES: Readonly<Record<Style, string>> = {
  plain: "",
  bold: "\u001b[1m",
  dim: "\u001b[2m",
  good: "\u001b[32m",
  warn: "\u001b[33m",
  bad: "\u001b[31m",
};

export function cell(text: string | number, style: Style = "plain"): Cell {
  return { text: String(text), style };
}

/** Printable text in a style; control characters come out as `\x1b`. */
export function paint(text: string, style: Style, colour: boolean): string {
  const safe = printable(text);
  const sequence = SEQUENCES[style];
  return colour && sequence !== "" && safe !== "" ? `${sequence}${safe}\u001b[0m` : safe;
}

/** Control characters as `\x1b`, so that a terminal shows them and does not obey them. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** A heading and one line per row, each ended by a line end and without trailing spaces. */
export function tableText(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  colour: boolean,
): string {
  const heading = columns.map((column) => cell(column.heading, "bold"));
  const all = [heading, ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => widthOf(row[i]?.text ?? ""))));
  const line = (row: readonly Cell[]): string => {
    // Behind the last cell that says something nothing is padded.
    const last = row.findLastIndex(({ text }) => text !== "");
    const parts = row.slice(0, last + 1).map(({ text, style }, i) => {
      const padding = " ".repeat((widths[i] ?? 0) - widthOf(text));
      const painted = paint(text, style, colour);
      if (columns[i]?.right === true) return padding + painted;
      return i === last ? painted : painted + padding;
    });
    return `${parts.join("  ")}\n`;
  };
  return all.map(line).join("");
}

/** `word   what it is`, one per line, the words in one column. */
export function listText(rows: readonly (readonly [string, Cell])[], colour: boolean): string {
  const width = Math.max(...rows.map(([word]) => word.length));
  return rows
    .map(([word, { text, style }]) => {
      const padding = " ".repeat(width - word.length);
      return `${paint(word, "dim", colour)}${padding}  ${paint(text, style, colour)}\n`;
    })
    .join("");
}

/** Characters of the text as it will be printed. */
function widthOf(text: string): number {
  return [...printable(text)].length;
}
