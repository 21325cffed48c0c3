// SPDX-License-Identifier: Apache-2.0
/**
 * The whole control plane as one function: an event in, the effects it asks for out.
 *
 * Invariants
 *   N1  The result depends on the core and the event alone: no clock, no I/O, no chance.
 *   N2  A publication of steering waits until every map and zone of the configuration was compiled
 *       or refused: a reload comes into force whole or not at all. A zone that only changed its
 *       records does not wait for others.
 *   N3  What a publication was refused for stays visible until one succeeds; what served before
 *       goes on serving.
 *   N4  A map that never was good holds back what is steered, and nothing else.
 *   N5  Plans in force keep the endpoint numbers that they were published with, until the next
 *       publication has succeeded.
 *   N6  While a good table serves, new plans wait for the first outcomes, at most as long as a round
 *       of probes can take: a restart must not answer with endpoints it knows nothing of.
 */
import { unreachable } from "../base/assert.ts";
import { planTargets } from "../health/targets.ts";
import { keepTracks, observeOutcome } from "../health/track.ts";
import type { DesiredState, GeoMap, Zone } from "../resource/types.ts";
import { indexEndpoints } from "../steer/endpoints.ts";
import type { ControlEffect, TransitionNote } from "./effect.ts";
import type {
  Configured,
  ControlEvent,
  FilesChanged,
  MapCompiled,
  ProbeReported,
  PublicationDone,
  ZoneCompiled,
} from "./event.ts";
import { judgeAll, mapsComplete, policyPlans, replan, structureAll } from "./plan.ts";
import type { ControlCore, Publishing, ZoneRecord } from "./state.ts";

/** Beyond a round of probes: spread of first rounds and the way of the message. Milliseconds. */
const SETTLE_SLACK_MS = 1500;

const NOTHING_DESIRED: DesiredState = {
  pops: [],
  pools: [],
  probes: [],
  maps: [],
  policies: [],
  zones: [],
};

export function createCore(): ControlCore {
  return {
    revision: 0,
    desired: NOTHING_DESIRED,
    endpoints: indexEndpoints(NOTHING_DESIRED),
    targets: planTargets(NOTHING_DESIRED),
    tracks: new Map(),
    verdicts: [],
    zones: new Map(),
    maps: new Map(),
    policies: new Map(),
    planned: { endpoints: indexEndpoints(NOTHING_DESIRED), verdicts: [] },
    steeringDirty: false,
    zonesDirty: false,
    settleBy: null,
    publishing: null,
    refusal: [],
  };
}

export function step(core: ControlCore, event: ControlEvent): readonly ControlEffect[] {
  switch (event.kind) {
    case "configured":
      return onConfigured(core, event);
    case "zone-compiled":
      return onZoneCompiled(core, event);
    case "map-compiled":
      return onMapCompiled(core, event);
    case "files-changed":
      return onFilesChanged(core, event);
    case "probe-reported":
      return onProbeReported(core, event);
    case "publication-done":
      return onPublicationDone(core, event);
    case "tick":
      return onTick(core, event.now);
    default:
      return unreachable(event);
  }
}

function onConfigured(core: ControlCore, event: Configured): readonly ControlEffect[] {
  const { state, now } = event;
  const effects: ControlEffect[] = [];
  const before = core.desired;
  core.desired = state;
  core.endpoints = indexEndpoints(state);
  core.targets = planTargets(state);
  const keys = core.targets.targets.map((target) => target.key);
  const kept = keepTracks(core.tracks, keys, now);
  core.tracks.clear();
  for (const [key, track] of kept) core.tracks.set(key, track);
  core.verdicts = [];
  judgeAll(core, now);
  effects.push({ kind: "probe", targets: core.targets.targets });
  if (event.tableInForce && before === NOTHING_DESIRED) core.settleBy = settleTime(core, now);

  core.steeringDirty ||= before === NOTHING_DESIRED || steeringKey(before) !== steeringKey(state);
  effects.push(...wantMaps(core));
  effects.push(...wantZones(core, state.zones, event.zonesInForce));
  return [...effects, ...publishIfReady(core, now)];
}

function steeringKey(state: DesiredState): string {
  return JSON.stringify([state.pops, state.pools, state.maps, state.policies]);
}

/** The latest time at which the first outcome of every target should be there. */
function settleTime(core: ControlCore, now: number): number | null {
  let longest = 0;
  for (const { probe } of core.targets.targets) {
    longest = Math.max(longest, (probe.retries + 1) * (probe.timeoutMs + 150));
  }
  return longest === 0 ? null : now + longest + SETTLE_SLACK_MS;
}

/** Maps that are new, or made of other things than before. */
function wantMaps(core: ControlCore): ControlEffect[] {
  const { desired, maps } = core;
  const effects: ControlEffect[] = [];
  const ids = new Set(desired.maps.map((map) => map.id));
  for (const id of [...maps.keys()]) if (!ids.has(id)) maps.delete(id);
  for (const map of desired.maps) {
    const key = JSON.stringify([
      map,
      desired.pops.map((pop) => [pop.id, pop.latitude, pop.longitude]),
    ]);
    if (maps.get(map.id)?.key === key) continue;
    effects.push(wantMap(core, map, key));
  }
  return effects;
}

function wantMap(core: ControlCore, map: GeoMap, key: string): ControlEffect {
  const old = core.maps.get(map.id);
  core.maps.set(map.id, {
    key,
    built: old?.built ?? null,
    regions: old?.regions ?? [],
    faults: [],
    compiling: true,
    bare: false,
  });
  return { kind: "compile-map", map, pops: core.desired.pops };
}

/** Zones that are new or steered otherwise. What its file says is the shell's to notice. */
function wantZones(
  core: ControlCore,
  zones: readonly Zone[],
  inForce: ReadonlyMap<string, number> | undefined,
): ControlEffect[] {
  const apexes = new Set(zones.map((zone) => zone.apex));
  for (const apex of [...core.zones.keys()]) {
    if (apexes.has(apex)) continue;
    core.zones.delete(apex);
    core.zonesDirty = true;
  }
  const wanted = zones.filter((zone) => {
    const old = core.zones.get(zone.apex);
    return old === undefined || zoneKey(old.zone) !== zoneKey(zone);
  });
  for (const zone of zones) {
    const old = core.zones.get(zone.apex);
    if (old !== undefined) core.zones.set(zone.apex, { ...old, zone });
  }
  return compileZones(core, wanted, inForce);
}

function zoneKey(zone: Zone): string {
  return JSON.stringify([
    zone.file,
    zone.steered.map(({ owner, types, policy }) => [owner, types, policy]),
  ]);
}

function compileZones(
  core: ControlCore,
  zones: readonly Zone[],
  inForce?: ReadonlyMap<string, number>,
): ControlEffect[] {
  if (zones.length === 0) return [];
  for (const zone of zones) {
    const old = core.zones.get(zone.apex);
    core.zones.set(zone.apex, {
      zone,
      phase: old?.phase ?? "loading",
      serial: old?.serial ?? inForce?.get(zone.apex) ?? 0,
      owners: old?.owners ?? 0,
      faults: old?.faults ?? [],
      waiting: old?.waiting ?? null,
      compiling: true,
      inForce: old?.inForce ?? inForce?.has(zone.apex) ?? false,
      loadedAt: old?.loadedAt ?? null,
    });
  }
  return [{ kind: "compile-zones", zones }];
}

function onFilesChanged(core: ControlCore, event: FilesChanged): readonly ControlEffect[] {
  const zones = event.zones.flatMap((apex) => core.zones.get(apex)?.zone ?? []);
  const maps = core.desired.maps.filter((map) => event.maps.includes(map.id));
  const effects = compileZones(core, zones);
  for (const map of maps) effects.push(wantMap(core, map, core.maps.get(map.id)?.key ?? ""));
  return effects;
}

function onZoneCompiled(core: ControlCore, event: ZoneCompiled): readonly ControlEffect[] {
  const old = core.zones.get(event.apex);
  if (old === undefined) return [];
  const { built, faults, now } = event;
  const next: ZoneRecord =
    built === null
      ? { ...old, phase: servesOld(old) ? "stale" : "failed", faults, compiling: false }
      : {
          ...old,
          phase: "loaded",
          serial: built.serial,
          owners: built.ownerCount,
          faults,
          waiting: built,
          compiling: false,
          loadedAt: now,
        };
  core.zones.set(event.apex, next);
  const notes: TransitionNote[] =
    old.phase === next.phase && old.serial === next.serial
      ? []
      : [
          {
            subject: "zone",
            name: event.apex,
            from: `${old.phase} ${old.serial}`,
            to: `${next.phase} ${next.serial}`,
            reason: faults[0]?.detail ?? "compiled",
          },
        ];
  return [...noteEffect(notes), ...publishIfReady(core, now)];
}

/** An older version serves, or will as soon as it is published. */
function servesOld(zone: ZoneRecord): boolean {
  return zone.inForce || zone.waiting !== null;
}

function onMapCompiled(core: ControlCore, event: MapCompiled): readonly ControlEffect[] {
  const old = core.maps.get(event.id);
  if (old === undefined) return [];
  const { built, faults, now } = event;
  if (built === null) {
    // The last good map serves on (law 7).
    core.maps.set(event.id, { ...old, faults, compiling: false });
    const bare = old.built === null ? withoutDatabases(core, event.id) : null;
    if (bare !== null) {
      core.maps.set(event.id, { ...old, faults, compiling: true, bare: true });
      return [{ kind: "compile-map", map: bare, pops: core.desired.pops }];
    }
  } else {
    const kept = old.built === null ? [...old.faults, ...faults] : faults;
    core.maps.set(event.id, {
      ...old,
      built,
      regions: event.regions,
      faults: kept,
      compiling: false,
    });
    core.steeringDirty = true;
  }
  const to = built === null ? "refused" : "compiled";
  const reason = faults[0]?.detail ?? `${event.regions.length} regions`;
  const note: TransitionNote = { subject: "map", name: event.id, from: "", to, reason };
  return [...noteEffect([note]), ...publishIfReady(core, now)];
}

/**
 * The map from its rules alone: for a start with a broken database, when there is no good map to
 * keep. Every client is then in the default region or in a network of the operator, and is served.
 */
function withoutDatabases(core: ControlCore, id: string): GeoMap | null {
  const map = core.desired.maps.find((one) => one.id === id);
  if (map === undefined || `${map.cityFile}${map.countryFile}${map.asnFile}` === "") return null;
  const record = core.maps.get(id);
  // A second refusal means that the rules are at fault, too.
  if (record === undefined || record.bare) return null;
  return { ...map, cityFile: "", countryFile: "", asnFile: "", asns: [] };
}

function onProbeReported(core: ControlCore, event: ProbeReported): readonly ControlEffect[] {
  const rules = new Map(core.targets.targets.map((target) => [target.key, target.probe]));
  for (const outcome of event.outcomes) {
    const track = core.tracks.get(outcome.key);
    const rule = rules.get(outcome.key);
    if (track === undefined || rule === undefined) continue;
    core.tracks.set(outcome.key, observeOutcome(track, outcome, rule));
  }
  return [];
}

function onPublicationDone(core: ControlCore, event: PublicationDone): readonly ControlEffect[] {
  const { publishing } = core;
  core.publishing = null;
  core.refusal = event.faults;
  if (event.faults.length > 0 || publishing === null) {
    const reason = event.faults.map((one) => one.detail).join("; ");
    return noteEffect([{ subject: "table", name: "", from: "", to: "refused", reason }]);
  }
  for (const { zone, waiting } of publishing.put) {
    const record = core.zones.get(zone.apex);
    if (record === undefined) continue;
    // A newer result may have come meanwhile: it still waits.
    const left = record.waiting === waiting ? null : record.waiting;
    core.zones.set(zone.apex, { ...record, waiting: left, inForce: true });
  }
  if (publishing.steering !== null) {
    core.policies = publishing.steering.policies;
    core.planned = publishing.steering.planned;
    core.steeringDirty = false;
  }
  core.zonesDirty = false;
  return [];
}

/** Leases, verdicts, plans; and what waited for outcomes or for company. */
function onTick(core: ControlCore, now: number): readonly ControlEffect[] {
  const notes = [...judgeAll(core, now)];
  const published = core.refusal.length > 0 ? [] : publishIfReady(core, now);
  if (published.length > 0) return [...noteEffect(notes), ...published];
  const plans = replan(core, now);
  notes.push(...plans.notes);
  const effects: ControlEffect[] = [];
  if (plans.rows.length > 0) effects.push({ kind: "write-plans", rows: plans.rows });
  return [...effects, ...noteEffect(notes)];
}

function noteEffect(notes: readonly TransitionNote[]): ControlEffect[] {
  return notes.length === 0 ? [] : [{ kind: "note", notes }];
}

/** Is anything of the configuration still being compiled? */
function isCompiling(core: ControlCore): boolean {
  for (const zone of core.zones.values()) if (zone.compiling) return true;
  return mapsCompiling(core);
}

function mapsCompiling(core: ControlCore): boolean {
  for (const map of core.maps.values()) if (map.compiling) return true;
  return false;
}

/** N2, N4 and N6: asks for a publication if there is something to publish and nothing to wait for. */
function publishIfReady(core: ControlCore, now: number): ControlEffect[] {
  const waiting: ZoneRecord[] = [];
  for (const zone of core.zones.values()) if (zone.waiting !== null) waiting.push(zone);
  if (waiting.length === 0 && !core.steeringDirty && !core.zonesDirty) return [];
  if (!core.steeringDirty) return [publishEffect(core, waiting, null)];
  if (isCompiling(core) || !settled(core, now)) return [];
  if (!mapsComplete(core)) {
    const plain = waiting.filter(({ zone }) => zone.steered.length === 0);
    return plain.length === 0 ? [] : [publishEffect(core, plain, null)];
  }
  const { endpoints, verdicts } = core;
  const policies = structureAll(core, now);
  return [publishEffect(core, waiting, { policies, planned: { endpoints, verdicts } })];
}

function publishEffect(
  core: ControlCore,
  put: readonly ZoneRecord[],
  steering: Publishing["steering"],
): ControlEffect {
  core.revision += 1;
  core.publishing = { put, steering };
  return {
    kind: "publish",
    revision: core.revision,
    put: put.map((record) => record.waiting!),
    keep: core.zonesDirty || steering !== null ? [...core.zones.keys()] : null,
    steering:
      steering === null
        ? null
        : {
            state: core.desired,
            maps: [...core.maps.values()].flatMap((map) => map.built ?? []),
            policies: policyPlans(steering.policies),
          },
  };
}

function settled(core: ControlCore, now: number): boolean {
  if (core.settleBy === null || now >= core.settleBy) {
    core.settleBy = null;
    return true;
  }
  for (const track of core.tracks.values()) if (track.status === "unknown") return false;
  core.settleBy = null;
  judgeAll(core, now);
  return true;
}
