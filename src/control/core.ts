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
 *       of probes can take and never longer than SETTLE_MS_MAX: a restart must not answer with
 *       endpoints it knows nothing of. Zones wait only if they name a policy that is not in force.
 *   N7  Results that arrive together are published together: the first of them asks to be called
 *       again when the turn is over, and while more are on their way PUBLISH_INTERVAL_MS lie between
 *       two publications. A result that comes alone is published at the end of its turn.
 *   N8  Whatever is published, every zone of the configuration is in the table: one that is not
 *       loaded yet, or never was good, as a placeholder that answers SERVFAIL. Else a zone around it
 *       would deny its names with authority.
 *   N9  A zone that has expired is a placeholder as well, whatever is compiled meanwhile, until it is
 *       said to be good again; then it is compiled anew.
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
  ZoneExpired,
} from "./event.ts";
import { judgeAll, mapsComplete, policyPlans, replan, structureAll } from "./plan.ts";
import { noteRemovals } from "./removals.ts";
import type { ControlCore, Publishing, ZoneRecord } from "./state.ts";

/** Beyond a round of probes: spread of first rounds and the way of the message. Milliseconds. */
const SETTLE_SLACK_MS = 1500;
/** A probe that may take minutes must not keep a changed policy waiting for minutes. */
const SETTLE_MS_MAX = 5000;
/** Between two publications while results keep coming. Milliseconds. */
const PUBLISH_INTERVAL_MS = 50;

const NOTHING_DESIRED: DesiredState = {
  pops: [],
  pools: [],
  probes: [],
  maps: [],
  policies: [],
  keys: [],
  remotes: [],
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
    policiesInForce: new Set(),
    publishing: null,
    publishedAt: Number.NEGATIVE_INFINITY,
    called: false,
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
    case "zone-expired":
      return onZoneExpired(core, event);
    case "probe-reported":
      return onProbeReported(core, event);
    case "publication-done":
      return onPublicationDone(core, event);
    case "turn-ended":
      return onTurnEnded(core, event.now);
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
  if (event.tableInForce && before === NOTHING_DESIRED) {
    core.settleBy = settleTime(core, now);
    core.policiesInForce = new Set(event.policiesInForce);
    core.revision = event.revisionInForce ?? 0;
  }

  core.steeringDirty ||= before === NOTHING_DESIRED || steeringKey(before) !== steeringKey(state);
  effects.push(...wantMaps(core));
  effects.push(...noteEffect(noteRemovals(before, state)));
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
  return longest === 0 ? null : now + Math.min(longest + SETTLE_SLACK_MS, SETTLE_MS_MAX);
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
    zone.strict === true,
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
      held: old?.held ?? false,
      expired: old?.expired ?? false,
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
  // N9
  if (old.expired) {
    core.zones.set(event.apex, { ...old, faults, compiling: false });
    return callAgain(core);
  }
  const next: ZoneRecord =
    built === null
      ? { ...old, phase: servesOld(old) ? "stale" : "failed", faults, compiling: false }
      : {
          ...old,
          phase: "loaded",
          faults,
          waiting: built,
          compiling: false,
          loadedAt: now,
        };
  core.zones.set(event.apex, next);
  // One that came without data is news for the table as well (N8).
  if (next.phase === "failed" && !next.held) core.zonesDirty = true;
  const notes: TransitionNote[] =
    old.phase === next.phase && compiledSerial(old) === compiledSerial(next)
      ? []
      : [
          {
            subject: "zone",
            name: event.apex,
            from: `${old.phase} ${compiledSerial(old)}`,
            to: `${next.phase} ${compiledSerial(next)}`,
            reason: faults[0]?.detail ?? "compiled",
          },
        ];
  return [...noteEffect(notes), ...callAgain(core)];
}

/** Of the version that waits, else of the one that serves. */
function compiledSerial(zone: ZoneRecord): number {
  return zone.waiting?.serial ?? zone.serial;
}

/** An older version serves, or will as soon as it is published. */
function servesOld(zone: ZoneRecord): boolean {
  return zone.inForce || zone.waiting !== null;
}

function onMapCompiled(core: ControlCore, event: MapCompiled): readonly ControlEffect[] {
  const old = core.maps.get(event.id);
  if (old === undefined) return [];
  const { built, faults } = event;
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
  return [...noteEffect([note]), ...callAgain(core)];
}

/** N7: once for all results of a turn. */
function callAgain(core: ControlCore, afterMs = 0): ControlEffect[] {
  if (core.called) return [];
  core.called = true;
  return [{ kind: "call-again", afterMs }];
}

function onTurnEnded(core: ControlCore, now: number): readonly ControlEffect[] {
  core.called = false;
  const leftMs = core.publishedAt + PUBLISH_INTERVAL_MS - now;
  // What else is compiled right now may be one slow zone or five thousand quick ones.
  if (leftMs > 0 && isCompiling(core)) return callAgain(core, leftMs);
  return publishIfReady(core, now);
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

/** N9. */
function onZoneExpired(core: ControlCore, event: ZoneExpired): readonly ControlEffect[] {
  const { apex, expired } = event;
  const old = core.zones.get(apex);
  if (old === undefined || old.expired === expired) return [];
  const phase = expired ? "expired" : "loading";
  const reason = expired ? "no primary has confirmed it for too long" : "a primary confirmed it";
  const note = { subject: "zone", name: apex, from: old.phase, to: phase, reason } as const;
  if (!expired) {
    core.zones.set(apex, { ...old, expired, phase });
    return [...noteEffect([note]), ...compileZones(core, [old.zone])];
  }
  core.zones.set(apex, { ...old, expired, phase, waiting: null, inForce: false, held: false });
  core.zonesDirty = true;
  return [...noteEffect([note]), ...callAgain(core)];
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
  // The number was not used.
  if (event.unchanged === true) core.revision -= 1;
  if (event.faults.length > 0 || publishing === null) {
    const reason = event.faults.map((one) => one.detail).join("; ");
    return noteEffect([{ subject: "table", name: "", from: "", to: "refused", reason }]);
  }
  for (const { zone, waiting } of publishing.put) {
    const record = core.zones.get(zone.apex);
    if (record === undefined) continue;
    // A newer result may have come meanwhile: it still waits.
    const left = record.waiting === waiting ? null : record.waiting;
    core.zones.set(zone.apex, {
      ...record,
      waiting: left,
      inForce: true,
      held: false,
      serial: waiting!.serial,
      owners: waiting!.ownerCount,
    });
  }
  for (const apex of publishing.hold) {
    const record = core.zones.get(apex);
    if (record !== undefined) core.zones.set(apex, { ...record, held: true });
  }
  if (publishing.steering !== null) {
    core.policies = publishing.steering.policies;
    core.policiesInForce = new Set(core.policies.keys());
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
  if (!core.steeringDirty) return [publishEffect(core, now, waiting, null)];
  if (isCompiling(core)) return [];
  if (!settled(core, now) || !mapsComplete(core)) {
    const able = waiting.filter((zone) => isSteeringInForce(core, zone));
    const nothing = able.length === 0 && wantHeld(core, able).length === 0;
    if (nothing && !core.zonesDirty) return [];
    return [publishEffect(core, now, able, null)];
  }
  const { endpoints, verdicts } = core;
  const policies = structureAll(core, now);
  return [publishEffect(core, now, waiting, { policies, planned: { endpoints, verdicts } })];
}

/** The zone needs no policy but those of the table: it can be served without new steering. */
function isSteeringInForce(core: ControlCore, { waiting }: ZoneRecord): boolean {
  return waiting!.policies.every((policy) => core.policiesInForce.has(policy));
}

/** N8: apexes of the zones that are neither in the table nor in `put`. */
function wantHeld(core: ControlCore, put: readonly ZoneRecord[]): string[] {
  const coming = new Set(put.map((record) => record.zone.apex));
  const wanted: string[] = [];
  for (const [apex, { inForce, held }] of core.zones) {
    if (!inForce && !held && !coming.has(apex)) wanted.push(apex);
  }
  return wanted;
}

function publishEffect(
  core: ControlCore,
  now: number,
  put: readonly ZoneRecord[],
  steering: Publishing["steering"],
): ControlEffect {
  core.revision += 1;
  const hold = wantHeld(core, put);
  core.publishing = { put, hold, steering };
  core.publishedAt = now;
  return {
    kind: "publish",
    revision: core.revision,
    put: put.map((record) => record.waiting!),
    hold,
    keep: core.zonesDirty || steering !== null ? zonesToKeep(core) : null,
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

/** All zones but those whose data must go: their placeholders come when nothing is there (N9). */
function zonesToKeep(core: ControlCore): string[] {
  const zones = [...core.zones].filter(([, { expired, held }]) => !expired || held);
  return zones.map(([apex]) => apex);
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
