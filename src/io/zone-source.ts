// SPDX-License-Identifier: Apache-2.0
/**
 * The text of a large zone, kept after it was compiled, so that an edit of it costs what was edited.
 *
 * It is kept on the control side and not in the compiler threads, whose jobs are stateless; and an
 * edit is done there, too, because reading and comparing a text is the greatest part of it, a
 * hundredth of a second for a million records, and handing it over would cost as much.
 *
 * Invariants
 *   Z1  A source is only used while the table in force has the digests that the source was compiled
 *       to: then the table holds exactly the records of the text.
 *   Z2  Only zones without any finding have a source; an edit that might make one is compiled whole.
 */
import { readFileSync } from "node:fs";
import type { SteeredName } from "../resource/types.ts";
import type { BuiltZone } from "../table/build-zone.ts";
import { editZone } from "../table/edit-zone.ts";
import type { TableViews } from "../table/reader.ts";
import { apexKey, type ZoneHeader } from "../table/table-image.ts";
import {
  addressedServers,
  type Checkpoint,
  type EqualOctets,
  readEdit,
  type ZoneText,
} from "../zone/edit.ts";
import type { ZoneIndex } from "../zone/index.ts";
import type { SteeredOwner, ZoneValue } from "../zone/value.ts";
import { sha256 } from "./digest.ts";

/** Octets of a text below which the whole is compiled as quickly. */
export const SOURCE_SIZE_MIN = 256 * 1024;
/** Octets beyond which an edit would keep the control thread busy for too long. */
export const SOURCE_SIZE_MAX = 128 * 1024 * 1024;

export interface ZoneSource {
  readonly text: ZoneText;
  readonly recordCount: number;
  /** Digests of the shards that it was compiled to. */
  readonly digests: Uint8Array;
  /** Says whether the zone is steered as it was. */
  readonly steering: string;
  /** Keys of owners that an edit leaves alone: steered ones, servers. */
  readonly fixed: ReadonlySet<string>;
}

/** A compiled zone, as far as a source is made of it. */
export interface CompiledZone {
  readonly file: string;
  readonly text: Uint8Array;
  readonly checkpoints: readonly Checkpoint[];
  readonly zone: ZoneValue;
  readonly index: ZoneIndex;
  readonly steered: readonly SteeredOwner[];
  readonly steering: string;
  readonly built: BuiltZone;
}

export function steeringKey(steered: readonly SteeredName[]): string {
  return JSON.stringify(steered.map(({ owner, types, policy }) => [owner, types, policy]));
}

/** The source of a zone that was compiled without a finding; null if it is not worth one. */
export function keepSource(compiled: CompiledZone): ZoneSource | null {
  const { text, zone, steered, built } = compiled;
  if (text.length < SOURCE_SIZE_MIN || text.length > SOURCE_SIZE_MAX) return null;
  if (zone.files.length > 1) return null;
  const servers = addressedServers(zone, compiled.index);
  if (servers === null) return null;
  const { file, checkpoints } = compiled;
  return {
    text: { apex: zone.apex.slice(), file, octets: text, checkpoints },
    recordCount: zone.recordCount,
    digests: built.shards.digests.slice(),
    steering: compiled.steering,
    fixed: new Set([...servers, ...steered.map((one) => one.owner)].map(apexKey)),
  };
}

/** The zone in force, as the control side sees it. */
export interface ZoneInForce {
  readonly views: TableViews;
  readonly header: ZoneHeader;
  /** Ids of its policies, in its own order. */
  readonly policies: readonly string[];
}

export interface SourceEdit {
  readonly built: BuiltZone;
  readonly source: ZoneSource;
}

/**
 * What the file's present text makes of the zone in force; null if the whole must be compiled. Only
 * reads; the views must not be reclaimed meanwhile, so it is for the thread that publishes.
 */
export function editSource(
  source: ZoneSource,
  steered: readonly SteeredName[],
  inForce: ZoneInForce,
): SourceEdit | null {
  const { text, digests } = source;
  if (source.steering !== steeringKey(steered)) return null;
  if (Buffer.compare(digests, inForce.header.shardDigests) !== 0) return null;
  const octets = readText(text.file);
  if (octets === null) return null;
  const edit = readEdit(text, octets, equalOctets);
  if (edit === null) return null;
  const { removed, added, checkpoints } = edit;
  const built = editZone({ ...inForce, removed, added, fixed: source.fixed, digest: sha256 });
  if (built === null) return null;
  return {
    built,
    source: {
      ...source,
      text: { ...text, octets, checkpoints },
      recordCount: source.recordCount + edit.recordDelta,
      digests: built.shards.digests.slice(),
    },
  };
}

function readText(file: string): Uint8Array | null {
  try {
    const octets = readFileSync(file);
    return octets.length > SOURCE_SIZE_MAX ? null : octets;
  } catch {
    return null;
  }
}

/** memcmp of the runtime. */
const equalOctets: EqualOctets = (a, aAt, b, bAt, size) => {
  const left = Buffer.from(a.buffer, a.byteOffset + aAt, size);
  const right = Buffer.from(b.buffer, b.byteOffset + bAt, size);
  return left.equals(right);
};
