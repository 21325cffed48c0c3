// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { composeQuery } from "../../../src/dns/compose.ts";
import { isMessage, readMessage } from "../../../src/dns/message.ts";
import { messageToText, optionToText } from "../../../src/dns/text.ts";

test("a message as people know it", () => {
  const edns = { dnssecOk: true };
  const query = composeQuery({
    name: "www.example.org.",
    type: "A",
    id: 7,
    ecs: "192.0.2.0/24",
    edns,
  });
  const m = readMessage(query);
  assert.ok(isMessage(m));
  const owner = m.questions[0]!.name;
  const answers = [{ owner, type: 1, class: 1, ttl: 60, rdata: Uint8Array.of(192, 0, 2, 1) }];
  assert.equal(
    messageToText({ ...m, qr: true, aa: true, answers }),
    `;; opcode: QUERY, status: NOERROR, id: 7
;; flags: qr aa
; EDNS: version: 0, flags: do; udp: 1232
; ECS 192.0.2.0/24/0
;; QUESTION
;www.example.org. IN A
;; ANSWER
www.example.org. 60 IN A 192.0.2.1
`,
  );
});

test("options", () => {
  assert.equal(
    optionToText({ code: 15, data: Uint8Array.of(0, 18, 97, 98) }),
    "EDE 18 (Prohibited): ab",
  );
  assert.equal(optionToText({ code: 15, data: Uint8Array.of(0, 4) }), "EDE 4 (Forged Answer)");
  assert.equal(optionToText({ code: 3, data: new Uint8Array(0) }), "NSID");
  assert.equal(optionToText({ code: 10, data: Uint8Array.of(1, 2) }), "COOKIE 0102");
  // A malformed subnet is shown as it came.
  assert.equal(optionToText({ code: 8, data: Uint8Array.of(0, 9) }), "ECS 0009");
});
