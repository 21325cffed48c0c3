// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { ZONE_FLAG_NSEC, ZONE_FLAG_NSEC3 } from "../../../src/layout/gen/enums.ts";
import { DENIAL_ENTRY_COUNT, SEGMENT_SIZE } from "../../../src/layout/gen/table.ts";
import { digestText } from "../../../src/table/digest.ts";
import { openTable } from "../../../src/table/open.ts";
import { findZone, readZoneHeader, restoreImage } from "../../../src/table/table-image.ts";
import { apexText, applied, builtZone, digest, name, newImage } from "../../support/tables.ts";
import { signUnsoundly } from "../../support/unsound-sign.ts";

const hosts = (count: number): string =>
  apexText() + Array.from({ length: count }, (_, i) => `h${i} 60 A 192.0.2.1\n`).join("");
const chains = [{}, { nsec3: true, salt: "aa", iterations: 2 }] as const;

test("a zone without a chain has no denial", () => {
  const { denial, signed } = builtZone("example.org.", hosts(3));
  assert.deepEqual([denial.flag, denial.segments.length, signed], [0, 0, false]);
});

for (const chain of chains) {
  const title = JSON.stringify(chain);
  const sign = (text: string): string => signUnsoundly("example.org.", text, chain);

  test(`DN2: the order of records changes nothing ${title}`, () => {
    const lines = sign(hosts(300)).trimEnd().split("\n");
    // All lines behind the last directive name their owners, or hang on the default TTL.
    const at = lines.findIndex((line) => line.startsWith("$ORIGIN"));
    const turned = [...lines.slice(0, at + 1), ...lines.slice(at + 1).reverse()].join("\n");
    const [a, b] = [lines.join("\n"), turned].map((text) => builtZone("example.org.", `${text}\n`));
    assert.equal(a!.denial.flag, "nsec3" in chain ? ZONE_FLAG_NSEC3 : ZONE_FLAG_NSEC);
    assert.deepEqual(
      a!.denial.segments.map((one) => digestText(one.digest)),
      b!.denial.segments.map((one) => digestText(one.digest)),
    );
  });

  test(`DN1: one more owner replaces one segment, or splits it ${title}`, () => {
    const before = builtZone("example.org.", sign(hosts(3000)));
    const after = builtZone("example.org.", sign(`${hosts(3000)}extra 60 A 192.0.2.1\n`));
    const known = new Set(before.denial.segments.map((one) => digestText(one.digest)));
    const fresh = after.denial.segments.filter((one) => !known.has(digestText(one.digest)));
    assert.ok(before.denial.segments.length > 4, `${before.denial.segments.length} segments`);
    assert.ok(fresh.length >= 1 && fresh.length <= 2, `${fresh.length} are new`);
  });

  test(`what is replaced is retired, what is equal keeps its place ${title}`, () => {
    const image = newImage(1 << 23);
    const first = applied(image, {
      revision: 1,
      put: [builtZone("example.org.", sign(hosts(2000)))],
    });
    const header = () =>
      readZoneHeader(image.views, findZone(image, name("example.org."))!.header.ref);
    const old = header();
    assert.equal(first.retired.length, 0);
    const text = sign(`${hosts(2000)}extra 60 A 192.0.2.1\n`);
    const patch = applied(image, { revision: 2, put: [builtZone("example.org.", text)] });
    const now = header();
    const kept = [...now.denialRefs].filter((ref) => old.denialRefs.includes(ref));
    assert.ok(kept.length >= old.denialRefs.length - 2);
    for (const ref of old.denialRefs) {
      const retired = patch.retired.some((one) => one.ref === ref);
      assert.equal(retired, !kept.includes(ref), "either kept or retired");
    }
    assert.deepEqual(openTable(image.views, image.directory!.ref, { digest }), []);
    // P1: a picture that was read from the memory knows all of it.
    const restored = restoreImage(image.views.u8.slice(), image.directory!.ref);
    assert.deepEqual(
      readZoneHeader(restored.views, findZone(restored, name("example.org."))!.header.ref),
      now,
    );
    const gone = applied(image, { revision: 3, remove: [name("example.org.")] });
    for (const ref of now.denialRefs) assert.ok(gone.retired.some((one) => one.ref === ref));
  });

  test(`no segment is empty, and all entries are there ${title}`, () => {
    const { denial } = builtZone("example.org.", sign(hosts(1000)));
    const counts = denial.segments.map(({ octets }) =>
      new DataView(octets.buffer).getUint32(SEGMENT_SIZE + DENIAL_ENTRY_COUNT, true),
    );
    assert.ok(counts.every((count) => count > 0));
    // NS points at ns1, which has no address: 1,000 hosts and the apex.
    assert.equal(
      counts.reduce((a, b) => a + b),
      1001,
    );
  });
}
