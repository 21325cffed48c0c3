// SPDX-License-Identifier: Apache-2.0
/**
 * The text of a named.conf as statements: words and blocks up to a semicolon, comments of all three
 * kinds left out, includes put in their place. What the words mean is `import-bind.ts`.
 */
import {
  folderOf,
  ImportError,
  includedFiles,
  type Place,
  type ReadText,
  readIncluded,
} from "./import-draft.ts";

export type Part = string | readonly Statement[];

export interface Statement {
  readonly at: Place;
  readonly parts: readonly Part[];
}

/** The statements in the blocks of a statement. */
export const blockOf = ({ parts }: Statement): readonly Statement[] =>
  parts.flatMap((part) => (typeof part === "string" ? [] : part));

interface Token {
  readonly text: string;
  readonly line: number;
  /** Punctuation is not; `"{"` in quotes is a word. */
  readonly word: boolean;
}

const TOKENS =
  /(\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|"((?:\\[\s\S]|[^"\\])*)"|([{};])|((?:[^\s{};"#/]|\/(?![/*]))+)/y;

function tokensOf(text: string, file: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKENS);
  let line = 1;
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) throw new ImportError({ file, line }, "a quote or comment has no end");
    const [whole, , quoted, mark, word] = match;
    if (mark !== undefined) tokens.push({ text: mark, line, word: false });
    else if (quoted !== undefined || word !== undefined) {
      const text = quoted === undefined ? word! : quoted.replace(/\\(.)/g, "$1");
      tokens.push({ text, line, word: true });
    }
    line += whole.split("\n").length - 1;
  }
  return tokens;
}

/** All statements of a file and of what it includes. Throws an ImportError. */
export function bindStatements(file: string, read: ReadText): readonly Statement[] {
  return statementsOf(file, read, 0, { file, line: 0 }, folderOf(file));
}

function statementsOf(
  file: string,
  read: ReadText,
  depth: number,
  from: Place,
  folder: string,
): readonly Statement[] {
  const tokens = tokensOf(readIncluded(file, read, depth, from), file);
  let next = 0;
  const include = (statement: Statement): readonly Statement[] => {
    const [word, pattern] = statement.parts;
    if (word !== "include" || typeof pattern !== "string") return [statement];
    return includedFiles(pattern, folder).flatMap((one) =>
      statementsOf(one, read, depth + 1, statement.at, folder),
    );
  };
  const block = (opened: Place | null): readonly Statement[] => {
    const out: Statement[] = [];
    let parts: Part[] = [];
    let line = 0;
    for (; next < tokens.length; next += 1) {
      const token = tokens[next]!;
      if (parts.length === 0) line = token.line;
      const at = { file, line };
      if (token.word) parts.push(token.text);
      else if (token.text === "{") {
        next += 1;
        parts.push(block({ file, line: token.line }));
      } else if (token.text === ";") {
        if (parts.length > 0) out.push(...include({ at, parts }));
        parts = [];
      } else if (opened === null) throw new ImportError(at, "a } without its {");
      else if (parts.length > 0) throw new ImportError(at, "a ; is missing before }");
      else return out;
    }
    if (opened !== null) throw new ImportError(opened, "a { without its }");
    if (parts.length > 0) throw new ImportError({ file, line }, "a ; is missing at the end");
    return out;
  };
  return block(null);
}
