// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  createTokeniser,
  Entry,
  nextEntry,
  placeInEntry,
  restart,
  shiftTokens,
  startNextEntry,
  TOKEN_ADJOINED,
  TOKEN_QUOTED,
  TOKENS_MAX,
  type Tokeniser,
  tokensFromText,
} from "../../../src/dns/tokens.ts";

const RESULT = Object.fromEntries(Object.entries(Entry).map(([key, value]) => [value, key]));

/** One entry as text: line, `_` for a blank beginning, tokens with quotes, `+` where they adjoin. */
function describe(t: Tokeniser, got: Entry): string {
  const { list } = t;
  if (got !== Entry.READY) {
    const { line, column } = placeInEntry(t, t.errorAt);
    return `${RESULT[got]} ${line}:${column}`;
  }
  let text = `${t.startLine}:${t.blank ? "_" : ""}`;
  for (let i = 0; i < list.count; i += 1) {
    const token = Buffer.from(list.octets.subarray(list.start[i]!, list.end[i]!)).toString(
      "latin1",
    );
    const joined = list.flags[i]! & TOKEN_ADJOINED ? "+" : "";
    text += ` ${joined}${list.flags[i]! & TOKEN_QUOTED ? `"${token}"` : token}`;
  }
  return text;
}

/** All entries of a text that comes in pieces of the sizes given. */
function entriesOf(text: Uint8Array, cuts: readonly number[]): string[] {
  const out: string[] = [];
  const t = createTokeniser();
  let held = new Uint8Array(0);
  const run = (final: boolean): void => {
    for (;;) {
      const got = nextEntry(t, held, held.length, final);
      if (got === Entry.MORE || got === Entry.END) return;
      out.push(describe(t, got));
      startNextEntry(t);
    }
  };
  let at = 0;
  for (const cut of [...cuts.filter((c) => c < text.length).sort((a, b) => a - b), text.length]) {
    held = Buffer.concat([held, text.subarray(at, cut)]);
    at = cut;
    run(false);
    held = held.slice(t.start);
    shiftTokens(t, -t.start);
  }
  run(true);
  return out;
}

const entries = (text: string): string[] => entriesOf(new TextEncoder().encode(text), []);

test("RFC 1035 §5.1: blanks, comments, parentheses, quotes, escapes", () => {
  assert.deepEqual(entries("a b\n c ; d\n\n"), ["1: a b", "2:_ c", "3:"]);
  assert.deepEqual(entries('a (b ; x ( " \n c\n)d) e'), ["UNBALANCED_CLOSE 3:3"]);
  assert.deepEqual(entries('a (b ; x ( " \n c\n)d e'), ["1: a b c d e"]);
  assert.deepEqual(entries('a "b ; (c" d'), ['1: a "b ; (c" d']);
  assert.deepEqual(entries('a "b\\"c"'), ['1: a "b\\"c"']);
  assert.deepEqual(entries('a\\ b\\;c\\(d \\"'), ['1: a\\ b\\;c\\(d \\"']);
  assert.deepEqual(entries("a\r\nb\tc\r\n"), ["1: a", "2: b c"]);
  assert.deepEqual(entries('k="v w" "x""y"'), ['1: k= +"v w" "x" +"y"']);
  assert.deepEqual(entries('""'), ['1: ""']);
});

test("a broken entry costs its line, and says where", () => {
  assert.deepEqual(entries('a "b\nc\n'), ["UNCLOSED_QUOTE 1:3", "2: c"]);
  assert.deepEqual(entries("a ) b\nc"), ["UNBALANCED_CLOSE 1:3", "2: c"]);
  assert.deepEqual(entries("a\nb (\n(c\n"), ["1: a", "UNCLOSED_PAREN 2:3"]);
  assert.deepEqual(entries('a ( b\n "c\nd'), ["UNCLOSED_QUOTE 2:2", "3: d"]);
  assert.deepEqual(entries('a "b'), ["UNCLOSED_QUOTE 1:3"]);
  // A backslash does not escape the end of a line.
  assert.deepEqual(entries("a\\\nb\\"), ["1: a\\", "2: b\\"]);
});

test("a named number of tokens", () => {
  assert.deepEqual(entries(`${"a ".repeat(TOKENS_MAX + 1)}\nb`), ["TOO_MANY_TOKENS 1:1", "2: b"]);
  assert.equal(entries("a ".repeat(TOKENS_MAX))[0]!.length, 2 + 2 * TOKENS_MAX);
});

test("T1: entries do not depend on where the text was cut", () => {
  const piece = fc.constantFrom(
    "a",
    "b\\",
    "\\",
    '"',
    "(",
    ")",
    ";",
    " ",
    "\t",
    "\n",
    "\r\n",
    "=",
    "é",
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 60 }),
      fc.array(fc.nat(80), { maxLength: 20 }),
      (parts, cuts) => {
        const text = new TextEncoder().encode(parts.join(""));
        const whole = entriesOf(text, []);
        assert.deepEqual(entriesOf(text, cuts), whole);
        assert.deepEqual(entriesOf(text, Array.from(text.keys())), whole);
      },
    ),
    { numRuns: 2000 },
  );
});

test("a tokeniser can be used again, also after an error", () => {
  const t = createTokeniser();
  for (const text of ['x "', "a b", "( c", "d"]) {
    const octets = new TextEncoder().encode(text);
    restart(t, 7);
    const got = nextEntry(t, octets, octets.length, true);
    if (text === "a b") assert.equal(describe(t, got), "7: a b");
    if (text === "d") assert.equal(describe(t, got), "7: d");
  }
});

test("tokens of one text", () => {
  assert.equal(tokensFromText("a (b\n c)")!.count, 3);
  assert.equal(tokensFromText("")!.count, 0);
  assert.equal(tokensFromText("a\nb"), null);
  assert.equal(tokensFromText('a "b'), null);
});
