// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { nameToText } from "../../../src/dns/names.ts";
import { rdataToText } from "../../../src/dns/rdata.ts";
import { viewsOf } from "../../../src/table/reader.ts";
import { readShard } from "../../../src/table/shard-nodes.ts";
import { apexText, builtZone, name } from "../../support/tables.ts";

test("Y1: a shard tells its nodes, flags, records and steered types", () => {
  const text = `${apexText(5)}a.b 60 MX 10 Mail.Example.ORG.
a.b 60 MX 20 mail.example.net.
w 30 TXT "x"
`;
  const zone = builtZone("example.org.", text, [["w.example.org.", "A", "p"]]);
  const nodes = [...readShard(viewsOf(zone.shards.parts[0]!), 0, name("example.org.")).values()];
  const told = nodes.map(({ name: owner, flags, rrsets, steered }) => [
    nameToText(owner),
    flags,
    [...rrsets.values()].map(({ type, ttl, rdatas }) => [
      ttl,
      ...rdatas.map((rdata) => rdataToText(type, rdata)),
    ]),
    steered,
  ]);
  told.sort((x, y) => (String(x[0]) < String(y[0]) ? -1 : 1));
  assert.deepEqual(told, [
    ["a.b.example.org.", 0, [[60, "10 Mail.example.org.", "20 mail.example.net."]], []],
    ["b.example.org.", 0, [], []],
    [
      "example.org.",
      1,
      [
        [3600, "ns1.example.org."],
        [3600, "ns1.example.org. hostmaster.example.org. 5 7200 1800 259200 120"],
      ],
      [],
    ],
    ["w.example.org.", 0, [[30, '"x"']], [{ type: 1, policy: 0 }]],
  ]);
});
