// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonReply, problemReply, textReply } from "../../../src/api/problem.ts";

test("a problem document has the members of RFC 9457 and its media type", () => {
  const reply = problemReply(404, "There is no zone x.");
  assert.equal(reply.status, 404);
  assert.match(reply.media, /^application\/problem\+json\b/);
  assert.deepEqual(JSON.parse(reply.body), {
    type: "about:blank",
    title: "Not Found",
    status: 404,
    detail: "There is no zone x.",
  });
});

test("reasons stand in it only if there are any to give", () => {
  const { reasons } = JSON.parse(problemReply(422, "no", ["a", "b"]).body) as { reasons: string[] };
  assert.deepEqual(reasons, ["a", "b"]);
});

test("replies end with a line end", () => {
  assert.equal(jsonReply({ a: 1 }).body, '{\n  "a": 1\n}\n');
  assert.deepEqual(textReply("x", 503), {
    status: 503,
    media: "text/plain; charset=utf-8",
    body: "x",
  });
});
