// SPDX-License-Identifier: Apache-2.0
/**
 * The shape of `azimuth.yaml`: the options of this node, zone folders, and the sections of the
 * resources, whose rows stand in src/resource/schema.ts.
 *
 * An option is one row: key, type, default, bounds, unit, meaning. The JSON schema of editors, the
 * reference page and the sample are generated from the rows (scripts/gen/config.ts), so that a
 * default is typed nowhere else.
 */
import { z } from "zod";
import { UDP_PLAIN_SIZE_MAX, UDP_SIZE_MAX, WORKERS_MAX } from "../layout/limits.ts";
import {
  flag,
  integer,
  nameField,
  oneOf,
  pathField,
  prefixField,
  push,
  text,
} from "../resource/fields.ts";
import { sectionDocs, sections } from "../resource/schema.ts";
import { zoneDefaultsFields } from "../resource/schema-transfer.ts";
import { isLoopback, parseListen } from "./listen.ts";
import { cookieFields, extendedErrorsField, identityFields } from "./schema-edns.ts";
import { rateLimitFields } from "./schema-limits.ts";

const listenField = z
  .string()
  .check((context) => {
    const listen = parseListen(context.value);
    if (typeof listen === "string") push(context, "CONFIG_LISTEN", listen);
  })
  .meta({ description: "Address and port.", "x-type": "address:port" });

const apiField = z
  .string()
  .check((context) => {
    if (context.value === "off") return;
    const listen = parseListen(context.value);
    if (typeof listen === "string") push(context, "CONFIG_LISTEN", listen);
    else if (!listen.every(isLoopback)) push(context, "CONFIG_API_EXPOSED", "others can reach it");
  })
  .meta({
    description: "Address of the HTTP API and the metrics, or `off`. Loopback only.",
    "x-type": "address:port or off",
  });

const logFields = z
  .strictObject({
    level: oneOf(
      ["trace", "debug", "info", "warn", "error", "silent"],
      "The least severe lines that are written.",
    ).default("info"),
  })
  .meta({ description: "Logs." });

const limitFields = z
  .strictObject({
    // The upper bound is TABLE_SIZE_MAX in whole MiB: a Ref stays a small integer.
    tableMiB: integer({
      min: 16,
      max: 2047,
      unit: "MiB",
      doc: "Memory that the table may grow to. It is reserved, not used, at start.",
    }).default(1024),
    tcpConnections: integer({
      min: 1,
      max: 1_000_000,
      doc: "Open TCP connections of the node; the idlest gives way to a new one.",
    }).default(1000),
    tcpConnectionsPerClient: integer({
      min: 1,
      max: 1_000_000,
      doc: "Open TCP connections of one client address.",
    }).default(50),
    tcpConnectionsPerPrefix: integer({
      min: 1,
      max: 1_000_000,
      doc: "Open TCP connections of one network of clients.",
    }).default(200),
    tcpPrefixV4: integer({
      min: 8,
      max: 32,
      unit: "bits",
      doc: "What is one network of IPv4 clients.",
    }).default(24),
    tcpPrefixV6: integer({
      min: 16,
      max: 128,
      unit: "bits",
      doc: "What is one network of IPv6 clients.",
    }).default(48),
    tcpQueueKiB: integer({
      min: 16,
      max: 65_536,
      unit: "KiB",
      doc: "Answers that a client may leave unread before no more of its queries are read.",
    }).default(128),
    tcpInFlight: integer({
      min: 1,
      max: 1024,
      doc: "Transfers and other slow requests of one connection at a time.",
    }).default(16),
    tcpIdleSecs: integer({
      min: 1,
      max: 3600,
      unit: "seconds",
      doc: "A TCP connection without a whole query for so long is closed (RFC 7766 §6.2.3); sooner when more than half of them are in use.",
    }).default(10),
    tcpTotalSecs: integer({
      min: 1,
      max: 86_400,
      unit: "seconds",
      doc: "A TCP connection is closed at this age, however busy it is.",
    }).default(600),
  })
  .meta({ description: "Bounds of this node." });

const udpFields = z
  .strictObject({
    bufferKiB: integer({
      min: 0,
      max: 1_048_576,
      unit: "KiB",
      doc: "Socket buffer in each direction; 0 for the system's. Beyond net.core.*mem_max it needs CAP_NET_ADMIN.",
    }).default(4096),
    pin: flag("Whether each UDP thread stays on a processor of its own. Native pump only.").default(
      false,
    ),
    spread: oneOf(
      ["hash", "incoming-cpu", "program"],
      "Which thread gets a datagram: by a hash of the addresses, or that of the processor which received it, asked for by SO_INCOMING_CPU or by a program in the system. Native pump only.",
    ).default("hash"),
    busyPollMicros: integer({
      min: 0,
      max: 1_000_000,
      unit: "microseconds",
      doc: "SO_BUSY_POLL: the system asks the network card that long before a thread sleeps. Native pump only.",
    }).default(0),
    spinMicros: integer({
      min: 0,
      max: 1_000_000,
      unit: "microseconds",
      doc: "An idle thread looks for datagrams that long before it sleeps: lower latency for a busy processor. Native pump only.",
    }).default(0),
  })
  .meta({ description: "UDP sockets and their threads." });

const listenList = (doc: string) =>
  z
    .array(listenField)
    .max(256)
    .default([])
    .meta({ description: doc, "x-type": "list of address:port" });

const tlsFields = z
  .strictObject({
    certificate: pathField(
      "PEM file: the certificate, then those between it and the root. Read again when it changes.",
    ).optional(),
    key: pathField("PEM file of its private key, without a passphrase.").optional(),
    listen: listenList("Where DNS over TLS is answered (RFC 7858): usually `*:853`."),
    listenHttps: listenList("Where DNS over HTTPS is answered (RFC 8484): usually `*:443`."),
    httpsPath: z
      .string()
      .max(255)
      .check((context) => {
        const { value } = context;
        if (!/^\/[\w./~-]*$/.test(value)) push(context, "CONFIG_VALUE", "no path of a URI");
      })
      .default("/dns-query")
      .meta({ description: "Path of the URI of DNS over HTTPS.", "x-type": "path of a URI" }),
  })
  .meta({ description: "Encrypted transports." });

const proxyFields = z
  .strictObject({
    listen: listenList(
      "Where queries come through a balancer that speaks the PROXY protocol, UDP and TCP.",
    ),
    allow: z.array(prefixField).max(1024).default([]).meta({
      description: "Networks of the balancers. Nobody else is heard there.",
      "x-type": "list of prefixes",
    }),
  })
  .meta({ description: "Listeners behind balancers: the client's address comes in a header." });

export const nodeFields = z
  .strictObject({
    name: text({ max: 63, doc: "Name of this node; the host name if not given." }).optional(),
    listen: z.array(listenField).min(1).max(256).default(["127.0.0.1:53", "[::1]:53"]).meta({
      description:
        "Where queries are answered, UDP and TCP. `*:53` is every address of the machine at start.",
      "x-type": "list of address:port",
    }),
    workers: integer({
      min: 0,
      max: WORKERS_MAX - 1,
      doc: "UDP threads; 0 for one on each processor.",
    }).default(0),
    kernel: oneOf(
      ["auto", "native", "ts"],
      "What computes answers: the addon, its TypeScript twin, or the addon if it can be loaded.",
    ).default("auto"),
    pump: oneOf(
      ["auto", "native", "dgram"],
      "What moves datagrams: the addon in batches, node:dgram, or the addon if it can be loaded.",
    ).default("auto"),
    streamWorkers: integer({ min: 1, max: 16, doc: "TCP threads." }).default(1),
    state: pathField("Folder of the saved table and the control socket.").default("./state"),
    api: apiField.default("127.0.0.1:8443"),
    udpPayloadSizeMax: integer({
      min: UDP_PLAIN_SIZE_MAX,
      max: UDP_SIZE_MAX,
      unit: "octets",
      doc: "The largest UDP answer, whatever the client offers. Larger ones are fetched over TCP.",
    }).default(1232),
    udp: udpFields.prefault({}),
    tls: tlsFields.prefault({}),
    proxy: proxyFields.prefault({}),
    log: logFields.prefault({}),
    limits: limitFields.prefault({}),
    identity: identityFields.prefault({}),
    cookies: cookieFields.prefault({}),
    rateLimit: rateLimitFields.prefault({}),
    extendedErrors: extendedErrorsField,
    reportAgent: nameField(
      "Agent domain: where resolvers are told to report errors of our zones to (RFC 9567).",
    ).optional(),
    watch: flag("Whether files are watched, so that an edit is served without a reload.").default(
      true,
    ),
  })
  .meta({ description: "Options of this node." });

export const zoneFolderFields = z
  .strictObject({
    folder: pathField(
      "Every file of it is a zone, named by its apex, with or without `.zone`.",
    ).optional(),
    glob: pathField("The same for every file that the pattern finds; `*`, `?`, `**`.").optional(),
  })
  .meta({ description: "Zone files named by their apex. One of `folder` and `glob`." });

/** The whole file, for generators. The loader checks its parts one by one. */
export const fileFields = z
  .strictObject({
    node: nodeFields.prefault({}),
    pops: z.record(z.string(), sections.pops).default({}).meta({ description: sectionDocs.pops }),
    probes: z.record(z.string(), sections.probes).default({}).meta({
      description: sectionDocs.probes,
    }),
    pools: z.record(z.string(), sections.pools).default({}).meta({
      description: sectionDocs.pools,
    }),
    maps: z.record(z.string(), sections.maps).default({}).meta({ description: sectionDocs.maps }),
    policies: z.record(z.string(), sections.policies).default({}).meta({
      description: sectionDocs.policies,
    }),
    keys: z.record(z.string(), sections.keys).default({}).meta({ description: sectionDocs.keys }),
    remotes: z.record(z.string(), sections.remotes).default({}).meta({
      description: sectionDocs.remotes,
    }),
    zoneDefaults: zoneDefaultsFields.prefault({}),
    zones: z.record(z.string(), sections.zones).default({}).meta({
      description: sectionDocs.zones,
    }),
    zoneFolders: z.array(zoneFolderFields).default([]).meta({
      description: "Folders and patterns of zone files.",
    }),
  })
  .meta({ title: "azimuth.yaml", description: "Configuration of Azimuth." });

export type NodeFields = z.infer<typeof nodeFields>;
