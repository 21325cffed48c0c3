// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "../../../src/dns/iana.ts";
import { nameToText } from "../../../src/dns/names.ts";
import { findZone, readZoneHeader } from "../../../src/table/table-image.ts";
import { servedZone, zoneNode, zoneRRsets, zoneSoa } from "../../../src/table/zone-records.ts";
import { diffZones } from "../../../src/zone/diff.ts";
import { zoneOfRRsets } from "../../../src/zone/records.ts";
import {
  apexText,
  applied,
  builtMap,
  builtSteering,
  builtZone,
  name,
  newImage,
  policy,
  zoneValue,
} from "../../support/tables.ts";
import { signUnsoundly } from "../../support/unsound-sign.ts";

const apex = name("example.org.");
const owners = Array.from({ length: 700 }, (_, i) => `h${i}.deep A 192.0.2.${i % 250}\n`).join("");
const text = `${apexText()}${owners}cut NS ns.cut\nns.cut A 192.0.2.9\n* TXT "wild" "card"\n`;

function served() {
  const image = newImage();
  const steering = builtSteering([policy("m", "w")], [builtMap("w")]);
  applied(image, {
    revision: 1,
    maps: [builtMap("w")],
    steering,
    planRows: [0],
    put: [builtZone("example.org.", text, [["w.example.org.", "A AAAA", "m"]])],
  });
  const header = readZoneHeader(image.views, findZone(image, apex)!.header.ref);
  return { image, views: image.views, header };
}

test("the table gives back every record that was put in, occluded ones too", () => {
  const { views, header } = served();
  assert.ok(header.shardRefs.length > 1, "more than one shard");
  const back = zoneOfRRsets(apex, zoneRRsets(views, header));
  assert.deepEqual(diffZones(zoneValue("example.org.", text), back), { removed: [], added: [] });
});

for (const chain of [{}, { nsec3: true, salt: "ab", optOut: true }]) {
  test(`of a signed zone RRSIG, NSEC and NSEC3 too ${JSON.stringify(chain)}`, () => {
    const signed = signUnsoundly("example.org.", text, chain);
    const image = newImage();
    applied(image, { revision: 1, put: [builtZone("example.org.", signed)] });
    const header = readZoneHeader(image.views, findZone(image, apex)!.header.ref);
    const back = zoneOfRRsets(apex, zoneRRsets(image.views, header));
    const value = zoneValue("example.org.", signed);
    assert.equal(back.recordCount, value.recordCount);
    assert.deepEqual(diffZones(value, back), { removed: [], added: [] });
  });
}

test("steered owners are named apart", () => {
  const { views, header } = served();
  const node = zoneNode(views, header, name("w.example.org."))!;
  assert.equal(nameToText(node.name), "w.example.org.");
  assert.deepEqual(
    node.steered.map((one) => one.type),
    [Type.A, Type.AAAA],
  );
  assert.deepEqual(zoneNode(views, header, name("h7.deep.example.org."))!.steered, []);
});

test("a zone that is served has data, and a SOA", () => {
  const { image } = served();
  const { views } = image;
  const { root } = applied(image, { revision: 2, hold: [name("example.net.")] });
  const header = servedZone(views, root, apex)!;
  assert.deepEqual(zoneSoa(views, header), zoneNode(views, header, apex)!.rrsets.get(Type.SOA));
  assert.equal(servedZone(views, root, name("example.net.")), null, "held without data");
  assert.equal(servedZone(views, root, name("example.com.")), null);
});

test("one owner by name", () => {
  const { views, header } = served();
  for (let i = 0; i < 700; i += 1) {
    const owner = name(`h${i}.deep.example.org.`);
    assert.deepEqual(zoneNode(views, header, owner)?.rrsets.get(Type.A)?.owner, owner);
  }
  const types = zoneNode(views, header, apex)?.rrsets.keys() ?? [];
  assert.ok([...types].includes(Type.SOA));
  assert.equal(zoneNode(views, header, name("deep.example.org."))?.rrsets.size, 0);
  assert.equal(zoneNode(views, header, name("none.example.org.")), null);
});
