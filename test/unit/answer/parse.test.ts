// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hashName, LOWER, parse } from "../../../src/answer/parse.ts";
import { createName, createQuestion } from "../../../src/answer/scratch.ts";
import { nameHash } from "../../../src/base/hash.ts";
import { composeQuery } from "../../../src/dns/compose.ts";
import { lowerName, nameFromText } from "../../../src/dns/names.ts";
import {
  VERDICT_BADVERS,
  VERDICT_DROP,
  VERDICT_FORMERR,
  VERDICT_NOTIMP,
  VERDICT_OK,
  VERDICT_SLOW,
} from "../../../src/layout/gen/enums.ts";

function parsed(octets: Uint8Array, size = octets.length) {
  const name = createName();
  const question = createQuestion();
  return { verdict: parse(octets, 0, size, name, question), name, question };
}

test("a plain query", () => {
  const { verdict, name, question } = parsed(composeQuery({ name: "WwW.example.org.", type: "A" }));
  assert.equal(verdict, VERDICT_OK);
  assert.deepEqual([question.type, question.class, question.end, question.edns], [1, 1, 33, 0]);
  assert.deepEqual(name.octets.slice(0, name.size), nameFromText("www.example.org."));
  assert.equal(name.labelCount, 3);
  assert.deepEqual([...name.labelAt.subarray(0, 4)], [0, 4, 12, 16]);
  assert.deepEqual([...name.labelPos.subarray(0, 4)], [12, 16, 24, 28]);
});

test("every suffix has the hash that the table's builder gives it", () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(label, { maxLength: 8 }), (labels) => {
      const wire = Uint8Array.from([...labels.flatMap((l) => [l.length, ...l]), 0]);
      const { verdict, name } = parsed(composeQuery({ name: wire, type: "A" }));
      assert.equal(verdict, VERDICT_OK);
      const lower = lowerName(wire);
      for (let i = 0; i <= name.labelCount; i += 1) {
        const at = name.labelAt[i]!;
        assert.equal(name.hash[i], nameHash(lower, at, lower.length - at));
      }
    }),
  );
});

test("only the letters of ASCII have a lower case", () => {
  for (let i = 0; i < 256; i += 1) {
    const expected = i >= 0x41 && i <= 0x5a ? i + 32 : i;
    assert.equal(LOWER[i], expected);
  }
});

test("EDNS: payload, version, DO", () => {
  const octets = composeQuery({
    name: "a.",
    type: "A",
    edns: { payload: 4096, version: 0, dnssecOk: true, options: [] },
  });
  const { verdict, question } = parsed(octets);
  assert.equal(verdict, VERDICT_OK);
  assert.deepEqual(
    [question.edns, question.version, question.payloadSize, question.dnssecOk],
    [1, 0, 4096, 0x8000],
  );
});

test("a client subnet is kept with zeros behind it, whatever stood there before", () => {
  const name = createName();
  const question = createQuestion();
  const ask = (ecs: string) => {
    const octets = composeQuery({ name: "a.", type: "A", ecs });
    assert.equal(parse(octets, 0, octets.length, name, question), VERDICT_OK);
    return [question.ecsFamily, question.ecsSource, ...question.ecsAddress];
  };
  const zeros = (n: number) => new Array<number>(n).fill(0);
  assert.deepEqual(ask("2001:db8:1:2:3:4:5:6/128").slice(0, 6), [2, 128, 0x20, 1, 0x0d, 0xb8]);
  assert.deepEqual(ask("192.0.2.0/24"), [1, 24, 192, 0, 2, ...zeros(13)]);
  assert.deepEqual(ask("0.0.0.0/0"), [1, 0, ...zeros(16)]);
});

test("verdicts by the head of the message", () => {
  const query = composeQuery({ name: "a.", type: "A" });
  const patched = (at: number, value: number) => {
    const octets = query.slice();
    octets[at] = value;
    return parsed(octets).verdict;
  };
  assert.equal(parsed(query, 11).verdict, VERDICT_DROP);
  assert.equal(patched(2, 0x80), VERDICT_DROP);
  for (let opcode = 1; opcode < 16; opcode += 1) {
    const slow = opcode === 4 || opcode === 5;
    assert.equal(patched(2, opcode << 3), slow ? VERDICT_SLOW : VERDICT_NOTIMP);
  }
  assert.equal(patched(5, 0), VERDICT_FORMERR);
  assert.equal(patched(5, 2), VERDICT_FORMERR);
  assert.equal(patched(4, 1), VERDICT_FORMERR);
  const opt = composeQuery({ name: "a.", type: "A", edns: { version: 7 } });
  assert.equal(parsed(opt).verdict, VERDICT_BADVERS);
});

test("Q4: TSIG is the last record of the additional section, and makes a request slow", () => {
  const tsig = "00 00fa 00ff 00000000 0000";
  const opt = "00 0029 04d0 00000000 0000";
  const head = (answers: number, additionals: number) =>
    `beef 0000 0001 000${answers} 0000 000${additionals} 0161 00 0001 0001`;
  const verdictOf = (text: string) =>
    parsed(Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))).verdict;
  assert.equal(verdictOf(`${head(0, 1)} ${tsig}`), VERDICT_SLOW);
  assert.equal(verdictOf(`${head(0, 2)} ${opt} ${tsig}`), VERDICT_SLOW);
  assert.equal(verdictOf(`${head(0, 2)} ${tsig} ${opt}`), VERDICT_FORMERR);
  assert.equal(verdictOf(`${head(0, 2)} ${tsig} ${tsig}`), VERDICT_FORMERR);
  assert.equal(verdictOf(`${head(1, 0)} ${tsig}`), VERDICT_FORMERR);
});

test("Q1: a request that is cut anywhere reads nothing behind the cut", () => {
  const whole = composeQuery({ name: "www.example.org.", type: "A", ecs: "192.0.2.0/24" });
  for (let size = 0; size < whole.length; size += 1) {
    // What stands behind is the rest of the request: if it were read, the verdict would be OK.
    const { verdict } = parsed(whole, size);
    assert.equal(verdict, size < 12 ? VERDICT_DROP : VERDICT_FORMERR, `${size} octets`);
  }
});

test("Q3: a malformed request still says how much of its question can be repeated", () => {
  const query = composeQuery({ name: "www.example.org.", type: "A" });
  assert.equal(parsed(Uint8Array.from([...query, 0])).question.end, 33);
  assert.equal(parsed(query, 32).question.end, 12);
});

test("a request is read where it starts", () => {
  const query = composeQuery({ name: "www.example.org.", type: "TXT", ecs: "192.0.2.0/24" });
  const moved = new Uint8Array(query.length + 40).fill(0xff);
  moved.set(query, 17);
  const name = createName();
  const question = createQuestion();
  assert.equal(parse(moved, 17, query.length, name, question), VERDICT_OK);
  assert.deepEqual([question.type, question.end, name.labelPos[0]], [16, 33, 12]);
});

test("the root is a name without labels", () => {
  const { name, question } = parsed(composeQuery({ name: ".", type: "NS" }));
  assert.deepEqual([name.size, name.labelCount, question.end, name.labelPos[0]], [1, 0, 17, 12]);
  hashName(name);
  assert.equal(name.hash[0], nameHash(new Uint8Array(1), 0, 1));
});
