// SPDX-License-Identifier: Apache-2.0
/** A small view with one of everything, for the tests of the API and of the command line. */
import { request } from "node:http";
import type { ApiLog } from "../../../src/api/app.ts";
import type { ControlView, ExplainDocument, ZoneStatus } from "../../../src/api/view.ts";

export const zone: ZoneStatus = {
  zone: "example.org.",
  serial: 2026112203,
  owners: 12,
  source: "file",
  secondary: null,
  member: null,
  catalog: null,
  file: "/etc/azimuth/zones/example.org",
  state: "loaded",
  faults: [],
  loadedAt: "2026-11-22T10:00:00.000Z",
  steered: [],
};

export const story: ExplainDocument = {
  question: { name: "www.example.org.", type: "A" },
  client: "198.51.100.7",
  subnet: "192.0.2.0/24",
  zone: "example.org.",
  serial: 2026112203,
  epoch: 7,
  synthesized: false,
  steering: {
    policy: "www",
    map: "world",
    layer: "country",
    region: "de",
    networkBits: 22,
    scope: 22,
    planRow: 3,
    planState: "normal",
    picker: "rendezvous",
    ttlSecs: 30,
    allDownRule: false,
    candidates: [
      {
        endpoint: "fra-1",
        pop: "fra",
        rank: 0,
        weight: 65535,
        kept: true,
        picked: true,
        why: "picked",
        notes: ["12 km, up"],
      },
      {
        endpoint: "iad-1",
        pop: "iad",
        rank: 1,
        weight: 100,
        kept: false,
        picked: false,
        why: "dropped: rank 1, rank 0 is served",
        notes: [],
      },
    ],
    dropped: [{ endpoint: "syd-1", why: "draining" }],
  },
  hints: [],
  replyText: ";; NOERROR\nwww.example.org.\t30\tIN\tA\t192.0.2.10\n",
  replyBase64: "AAA=",
};

export function view(changes: Partial<ControlView> = {}): ControlView {
  return {
    metrics: () => "# HELP up Up.\n# TYPE up gauge\nup 1\n",
    live: () => ({ ok: true, reasons: [] }),
    ready: () => ({ ok: true, reasons: [] }),
    zoneAction: async (name, action) => {
      if (name !== zone.zone) return null;
      return action === "notify"
        ? { ok: false, reasons: ["it tells nobody"] }
        : { ok: true, reasons: [] };
    },
    zoneFile: (name) => (name === zone.zone ? `${name} 60 IN A 192.0.2.1\n` : null),
    status: () => ({
      name: "ns1",
      version: "0.1.0",
      pid: 42,
      startedAt: "2026-11-22T10:00:00.000Z",
      revision: 3,
      epoch: 7,
      digest: "c0ffee",
      source: "live",
      kernel: "ts",
      pump: "dgram",
      listen: ["127.0.0.1:5300", "[::1]:5300"],
      zones: 1,
      tableOctetsUsed: 3 * 1024 * 1024,
      tableOctetsMax: 64 * 1024 * 1024,
      threads: [
        { name: "udp-0", state: "running", restarts: 0, observedEpoch: 7, queries: 1234 },
        { name: "control", state: "running", restarts: 1, observedEpoch: null, queries: 0 },
      ],
      faults: [],
    }),
    zones: () => [zone],
    endpoints: () => [
      {
        endpoint: "fra-1",
        pop: "fra",
        status: "up",
        addresses: [
          {
            address: "192.0.2.10",
            status: "up",
            since: "2026-11-22T10:00:01.000Z",
            rttMs: 12.345,
            reason: "200 OK",
          },
          { address: "2001:db8::10", status: "down", since: null, rttMs: null, reason: "timeout" },
        ],
      },
      { endpoint: "iad-1", pop: "iad", status: "unknown", addresses: [] },
    ],
    transitions: (limit) =>
      [1, 2, 3]
        .map((sequence) => ({
          sequence,
          at: `2026-11-22T10:00:0${sequence}.000Z`,
          atMs: Date.UTC(2026, 10, 22, 10, 0, sequence),
          kind: "endpoint",
          subject: "fra-1",
          from: sequence % 2 === 0 ? "up" : "down",
          to: sequence % 2 === 0 ? "down" : "up",
          reason: "3 outcomes in a row",
        }))
        .slice(-limit),
    explain: (query) =>
      query.name.startsWith("refused")
        ? { error: "no table is in force" }
        : { ...story, question: { name: query.name, type: query.type }, client: query.client },
    reload: async () => ({ ok: true, reasons: [] }),
    ...changes,
  };
}

/** A log that keeps its messages. */
export function logOf(): ApiLog & { readonly lines: string[] } {
  const lines: string[] = [];
  const line = (level: string) => (_: object, message: string) =>
    void lines.push(`${level} ${message}`);
  return { lines, info: line("info"), warn: line("warn"), error: line("error") };
}

export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly json: () => Record<string, unknown>;
}

/** One request to `http://127.0.0.1:port` or to a socket's path, with any headers. */
export function ask(
  to: string,
  path: string,
  options: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } = {},
): Promise<Got> {
  const { promise, resolve, reject } = Promise.withResolvers<Got>();
  const url = to.startsWith("http") ? new URL(to) : null;
  const target =
    url === null
      ? { socketPath: to.replace(/^unix:/, "") }
      : { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port) };
  const { method = "GET", headers = {} } = options;
  const outgoing = request({ ...target, path, method, headers, agent: false }, (incoming) => {
    let body = "";
    incoming.setEncoding("utf8");
    incoming.on("data", (part: string) => {
      body += part;
    });
    incoming.on("error", reject);
    incoming.on("end", () =>
      resolve({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        body,
        json: () => JSON.parse(body) as Record<string, unknown>,
      }),
    );
  });
  outgoing.on("error", reject);
  outgoing.end(options.body);
  return promise;
}
