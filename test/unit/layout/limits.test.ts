// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import * as control from "../../../src/layout/gen/control.ts";
import { COUNTER_BLOCK_WORDS } from "../../../src/layout/gen/counters.ts";
import * as table from "../../../src/layout/gen/table.ts";
import * as limits from "../../../src/layout/limits.ts";
import { constantCase } from "../../../src/layout/schema.ts";
import { PLAN_ROW_SIZE } from "../../../src/table/plans.ts";

const l = limits;
const RR_HEAD = 12;
const QUESTION_MAX = l.NAME_SIZE_MAX + 4;
/** Head, client subnet, cookie, NSID, keepalive, both zone versions, expire, head of the padding. */
const OPT_MAX =
  11 + (8 + 16) + (4 + 24) + (4 + l.IDENTITY_SIZE_MAX) + (4 + 2) + (4 + 6) + (4 + 10) + (4 + 4) + 4;
const A_SIZE = RR_HEAD + 4;
const AAAA_SIZE = RR_HEAD + 16;

test("every row has a reason and a constant of its name", () => {
  for (const [name, row] of Object.entries(limits.limits)) {
    assert.equal(constantCase(name), name);
    assert.equal((limits as Record<string, unknown>)[name], row.value, name);
    assert.ok(Number.isSafeInteger(row.value) && row.value > 0, name);
    assert.match(row.doc, /^[A-Z].*\.$/, name);
  }
});

test("names: the longest name has the most labels", () => {
  assert.equal(l.LABELS_MAX, (l.NAME_SIZE_MAX - 1) / 2);
  assert.ok(l.NAME_SIZE_MAX <= 0xff, "an offset in a name fits one octet");
  assert.ok(l.LABELS_MAX <= 127, "depths of apexes fit 128 bits");
});

test("messages: whatever is asked, the question with OPT fits the smallest answer", () => {
  assert.ok(l.HEADER_SIZE + QUESTION_MAX + OPT_MAX <= l.UDP_PLAIN_SIZE_MAX);
  assert.ok(l.UDP_PLAIN_SIZE_MAX <= l.UDP_SIZE_MAX && l.UDP_SIZE_MAX < l.TCP_SIZE_MAX);
});

test("messages: a full plan fits a plain UDP answer to the longest name", () => {
  const records = l.PLAN_CANDIDATES_MAX * AAAA_SIZE;
  assert.ok(l.HEADER_SIZE + QUESTION_MAX + records <= l.UDP_PLAIN_SIZE_MAX);
  assert.ok(A_SIZE < AAAA_SIZE);
});

test("messages: the largest RRset of each owner fills one TCP message to the last octet", () => {
  for (const owner of [1, 17, l.NAME_SIZE_MAX]) {
    const rest = l.HEADER_SIZE + owner + 4 + OPT_MAX;
    assert.equal(rest + l.rrsetSizeMax(owner), l.TCP_SIZE_MAX);
  }
  // Lengths of RRsets are u16.
  assert.equal(l.OPT_SIZE_MAX, OPT_MAX);
  assert.equal(l.RRSET_SIZE_MAX, l.rrsetSizeMax(1));
  assert.ok(l.RRSET_SIZE_MAX <= 0xffff);
});

test("messages: names of the longest chain stand where a pointer can lead (W3)", () => {
  // A DNAME and its CNAME per step, each with the longest data.
  const step = 2 * (RR_HEAD + l.NAME_SIZE_MAX);
  assert.ok(l.HEADER_SIZE + QUESTION_MAX + l.ALIAS_DEPTH_MAX * step < 0x4000);
});

test("plans: fields of the row hold what the limits allow", () => {
  assert.ok(l.PLAN_CANDIDATES_MAX <= 30, "candidates are bits of a small integer");
  assert.equal(l.WEIGHT_MAX, 0xffff);
  assert.equal(l.RANK_MAX, 0xffff);
  // The pickers multiply a cost below 2^29 with a weight, and 2^32 with a sum of weights.
  assert.ok(2 ** 29 * l.WEIGHT_MAX < 2 ** 46);
  assert.ok(l.PLAN_CANDIDATES_MAX * l.WEIGHT_MAX < 2 ** 20);
  assert.ok(l.PLAN_ROWS_MAX * PLAN_ROW_SIZE < 2 ** 31);
});

test("table: refs are small integers and numbers fit their fields", () => {
  assert.ok(l.TABLE_SIZE_MAX < 2 ** 31);
  assert.equal(l.TABLE_SIZE_MAX % l.SEGMENT_ALIGN, 0);
  assert.equal(l.CACHE_LINE_SIZE % l.SEGMENT_ALIGN, 0);
  assert.ok(l.REGIONS_MAX <= 0xffff && l.ENDPOINTS_MAX <= 0xffff);
  assert.ok(l.ENDPOINTS_MAX * table.ENDPOINT_SIZE < l.TABLE_SIZE_MAX);
  assert.ok(l.REGIONS_MAX <= l.PLAN_ROWS_MAX);
});

test("table: shards are small enough for the bound on probes", () => {
  // Robin-hood hashing at half load: the longest search grows with the logarithm of the slots.
  for (const owners of [l.SHARD_OWNERS_MAX, l.INDEX_ZONES_MAX]) {
    assert.ok(l.PROBE_MAX > Math.log2(2 * owners) * 2, `${owners}`);
  }
});

test("maps: the search ends within any bucket", () => {
  // An IPv4 bucket holds 2^16 addresses, an IPv6 bucket what fits the table.
  assert.ok(2 ** l.MAP_SEARCH_STEPS_MAX > l.TABLE_SIZE_MAX / 12);
  assert.equal(l.ECS_V4_BITS_MAX, 32);
  assert.equal(l.ECS_V6_BITS_MAX, 128);
});

test("threads: words with different writers stand on cache lines of their own", () => {
  assert.equal(control.CONTROL_BLOCK_SIZE % l.CACHE_LINE_SIZE, 0);
  assert.equal(control.READER_SIZE % l.CACHE_LINE_SIZE, 0);
  assert.equal((COUNTER_BLOCK_WORDS * 8) % l.CACHE_LINE_SIZE, 0);
  assert.equal(l.EPOCH_MAX, 2 ** 31 - 1);
});
