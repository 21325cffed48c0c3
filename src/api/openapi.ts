// SPDX-License-Identifier: Apache-2.0
/**
 * The OpenAPI document of the routes: served by every server, and checked in as
 * docs/reference/gen/openapi.json, so that clients can be generated without one.
 *
 * Its version is that of the API and not of the program, so that two programs with the same API
 * give the same document.
 *
 * OpenAPI 3.1, whose schemas are those of JSON Schema 2020-12, which zod writes.
 */
import { z } from "zod";
import { PROBLEM_MEDIA } from "./problem.ts";
import { PLAIN_MEDIA, type ReplyRow, type RouteRow, routes } from "./routes.ts";
import { type ShapeName, shapes } from "./schemas.ts";

/** Rises in its second part with every addition; the first part is that of the paths. */
const API_VERSION = "1.0";

type Json = Readonly<Record<string, unknown>>;

/** The whole document, as plain data in a fixed order. */
export function openApiDocument(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const row of routes) {
    const path = row.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [row.method.toLowerCase()]: operation(row) };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Azimuth",
      version: API_VERSION,
      description: "State and control of an Azimuth name server.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "http://127.0.0.1:8443" }],
    paths,
    components: { schemas: componentSchemas() },
  };
}

function operation(row: RouteRow): Json {
  const parameters = [...pathParameters(row), ...queryParameters(row)];
  const problems: readonly ReplyRow[] = [
    { status: 400, doc: "The request is not understood.", body: { one: "Problem" } },
  ];
  const rows = [...row.replies, ...problems];
  return {
    operationId: row.id,
    summary: row.doc,
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: {
      ...Object.fromEntries(rows.map((each) => [String(each.status), response(each)])),
      default: response({ status: 0, doc: "Any other problem.", body: { one: "Problem" } }),
    },
  };
}

function pathParameters(row: RouteRow): readonly Json[] {
  return Object.entries(row.params).map(([name, description]) => ({
    name,
    in: "path",
    required: true,
    description,
    schema: { type: "string" },
  }));
}

function queryParameters(row: RouteRow): readonly Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(row.query, { io: "input" });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = property as Json;
    return { name, in: "query", required: required.includes(name), description, schema };
  });
}

function response(row: ReplyRow): Json {
  const { body, doc } = row;
  if (typeof body === "string") {
    return { description: doc, content: { [body]: { schema: { type: "string" } } } };
  }
  const schema = "one" in body ? refer(body.one) : { type: "array", items: refer(body.list) };
  const media = "one" in body && body.one === "Problem" ? PROBLEM_MEDIA : "application/json";
  const content: Record<string, Json> = { [media.split(";")[0]!]: { schema } };
  if ("one" in body && body.one === "Condition" && row.status !== 422) {
    content[PLAIN_MEDIA] = { schema: { type: "string" } };
  }
  return { description: doc, content };
}

const refer = (name: ShapeName): Json => ({ $ref: `#/components/schemas/${name}` });

function componentSchemas(): Json {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: "output" });
      return [name, schema];
    }),
  );
}
