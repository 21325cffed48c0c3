// SPDX-License-Identifier: Apache-2.0
/**
 * Cuts master-file text into entries, and entries into tokens, without making a string.
 *
 * A state machine that can stop at any octet and go on with more of them, because zone files come
 * in pieces and a parenthesised record may be longer than a piece. Tokens are spans of the text in
 * flat arrays: a million records would otherwise be five million objects. Escapes are left as they
 * stand; what an escape means is known only where the token is used.
 *
 * Invariants
 *   T1  The entries of a text do not depend on where it was cut.
 *   T2  A broken entry ends at the end of its line, so that one lost quote costs one line.
 *   T3  Spans point into the octets given last, from `start` on.
 *
 * RFC 1035 §5.1: parentheses, semicolons, quotes, backslashes. A quoted string ends on its line, as
 * in BIND. `key="value"` gives two tokens, the second ADJOINED (RFC 9460 §2.1 needs to know).
 */

/** More tokens than any record needs: 65,535 empty strings of a TXT, owner, TTL, class, type. */
export const TOKENS_MAX = 65_600;

/** The token stood in quotes; its span excludes them. */
export const TOKEN_QUOTED = 1;
/** Nothing stood between this token and the one before it. */
export const TOKEN_ADJOINED = 2;
/** The token holds at least one backslash. */
export const TOKEN_ESCAPED = 4;

/** Tokens as spans of `octets`; entries from `count` on are stale. */
export interface TokenList {
  octets: Uint8Array;
  start: Int32Array;
  end: Int32Array;
  flags: Uint8Array;
  count: number;
}

/** One token as a value, for callers that have no text to point into. */
export interface Token {
  readonly octets: Uint8Array;
  readonly quoted: boolean;
  /** Counted from 1. */
  readonly column: number;
}

export const Entry = {
  /** Feed more octets. Only if not final. */
  MORE: 0,
  /** The tokens of one entry lie in `list`. */
  READY: 1,
  /** The text is at its end. Only if final. */
  END: 2,
  UNBALANCED_CLOSE: 3,
  UNCLOSED_PAREN: 4,
  UNCLOSED_QUOTE: 5,
  TOO_MANY_TOKENS: 6,
} as const;
export type Entry = (typeof Entry)[keyof typeof Entry];

const Mode = { BETWEEN: 0, TOKEN: 1, QUOTED: 2, REST: 3 } as const;
type Mode = (typeof Mode)[keyof typeof Mode];

/** The tokeniser's whole state. `at` and `start` are offsets into the octets given last. */
export interface Tokeniser {
  readonly list: TokenList;
  at: number;
  /** Where the entry at hand begins. */
  start: number;
  /** Line of `start` and line of `at`, from 1. */
  startLine: number;
  line: number;
  /** Whether the entry begins with a blank, and so has no owner of its own. */
  blank: boolean;
  depth: number;
  /** Where the outermost open parenthesis stands. */
  parenAt: number;
  mode: Mode;
  tokenAt: number;
  tokenFlags: number;
  /** End of the token or quote before, to tell what adjoins. */
  lastEnd: number;
  error: Entry;
  /** Where the error lies, if there is one. */
  errorAt: number;
}

export function createTokenList(octets: Uint8Array, room = 64): TokenList {
  return {
    octets,
    start: new Int32Array(room),
    end: new Int32Array(room),
    flags: new Uint8Array(room),
    count: 0,
  };
}

export function createTokeniser(): Tokeniser {
  return {
    list: createTokenList(new Uint8Array(0)),
    at: 0,
    start: 0,
    startLine: 1,
    line: 1,
    blank: false,
    depth: 0,
    parenAt: 0,
    mode: Mode.BETWEEN,
    tokenAt: 0,
    tokenFlags: 0,
    lastEnd: -1,
    error: Entry.MORE,
    errorAt: 0,
  };
}

/** Kinds of octets: what ends a token, and which of them mean something. */
const KIND_PLAIN = 0;
const KIND_BLANK = 1;
const KIND_NEWLINE = 2;
const KIND_COMMENT = 3;
const KIND_OPEN = 4;
const KIND_CLOSE = 5;
const KIND_QUOTE = 6;
const KIND_BACKSLASH = 7;
const kindOf = new Uint8Array(256);
kindOf[0x20] = kindOf[0x09] = kindOf[0x0d] = KIND_BLANK;
kindOf[0x0a] = KIND_NEWLINE;
kindOf[0x3b] = KIND_COMMENT;
kindOf[0x28] = KIND_OPEN;
kindOf[0x29] = KIND_CLOSE;
kindOf[0x22] = KIND_QUOTE;
kindOf[0x5c] = KIND_BACKSLASH;

/**
 * Goes on to the end of the next entry. `octets[t.at, end)` is new text, `octets[t.start, t.at)`
 * the text seen before (see `shiftTokens`). `final`: no text follows `end`.
 */
export function nextEntry(t: Tokeniser, octets: Uint8Array, end: number, final: boolean): Entry {
  t.list.octets = octets;
  if (t.at === t.start) beginEntry(t, octets, end);
  for (;;) {
    if (t.mode === Mode.BETWEEN) scanBetween(t, octets, end);
    if (t.mode === Mode.TOKEN) scanToken(t, octets, end, final);
    else if (t.mode === Mode.QUOTED) scanQuoted(t, octets, end);
    else if (t.mode === Mode.REST) scanRest(t, octets, end);
    // A token or quote stops short of the end only for a backslash without its other octet.
    if (t.at >= end || t.mode === Mode.TOKEN || t.mode === Mode.QUOTED) {
      return final ? endText(t, end) : Entry.MORE;
    }
    if (t.mode === Mode.BETWEEN && octets[t.at] === 0x0a) {
      t.at += 1;
      t.line += 1;
      if (t.depth > 0 && t.error === Entry.MORE) continue;
      return finishEntry(t);
    }
  }
}

function beginEntry(t: Tokeniser, octets: Uint8Array, end: number): void {
  if (t.at >= end) return;
  t.startLine = t.line;
  t.list.count = 0;
  t.lastEnd = -1;
  t.error = Entry.MORE;
  t.depth = 0;
  t.blank = octets[t.at] === 0x20 || octets[t.at] === 0x09;
}

function finishEntry(t: Tokeniser): Entry {
  t.mode = Mode.BETWEEN;
  return t.error === Entry.MORE ? Entry.READY : t.error;
}

/** After an entry was used: the next begins where this one ended. */
export function startNextEntry(t: Tokeniser): void {
  t.start = t.at;
}

function endText(t: Tokeniser, end: number): Entry {
  if (t.start >= end) return Entry.END;
  if (t.mode === Mode.TOKEN) pushToken(t, end);
  if (t.mode === Mode.QUOTED && t.error === Entry.MORE) {
    t.error = Entry.UNCLOSED_QUOTE;
    t.errorAt = t.tokenAt - 1;
  } else if (t.depth > 0 && t.error === Entry.MORE) {
    t.error = Entry.UNCLOSED_PAREN;
    t.errorAt = t.parenAt;
  }
  t.at = end;
  return finishEntry(t);
}

/** Blanks, comments, parentheses; stops before a newline or inside the next token. */
function scanBetween(t: Tokeniser, octets: Uint8Array, end: number): void {
  let at = t.at;
  while (at < end) {
    switch (kindOf[octets[at]!]) {
      case KIND_BLANK:
        at += 1;
        break;
      case KIND_NEWLINE:
        t.at = at;
        return;
      case KIND_COMMENT:
        t.mode = Mode.REST;
        t.at = at;
        return;
      case KIND_OPEN:
        if (t.depth === 0) t.parenAt = at;
        t.depth += 1;
        at += 1;
        break;
      case KIND_CLOSE:
        if (t.depth === 0) {
          t.error = Entry.UNBALANCED_CLOSE;
          t.errorAt = at;
          t.mode = Mode.REST;
          t.at = at;
          return;
        }
        t.depth -= 1;
        at += 1;
        break;
      case KIND_QUOTE:
        t.tokenFlags = TOKEN_QUOTED | (t.lastEnd === at ? TOKEN_ADJOINED : 0);
        t.mode = Mode.QUOTED;
        t.tokenAt = at + 1;
        t.at = at + 1;
        return;
      default:
        t.tokenFlags = t.lastEnd === at ? TOKEN_ADJOINED : 0;
        t.mode = Mode.TOKEN;
        t.tokenAt = at;
        t.at = at;
        return;
    }
  }
  t.at = at;
}

/** An unquoted token, up to what ends it. Stops at a backslash that is the last octet there is. */
function scanToken(t: Tokeniser, octets: Uint8Array, end: number, final: boolean): void {
  let at = t.at;
  while (at < end) {
    const kind = kindOf[octets[at]!];
    if (kind === KIND_PLAIN) {
      at += 1;
      continue;
    }
    if (kind === KIND_BACKSLASH) {
      t.tokenFlags |= TOKEN_ESCAPED;
      if (at + 1 >= end) {
        t.at = final ? end : at;
        return;
      }
      // An escaped newline still ends the line: the token is then refused where it is used.
      at += octets[at + 1] === 0x0a || octets[at + 1] === 0x0d ? 1 : 2;
      continue;
    }
    pushToken(t, at);
    t.lastEnd = at;
    t.at = at;
    t.mode = t.error === Entry.MORE ? Mode.BETWEEN : Mode.REST;
    return;
  }
  t.at = at;
}

function scanQuoted(t: Tokeniser, octets: Uint8Array, end: number): void {
  let at = t.at;
  while (at < end) {
    const octet = octets[at]!;
    if (octet === 0x22) {
      pushToken(t, at);
      t.at = at + 1;
      t.lastEnd = at + 1;
      t.mode = t.error === Entry.MORE ? Mode.BETWEEN : Mode.REST;
      return;
    }
    if (octet === 0x0a) {
      t.error = Entry.UNCLOSED_QUOTE;
      t.errorAt = t.tokenAt - 1;
      t.mode = Mode.BETWEEN;
      t.at = at;
      return;
    }
    if (octet === 0x5c) {
      t.tokenFlags |= TOKEN_ESCAPED;
      if (at + 1 >= end) break;
      at += octets[at + 1] === 0x0a ? 1 : 2;
      continue;
    }
    at += 1;
  }
  t.at = at;
}

/** A comment, or what follows an error: up to the newline. */
function scanRest(t: Tokeniser, octets: Uint8Array, end: number): void {
  let at = t.at;
  while (at < end && octets[at] !== 0x0a) at += 1;
  t.at = at;
  if (at < end) t.mode = Mode.BETWEEN;
}

function pushToken(t: Tokeniser, end: number): void {
  const list = t.list;
  if (list.count === list.start.length) {
    if (list.count >= TOKENS_MAX) {
      t.error = Entry.TOO_MANY_TOKENS;
      t.errorAt = t.start;
      return;
    }
    growTokenList(list);
  }
  list.start[list.count] = t.tokenAt;
  list.end[list.count] = end;
  list.flags[list.count] = t.tokenFlags;
  list.count += 1;
}

function growTokenList(list: TokenList): void {
  const room = Math.min(list.start.length * 4, TOKENS_MAX);
  const next = createTokenList(list.octets, room);
  next.start.set(list.start);
  next.end.set(list.end);
  next.flags.set(list.flags);
  list.start = next.start;
  list.end = next.end;
  list.flags = next.flags;
}

/** Tells the tokeniser that its text moved to another place: all offsets change by `delta`. */
export function shiftTokens(t: Tokeniser, delta: number): void {
  t.at += delta;
  t.start += delta;
  t.tokenAt += delta;
  t.parenAt += delta;
  t.errorAt += delta;
  if (t.lastEnd >= 0) t.lastEnd += delta;
  for (let i = 0; i < t.list.count; i += 1) {
    t.list.start[i] = t.list.start[i]! + delta;
    t.list.end[i] = t.list.end[i]! + delta;
  }
}

/** Makes the tokeniser ready for another text from its beginning. Lines count from `line`. */
export function restart(t: Tokeniser, line: number): void {
  t.at = 0;
  t.start = 0;
  t.line = line;
  t.mode = Mode.BETWEEN;
}

/** Line and column of an offset within the entry at hand. Counts newlines: for faults only. */
export function placeInEntry(t: Tokeniser, offset: number): { line: number; column: number } {
  const octets = t.list.octets;
  let line = t.startLine;
  let lineAt = t.start;
  for (let i = t.start; i < offset; i += 1) {
    if (octets[i] === 0x0a) {
      line += 1;
      lineAt = i + 1;
    }
  }
  return { line, column: offset - lineAt + 1 };
}

/** A list made of token values, over a text of its own. */
export function tokenListOf(tokens: readonly Token[]): TokenList {
  const size = tokens.reduce((sum, token) => sum + token.octets.length + 1, 0);
  const octets = new Uint8Array(size);
  const list = createTokenList(octets, Math.max(1, tokens.length));
  let at = 0;
  let columnEnd = 0;
  for (const [i, token] of tokens.entries()) {
    octets.set(token.octets, at);
    list.start[i] = at;
    list.end[i] = at + token.octets.length;
    let flags = token.quoted ? TOKEN_QUOTED : 0;
    if (i > 0 && token.column === columnEnd) flags |= TOKEN_ADJOINED;
    if (token.octets.includes(0x5c)) flags |= TOKEN_ESCAPED;
    list.flags[i] = flags;
    columnEnd = token.column + token.octets.length + (token.quoted ? 2 : 0);
    at += token.octets.length + 1;
  }
  list.count = tokens.length;
  return list;
}

/** The tokens of a text that is one entry, a record's RDATA for instance; null if it is broken. */
export function tokensFromText(text: string): TokenList | null {
  const octets = new TextEncoder().encode(text);
  const t = createTokeniser();
  const got = nextEntry(t, octets, octets.length, true);
  if (got === Entry.END) return createTokenList(octets);
  return got === Entry.READY && t.at === octets.length ? t.list : null;
}
