// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher, publish } from "../../../src/io/publisher.ts";
import { findZone, readZoneHeader, type ZoneHeader } from "../../../src/table/table-image.ts";
import {
  condense,
  DIFFERENCE_SEGMENTS_MAX,
  differenceOf,
  recordKey,
  records,
} from "../../../src/transfer/difference.ts";
import type { TransferStep } from "../../../src/transfer/receive.ts";
import { apexText, builtZone, name } from "../../support/tables.ts";

/** Publishes versions in one memory where nothing is reused; gives their headers. */
function versions(texts: readonly string[]) {
  const memory = createMemory(64);
  const publisher = createPublisher(memory);
  const headers: ZoneHeader[] = texts.map((text, i) => {
    const put = [builtZone("example.org.", apexText(i + 1) + text)];
    const done = publish(publisher, { revision: i + 1, put });
    assert.ok("epoch" in done);
    const entry = findZone(publisher.image, name("example.org."))!;
    return readZoneHeader(memory.table, entry.header.ref);
  });
  return { views: memory.table, headers };
}

function apply(before: readonly string[], { from, to, removed, added }: TransferStep): string[] {
  const gone = new Set([from, ...removed].map(recordKey));
  const kept = before.filter((key) => !gone.has(key));
  assert.equal(before.length - kept.length, gone.size);
  return [...kept, ...[to, ...added].map(recordKey)].sort();
}

test("a step leads from one version to the other, and condensed steps from the first to the last", () => {
  const line = fc.tuple(fc.nat(600), fc.constantFrom(60, 300), fc.nat(3));
  const text = fc
    .uniqueArray(line, { maxLength: 500, selector: ([label]) => label })
    .map((list) => list.map(([label, ttl, n]) => `h${label} ${ttl} A 192.0.2.${n}\n`).join(""));
  fc.assert(
    fc.property(fc.array(text, { minLength: 2, maxLength: 4 }), (texts) => {
      const { views, headers } = versions(texts);
      const keys = headers.map((header) => [...records(views, header)].map(recordKey).sort());
      const steps = headers.slice(1).map((header, i) => {
        const step = differenceOf(views, headers[i]!, header)!;
        assert.deepEqual(apply(keys[i]!, step), keys[i + 1]);
        return step;
      });
      assert.deepEqual(apply(keys[0]!, condense(steps)), keys.at(-1));
    }),
    { numRuns: 25 },
  );
});

test("more than a bound of segments is no difference", () => {
  const { views, headers } = versions(["a A 192.0.2.1\n", "a A 192.0.2.2\n"]);
  const many = (header: ZoneHeader, from: number): ZoneHeader => ({
    ...header,
    shardRefs: new Uint32Array(DIFFERENCE_SEGMENTS_MAX + 1).map((_, i) => from + i),
  });
  assert.equal(differenceOf(views, many(headers[0]!, 1), many(headers[1]!, 1_000_000)), null);
});
