// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfigText } from "../../../src/config/load.ts";
import type { CatalogTemplates, MemberTemplate } from "../../../src/resource/types.ts";

const COMMON = `remotes:
  p: { addresses: [192.0.2.1] }
  q: { addresses: [192.0.2.2] }
`;

function load(text: string) {
  const octets = new TextEncoder().encode(`${COMMON}${text}`);
  const { value, faults } = loadConfigText("/etc/azimuth/azimuth.yaml", octets, {
    defaultCountryFile: "/c.mmdb",
  });
  const told = faults.map((one) => `${one.key}@${one.place.line} ${one.detail}`);
  return { told, catalog: value?.state.zones[0]?.transfer.catalog ?? null };
}

const sound = (text: string): CatalogTemplates => {
  const { told, catalog } = load(text);
  assert.deepEqual(told, []);
  return catalog!;
};

const brief = ({ transfer, strict }: MemberTemplate) => {
  const { primaries, notify, allowTransfer, allowNotify } = transfer;
  return [primaries, notify, allowTransfer.length, allowNotify.length, strict];
};

test("true: members are served as the catalog is, and are no catalogs", () => {
  const { members, groups } = sound(`zoneDefaults: { allowNotify: [q] }
zones: { c.example: { primaries: [p], catalog: true, notify: [q], allowTransfer: [any], strict: true } }
`);
  assert.deepEqual(brief(members), [["p"], ["q"], 1, 1, true]);
  assert.equal(members.transfer.catalog, null);
  assert.deepEqual(groups, []);
  assert.equal(load("zones: { c.example: { primaries: [p] } }\n").catalog, null);
  assert.equal(load("zones: { c.example: { primaries: [p], catalog: false } }\n").catalog, null);
});

test("§4.4.2: a group says what is different of members, members what is different of the row", () => {
  const { members, groups } = sound(`zones:
  c.example:
    primaries: [p]
    notify: [q]
    allowTransfer: [any]
    catalog:
      members: { allowTransfer: [], allowNotify: [q, 192.0.2.9] }
      groups:
        "a group; of ours": { primaries: [q, p], strict: true }
        other: { notify: [], allowTransfer: [any] }
`);
  assert.deepEqual(brief(members), [["p"], ["q"], 0, 2, false]);
  assert.deepEqual(
    groups.map(({ group, template }) => [group, brief(template)]),
    [
      ["a group; of ours", [["q", "p"], ["q"], 0, 2, true]],
      ["other", [["p"], [], 1, 2, false]],
    ],
  );
});

test("a catalog from a file: whom members come from must be said; its updates are its own", () => {
  const file = (rest: string) => `zones:
  c.example: { file: c, allowUpdate: [{ key: k }], ${rest} }
keys: { k: { secretFile: k } }
`;
  const { members } = sound(file("catalog: { members: { primaries: [p] } }"));
  assert.deepEqual([brief(members)[0], members.transfer.allowUpdate], [["p"], []]);
  assert.deepEqual(load(file("catalog: true")).told, [
    "CONFIG_CATALOG_PRIMARIES@5 neither the catalog nor a template of its members has primaries",
  ]);
  const { members: none, groups } = sound(file("catalog: { groups: { g: { primaries: [p] } } }"));
  assert.deepEqual(
    [none, groups[0]!.template].map((one) => brief(one)[0]),
    [[], ["p"]],
  );
});

test("what is wrong is told once, at its place", () => {
  const { told } = load(`zones:
  c.example:
    primaries: [p]
    notify: [nobody]
    catalog:
      members: { primaries: [x] }
      groups:
        g: { allowTransfer: [192.0.2.1/24] }
`);
  assert.deepEqual(told, [
    'CONFIG_REFERENCE@7 there is no remote "nobody"',
    'CONFIG_REFERENCE@9 there is no remote "x"',
    'CONFIG_PREFIX@11 "192.0.2.1/24": host bits set',
  ]);
  const wrong = (catalog: string) =>
    load(`zones: { c.example: { primaries: [p], catalog: ${catalog} } }\n`).told.join();
  assert.match(wrong("yes please"), /CONFIG_TYPE@4 .* true or false or a mapping/);
  assert.match(wrong("{ members: { primaries: [] } }"), /CONFIG_RANGE@4/);
  assert.match(wrong("{ members: { allowUpdate: [any] } }"), /CONFIG_KEY_UNKNOWN@4/);
  assert.match(wrong("{ group: {} }"), /CONFIG_KEY_UNKNOWN@4 .*did you mean groups/);
});
