// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { openApiDocument } from "../../../src/api/openapi.ts";
import { routes } from "../../../src/api/routes.ts";

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Readonly<Record<string, unknown>>[];
  readonly responses: Readonly<Record<string, { readonly content: object }>>;
}

const document = openApiDocument() as unknown as {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly type: string }>> };
};

test("every route is an operation", () => {
  const ids = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map((operation) => operation.operationId),
  );
  assert.deepEqual(
    ids,
    routes.map((row) => row.id),
  );
  assert.match(document.openapi, /^3\.1\./);
});

test("every reference leads to a schema", () => {
  const text = JSON.stringify(document);
  const names = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => match[1]!);
  assert.ok(names.length > 10);
  for (const name of names) assert.equal(document.components.schemas[name]?.type, "object", name);
});

test("parameters stand with their place, need and default", () => {
  const explain = document.paths["/api/v1/explain"]!["get"]!;
  const byName = new Map(explain.parameters!.map((each) => [each["name"], each]));
  assert.deepEqual([...byName.keys()], ["name", "type", "client", "subnet", "transport"]);
  assert.equal(byName.get("name")!["required"], true);
  assert.equal(byName.get("type")!["required"], false);
  assert.equal((byName.get("type")!["schema"] as { default: string }).default, "A");
  const zone = document.paths["/api/v1/zones/{zone}"]!["get"]!.parameters![0]!;
  assert.deepEqual([zone["name"], zone["in"], zone["required"]], ["zone", "path", true]);
});

test("media types are those of the replies", () => {
  const media = (path: string, method: string, status: string) =>
    Object.keys(document.paths[path]![method]!.responses[status]!.content);
  assert.deepEqual(media("/metrics", "get", "200"), ["text/plain; version=0.0.4; charset=utf-8"]);
  assert.deepEqual(media("/readyz", "get", "503"), ["application/json", "text/plain"]);
  assert.deepEqual(media("/api/v1/reload", "post", "422"), ["application/problem+json"]);
  assert.deepEqual(media("/api/v1/zones", "get", "default"), ["application/problem+json"]);
});
