// SPDX-License-Identifier: Apache-2.0
/** All that is known about one zone of a running server, as text for people. */
import type { ZoneStatus } from "../control/documents.ts";
import { faultLines, state } from "./status-text.ts";
import { type Cell, cell, listText } from "./table.ts";

/** `now`: UNIX time in milliseconds, for ages. */
export function zoneText(zone: ZoneStatus, now: number, colour: boolean): string {
  const rows: (readonly [string, Cell])[] = [
    ["zone", cell(zone.zone, "bold")],
    ["state", state(zone.state)],
    ["serial", cell(zone.serial)],
    ["owners", cell(zone.owners)],
    ["source", cell(zone.source)],
    ["file", cell(zone.file)],
    ["loaded", cell(moment(zone.loadedAt, now))],
    ...secondaryRows(zone.secondary, now),
  ];
  if (zone.steered.length > 0) rows.push(["steered", cell(steeredText(zone.steered))]);
  return listText(rows, colour) + faultLines("faults of the last load", zone.faults, colour);
}

const BUSY: Readonly<Record<NonNullable<ZoneStatus["secondary"]>["busy"], string>> = {
  nothing: "waiting",
  soa: "asking for the serial",
  steps: "fetching differences",
  whole: "fetching the whole zone",
};

function secondaryRows(
  secondary: ZoneStatus["secondary"],
  now: number,
): (readonly [string, Cell])[] {
  if (secondary === null) return [];
  const { primary, busy, confirmedAt, nextAt, expiresAt, error } = secondary;
  return [
    ["primary", cell(`${primary}, ${BUSY[busy]}`)],
    ["confirmed", cell(moment(confirmedAt, now))],
    ["next", cell(moment(nextAt, now))],
    ["expires", cell(moment(expiresAt, now))],
    ["error", error === null ? cell("none") : cell(error, "bad")],
  ];
}

/** Names shown before the rest is a number. */
const STEERED_SHOWN = 8;

/** `www.example.org. A AAAA (nearest), and 3 more`. */
export function steeredText(steered: ZoneStatus["steered"]): string {
  const shown = steered.slice(0, STEERED_SHOWN);
  const texts = shown.map(({ owner, types, policy }) => `${owner} ${types.join(" ")} (${policy})`);
  const more = steered.length - shown.length;
  return more === 0 ? texts.join(", ") : `${texts.join(", ")}, and ${more} more`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
];

/** `2026-11-22T10:00:00.000Z, 3 min ago`. */
function moment(time: string | null, now: number): string {
  if (time === null) return "-";
  const secs = Math.round((Date.parse(time) - now) / 1000);
  const size = Math.abs(secs);
  const [unit, word] = UNITS.find(([secs]) => size >= secs) ?? UNITS.at(-1)!;
  const age = `${Math.floor(size / unit)} ${word}`;
  return `${time}, ${secs > 0 ? `in ${age}` : `${age} ago`}`;
}
