// SPDX-License-Identifier: Apache-2.0
/**
 * The state of a running server as text for people: the server as a whole, its zones, its endpoints
 * and the last transitions. Programs use `--json`; these forms may change with every version.
 */
import type {
  Condition,
  EndpointStatus,
  StatusDocument,
  TransitionDocument,
  ZoneStatus,
} from "../control/documents.ts";
import { type Cell, cell, listText, paint, type Style, tableText } from "./table.ts";

const MIB = 1024 * 1024;

/** Styles of the words for states, of all kinds of things together. */
const STATE_STYLES: Readonly<Record<string, Style>> = {
  up: "good",
  loaded: "good",
  running: "good",
  degraded: "warn",
  draining: "warn",
  stale: "warn",
  loading: "warn",
  unknown: "warn",
  down: "bad",
  failed: "bad",
  dead: "bad",
};

export const state = (text: string): Cell => cell(text, STATE_STYLES[text] ?? "plain");

export function statusText(status: StatusDocument, colour: boolean): string {
  const usedShare = Math.ceil((100 * status.tableOctetsUsed) / status.tableOctetsMax);
  const memory = `${mib(status.tableOctetsUsed)} of ${mib(status.tableOctetsMax)} MiB, ${usedShare} %`;
  const table = `revision ${status.revision}, epoch ${status.epoch}, ${status.source}`;
  const program = `version ${status.version}, pid ${status.pid}, kernel ${status.kernel}`;
  const head = listText(
    [
      ["server", cell(status.name, "bold")],
      ["program", cell(program)],
      ["started", cell(status.startedAt)],
      ["live", condition(status.live)],
      ["ready", condition(status.ready)],
      ["table", cell(table)],
      ["digest", cell(status.digest === "" ? "none yet" : status.digest)],
      ["memory", cell(memory)],
      ["zones", cell(status.zones)],
      ["listen", cell(status.listen.length === 0 ? "nowhere" : status.listen.join(", "))],
    ],
    colour,
  );
  const threads = tableText(
    [
      { heading: "THREAD" },
      { heading: "STATE" },
      { heading: "RESTARTS", right: true },
      { heading: "EPOCH", right: true },
      { heading: "QUERIES", right: true },
    ],
    status.threads.map((thread) => [
      cell(thread.name),
      state(thread.state),
      cell(thread.restarts, thread.restarts === 0 ? "plain" : "warn"),
      cell(thread.observedEpoch ?? "-"),
      cell(thread.queries),
    ]),
    colour,
  );
  return `${head}\n${threads}${faultLines("faults of the last reload", status.faults, colour)}`;
}

export function zonesText(zones: readonly ZoneStatus[], colour: boolean): string {
  if (zones.length === 0) return "There are no zones.\n";
  const hasMembers = zones.some(({ member }) => member !== null);
  const table = tableText(
    [
      { heading: "ZONE" },
      { heading: "STATE" },
      { heading: "SERIAL", right: true },
      { heading: "OWNERS", right: true },
      { heading: "SOURCE" },
      { heading: "LOADED" },
      ...(hasMembers ? [{ heading: "CATALOG" }, { heading: "GROUP" }] : []),
      { heading: "FILE" },
    ],
    zones.map((zone) => [
      cell(zone.zone, "bold"),
      state(zone.state),
      cell(zone.serial),
      cell(zone.owners),
      cell(zone.source),
      cell(zone.loadedAt ?? "-"),
      ...(hasMembers ? [cell(zone.member?.catalog ?? "-"), cell(zone.member?.group ?? "-")] : []),
      cell(zone.file),
    ]),
    colour,
  );
  const faults = zones.map(
    (zone) =>
      faultLines(`faults of ${zone.zone}`, zone.faults, colour) +
      faultLines(`catalog ${zone.zone}`, catalogLines(zone.catalog), colour),
  );
  return table + faults.join("");
}

/** What of a catalog an operator should look after. */
function catalogLines(catalog: ZoneStatus["catalog"]): readonly string[] {
  if (catalog === null) return [];
  const { broken, clashes, withoutPrimaries } = catalog;
  return [
    ...(broken === null ? [] : [`it is broken, and its members stay: ${broken}`]),
    ...clashes.map(({ zone, owner }) => `${zone} is not its own: ${owner} has it`),
    ...(withoutPrimaries === 0 ? [] : [`members without primaries: ${withoutPrimaries}`]),
  ];
}

export function endpointsText(endpoints: readonly EndpointStatus[], colour: boolean): string {
  if (endpoints.length === 0) return "There are no endpoints.\n";
  const rows = endpoints.flatMap((endpoint) => {
    const head = [cell(endpoint.endpoint, "bold"), cell(endpoint.pop), state(endpoint.status)];
    // Only the first address stands beside the endpoint; the others belong to the line above.
    const addresses = endpoint.addresses.map((each) => [
      cell(each.address),
      state(each.status),
      cell(each.rttMs === null ? "-" : each.rttMs.toFixed(1)),
      cell(each.since ?? "-"),
      cell(each.reason),
    ]);
    const blank = [cell(""), cell(""), cell("")];
    if (addresses.length === 0) return [head];
    return addresses.map((each, i) => [...(i === 0 ? head : blank), ...each]);
  });
  return tableText(
    [
      { heading: "ENDPOINT" },
      { heading: "POP" },
      { heading: "STATUS" },
      { heading: "ADDRESS" },
      { heading: "PROBE" },
      { heading: "RTT MS", right: true },
      { heading: "SINCE" },
      { heading: "REASON" },
    ],
    rows,
    colour,
  );
}

export function transitionsText(list: readonly TransitionDocument[], colour: boolean): string {
  if (list.length === 0) return "Nothing has turned since the server started.\n";
  return tableText(
    [
      { heading: "TIME" },
      { heading: "KIND" },
      { heading: "SUBJECT" },
      { heading: "FROM" },
      { heading: "TO" },
      { heading: "REASON" },
    ],
    list.map((each) => [
      cell(each.at, "dim"),
      cell(each.kind),
      cell(each.subject, "bold"),
      state(each.from),
      state(each.to),
      cell(each.reason),
    ]),
    colour,
  );
}

function condition({ ok, reasons }: Condition): Cell {
  return ok ? cell("yes", "good") : cell(`no: ${reasons.join("; ")}`, "bad");
}

/** Faults under a heading; "" if there are none. */
export function faultLines(heading: string, faults: readonly string[], colour: boolean): string {
  if (faults.length === 0) return "";
  const lines = faults.map((line) => `  ${paint(line, "plain", colour)}\n`);
  return `\n${paint(heading, "bold", colour)}\n${lines.join("")}`;
}

function mib(octets: number): string {
  return (octets / MIB).toFixed(1);
}
