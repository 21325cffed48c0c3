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
import { closeSync, fstatSync, readSync } from "node:fs";
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
import { openRegular } from "./file.ts";

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

/** The sources of all zones, on the control side. */
export interface Sources {
  /** Keeps what came with a compiled zone; null forgets. */
  keep(apex: string, source: ZoneSource | null): void;
  /** Forgets all zones but these. */
  retain(apexes: readonly string[]): void;
  /**
   * What the file's present text, which may lie elsewhere for now, makes of the zone in force; null
   * if the whole must be compiled. The views must not be reclaimed meanwhile, so this is for the
   * thread that publishes.
   */
  edit(
    zone: { apex: string; file: string; text?: string; steered: readonly SteeredName[] },
    inForce: () => ZoneInForce | null,
  ): SourceEdit | null;
}

export function createSources(): Sources {
  const sources = new Map<string, ZoneSource>();
  // The memory of the text that was replaced last serves for the next one: fresh memory costs as
  // much as reading the file.
  let spare: Uint8Array = new Uint8Array(0);
  return {
    keep(apex, source) {
      if (source === null) sources.delete(apex);
      else sources.set(apex, source);
    },
    retain(apexes) {
      const kept = new Set(apexes);
      for (const apex of [...sources.keys()]) if (!kept.has(apex)) sources.delete(apex);
    },
    edit({ apex, file, text, steered }, inForce) {
      const source = sources.get(apex);
      if (source === undefined || source.text.file !== file) return null;
      const zone = inForce();
      if (zone === null || !isInForce(source, steered, zone)) return null;
      const octets = readInto(spare, text ?? file);
      if (octets === null) return null;
      spare = new Uint8Array(0);
      const edit = editSource(source, octets, zone);
      const free = edit === null ? octets : source.text.octets;
      if (edit !== null) sources.set(apex, edit.source);
      spare = new Uint8Array(free.buffer);
      return edit;
    },
  };
}

/** Z1. */
function isInForce(
  source: ZoneSource,
  steered: readonly SteeredName[],
  zone: ZoneInForce,
): boolean {
  return (
    source.steering === steeringKey(steered) &&
    Buffer.compare(source.digests, zone.header.shardDigests) === 0
  );
}

/** What a text makes of the zone in force, which is the one of the source (Z1). */
export function editSource(
  source: ZoneSource,
  octets: Uint8Array,
  zone: ZoneInForce,
): SourceEdit | null {
  const { text, fixed } = source;
  const edit = readEdit(text, octets, equalOctets);
  if (edit === null) return null;
  const { removed, added, checkpoints } = edit;
  const built = editZone({ ...zone, removed, added, fixed, digest: sha256 });
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

/** One read call, octets: the system gives no more than 2 GiB at once. */
const READ_SIZE_MAX = 64 * 1024 * 1024;

/** Room that a new text is given beyond its size, so that it may grow by some lines. */
const SLACK_SIZE = 64 * 1024;

/**
 * The file's octets, in `memory` if they fit; null if it cannot be read, grows meanwhile, or is too
 * large for memory and source.
 */
export function readInto(memory: Uint8Array, file: string): Uint8Array | null {
  let fd: number;
  try {
    fd = openRegular(file);
  } catch {
    return null;
  }
  try {
    const { size } = fstatSync(fd);
    if (memory.length <= size && size > SOURCE_SIZE_MAX) return null;
    const into = memory.length > size ? memory : new Uint8Array(size + SLACK_SIZE);
    let at = 0;
    for (;;) {
      const got = readSync(fd, into, at, Math.min(into.length - at, READ_SIZE_MAX), null);
      if (got === 0) return into.subarray(0, at);
      at += got;
      // It grows while it is read: whoever writes it is not done.
      if (at === into.length) return null;
    }
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

/** memcmp of the runtime. */
const equalOctets: EqualOctets = (a, aAt, b, bAt, size) => {
  const left = Buffer.from(a.buffer, a.byteOffset + aAt, size);
  const right = Buffer.from(b.buffer, b.byteOffset + bAt, size);
  return left.equals(right);
};
