// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { compileZone, type ZoneResult } from "../../../src/io/compile-zone.ts";
import { createSources, SOURCE_SIZE_MIN, type ZoneInForce } from "../../../src/io/zone-source.ts";
import { findZone, readZoneHeader, type TableImage } from "../../../src/table/table-image.ts";
import { applied, name, newImage } from "../../support/tables.ts";

const folder = mkdtempSync(join(tmpdir(), "azimuth-source-"));
after(() => rmSync(folder, { recursive: true }));

const APEX = "example.org.";
const HOSTS = 12_000;
const zone = { apex: APEX, file: join(folder, "example.org.zone"), steered: [] };

function lines(): string[] {
  const head = ["$TTL 300", "@ SOA ns hostmaster 1 7200 1800 259200 120", "@ NS ns"];
  const hosts = Array.from({ length: HOSTS }, (_, i) => `host-${i} A 192.0.2.${i % 250}`);
  return [...head, "ns A 192.0.2.53", ...hosts];
}

function write(text: readonly string[]): void {
  writeFileSync(zone.file, `${text.join("\n")}\n`);
}

const whole = (known: Uint8Array | null = null): ZoneResult => compileZone({ ...zone, known });

function inForce(image: TableImage): ZoneInForce {
  const { header, policies } = findZone(image, name(APEX))!;
  return { views: image.views, header: readZoneHeader(image.views, header.ref), policies };
}

/** A table that serves the present file, and its sources. */
function served() {
  const image = newImage();
  const result = whole();
  assert.deepEqual(result.faults, []);
  applied(image, { revision: 1, put: [result.built!] });
  const sources = createSources();
  sources.keep(APEX, result.source);
  return { image, sources };
}

test("edit after edit gives what the whole compilation gives", () => {
  write(lines());
  const { image, sources } = served();
  let text = lines();
  let revision = 1;
  let plain = 0;
  const change = fc.record({ at: fc.nat(HOSTS - 1), kind: fc.nat(5), octet: fc.nat(255) });
  const changes = fc.sample(fc.array(change, { minLength: 1, maxLength: 3 }), {
    numRuns: 25,
    seed: 7,
  });
  for (const [i, list] of changes.entries()) {
    text = text.map((line) => line.replace(/hostmaster \d+/, `hostmaster ${i + 2}`));
    for (const { at, kind, octet } of list) {
      const fresh = `host-${at} A 198.51.100.${octet}`;
      if (kind === 0) text = text.toSpliced(at + 4, 0, `new-${i}-${octet} A 192.0.2.9`);
      else if (kind === 1) text = text.toSpliced(at + 4, 0, `; a comment of ${octet}`);
      else if (kind === 2) text = text.toSpliced(at + 4, 1);
      else
        text = text.toSpliced(
          text.findIndex((l) => l.startsWith(`host-${at} `)),
          1,
          fresh,
        );
    }
    write(text);
    const force = inForce(image);
    const edit = sources.edit(zone, () => force);
    const expected = whole(force.header.shardDigests);
    if (edit !== null) {
      plain += 1;
      const { shards } = expected.built!;
      assert.deepEqual(edit.built, { ...expected.built, shards: { ...shards, proved: false } });
      assert.equal(edit.source.recordCount, expected.recordCount);
      assert.deepEqual(edit.source.text.octets, new Uint8Array(expected.source!.text.octets));
    } else sources.keep(APEX, expected.source);
    revision += 1;
    applied(image, { revision, put: [(edit ?? expected).built!] });
  }
  assert.ok(plain >= 5, `${plain} edits were plain`);
});

test("Z1: a source is of no use for another table, other steering or another file", () => {
  write(lines());
  const { image, sources } = served();
  const force = inForce(image);
  const other = { ...force.header, shardDigests: force.header.shardDigests.slice().fill(1, 0, 1) };
  assert.equal(
    sources.edit(zone, () => ({ ...force, header: other })),
    null,
  );
  assert.equal(
    sources.edit(zone, () => null),
    null,
  );
  const steered = [{ owner: "w.example.org.", types: ["A"], policy: "p" }] as never;
  assert.equal(
    sources.edit({ ...zone, steered }, () => force),
    null,
  );
  assert.equal(
    sources.edit({ ...zone, file: `${zone.file}.other` }, () => force),
    null,
  );
  assert.notEqual(
    sources.edit(zone, () => force),
    null,
  );
  sources.retain([]);
  assert.equal(
    sources.edit(zone, () => force),
    null,
  );
});

test("Z2: a text with a finding, a small one and one in several files have no source", () => {
  const small = lines().slice(0, 100);
  assert.ok(small.join("\n").length < SOURCE_SIZE_MIN);
  write(small);
  assert.equal(whole().source, null);
  write([...lines(), "host-1 A 192.0.2.1"]);
  assert.equal(whole().faults[0]?.key, "ZONE_DUPLICATE");
  assert.equal(whole().source, null);
  writeFileSync(join(folder, "more"), "more A 192.0.2.1\n");
  write([...lines(), "$INCLUDE more"]);
  assert.deepEqual([whole().faults, whole().source], [[], null]);
});

test("an edit with a fault, and a file that is gone, are left to the whole compilation", () => {
  write(lines());
  const { image, sources } = served();
  const force = inForce(image);
  write(lines().map((line) => line.replace("host-77 A", "host-77 CNAME")));
  assert.equal(
    sources.edit(zone, () => force),
    null,
  );
  rmSync(zone.file);
  assert.equal(
    sources.edit(zone, () => force),
    null,
  );
});
