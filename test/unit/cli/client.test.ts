// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { askServer } from "../../../src/cli/client.ts";

const folder = mkdtempSync(join(tmpdir(), "azimuth-client-"));
after(() => rmSync(folder, { recursive: true }));

let count = 0;
async function withServer<T>(
  answer: RequestListener,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(folder, `${(count += 1)}.sock`);
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    return await use(path);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("a document comes back as it was sent, whatever it was asked with", async () => {
  const answer: RequestListener = (request, response) => {
    response.end(JSON.stringify([request.method, request.url, request.headers.accept]));
  };
  const said = await withServer(answer, (path) => askServer(path, "POST", "/a?b=c%20d"));
  assert.deepEqual(said, {
    kind: "document",
    document: ["POST", "/a?b=c%20d", "application/json"],
  });
});

test("a problem comes back with its detail and reasons", async () => {
  const answer: RequestListener = (_, response) => {
    response.statusCode = 422;
    response.end('{"title":"x","detail":"refused","reasons":["a",1]}');
  };
  assert.deepEqual(await withServer(answer, (path) => askServer(path, "GET", "/")), {
    kind: "problem",
    detail: "refused",
    reasons: ["a", "1"],
  });
});

test("what is not JSON, or no problem document, is a problem by its status", async () => {
  for (const [body, detail] of [
    ["<html>", "status 500 without JSON"],
    ["null", "status 500"],
    ["[]", "status 500"],
  ] as const) {
    const answer: RequestListener = (_, response) => {
      response.statusCode = 500;
      response.end(body);
    };
    const said = await withServer(answer, (path) => askServer(path, "GET", "/"));
    assert.deepEqual(said, { kind: "problem", detail, reasons: [] });
  }
});

test("nobody there is told in words", async () => {
  const none = await askServer(join(folder, "none.sock"), "GET", "/");
  assert.deepEqual(none, { kind: "unreachable", reason: "there is no such socket" });
  const file = join(folder, "file");
  writeFileSync(file, "");
  const refused = await askServer(file, "GET", "/");
  assert.deepEqual(refused, { kind: "unreachable", reason: "nobody listens there" });
});

test("a server that hangs up in the middle is not reachable", async () => {
  const answer: RequestListener = (_, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("[", () => response.destroy());
  };
  const said = await withServer(answer, (path) => askServer(path, "GET", "/"));
  assert.equal(said.kind, "unreachable");
});
