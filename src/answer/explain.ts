// SPDX-License-Identifier: Apache-2.0
/**
 * The story of one answer: the kernel itself runs, then its scratch is read out.
 *
 * Why not a second implementation with prints in it: it would soon tell another story than the one
 * that packets meet. What is told here is what happened.
 */
import * as s from "../layout/gen/slab.ts";
import * as t from "../layout/gen/table.ts";
import { TCP_SIZE_MAX, UDP_SIZE_MAX } from "../layout/limits.ts";
import { pickers, planStates } from "../layout/plan.ts";
import { transports } from "../layout/slab.ts";
import { leafLayers } from "../layout/table.ts";
import { readPlan } from "../table/plans.ts";
import { readText, tableViews } from "../table/reader.ts";
import { answer } from "./answer.ts";
import { TYPE_A } from "./codes.ts";
import { PICK_OK } from "./pick.ts";
import type { Kernel } from "./scratch.ts";

/** One candidate of the plan row that decided. */
export interface ExplainedCandidate {
  readonly endpoint: string;
  readonly pop: string;
  readonly rank: number;
  readonly weight: number;
  /** Could it be picked? */
  readonly kept: boolean;
  readonly picked: boolean;
  readonly why: string;
}

export interface ExplainedSteering {
  readonly policy: string;
  readonly map: string;
  /** Which layer of the map decided: network, asn, city, country … default, private. */
  readonly layer: string;
  readonly region: string;
  /** Length of the network's prefix in the map. */
  readonly networkBits: number;
  readonly scope: number;
  readonly planRow: number;
  readonly planState: string;
  readonly picker: string;
  readonly ttlSecs: number;
  readonly allDownRule: boolean;
  readonly candidates: readonly ExplainedCandidate[];
}

/** A pick for a hint of SVCB or HTTPS that is filled in. */
export interface ExplainedHint {
  /** ipv4hint or ipv6hint. */
  readonly key: string;
  readonly steering: ExplainedSteering;
}

export interface Explanation {
  /** Apex of the zone that answered, as wire octets; null if none is ours. */
  readonly apex: Uint8Array | null;
  readonly serial: number;
  readonly synthesized: boolean;
  /** Of the answer; null if it has hints, each of which has its own. */
  readonly steering: ExplainedSteering | null;
  /** The picks for hints that are filled in, in the order of the answer. */
  readonly hints: readonly ExplainedHint[];
  /** The whole reply; empty if none would be sent. */
  readonly reply: Uint8Array;
}

/**
 * Asks the kernel `query` as if it came from `client` (4 or 16 octets) and tells why the reply is
 * what it is. Uses a slab of its own; the kernel must belong to the caller's thread.
 */
export function explain(
  k: Kernel,
  query: Uint8Array,
  client: Uint8Array,
  transport: "udp" | "tcp",
): Explanation {
  const room = transport === "udp" ? UDP_SIZE_MAX : TCP_SIZE_MAX;
  const slab = tableViews(new ArrayBuffer(s.PACKET_SLOT_SIZE + TCP_SIZE_MAX + 1));
  slab.u8.set(query, s.PACKET_SLOT_SIZE);
  slab.u8.set(client, s.PACKET_SLOT_CLIENT);
  slab.u8[s.PACKET_SLOT_FAMILY] = client.length === 4 ? 4 : 6;
  slab.u8[s.PACKET_SLOT_TRANSPORT] = transport === "udp" ? transports.UDP : transports.TCP;
  slab.u32[s.PACKET_SLOT_SIZE_IN >> 2] = query.length;
  slab.u32[s.PACKET_SLOT_ROOM >> 2] = room;
  k.found.zone = 0;
  k.picked.planAt = -1;
  k.picked.count = 0;
  const hints: ExplainedHint[] = [];
  k.trace = (type, outcome) => {
    // What is left of the pick before is none of this one.
    if (outcome !== PICK_OK) k.picked.count = 0;
    hints.push({ key: type === TYPE_A ? "ipv4hint" : "ipv6hint", steering: explainSteering(k) });
  };
  const size = answer(k, slab, 0);
  k.trace = null;
  const reply = slab.u8.slice(s.PACKET_SLOT_SIZE, s.PACKET_SLOT_SIZE + size);
  const zone = k.found.zone;
  const { u8, u32 } = k.table;
  const apex = zone === 0 ? 0 : zone + u32[(zone + t.SEGMENT_SIZE + t.ZONE_APEX) >> 2]!;
  return {
    apex: zone === 0 ? null : u8.slice(apex, apex + k.found.apexSize),
    serial: zone === 0 ? 0 : u32[(zone + t.SEGMENT_SIZE + t.ZONE_SERIAL) >> 2]!,
    synthesized: k.found.synthesized !== 0,
    steering: k.picked.planAt < 0 || hints.length > 0 ? null : explainSteering(k),
    hints,
    reply,
  };
}

function explainSteering(k: Kernel): ExplainedSteering {
  const { table, picked } = k;
  const u32 = table.u32;
  const steering = u32[(k.root + t.SEGMENT_SIZE + t.DIRECTORY_STEERING) >> 2]!;
  const policy =
    steering +
    u32[(steering + t.SEGMENT_SIZE + t.STEERING_POLICIES) >> 2]! +
    picked.policy * t.POLICY_SIZE;
  const maps = k.root + u32[(k.root + t.SEGMENT_SIZE + t.DIRECTORY_MAPS) >> 2]!;
  const map = u32[(maps + table.u16[(policy + t.POLICY_MAP) >> 1]! * 4) >> 2]!;
  const region =
    map + u32[(map + t.SEGMENT_SIZE + t.MAP_REGIONS) >> 2]! + picked.region * t.REGION_ROW_SIZE;
  const row = readPlan(k.plans, picked.row);
  return {
    policy: readText(table, steering + u32[(policy + t.POLICY_NAME) >> 2]!),
    map: readText(table, map + u32[(map + t.SEGMENT_SIZE + t.MAP_NAME) >> 2]!),
    layer: keyOf(leafLayers, picked.leaf >>> 24),
    region: readText(table, map + u32[(region + t.REGION_ROW_NAME) >> 2]!),
    networkBits: (picked.leaf >> 16) & 0xff,
    scope: picked.scope,
    planRow: picked.row,
    planState: keyOf(planStates, row.state),
    picker: keyOf(pickers, row.picker),
    ttlSecs: row.ttlSecs,
    allDownRule: picked.allDown !== 0,
    candidates: row.endpoints.map((endpoint, i) =>
      explainCandidate(k, steering, endpoint, i, row.shares[i]!),
    ),
  };
}

function explainCandidate(
  k: Kernel,
  steering: number,
  index: number,
  i: number,
  share: { readonly rank: number; readonly weight: number },
): ExplainedCandidate {
  const { table, picked } = k;
  const u32 = table.u32;
  const endpoint =
    steering +
    u32[(steering + t.SEGMENT_SIZE + t.STEERING_ENDPOINTS) >> 2]! +
    index * t.ENDPOINT_SIZE;
  const pop =
    steering +
    u32[(steering + t.SEGMENT_SIZE + t.STEERING_POPS) >> 2]! +
    table.u16[(endpoint + t.ENDPOINT_POP) >> 1]! * t.POP_SIZE;
  const kept = (picked.eligible & (1 << i)) !== 0;
  let chosen = false;
  for (let n = 0; n < picked.count; n += 1) chosen ||= picked.endpoints[n] === endpoint;
  return {
    endpoint: readText(table, steering + u32[(endpoint + t.ENDPOINT_NAME) >> 2]!),
    pop: readText(table, steering + u32[(pop + t.POP_NAME) >> 2]!),
    rank: share.rank,
    weight: share.weight,
    kept,
    picked: chosen,
    why: whyOf(kept, chosen, share, picked.rank, picked.allDown !== 0),
  };
}

function whyOf(
  kept: boolean,
  chosen: boolean,
  share: { readonly rank: number; readonly weight: number },
  best: number,
  allDown: boolean,
): string {
  if (chosen) return allDown ? "picked by the all-down rule" : "picked";
  if (kept) return "kept, another one was picked";
  if (share.weight === 0 && !allDown) return "dropped: weight 0 (down or drained)";
  if (share.rank > best) return `dropped: rank ${share.rank}, rank ${best} is served`;
  return "dropped: no address of the family asked for";
}

/** The key of `value` in a set of constants, in lower case with hyphens. */
function keyOf(set: Readonly<Record<string, number>>, value: number): string {
  const found = Object.entries(set).find(([, number]) => number === value);
  return (found?.[0] ?? String(value)).toLowerCase().replaceAll("_", "-");
}
