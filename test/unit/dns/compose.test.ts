// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { composeMessage, composeQuery } from "../../../src/dns/compose.ts";
import { typeNumber } from "../../../src/dns/iana.ts";
import {
  isMessage,
  type Message,
  type ResourceRecord,
  readMessage,
} from "../../../src/dns/message.ts";
import { nameFromText, ROOT_NAME } from "../../../src/dns/names.ts";
import { rdataFromText } from "../../../src/dns/rdata.ts";

function record(owner: string, type: string, text: string): ResourceRecord {
  const got = rdataFromText(typeNumber(type), text, ROOT_NAME);
  assert.ok("rdata" in got);
  return {
    owner: nameFromText(owner)!,
    type: typeNumber(type),
    class: 1,
    ttl: 60,
    rdata: got.rdata,
  };
}

function response(answers: readonly ResourceRecord[]): Message {
  const query = readMessage(composeQuery({ name: "a.example.", type: "A", id: 7 }));
  assert.ok(isMessage(query));
  return { ...query, qr: true, aa: true, answers };
}

test("a query without EDNS is header and question", () => {
  const octets = composeQuery({ name: "a.", type: "AAAA", id: 0x1234, rd: true });
  assert.equal(
    Buffer.from(octets).toString("hex"),
    "123401000001000000000000" + "016100" + "001c0001",
  );
});

test("a query with a client subnet sends only the octets that the source length needs", () => {
  const octets = composeQuery({
    name: "a.",
    type: 1,
    ecs: "192.0.2.255/23",
    edns: { dnssecOk: true },
  });
  const text = Buffer.from(octets).toString("hex");
  assert.ok(text.endsWith("00002904d000008000000b" + "00080007" + "00011700c00002"), text);
});

test("names are compressed, in RDATA of RFC 1035 types only, and case is kept", () => {
  const m = response([
    record("a.example.", "MX", "10 Mail.example."),
    record("MAIL.example.", "SRV", "1 2 3 a.example."),
  ]);
  const octets = composeMessage(m);
  const text = Buffer.from(octets).toString("latin1");
  // The first is a pointer into the question; the SRV target stands in full.
  assert.equal(text.split("example").length - 1, 2);
  assert.ok(text.includes("\x04Mail\xc0"));
  const back = readMessage(octets);
  assert.ok(isMessage(back));
  assert.deepEqual(
    back.answers.map((r) => r.rdata),
    m.answers.map((r) => r.rdata),
  );
  // The owner was compressed to the name written before, so it has that one's case.
  assert.deepEqual(back.answers[1]!.owner, nameFromText("Mail.example."));
});

test("nothing points beyond 14 bits", () => {
  const many = Array.from({ length: 1200 }, (_, i) =>
    record(`x${i}.example.`, "CNAME", `x${i + 1}.example.`),
  );
  const m = response(many);
  const octets = composeMessage(m);
  assert.ok(octets.length > 0x4000);
  assert.deepEqual(readMessage(octets), m);
});

test("a breach: a query for what is no name", () => {
  assert.throws(() => composeQuery({ name: "a..b", type: "A" }), /not a name/);
  assert.throws(() => composeQuery({ name: "a.", type: "FOO" }), /not a type/);
});
