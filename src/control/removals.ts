// SPDX-License-Identifier: Apache-2.0
/**
 * Zones that a new configuration no longer names: told of always, and refused when nobody can have
 * meant it.
 *
 * Why a bound at all: a file that was cut, a folder that was not mounted, a generator that died half
 * way all look like a configuration with fewer zones, and a resolver that is refused goes away for
 * longer than the file stays broken. An operator who means it says so, by SIGHUP or `azimuth
 * reload`; a change that was merely noticed on disk is not a word of anybody.
 */
import { type Fault, fault } from "../base/faults.ts";
import type { DesiredState } from "../resource/types.ts";
import type { TransitionNote } from "./effect.ts";

type Zones = Pick<DesiredState, "zones">;

/** How many removed zones are named. */
const NAMED_MAX = 5;
/** One zone of a few may go; from so many on their share decides. */
const UNSAID_MIN = 2;

/** Apexes that are in `before` and not in `after`, in the order of `before`. */
export function removedZones(before: Zones, after: Zones): readonly string[] {
  const present = new Set(after.zones.map((zone) => zone.apex));
  return before.zones.map((zone) => zone.apex).filter((apex) => !present.has(apex));
}

/**
 * CONFIG_ZONES_REMOVED at `file` if going from `before` to `after` removes all zones, or at least
 * two and more than half of them; else null.
 */
export function refuseRemoval(before: Zones, after: Zones, file: string): Fault | null {
  const gone = removedZones(before, after);
  const total = before.zones.length;
  const most = gone.length >= UNSAID_MIN && gone.length > total / 2;
  if (gone.length === 0 || (!most && gone.length < total)) return null;
  const detail = `${gone.length} of ${total} zones would go: ${naming(gone)}; \`azimuth reload\` or SIGHUP does it`;
  return fault("CONFIG_ZONES_REMOVED", { file, line: 0, column: 0 }, detail);
}

/** One note for all zones that go; none if all stay. Nothing else says why their names are refused. */
export function noteRemovals(before: Zones, after: Zones): readonly TransitionNote[] {
  const gone = removedZones(before, after);
  if (gone.length === 0) return [];
  return [
    {
      subject: "configuration",
      name: "zones",
      from: `${before.zones.length} zones`,
      to: `${gone.length} removed`,
      reason: `no longer configured: ${naming(gone)}`,
    },
  ];
}

function naming(apexes: readonly string[]): string {
  const more = apexes.length - NAMED_MAX;
  return `${apexes.slice(0, NAMED_MAX).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
