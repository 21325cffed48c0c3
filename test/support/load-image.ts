// SPDX-License-Identifier: Apache-2.0
/** An image as a start reads it, without a file: fitted, digested, opened. */
import type { Fault } from "../../src/base/faults.ts";
import type { Digest } from "../../src/table/digest.ts";
import { checkImage, type ImageHeader, imageFits, planOctets } from "../../src/table/image.ts";
import { proveImage } from "../../src/table/open-image.ts";
import type { TableViews } from "../../src/table/reader.ts";

/**
 * Both halves of the proof, for what the shell has read to the start of both memories. With a fault
 * the memories are to be taken for empty.
 */
export function loadImage(
  header: ImageHeader,
  views: TableViews,
  plans: Int32Array,
  digest: Digest,
): readonly Fault[] {
  const small = imageFits(header, views, plans);
  if (small !== null) return [small];
  const table = views.u8.subarray(0, header.used);
  const rows = new Uint8Array(plans.buffer, plans.byteOffset, planOctets(header));
  const wrong = checkImage(header, digest(table), digest(rows), digest);
  return wrong === null ? proveImage(header, views, plans) : [wrong];
}
