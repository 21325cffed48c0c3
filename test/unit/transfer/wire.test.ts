// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "../../../src/dns/iana.ts";
import { isMessage, readMessage } from "../../../src/dns/message.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher, publish } from "../../../src/io/publisher.ts";
import { findZone, readZoneHeader } from "../../../src/table/table-image.ts";
import { recordKey, records } from "../../../src/transfer/difference.ts";
import { createPacker } from "../../../src/transfer/pack.ts";
import { axfrMessages } from "../../../src/transfer/wire.ts";
import { apexText, builtZone, name } from "../../support/tables.ts";

for (const apex of ["example.org.", "."]) {
  for (const room of [700, 65_535]) {
    test(`all records of ${apex}, as the table has them, in messages of ${room} octets`, () => {
      const memory = createMemory(64);
      const publisher = createPublisher(memory);
      const many = Array.from(
        { length: 3000 },
        (_, i) => `h${i % 1000} A 192.0.${i >> 8}.${i % 256}`,
      );
      const odd = [
        "m MX 1 h1",
        "m MX 2 Mail.Other.NET.",
        "*.w TXT x",
        "s SRV 1 2 3 h1",
        "c CNAME m",
      ];
      const text = `${apexText(1)}${[...many, ...odd].join("\n")}\n`;
      assert.ok("epoch" in publish(publisher, { revision: 1, put: [builtZone(apex, text)] }));
      const entry = findZone(publisher.image, name(apex))!;
      const header = readZoneHeader(memory.table, entry.header.ref);
      const all = [...records(memory.table, header)];
      const soa = all.find(({ type }) => type === Type.SOA)!;
      const packer = createPacker({ id: 1, rd: false, apex: name(apex), type: Type.AXFR, room });
      const messages = [...axfrMessages(memory.table, header, soa, [], packer)];
      assert.equal(packer.records(), all.length + 1);
      messages.push(packer.end()!);
      const got = messages.flatMap((octets) => {
        assert.ok(octets.length <= room);
        const message = readMessage(octets);
        assert.ok(isMessage(message), JSON.stringify(message));
        return message.answers.map(recordKey);
      });
      assert.deepEqual(got.toSorted(), [...all, soa].map(recordKey).sort());
      assert.equal(got[0], recordKey(soa));
      assert.equal(got.at(-1), recordKey(soa));
    });
  }
}
