// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import * as o from "../../../src/answer/options.ts";
import { createQuestion } from "../../../src/answer/scratch.ts";
import { VERDICT_FORMERR, VERDICT_OK } from "../../../src/layout/gen/enums.ts";

/** Options as `[code, octets of data]`. */
function parsed(...options: readonly (readonly [number, number])[]) {
  const octets = options.flatMap(([code, size]) => [
    ...[0, code, 0, size],
    ...Array.from({ length: size }, (_, i) => i + 1),
  ]);
  const q = createQuestion();
  return { verdict: o.parseOptions(Uint8Array.from(octets), 0, octets.length, q), q };
}

test("what asks says nothing", () => {
  for (const [code, bit] of [
    [o.OPTION_NSID, o.HAS_NSID],
    [o.OPTION_ZONEVERSION, o.HAS_ZONEVERSION],
    [o.OPTION_EXPIRE, o.HAS_EXPIRE],
  ] as const) {
    assert.deepEqual([parsed([code, 0]).verdict, parsed([code, 0]).q.options], [VERDICT_OK, bit]);
    assert.deepEqual(
      [parsed([code, 1]).verdict, parsed([code, 1]).q.options],
      [VERDICT_FORMERR, 0],
    );
  }
  assert.equal(parsed([o.OPTION_PADDING, 9]).q.options, o.HAS_PADDING);
  assert.equal(parsed([o.OPTION_KEEPALIVE, 0]).q.options, o.HAS_KEEPALIVE);
  assert.equal(parsed([o.OPTION_KEEPALIVE, 2]).q.options, o.BAD_KEEPALIVE);
  assert.equal(parsed([99, 5]).q.options, 0);
});

test("cookies by their length", () => {
  for (let size = 0; size <= 48; size += 1) {
    const { verdict, q } = parsed([o.OPTION_COOKIE, size]);
    const sound = size === 8 || (size >= 16 && size <= 40);
    assert.equal(verdict, VERDICT_OK);
    assert.deepEqual([q.options, q.cookieSize], sound ? [o.HAS_COOKIE, size] : [o.BAD_COOKIE, 0]);
    if (sound) assert.equal(q.cookie[size - 1], size);
  }
  assert.equal(createQuestion().cookie.length, o.COOKIE_SIZE_MAX);
});

test("O1: of cookies the first counts, and two client subnets are malformed", () => {
  const { q } = parsed([o.OPTION_COOKIE, 8], [o.OPTION_COOKIE, 3]);
  assert.deepEqual([q.options, q.cookieSize], [o.HAS_COOKIE, 8]);
  assert.equal(parsed([o.OPTION_COOKIE, 3], [o.OPTION_COOKIE, 8]).q.options, o.BAD_COOKIE);
  const subnet = [0, 8, 0, 4, 0, 1, 0, 0];
  const once = createQuestion();
  assert.equal(o.parseOptions(Uint8Array.from(subnet), 0, 8, once), VERDICT_OK);
  const twice = Uint8Array.from([...subnet, ...subnet]);
  assert.equal(o.parseOptions(twice, 0, 16, createQuestion()), VERDICT_FORMERR);
});

test("an option that is cut is malformed, and nothing is read behind the cut", () => {
  const octets = Uint8Array.from([0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
  for (let end = 1; end < 12; end += 1) {
    assert.equal(o.parseOptions(octets, 0, end, createQuestion()), VERDICT_FORMERR, `${end}`);
  }
});
