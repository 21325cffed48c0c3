// SPDX-License-Identifier: Apache-2.0
/**
 * Reads MaxMind databases (city, country, ASN) to the end, for the folding of maps.
 *
 * `maxmind` finds and decodes metadata and records; the walk of the tree is our own, since that
 * library answers for one address at a time and we need all networks. It trusts its file, which we
 * cannot: a record may be a few octets that unfold to gigabytes. So nothing is handed to it before
 * mmdb-guard.ts has been over it and counted what it costs.
 *
 * Invariants
 *   M1  Whatever the octets, the result is a whole database or a fault: no exception, no hang. The
 *       work is bounded by the size of the file.
 *   M2  A file with one bad record is refused as a whole: what served before goes on serving.
 *
 * MaxMind DB file format 2.0: https://maxmind.github.io/MaxMind-DB/
 */
import { createRequire } from "node:module";
import { Reader, type Response } from "maxmind";
import { type Fault, fault } from "../base/faults.ts";
import { reasonOf } from "../base/reason.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { GeoRecord, WalkedDatabase } from "../geo/types.ts";
import { readRegular } from "./file.ts";
import { createGuard, type Guard, isSound, MARKER_SIZE, metadataStart } from "./mmdb-guard.ts";
import { readRecord } from "./mmdb-record.ts";
import { Corruption, type Tree, type WalkedTree, walkTree } from "./mmdb-tree.ts";

/** Zeros between the tree and the data section. */
const SEPARATOR_SIZE = 16;

/** The CC0 country database that is installed with us. It needs no account and no attribution. */
export function defaultCountryFile(): string {
  const folder = "@ip-location-db/geo-whois-asn-country-mmdb";
  return createRequire(import.meta.url).resolve(`${folder}/geo-whois-asn-country.mmdb`);
}

/**
 * Reads and walks a file. Faults: FILE_UNREADABLE, MAP_DATABASE_CORRUPT, MAP_DATABASE_UNREACHED.
 * Blocks for as long as the reading takes, so it belongs into a compiler worker.
 */
export function readMmdb(file: string): Result<WalkedDatabase> {
  const octets = readRegular(file);
  if (typeof octets !== "string") return walkMmdb(octets, file);
  return bad([fault("FILE_UNREADABLE", { file, line: 0, column: 0 }, octets)]);
}

/** Walks a database in memory; `file` is only for faults. */
export function walkMmdb(octets: Uint8Array, file: string): Result<WalkedDatabase> {
  try {
    return walkOrThrow(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength), file);
  } catch (error) {
    return bad([corrupt(file, reasonOf(error))]);
  }
}

function walkOrThrow(octets: Buffer, file: string): Result<WalkedDatabase> {
  if (octets[0] === 0x1f && octets[1] === 0x8b) throw new Corruption("it is still gzipped");
  const marker = metadataStart(octets);
  if (marker < 0) throw new Corruption("it has no metadata");
  const guard = createGuard(octets, octets.length);
  if (!isSound(guard, marker + MARKER_SIZE, marker + MARKER_SIZE)) {
    throw new Corruption("its metadata is damaged");
  }
  const reader = openReader(octets);
  const { metadata } = reader;
  const tree: Tree = {
    octets,
    nodeCount: metadata.nodeCount,
    recordSize: metadata.recordSize,
    ipVersion: metadata.ipVersion,
    dataSize: marker - metadata.searchTreeSize - SEPARATOR_SIZE,
  };
  checkMetadata(tree, metadata.binaryFormatMajorVersion);
  const walked = walkTree(tree);
  const dataAt = metadata.searchTreeSize + SEPARATOR_SIZE;
  const dataGuard = createGuard(octets, marker);
  const { records, indexes } = decodeRecords(reader, dataGuard, dataAt, tree.nodeCount, walked);
  const buildEpochMs = metadata.buildEpoch.getTime();
  const lost = tree.nodeCount - walked.visits;
  const place = { file, line: 0, column: 0 };
  const detail = `${lost} of ${tree.nodeCount} nodes`;
  const warnings = lost > 0 ? [fault("MAP_DATABASE_UNREACHED", place, detail)] : [];
  const database: WalkedDatabase = {
    databaseType: String(metadata.databaseType),
    buildEpochSecs: Number.isFinite(buildEpochMs) ? Math.floor(buildEpochMs / 1000) : 0,
    records,
    v4Starts: walked.v4Starts,
    v4Lengths: walked.v4Lengths,
    v4Records: walked.v4Values.map((offset) => indexes.get(offset)!),
    v6High: walked.v6High,
    v6Low: walked.v6Low,
    v6Lengths: walked.v6Lengths,
    v6Records: walked.v6Values.map((offset) => indexes.get(offset)!),
  };
  return good(database, warnings);
}

/** The library reads the head of the tree at once, so it is the first to notice a file cut off. */
function openReader(octets: Buffer): Reader<Response> {
  try {
    return new Reader<Response>(octets);
  } catch (error) {
    throw new Corruption(`it is cut off or its metadata is wrong: ${reasonOf(error)}`);
  }
}

/** The library checks the record size and takes the rest on faith. */
function checkMetadata(tree: Tree, majorVersion: unknown): void {
  if (majorVersion !== 2) throw new Corruption(`its format is ${majorVersion}, not 2`);
  if (tree.ipVersion !== 4 && tree.ipVersion !== 6) {
    throw new Corruption(`its IP version is ${tree.ipVersion}`);
  }
  if (!Number.isSafeInteger(tree.nodeCount) || tree.nodeCount < 1) {
    throw new Corruption(`its tree has ${tree.nodeCount} nodes`);
  }
  if (tree.dataSize < 0) throw new Corruption("it is cut off: the tree is larger than the file");
  const dataAt = (tree.nodeCount * tree.recordSize) / 4;
  for (let i = dataAt; i < dataAt + SEPARATOR_SIZE; i += 1) {
    if (tree.octets[i] !== 0) throw new Corruption("no zeros stand between tree and data");
  }
}

/** Decodes each distinct data offset once, in the order of the networks that point there. */
function decodeRecords(
  reader: Reader<Response>,
  guard: Guard,
  dataAt: number,
  nodeCount: number,
  walked: WalkedTree,
): { records: readonly GeoRecord[]; indexes: ReadonlyMap<number, number> } {
  const records: GeoRecord[] = [];
  const indexes = new Map<number, number>();
  for (const values of [walked.v4Values, walked.v6Values]) {
    for (const offset of values) {
      if (indexes.has(offset)) continue;
      if (!isSound(guard, dataAt + offset, dataAt)) {
        throw new Corruption(`its record at ${offset} is damaged`);
      }
      // Private in the library's types, but the only way to decode what no address was asked for.
      const value: unknown = reader["resolveDataPointer"](offset + nodeCount + SEPARATOR_SIZE);
      indexes.set(offset, records.length);
      records.push(readRecord(value));
    }
  }
  return { records, indexes };
}

function corrupt(file: string, detail: string): Fault {
  return fault("MAP_DATABASE_CORRUPT", { file, line: 0, column: 0 }, detail);
}
