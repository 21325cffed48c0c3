// SPDX-License-Identifier: Apache-2.0
/**
 * From tracks to the verdict on an endpoint: its status in each address family, and as a whole.
 *
 * In a family: any probe down makes it down, else any unknown makes it unknown, else it is up.
 * Down beats unknown because one proof of failure suffices, and unknown beats up because an
 * endpoint is up only if all its probes are.
 *
 * Over the families, `status` is what steering goes by. An endpoint with one family down is
 * `degraded`, and steering prefers others to it in both families: browsers race the two, so
 * a site that is half there is best left by both, and A and AAAA keep pointing at one site (E06).
 */
import type { EndpointTargets } from "./targets.ts";
import { isSuspect, type Track } from "./track.ts";
import type { HealthStatus } from "./types.ts";

type JudgedStatus = "unknown" | "up" | "down";

export interface EndpointVerdict {
  readonly status: HealthStatus;
  /** Null if the endpoint has no address of the family. */
  readonly v4: JudgedStatus | null;
  readonly v6: JudgedStatus | null;
  /** When the last of its targets came up after having been down; null if none ever did. */
  readonly recoveredAt: number | null;
  /** A run of failures has begun that has not turned any target yet. */
  readonly suspect: boolean;
  /** Why it is not up: the reason of the first target that is not; "" if all are. */
  readonly reason: string;
}

/** The verdict on an endpoint that nobody probes. */
export const VERDICT_UNPROBED: EndpointVerdict = {
  status: "up",
  v4: null,
  v6: null,
  recoveredAt: null,
  suspect: false,
  reason: "",
};

/** Judges one endpoint by the tracks of its targets. A missing track counts as unknown. */
export function judgeEndpoint(
  targets: EndpointTargets,
  tracks: ReadonlyMap<string, Track>,
): EndpointVerdict {
  const keys = [...targets.whole, ...(targets.v4 ?? []), ...(targets.v6 ?? [])];
  const judgeFamily = (own: readonly string[] | null): JudgedStatus | null =>
    own === null ? null : judgeTracks([...own, ...targets.whole], tracks);
  const v4 = judgeFamily(targets.v4);
  const v6 = judgeFamily(targets.v6);
  const judged = [v4, v6].filter((status) => status !== null);
  // Neither family: a CNAME target, judged by its probe address alone.
  if (judged.length === 0) judged.push(judgeTracks(targets.whole, tracks));

  let recoveredAt: number | null = null;
  let suspect = false;
  let reason = "";
  for (const key of keys) {
    const track = tracks.get(key);
    if (track === undefined) continue;
    if (track.recoveredAt !== null) recoveredAt = Math.max(recoveredAt ?? 0, track.recoveredAt);
    suspect ||= isSuspect(track);
    if (reason === "" && track.status !== "up") reason = track.reason;
  }
  return { status: combineFamilies(judged), v4, v6, recoveredAt, suspect, reason };
}

/** All down is down, some down is degraded; else any unknown is unknown. */
export function combineFamilies(judged: readonly JudgedStatus[]): HealthStatus {
  const down = judged.filter((status) => status === "down").length;
  if (down > 0) return down === judged.length ? "down" : "degraded";
  return judged.includes("unknown") ? "unknown" : "up";
}

function judgeTracks(keys: readonly string[], tracks: ReadonlyMap<string, Track>): JudgedStatus {
  let result: JudgedStatus = "up";
  for (const key of keys) {
    const status = tracks.get(key)?.status ?? "unknown";
    if (status === "down") return "down";
    if (status === "unknown") result = "unknown";
  }
  return result;
}
