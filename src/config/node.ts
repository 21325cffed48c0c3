// SPDX-License-Identifier: Apache-2.0
/**
 * The options of this node, ready for the daemon: addresses parsed, paths absolute, what depends on
 * the machine (its name, its processors) filled in.
 *
 * What depends on the machine comes as an argument, so that a test and a container get what they
 * say and not what the host happens to have.
 */
import { type Fault, fault } from "../base/faults.ts";
import { type Prefix, parsePrefix } from "../geo/prefix.ts";
import { WORKERS_MAX } from "../layout/limits.ts";
import { check } from "../resource/issues.ts";
import type { PlaceOf } from "../resource/place.ts";
import { type ListenAddress, listenText, parseListen } from "./listen.ts";
import { type NodeFields, nodeFields } from "./schema.ts";
import { OFF } from "./schema-edns.ts";

/** Plain data: passes between threads. */
export interface NodeConfig {
  readonly name: string;
  /** Each address once. */
  readonly listen: readonly ListenAddress[];
  /** UDP threads, at least one. */
  readonly workers: number;
  readonly kernel: NodeFields["kernel"];
  readonly pump: NodeFields["pump"];
  readonly udp: Readonly<NodeFields["udp"]>;
  /** TCP threads, at least one. */
  readonly streamWorkers: number;
  /** Absolute path. */
  readonly stateFolder: string;
  /** Null if the API is off. */
  readonly api: ListenAddress | null;
  readonly tls: NodeTls;
  readonly proxy: NodeProxy;
  /** Octets. */
  readonly udpPayloadSizeMax: number;
  readonly logLevel: NodeFields["log"]["level"];
  readonly limits: Readonly<NodeFields["limits"]>;
  readonly watch: boolean;
  readonly edns: EdnsConfig;
}

/** What kernels are told: the one part that a reload brings into force. */
export interface EdnsConfig {
  /** "" tells nothing; so for the next two. */
  readonly nsid: string;
  readonly serverId: string;
  readonly version: string;
  readonly cookies: {
    readonly enabled: boolean;
    readonly demand: boolean;
    /** Hexadecimal. Never logged, never shown. */
    readonly secrets: readonly string[];
    /** Absolute path, or "". */
    readonly secretFile: string;
  };
  readonly extendedErrors: boolean;
  /** Text of a name, or "". */
  readonly reportAgent: string;
  readonly rateLimit: Readonly<NodeFields["rateLimit"]>;
}

export interface NodeTls {
  /** Absolute paths; null without TLS. */
  readonly files: { readonly certificate: string; readonly key: string } | null;
  readonly listen: readonly ListenAddress[];
  readonly listenHttps: readonly ListenAddress[];
  readonly httpsPath: string;
}

export interface NodeProxy {
  readonly listen: readonly ListenAddress[];
  readonly allow: readonly Prefix[];
}

/** What the machine says. */
export interface Machine {
  readonly hostName: string;
  readonly cpuCount: number;
}

/** Reads the section `node`; null if its shape is broken. */
export function decodeNode(
  raw: unknown,
  machine: Machine,
  resolvePath: (path: string) => string,
  placeOf: PlaceOf,
): { node: NodeConfig | null; faults: readonly Fault[] } {
  const shape = check(nodeFields, raw ?? {}, ["node"], placeOf);
  const fields = shape.value;
  if (fields === null) return { node: null, faults: shape.faults };

  const faults: Fault[] = [];
  const taken = new Set<string>();
  const listenAt = (texts: readonly string[], path: readonly (string | number)[]) =>
    decodeListen(texts, ["node", ...path], taken, placeOf, faults);
  const listen = listenAt(fields.listen, ["listen"]);
  const api = fields.api === "off" ? null : firstOf(fields.api);
  // The stream workers read the table, too, and so do control and transfer.
  const threadsMax = WORKERS_MAX - 2;
  const workersMax = threadsMax - fields.streamWorkers;
  const workers = fields.workers === 0 ? Math.min(machine.cpuCount, workersMax) : fields.workers;
  if (workers > workersMax) {
    const detail = `${workers} UDP and ${fields.streamWorkers} TCP threads are more than ${threadsMax}`;
    faults.push(fault("CONFIG_LIMIT", placeOf(["node", "workers"]), detail));
  }
  const node: NodeConfig = {
    name: fields.name ?? machine.hostName,
    listen,
    workers: Math.max(1, workers),
    kernel: fields.kernel,
    pump: fields.pump,
    udp: fields.udp,
    streamWorkers: fields.streamWorkers,
    stateFolder: resolvePath(fields.state),
    api,
    tls: decodeTls(fields.tls, listenAt, resolvePath, placeOf, faults),
    proxy: decodeProxy(fields.proxy, listenAt, placeOf, faults),
    udpPayloadSizeMax: fields.udpPayloadSizeMax,
    logLevel: fields.log.level,
    limits: fields.limits,
    watch: fields.watch,
    edns: ednsOf(fields, fields.name ?? machine.hostName, resolvePath),
  };
  const { secrets, secretFile } = fields.cookies;
  if (secrets.length > 0 && secretFile !== undefined) {
    const detail = "cookies have one of secrets and secretFile";
    faults.push(fault("CONFIG_KEYS_EXCLUSIVE", placeOf(["node", "cookies", "secretFile"]), detail));
  }
  return { node, faults };
}

function ednsOf(
  { identity, cookies, extendedErrors, reportAgent = "", rateLimit }: NodeFields,
  name: string,
  resolvePath: (path: string) => string,
): EdnsConfig {
  const told = (text: string): string => (text === OFF ? "" : text);
  const { secretFile } = cookies;
  return {
    nsid: told(identity.nsid ?? name),
    serverId: told(identity.serverId ?? name),
    version: told(identity.version),
    cookies: { ...cookies, secretFile: secretFile === undefined ? "" : resolvePath(secretFile) },
    extendedErrors,
    reportAgent,
    rateLimit,
  };
}

type ListenAt = (
  texts: readonly string[],
  path: readonly (string | number)[],
) => readonly ListenAddress[];

/** Who listens needs both files. What is in them is looked at by who opens them. */
function decodeTls(
  fields: NodeFields["tls"],
  listenAt: ListenAt,
  resolvePath: (path: string) => string,
  placeOf: PlaceOf,
  faults: Fault[],
): NodeTls {
  const { certificate, key, httpsPath } = fields;
  const listen = listenAt(fields.listen, ["tls", "listen"]);
  const listenHttps = listenAt(fields.listenHttps, ["tls", "listenHttps"]);
  const isUsed = listen.length + listenHttps.length > 0;
  if (certificate === undefined || key === undefined) {
    if (isUsed || certificate !== undefined || key !== undefined) {
      const missing = certificate === undefined ? "certificate" : "key";
      faults.push(fault("CONFIG_KEY_MISSING", placeOf(["node", "tls"]), missing));
    }
    return { files: null, listen, listenHttps, httpsPath };
  }
  const files = { certificate: resolvePath(certificate), key: resolvePath(key) };
  return { files, listen, listenHttps, httpsPath };
}

function decodeProxy(
  fields: NodeFields["proxy"],
  listenAt: ListenAt,
  placeOf: PlaceOf,
  faults: Fault[],
): NodeProxy {
  const allow = fields.allow.map(parsePrefix).filter((prefix) => typeof prefix !== "string");
  if (fields.listen.length > 0 && allow.length === 0) {
    const detail = "allow: whoever may send a header may claim any address";
    faults.push(fault("CONFIG_KEY_MISSING", placeOf(["node", "proxy"]), detail));
  }
  return { listen: listenAt(fields.listen, ["proxy", "listen"]), allow };
}

function decodeListen(
  written: readonly string[],
  path: readonly (string | number)[],
  taken: Set<string>,
  placeOf: PlaceOf,
  faults: Fault[],
): ListenAddress[] {
  const list: ListenAddress[] = [];
  written.forEach((text, i) => {
    const parsed = parseListen(text);
    if (typeof parsed === "string") return;
    for (const listen of parsed) {
      const key = listenText(listen);
      // The system gives each of several zero ports another one.
      if (listen.port !== 0 && taken.has(key)) {
        const detail = `${key} stands twice`;
        faults.push(fault("CONFIG_LISTEN", placeOf([...path, i]), detail));
        continue;
      }
      taken.add(key);
      list.push(listen);
    }
  });
  return list;
}

function firstOf(text: string): ListenAddress | null {
  const parsed = parseListen(text);
  return typeof parsed === "string" ? null : (parsed[0] ?? null);
}
