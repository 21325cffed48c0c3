// SPDX-License-Identifier: Apache-2.0
/**
 * The shapes of the documents: for OpenAPI, and for whoever reads what a server of another version
 * sent. The compiler holds each shape against its type in the room `control`.
 *
 * The shapes are loose: a reader keeps keys that it does not know, since a newer server may send
 * more. A key is never taken away or given another meaning within `/api/v1`.
 */
import { z } from "zod";
import type {
  Condition,
  EndpointStatus,
  ExplainDocument,
  StatusDocument,
  ThreadStatus,
  TransitionDocument,
  ZoneStatus,
} from "../control/documents.ts";
import type { Problem } from "./problem.ts";

const text = z.string();
const count = z.int().nonnegative();
const time = z.string().describe("ISO 8601 in UTC.");
const texts = z.array(text);

export const conditionShape: z.ZodType<Condition> = z.looseObject({
  ok: z.boolean(),
  reasons: texts.describe("Empty exactly if ok."),
});

export const problemShape: z.ZodType<Problem> = z.looseObject({
  type: z.literal("about:blank"),
  title: text,
  status: count,
  detail: text,
  reasons: texts.optional(),
});

export const zoneShape: z.ZodType<ZoneStatus> = z.looseObject({
  zone: text,
  serial: count,
  owners: count,
  file: text,
  source: z.enum(["file", "secondary", "dynamic"]),
  secondary: z
    .looseObject({
      primary: text,
      busy: z.enum(["nothing", "soa", "steps", "whole"]),
      confirmedAt: time.nullable(),
      nextAt: time.nullable(),
      expiresAt: time.nullable(),
      error: text.nullable(),
    })
    .nullable(),
  member: z
    .looseObject({ catalog: text, groups: texts, group: text.nullable() })
    .nullable()
    .describe("The catalog that lists it; `group` is the one whose settings it has."),
  catalog: z
    .looseObject({
      members: count,
      withoutPrimaries: count,
      broken: text.nullable(),
      clashes: z.array(z.looseObject({ zone: text, owner: text })),
    })
    .nullable()
    .describe("How a catalog fares; null for other zones."),
  state: z.enum(["loaded", "stale", "failed", "loading", "expired"]),
  faults: texts.describe("Faults of the last load: `file:line:column severity CODE detail`."),
  loadedAt: time.nullable(),
  steered: z
    .array(z.looseObject({ owner: text, types: texts, policy: text }))
    .describe("What policies answer; no master file has records of it."),
});

export const endpointShape: z.ZodType<EndpointStatus> = z.looseObject({
  endpoint: text,
  pop: text,
  status: text,
  addresses: z.array(
    z.looseObject({
      address: text,
      status: text,
      since: time.nullable(),
      rttMs: z.number().nullable(),
      reason: text,
    }),
  ),
});

const threadShape: z.ZodType<ThreadStatus> = z.looseObject({
  name: text,
  state: text,
  restarts: count,
  observedEpoch: count.nullable(),
  queries: count,
});

export const statusShape: z.ZodType<StatusDocument> = z.looseObject({
  name: text,
  version: text,
  pid: count,
  startedAt: time,
  revision: count,
  epoch: count,
  digest: text.describe("Hex digest of the directory in force; empty before the first one."),
  source: text.describe("live, or the time of the saved table that serves meanwhile."),
  kernel: z.enum(["ts", "native"]),
  pump: z.enum(["dgram", "native"]),
  listen: texts,
  zones: count,
  tableOctetsUsed: count,
  tableOctetsMax: count,
  threads: z.array(threadShape),
  faults: texts.describe("Faults of the last reload; empty if it was good."),
  live: conditionShape,
  ready: conditionShape,
});

export const transitionShape: z.ZodType<TransitionDocument> = z.looseObject({
  sequence: count,
  at: time,
  atMs: z.number(),
  kind: text,
  subject: text,
  from: text,
  to: text,
  reason: text,
});

const candidateShape = z.looseObject({
  endpoint: text,
  pop: text,
  rank: count,
  weight: count,
  kept: z.boolean(),
  picked: z.boolean(),
  why: text,
  notes: texts.describe("Distance, match and health, as the control plane saw them."),
});

const steeringShape = z.looseObject({
  policy: text,
  map: text,
  layer: text.describe("Which layer of the map decided."),
  region: text,
  networkBits: count,
  scope: count.describe("Scope prefix length of the answer (RFC 7871 §7.2.1)."),
  planRow: count,
  planState: text,
  picker: text,
  ttlSecs: count,
  allDownRule: z.boolean(),
  candidates: z.array(candidateShape),
  dropped: z.array(z.looseObject({ endpoint: text, why: text })),
});

export const explainShape: z.ZodType<ExplainDocument> = z.looseObject({
  question: z.looseObject({ name: text, type: text }),
  client: text,
  subnet: text,
  zone: text.nullable(),
  serial: count,
  epoch: count,
  synthesized: z.boolean(),
  steering: steeringShape.nullable(),
  hints: z.array(z.looseObject({ key: text, steering: steeringShape })),
  replyText: text,
  replyBase64: text,
});

/** Shapes by the names that OpenAPI gives them. */
export const shapes = {
  Condition: conditionShape,
  Endpoint: endpointShape,
  Explanation: explainShape,
  Problem: problemShape,
  Status: statusShape,
  Transition: transitionShape,
  Zone: zoneShape,
} as const;

export type ShapeName = keyof typeof shapes;

function reader<T>(shape: z.ZodType<T>): (value: unknown) => T | null {
  return (value) => {
    const read = shape.safeParse(value);
    return read.success ? read.data : null;
  };
}

/** Readers of what the server sends, for a client: the document, or null if it has not the shape. */
export const readers = {
  status: reader(statusShape),
  zones: reader(z.array(zoneShape)),
  endpoints: reader(z.array(endpointShape)),
  transitions: reader(z.array(transitionShape)),
  explain: reader(explainShape),
  condition: reader(conditionShape),
} as const;
