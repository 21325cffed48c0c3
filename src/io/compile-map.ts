// SPDX-License-Identifier: Apache-2.0
/** The job "map": databases and rules → a folded partition → its segment. Runs beside the traffic. */
import type { Fault } from "../base/faults.ts";
import { foldMap } from "../geo/build.ts";
import type { Region, WalkedDatabase } from "../geo/types.ts";
import type { GeoMap, Pop } from "../resource/types.ts";
import { type BuiltMap, buildMap } from "../table/build-map.ts";
import { type FileStamp, stampOf } from "./compile-zone.ts";
import { sha256 } from "./digest.ts";
import { readMmdb } from "./mmdb.ts";

export interface MapJob {
  readonly map: GeoMap;
  readonly pops: readonly Pop[];
}

export interface MapResult {
  readonly id: string;
  readonly built: BuiltMap | null;
  readonly regions: readonly Region[];
  readonly faults: readonly Fault[];
  readonly files: readonly FileStamp[];
  /** Networks of the partition, both families. */
  readonly networkCount: number;
}

/** Walks the databases and folds the layers. A bad file gives faults and no segment. */
export function compileMap(job: MapJob): MapResult {
  const { map } = job;
  const files: FileStamp[] = [];
  const faults: Fault[] = [];
  let failed = false;
  const walk = (file: string): WalkedDatabase | null => {
    if (file === "") return null;
    files.push({ file, stamp: stampOf(file) });
    const walked = readMmdb(file);
    faults.push(...walked.faults);
    failed ||= walked.value === null;
    return walked.value;
  };
  const geo = walk(map.cityFile === "" ? map.countryFile : map.cityFile);
  const asn = walk(map.asnFile);
  const none = { id: map.id, built: null, regions: [], faults, files, networkCount: 0 };
  if (failed) return none;
  const folded = foldMap({ map, geo, asn, pops: job.pops });
  faults.push(...folded.faults);
  if (folded.value === null) return none;
  return {
    id: map.id,
    built: buildMap(map.id, folded.value, sha256),
    regions: folded.value.regions,
    faults,
    files,
    networkCount: folded.value.v4Starts.length + folded.value.v6High.length,
  };
}
