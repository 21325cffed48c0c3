// SPDX-License-Identifier: Apache-2.0
/**
 * Notices that a zone's records changed and its serial did not.
 *
 * It is served all the same: the file is what the operator wants. But secondaries, caches of tools
 * and people compare serials, and half a file that was read while it was written looks like this,
 * too. A changed policy alters a zone without its file, so only changes of files are looked at.
 */
import { type Fault, fault } from "../base/faults.ts";
import type { FileStamp, ZoneResult } from "../io/compile-zone.ts";
import { serialNewer } from "../zone/serial.ts";

/** The version before: in force, or about to be. */
export interface ZoneVersion {
  readonly serial: number;
  /** Digests of its shards: equal ones hold equal records. */
  readonly digests: Uint8Array;
}

/** A warning, or nothing. `filesBefore` are those that `before` was read from, if that is known. */
export function serialFaults(
  before: ZoneVersion | null,
  filesBefore: readonly FileStamp[] | undefined,
  { built, files }: Pick<ZoneResult, "built" | "files">,
): readonly Fault[] {
  const [zoneFile] = files;
  if (before === null || filesBefore === undefined || built === null || !zoneFile) return [];
  if (sameFiles(filesBefore, files) || serialNewer(built.serial, before.serial)) return [];
  if (Buffer.compare(before.digests, built.shards.digests) === 0) return [];
  const detail =
    built.serial === before.serial
      ? `the records changed, and the serial is ${built.serial} as before`
      : `the records changed, and serial ${built.serial} is not newer than ${before.serial}`;
  return [fault("ZONE_SERIAL", { file: zoneFile.file, line: 0, column: 0 }, detail)];
}

function sameFiles(a: readonly FileStamp[], b: readonly FileStamp[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ file, stamp }, i) => file === b[i]!.file && stamp === b[i]!.stamp)
  );
}
