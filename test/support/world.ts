// SPDX-License-Identifier: Apache-2.0
/**
 * A name server without sockets and threads: zones as text and steering as plain values, scanned,
 * checked, folded, built, placed and published by the program itself, and a kernel that is asked.
 *
 * Nothing is mocked. What a test does not name has the defaults of `policy` and `endpoint` below.
 */
import assert from "node:assert/strict";
import { answer } from "../../src/answer/answer.ts";
import { LIMIT_MEMORY_WORDS } from "../../src/answer/limit.ts";
import { createKernel, type Kernel } from "../../src/answer/scratch.ts";
import { observeSettings } from "../../src/answer/settings.ts";
import { type Fault, hasError } from "../../src/base/faults.ts";
import type { PolicyPlans } from "../../src/control/effect.ts";
import { addressFromText } from "../../src/dns/address.ts";
import { typeNumber } from "../../src/dns/iana.ts";
import { isMessage, type Message, readMessage } from "../../src/dns/message.ts";
import { nameFromText } from "../../src/dns/names.ts";
import { foldMap } from "../../src/geo/build.ts";
import type { FoldedMap, WalkedDatabase } from "../../src/geo/types.ts";
import { sha256 } from "../../src/io/digest.ts";
import { counterBlock, type Memory, mapMemory } from "../../src/io/memory.ts";
import { createPublisher, type Publisher, publish } from "../../src/io/publisher.ts";
import { type CounterName, counters as counterRows } from "../../src/layout/counters.ts";
import { COUNTER_BLOCK_WORDS } from "../../src/layout/gen/counters.ts";
import { SETTINGS_SIZE } from "../../src/layout/gen/settings.ts";
import * as slot from "../../src/layout/gen/slab.ts";
import { TCP_SIZE_MAX, UDP_SIZE_MAX, WORKERS_MAX } from "../../src/layout/limits.ts";
import { allDownRules, pickers } from "../../src/layout/plan.ts";
import { transports } from "../../src/layout/slab.ts";
import type { Endpoint, GeoMap, Policy, Pool, Pop } from "../../src/resource/types.ts";
import { planStructure } from "../../src/steer/candidates.ts";
import { indexEndpoints } from "../../src/steer/endpoints.ts";
import { buildMap } from "../../src/table/build-map.ts";
import { buildSteering } from "../../src/table/build-steering.ts";
import { type BuiltZone, buildZone } from "../../src/table/build-zone.ts";
import { PLAN_ROW_SIZE, type Share, setPlan } from "../../src/table/plans.ts";
import { CONTROL_MEMORY_SIZE, currentRoot, initControl } from "../../src/table/publish.ts";
import { type TableViews, tableViews } from "../../src/table/reader.ts";
import { checkZone } from "../../src/zone/check.ts";
import { indexZone } from "../../src/zone/index.ts";
import { scanZone } from "../../src/zone/scan.ts";
import type { ZoneValue } from "../../src/zone/value.ts";

/** `www A AAAA` of a zone takes its answers from a policy. */
export interface SteeredText {
  readonly zone: string;
  /** Absolute. */
  readonly owner: string;
  readonly types: readonly string[];
  readonly policy: string;
}

export interface Steering {
  readonly pops?: readonly (Partial<Pop> & { readonly id: string })[];
  readonly pools?: readonly {
    readonly id: string;
    readonly endpoints: readonly (Partial<Endpoint> & { readonly id: string })[];
  }[];
  readonly maps?: readonly (Partial<GeoMap> & { readonly id: string })[];
  readonly policies?: readonly (Partial<Policy> & { readonly id: string })[];
  readonly names?: readonly SteeredText[];
}

export interface WorldInput extends Steering {
  /** Apex → master file. */
  readonly zones: Readonly<Record<string, string>>;
  /** Apexes of zones without data. */
  readonly hold?: readonly string[];
  /** Geography for all maps. */
  readonly geo?: WalkedDatabase;
  readonly tableMiB?: number;
  readonly planRows?: number;
  readonly udpSizeMax?: number;
}

export interface World {
  readonly kernel: Kernel;
  readonly memory: Memory;
  readonly publisher: Publisher;
  readonly zones: ReadonlyMap<string, { readonly value: ZoneValue; readonly built: BuiltZone }>;
  readonly policies: ReadonlyMap<string, Policy>;
  /** By map id. */
  readonly folded: ReadonlyMap<string, FoldedMap>;
  /** Warnings of the zones. */
  readonly warnings: readonly Fault[];
  readonly slab: TableViews;
}

const SLAB_SIZE = slot.PACKET_SLOT_SIZE + TCP_SIZE_MAX + 1;

const pop = (fields: Partial<Pop> & { readonly id: string }): Pop => ({
  latitude: 0,
  longitude: 0,
  country: "",
  capacity: 0,
  ...fields,
});

const endpoint = (
  pool: string,
  fields: Partial<Endpoint> & { readonly id: string },
  first: string,
): Endpoint => {
  const given = fields.v4 ?? fields.v6 ?? fields.target ?? null;
  assert.ok(given !== null, `${pool}/${fields.id} has an address or a target`);
  return {
    pop: first,
    v4: null,
    v6: null,
    target: null,
    weight: 1,
    capacity: 0,
    probeAddress: null,
    probePort: 0,
    ...fields,
  };
};

const geoMap = (fields: Partial<GeoMap> & { readonly id: string }): GeoMap => ({
  cityFile: "",
  countryFile: "",
  asnFile: "",
  granularity: "country",
  asns: [],
  defaultLocation: "",
  ...fields,
  networks: (fields.networks ?? []).map((rule) => ({
    ...{ location: null, latitude: null, longitude: null },
    ...rule,
  })),
});

const policy = (fields: Partial<Policy> & { readonly id: string }, first: string): Policy => ({
  map: first,
  match: [{ location: "default", pools: [fields.id] }],
  order: "weight",
  spread: 1,
  toleranceRatio: 0,
  picker: "rendezvous",
  answers: 1,
  allDown: "all",
  ttlSecs: 30,
  ttlDegradedSecs: 10,
  ttlHoldSecs: 120,
  slowStartSecs: 0,
  stickyV4Bits: 24,
  stickyV6Bits: 48,
  client: "ecs",
  negativeTtlSecs: 5,
  ...fields,
});

/** Every part that the input names, with its defaults. */
function complete(input: WorldInput) {
  const pops = (input.pops ?? [{ id: "here" }]).map(pop);
  const pools: Pool[] = (input.pools ?? []).map(({ id, endpoints }) => ({
    id,
    probes: [],
    endpoints: endpoints.map((one) => endpoint(id, one, pops[0]!.id)),
  }));
  const maps = (input.maps ?? [{ id: "world" }]).map(geoMap);
  const policies = (input.policies ?? []).map((one) => policy(one, maps[0]!.id));
  return { pops, pools, maps, policies, names: input.names ?? [] };
}

/** Scans, checks and builds one zone. An error in it fails the test. */
export function compileText(
  apex: string,
  text: string,
  names: readonly SteeredText[] = [],
): { value: ZoneValue; built: BuiltZone; faults: readonly Fault[] } {
  const wire = nameFromText(apex)!;
  const octets = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const scanned = scanZone(octets, { apex: wire, file: `${apex}zone` });
  const index = indexZone(scanned.value);
  const steered = names
    .filter((one) => one.zone === apex)
    .map((one) => ({
      owner: nameFromText(one.owner.toLowerCase())!,
      types: one.types.map(typeNumber),
      policy: one.policy,
    }));
  const faults = [...scanned.faults, ...checkZone(scanned.value, index, steered)];
  assert.ok(!hasError(faults), `${apex}: ${JSON.stringify(faults, null, 1)}`);
  const built = buildZone({ zone: scanned.value, index, steered, digest: sha256 });
  assert.ok(built.value !== null, `${apex}: ${JSON.stringify(built.faults)}`);
  return { value: scanned.value, built: built.value, faults };
}

function createWorldMemory(tableMiB: number, planRows: number): Memory {
  const memory = mapMemory({
    table: new SharedArrayBuffer(tableMiB * 1024 * 1024),
    plans: new SharedArrayBuffer(planRows * PLAN_ROW_SIZE),
    control: new SharedArrayBuffer(CONTROL_MEMORY_SIZE),
    counters: new SharedArrayBuffer(WORKERS_MAX * COUNTER_BLOCK_WORDS * 8),
    settings: new SharedArrayBuffer(SETTINGS_SIZE),
    limits: new SharedArrayBuffer(LIMIT_MEMORY_WORDS * 4),
  });
  initControl(memory.control);
  return memory;
}

/** Plans as configuration alone would have them: everybody is well. */
function plansOf(
  parts: ReturnType<typeof complete>,
  folded: ReadonlyMap<string, FoldedMap>,
): PolicyPlans[] {
  const index = indexEndpoints(parts);
  return parts.policies.map((one) => {
    const { candidates } = planStructure(one, folded.get(one.map)!.regions, index);
    return {
      policy: one.id,
      shapes: candidates.map((list) => ({
        picker: pickers[one.picker.toUpperCase() as keyof typeof pickers],
        answers: one.answers,
        allDown: allDownRules[one.allDown.toUpperCase() as keyof typeof allDownRules],
        endpoints: list.map((candidate) => candidate.endpoint),
      })),
      rows: candidates.map((list) => ({ ttlSecs: one.ttlSecs, state: 0, shares: list })),
    };
  });
}

/** Builds and publishes everything, and makes a kernel that stands at the new root. */
export function createWorld(input: WorldInput): World {
  const parts = complete(input);
  const memory = createWorldMemory(input.tableMiB ?? 16, input.planRows ?? 4096);
  const publisher = createPublisher(memory);
  const folded = new Map<string, FoldedMap>();
  const maps = parts.maps.map((map) => {
    const result = foldMap({ map, geo: input.geo ?? null, asn: null, pops: parts.pops });
    assert.ok(result.value !== null, JSON.stringify(result.faults));
    folded.set(map.id, result.value);
    return buildMap(map.id, result.value, sha256);
  });
  const steering = buildSteering(parts, maps, sha256);
  assert.ok(steering.value !== null, JSON.stringify(steering.faults));
  const zones = new Map(
    Object.entries(input.zones).map(([apex, text]) => [apex, compileText(apex, text, parts.names)]),
  );
  const put = [...zones.values()].map((zone) => zone.built);
  const policies = plansOf(parts, folded);
  const hold = (input.hold ?? []).map((apex) => nameFromText(apex)!);
  const change = { revision: 1, put, hold, maps, steering: steering.value, policies };
  const result = publish(publisher, change);
  assert.ok("root" in result, JSON.stringify(result));
  return {
    kernel: createWorldKernel(memory, input.udpSizeMax ?? 1232, 0),
    memory,
    publisher,
    zones,
    policies: new Map(parts.policies.map((one) => [one.id, one])),
    folded,
    warnings: [...zones.values()].flatMap((zone) => zone.faults),
    slab: tableViews(new ArrayBuffer(SLAB_SIZE)),
  };
}

/** One more kernel over the same memories, as another worker has it. */
export function createWorldKernel(memory: Memory, udpSizeMax: number, reader: number): Kernel {
  const counters = counterBlock(memory.shared, reader);
  const planRows = Math.floor(memory.plans.length / (PLAN_ROW_SIZE >> 2));
  const kernel = createKernel(
    {
      ...{ table: memory.table, plans: memory.plans, counters, planRows },
      ...{ settings: memory.settings, limits: memory.limits },
    },
    { udpSizeMax },
  );
  kernel.root = currentRoot(memory.control);
  return kernel;
}

/** Writes the shares of one row, as the control plane does when facts change. */
export function setShares(
  world: World,
  policyId: string,
  region: string,
  shares: readonly Share[],
  ttlSecs = world.policies.get(policyId)!.ttlSecs,
): void {
  const map = world.folded.get(world.policies.get(policyId)!.map)!;
  const at = map.regions.findIndex((one) => one.name === region);
  assert.ok(at >= 0, `the map has the region ${region}`);
  setPlan(world.publisher.plans, world.publisher.held.get(policyId)!.row + at, ttlSecs, 0, shares);
}

export interface Sender {
  /** Address of the resolver; 198.51.100.53 unless given. */
  readonly client?: string;
  readonly tcp?: boolean;
  /** One of transports; wins over `tcp`. */
  readonly transport?: number;
  /** UNIX time of the packet; zero unless given. */
  readonly unixSecs?: number;
  /** Chance of this packet. */
  readonly random?: number;
  readonly kernel?: Kernel;
}

/** Puts a request into slot 0 of the world's slab. */
export function putRequest(slab: TableViews, query: Uint8Array, from: Sender = {}): void {
  const address = addressFromText(from.client ?? "198.51.100.53");
  assert.ok(address !== null, `not an address: ${from.client}`);
  slab.u8.fill(0xee, slot.PACKET_SLOT_SIZE, slot.PACKET_SLOT_SIZE + 8192);
  slab.u8.set(query, slot.PACKET_SLOT_SIZE);
  slab.u8.fill(0, 0, slot.PACKET_SLOT_SIZE);
  slab.u8.set(address, slot.PACKET_SLOT_CLIENT);
  slab.u8[slot.PACKET_SLOT_FAMILY] = address.length === 4 ? 4 : 6;
  const transport = from.transport ?? (from.tcp === true ? transports.TCP : transports.UDP);
  slab.u8[slot.PACKET_SLOT_TRANSPORT] = transport;
  slab.u32[slot.PACKET_SLOT_UNIX_SECS >> 2] = from.unixSecs ?? 0;
  slab.u32[slot.PACKET_SLOT_RANDOM >> 2] = from.random ?? 0;
  slab.u32[slot.PACKET_SLOT_SIZE_IN >> 2] = query.length;
  slab.u32[slot.PACKET_SLOT_ROOM >> 2] = transport === transports.UDP ? UDP_SIZE_MAX : TCP_SIZE_MAX;
}

/** Asks with these octets; gives those of the answer, none if there is none. */
export function askOctets(world: World, query: Uint8Array, from: Sender = {}): Uint8Array {
  putRequest(world.slab, query, from);
  const kernel = from.kernel ?? world.kernel;
  observeSettings(kernel.settings);
  const size = answer(kernel, world.slab, 0);
  assert.equal(world.slab.u32[slot.PACKET_SLOT_SIZE_OUT >> 2], size);
  return world.slab.u8.slice(slot.PACKET_SLOT_SIZE, slot.PACKET_SLOT_SIZE + size);
}

export interface Reply {
  readonly octets: Uint8Array;
  /** Null if nothing would be sent. */
  readonly message: Message | null;
  /** What the counters grew by; those that did not are left out. */
  readonly counters: Readonly<Partial<Record<CounterName, number>>>;
}

const names = Object.keys(counterRows) as CounterName[];

/** Asks and reads the answer, which must be a sound message that repeats id and question. */
export function ask(world: World, query: Uint8Array, from: Sender = {}): Reply {
  const kernel = from.kernel ?? world.kernel;
  const before = kernel.counters.slice();
  const octets = askOctets(world, query, from);
  const grown = names.flatMap((name, i): [CounterName, number][] => {
    const by = kernel.counters[i]! - before[i]!;
    return by === 0 ? [] : [[name, by]];
  });
  const counters: Reply["counters"] = Object.fromEntries(grown);
  if (octets.length === 0) return { octets, message: null, counters };
  const message = readMessage(octets);
  assert.ok(isMessage(message), `unreadable: ${JSON.stringify(message)} ${hex(octets)}`);
  assert.deepEqual(octets.subarray(0, 2), query.subarray(0, 2), "the id is repeated");
  assert.ok(message.qr);
  return { octets, message, counters };
}

/** The message of an answer that must be there. */
export function replyOf(world: World, query: Uint8Array, from: Sender = {}): Message {
  const { message } = ask(world, query, from);
  assert.ok(message !== null, "an answer is sent");
  return message;
}

export function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex");
}
