// SPDX-License-Identifier: Apache-2.0
/**
 * Every resource and its fields, as they are written: the one home of their defaults, bounds, units
 * and meanings.
 *
 * These are the forms of the text, not the values of `types.ts`: short forms are still short and
 * names still relative. `decode.ts` leads from one to the other. What one field alone can show to
 * be wrong is wrong here; what needs a second resource to be wrong is the business of `check.ts`.
 */
import { z } from "zod";
import { PLAN_CANDIDATES_MAX, WEIGHT_MAX } from "../layout/limits.ts";
import {
  addressField,
  decimal,
  idField,
  integer,
  nameField,
  oneOf,
  optionalText,
  pathField,
  prefixField,
  reference,
  referenceList,
  text,
} from "./fields.ts";
import {
  catalogFields,
  keyFields,
  primariesField,
  remoteFields,
  transferShape,
} from "./schema-transfer.ts";

const CAPACITY_MAX = 1e12;
/** A week. RFC 2181 §8 would allow 68 years; a steered answer that old is a mistake. */
const TTL_SECS_MAX = 604_800;
const DAY_SECS = 86_400;

const latitude = decimal({
  min: -90,
  max: 90,
  unit: "degrees",
  doc: "Geographic latitude, north is positive.",
});
const longitude = decimal({
  min: -180,
  max: 180,
  unit: "degrees",
  doc: "Geographic longitude, east is positive.",
});
const capacity = decimal({
  min: 0,
  max: CAPACITY_MAX,
  doc: "What it can take, in any unit that is used throughout; 0 if not said.",
});

export const popFields = z
  .strictObject({
    latitude,
    longitude,
    country: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .or(z.literal(""))
      .default("")
      .meta({ description: "ISO 3166-1 alpha-2 in upper case.", "x-type": "country code" }),
    capacity: capacity.default(0),
  })
  .meta({ description: "A place that serves." });

const status = integer({ min: 100, max: 599, doc: "A status code." });
const statusRange = z.string().regex(/^[1-5]\d\d-[1-5]\d\d$/);

export const probeFields = z
  .strictObject({
    kind: oneOf(["http", "tcp"], "What an attempt does: a request, or a connection alone."),
    port: integer({ min: 1, max: 65_535, doc: "Port on the endpoint." }).default(80),
    method: oneOf(["HEAD", "GET"], "HTTP only: method of the request.").default("HEAD"),
    path: text({ max: 2048, doc: "HTTP only: target of the request." }).default("/"),
    host: optionalText({
      max: 255,
      doc: "HTTP only: Host header; the endpoint's address if empty.",
    }).default(""),
    statuses: z
      .array(z.union([status, statusRange]))
      .min(1)
      .max(100)
      .default(["200-399"])
      .meta({
        description: "HTTP only: accepted status codes and ranges, both ends included.",
        "x-type": "list of codes and ranges",
      }),
    intervalMs: integer({
      min: 100,
      max: 3_600_000,
      unit: "milliseconds",
      doc: "From one round to the next.",
    }).default(3000),
    timeoutMs: integer({
      min: 10,
      max: 60_000,
      unit: "milliseconds",
      doc: "Deadline of one attempt, connecting included.",
    }).default(500),
    retries: integer({
      min: 0,
      max: 10,
      doc: "Further attempts in a round after a failed one.",
    }).default(2),
    rise: integer({ min: 1, max: 100, doc: "Good rounds in a row that turn it up." }).default(3),
    fall: integer({ min: 1, max: 100, doc: "Bad rounds in a row that turn it down." }).default(1),
  })
  .meta({ description: "How to ask whether an endpoint works." });

/** Keys of a probe that say nothing to kind `tcp`. */
export const HTTP_PROBE_KEYS = ["method", "path", "host", "statuses"] as const;

export const endpointFields = z
  .strictObject({
    pop: reference("The POP where it stands."),
    v4: addressField(4, "IPv4 address that answers carry.").optional(),
    v6: addressField(6, "IPv6 address that answers carry.").optional(),
    target: nameField("CNAME target that answers carry.").optional(),
    weight: integer({
      min: 0,
      max: WEIGHT_MAX,
      doc: "Share among its equals; 0 is standby: used only if nothing else is left.",
    }).default(100),
    capacity: capacity.default(0),
    probeAddress: addressField(0, "Where probes go instead of the answered address.").optional(),
    probePort: integer({
      min: 0,
      max: 65_535,
      doc: "Port of probes; 0 for that of the probe.",
    }).default(0),
  })
  .meta({
    description: "One address of each family, or one CNAME target, that an answer may carry.",
  });

export const poolFields = z
  .strictObject({
    probes: z.array(reference("Id.")).max(16).default([]).meta({
      description: "Probes that all have to pass; none means that endpoints count as up.",
      "x-type": "list of ids",
    }),
    endpoints: z.record(idField, endpointFields).meta({ description: "Endpoints by id." }),
  })
  .meta({ description: "Endpoints that are interchangeable for a service." });

const location = text({
  max: 200,
  doc: "Where these clients are, for distances: a location path or a POP.",
});

export const networkFields = z
  .strictObject({
    prefixes: z
      .array(prefixField)
      .min(1)
      .meta({ description: "Networks of these clients.", "x-type": "list of prefixes" }),
    location: location.optional(),
    latitude: latitude.optional(),
    longitude: longitude.optional(),
  })
  .meta({ description: "Operator networks: the strongest layer of a map. Region `net/<id>`." });

const asn = z.union([
  integer({ min: 1, max: 4_294_967_295, doc: "AS number." }),
  z.string().regex(/^AS[1-9]\d{0,9}$/),
]);

export const asnFields = z
  .strictObject({
    asns: z
      .array(asn)
      .min(1)
      .meta({ description: "AS numbers, as 64500 or AS64500.", "x-type": "list of AS numbers" }),
    location: location.optional(),
    latitude: latitude.optional(),
    longitude: longitude.optional(),
  })
  .meta({ description: "Clients by origin AS. Region `asn/<id>`. Needs `asn`." });

export const mapFields = z
  .strictObject({
    country: pathField(
      "Country database (MMDB); `default` is the one that comes along, under CC0.",
    ).optional(),
    city: pathField("City database (MMDB), instead of `country`.").optional(),
    asn: pathField("ASN database (MMDB).").optional(),
    granularity: oneOf(
      ["continent", "country", "subdivision", "city"],
      "How finely clients are told apart; the database may know less.",
    ).default("country"),
    networks: z.record(idField, networkFields).default({}).meta({
      description: "Operator networks by id.",
    }),
    asns: z.record(idField, asnFields).default({}).meta({
      description: "Groups of autonomous systems by id.",
    }),
    default: text({ max: 200, doc: "Location path of clients that no layer knows, such as EU." }),
  })
  .meta({ description: "Which clients are told apart, and where they are." });

const stickyFields = z
  .strictObject({
    v4: integer({
      min: 0,
      max: 32,
      unit: "bits",
      doc: "IPv4 clients of one network of this length get one answer.",
    }).default(24),
    v6: integer({
      min: 0,
      max: 64,
      unit: "bits",
      doc: "IPv6 clients of one network of this length get one answer.",
    }).default(56),
  })
  .meta({ description: "How a client is truncated before the choice." });

const ttl = (doc: string) => integer({ min: 0, max: TTL_SECS_MAX, unit: "seconds", doc });
const span = (doc: string) => integer({ min: 0, max: DAY_SECS, unit: "seconds", doc });

export const policyFields = z
  .strictObject({
    map: reference("The map that places clients; may be left out if there is only one.").optional(),
    match: z
      .record(text({ max: 200, doc: "Location." }), referenceList("Pools in failover order."))
      .optional()
      .meta({
        description:
          "Pools in failover order by location: `EU/DE`, `net/<id>`, `asn/<id>`, `default`.",
      }),
    pool: reference("Short form of `match` with nothing but `default`.").optional(),
    pools: z
      .array(reference("Id."))
      .min(1)
      .optional()
      .meta({ description: "The same for several pools.", "x-type": "list of ids" }),
    order: oneOf(
      ["nearest", "weight"],
      "`nearest`: endpoints of a pool by distance; `weight`: all of a pool share by weight.",
    ).default("nearest"),
    spread: integer({
      min: 1,
      max: PLAN_CANDIDATES_MAX,
      unit: "POPs",
      doc: "With `nearest`: so many nearest POPs share the best rank.",
    }).default(1),
    toleranceRatio: decimal({
      min: 0,
      max: 10,
      doc: "With `nearest`: distances within this fraction of the best count as equal.",
    }).default(0.05),
    picker: oneOf(
      ["rendezvous", "wrr", "random", "independent", "all"],
      "How an answer is chosen among equals.",
    ).default("rendezvous"),
    answers: integer({
      min: 1,
      max: PLAN_CANDIDATES_MAX,
      doc: "Records in an answer at most.",
    }).default(1),
    allDown: oneOf(
      ["all", "none", "servfail"],
      "What is answered if every endpoint is down.",
    ).default("all"),
    ttlSecs: ttl("TTL while all is well.").default(300),
    ttlDegradedSecs: ttl("TTL while an endpoint of the plan is in trouble.").default(60),
    ttlHoldSecs: span("How long the degraded TTL stays after the last trouble.").default(120),
    slowStartSecs: span("From recovery to full weight.").default(60),
    sticky: stickyFields.prefault({}),
    client: oneOf(
      ["ecs", "resolver"],
      "Whose location counts: that of the client subnet, or the resolver's always.",
    ).default("ecs"),
    negativeTtlSecs: ttl("Largest TTL of a negative answer for a steered name.").default(5),
  })
  .meta({ description: "Which pools serve which clients, and how an answer is made." });

const steeredTypes = ["A", "AAAA", "CNAME"] as const;

export const steerFields = z
  .strictObject({
    policy: reference("The policy that answers."),
    types: z
      .array(z.enum(steeredTypes))
      .min(1)
      .default(["A", "AAAA"])
      .meta({ description: "Types that the policy answers.", "x-type": "list of A, AAAA, CNAME" }),
  })
  .meta({ description: "A steered name. A policy's id alone is the short form." });

export const zoneFields = z
  .strictObject({
    file: pathField("Master file; may be left out if a zone folder has it.").optional(),
    steer: z
      .record(text({ max: 1024, doc: "Owner." }), z.union([reference("Policy."), steerFields]))
      .default({})
      .meta({
        description:
          "Steered names by owner: relative, absolute with a final dot, @ for the apex. A policy's id is enough.",
      }),
    primaries: primariesField(
      "Remotes that the zone is fetched from, instead of a file: makes a secondary.",
    ),
    catalog: z.union([z.boolean(), catalogFields]).default(false).meta({
      description:
        "Whether the zone is a catalog of zones to serve (RFC 9432); how, if it is a mapping.",
      "x-type": "true, false or a mapping",
    }),
    ...transferShape,
  })
  .meta({ description: "A zone." });

/** Sections of the configuration: the rows of each by id. */
export const sections = {
  pops: popFields,
  probes: probeFields,
  pools: poolFields,
  maps: mapFields,
  policies: policyFields,
  keys: keyFields,
  remotes: remoteFields,
  zones: zoneFields,
} as const;

export type SectionName = keyof typeof sections;

export const sectionDocs: Readonly<Record<SectionName, string>> = {
  pops: "Places that serve, by id.",
  probes: "Health probes, by id.",
  pools: "Pools of endpoints, by id.",
  maps: "Maps of client networks, by id.",
  policies: "Steering policies, by id.",
  keys: "TSIG keys (RFC 8945), by id.",
  remotes: "Other name servers, by id.",
  zones: "Zones, by apex.",
};

export type PopFields = z.infer<typeof popFields>;
export type ProbeFields = z.infer<typeof probeFields>;
export type EndpointFields = z.infer<typeof endpointFields>;
export type PoolFields = z.infer<typeof poolFields>;
export type NetworkFields = z.infer<typeof networkFields>;
export type MapFields = z.infer<typeof mapFields>;
export type PolicyFields = z.infer<typeof policyFields>;
export type ZoneFields = z.infer<typeof zoneFields>;
