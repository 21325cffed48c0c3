// SPDX-License-Identifier: Apache-2.0
/**
 * Golden tables: readable sources → saved tables → dumps; and the broken ones.
 *
 * Both kernels' readers are held to the same files, so nothing here may depend on the day, the
 * machine or the order of a directory.
 */
import { addressFromText } from "../../src/dns/address.ts";
import type { FoldedMap } from "../../src/geo/types.ts";
import type { DesiredState } from "../../src/resource/types.ts";
import { buildMap } from "../../src/table/build-map.ts";
import { buildSteering } from "../../src/table/build-steering.ts";
import { IMAGE_HEADER_SIZE, imageParts } from "../../src/table/image.ts";
import {
  allocateRows,
  createPlans,
  PLAN_ROW_SIZE,
  type PlanShape,
  type Share,
  setPlan,
  shapePlan,
} from "../../src/table/plans.ts";
import { type BrokenRow, brokenTable, soundTable } from "./broken.ts";
import { brokenRows } from "./broken-rows.ts";
import { dumpTable } from "./dump.ts";
import { applied, builtZone, digest, leaf, newImage, type SteeredText } from "./tables.ts";

type Network = readonly [start: string, prefixLength: number, region: number, layer: number];

/** One file of test/golden/source. */
export interface GoldenSource {
  readonly doc: string;
  readonly revision: number;
  readonly zones: readonly {
    readonly apex: string;
    readonly text: readonly string[];
    readonly steered?: readonly SteeredText[];
  }[];
  readonly maps?: readonly {
    readonly id: string;
    readonly regions: FoldedMap["regions"];
    readonly v4: readonly Network[];
    readonly v6: readonly Network[];
  }[];
  readonly steering?: Pick<DesiredState, "pops" | "pools" | "policies">;
  /** Rows of all policies, one behind the other. */
  readonly plans?: readonly (PlanShape & {
    readonly ttlSecs: number;
    readonly state: number;
    readonly shares: readonly Share[];
  })[];
}

/** The saved table of a source, and its dump. */
export function goldenOf(source: GoldenSource): { file: Uint8Array; dump: string } {
  const image = newImage(8 << 20);
  const maps = (source.maps ?? []).map((map) => buildMap(map.id, foldedOf(map), digest));
  const steering =
    source.steering === undefined ? null : buildSteering(source.steering, maps, digest).value;
  const plans = createPlans(new Int32Array(64 * (PLAN_ROW_SIZE / 4)));
  const planRows = (steering?.policyRows ?? []).map((count) => allocateRows(plans, count)!);
  (source.plans ?? []).forEach((plan, row) => {
    shapePlan(plans, row, plan);
    setPlan(plans, row, plan.ttlSecs, plan.state, plan.shares);
  });
  const put = source.zones.map((zone) =>
    builtZone(zone.apex, `${zone.text.join("\n")}\n`, zone.steered),
  );
  const { root } = applied(image, { revision: source.revision, maps, steering, planRows, put });
  const parts = imageParts({ image, plans: plans.words, savedAtSecs: 1_800_000_000, digest });
  return { file: Buffer.concat(parts), dump: dumpTable(image.views, root) };
}

function foldedOf(map: NonNullable<GoldenSource["maps"]>[number]): FoldedMap {
  const words = (start: string, at: number): number => {
    const octets = addressFromText(start)!;
    return new DataView(octets.buffer).getUint32(at);
  };
  const leaves = (list: readonly Network[]): Uint32Array =>
    Uint32Array.from(list, ([, length, region, layer]) => leaf(region, length, layer));
  return {
    regions: map.regions,
    v4Starts: Uint32Array.from(map.v4, ([start]) => words(start, 0)),
    v4Leaves: leaves(map.v4),
    v6High: Uint32Array.from(map.v6, ([start]) => words(start, 0)),
    v6Low: Uint32Array.from(map.v6, ([start]) => words(start, 4)),
    v6Leaves: leaves(map.v6),
  };
}

/** Rows whose tables are kept as files: those over bases without a map. */
export const badRows: readonly BrokenRow[] = brokenRows.filter((row) => row.base !== "steered");

/** The saved table of a broken row. Its digest is right, so that the opener must find the fault. */
export function badFileOf(row: BrokenRow): Uint8Array {
  const sound = Buffer.concat(
    imageParts({
      image: soundTable(row.base),
      plans: new Int32Array(0),
      savedAtSecs: 1_800_000_000,
      digest,
    }),
  );
  const used = sound.length - IMAGE_HEADER_SIZE;
  const table = brokenTable(row).views.u8.subarray(0, used);
  const header = sound.subarray(0, IMAGE_HEADER_SIZE - 16);
  const sums = [header, digest(table), digest(new Uint8Array(0))];
  const sum = digest(Buffer.concat(sums)).subarray(0, 16);
  return Buffer.concat([header, sum, table]);
}
