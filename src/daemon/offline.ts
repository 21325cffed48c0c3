// SPDX-License-Identifier: Apache-2.0
/**
 * The control plane without a server: check, compile and explain from files alone.
 *
 * It runs the same jobs, the same core and the same publisher over memories of its own, so that what
 * it says is what a server would do that had just started and had probed nothing.
 */
import { resolve } from "node:path";
import { type Fault, hasError } from "../base/faults.ts";
import type { CheckReport, CompileReport, Refusal } from "../cli/actions.ts";
import { type Loaded, loadConfig } from "../config/load.ts";
import { createCore, step } from "../control/core.ts";
import type { ExplainDocument, ExplainQuery } from "../control/documents.ts";
import type { ControlEffect } from "../control/effect.ts";
import type { ControlEvent } from "../control/event.ts";
import { type ControlCore, isAwaited } from "../control/state.ts";
import { nameFromText } from "../dns/names.ts";
import { compileMap } from "../io/compile-map.ts";
import { compileZone } from "../io/compile-zone.ts";
import { sha256 } from "../io/digest.ts";
import { createMemory, type Memory } from "../io/memory.ts";
import { defaultCountryFile } from "../io/mmdb.ts";
import { createPublisher, type Publisher, publish } from "../io/publisher.ts";
import { saveTable } from "../io/save-table.ts";
import { updatesFinder } from "../io/updates-file.ts";
import { buildSteering } from "../table/build-steering.ts";
import { digestText } from "../table/digest.ts";
import { certificateFaults } from "./certificates.ts";
import { createStoryteller } from "./story.ts";

interface Compiled {
  readonly loaded: Loaded;
  readonly core: ControlCore;
  readonly memory: Memory;
  readonly publisher: Publisher;
}

/** Loads and compiles everything; null if the configuration itself has errors. */
function compileAll(config: string): { compiled: Compiled | null; faults: readonly Fault[] } {
  const loaded = loadConfig(resolve(config), { defaultCountryFile: defaultCountryFile() });
  if (loaded.value === null) return { compiled: null, faults: loaded.faults };
  const faults: Fault[] = [...loaded.faults, ...certificateFaults(loaded.value.node)];
  const memory = createMemory(loaded.value.node.limits.tableMiB);
  const publisher = createPublisher(memory);
  const core = createCore();
  const updatesOf = updatesFinder(loaded.value.node.stateFolder);
  const queue: ControlEvent[] = [
    { kind: "configured", now: 0, state: loaded.value.state, tableInForce: false },
  ];
  for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
    for (const effect of step(core, event)) {
      queue.push(...carryOut(core, publisher, effect, updatesOf, faults));
    }
  }
  return { compiled: { loaded: loaded.value, core, memory, publisher }, faults };
}

/** One effect, at once; what it reports comes back as events. */
function carryOut(
  core: ControlCore,
  publisher: Publisher,
  effect: ControlEffect,
  updatesOf: (apex: string) => string | null,
  faults: Fault[],
): ControlEvent[] {
  if (effect.kind === "compile-zones") {
    return effect.zones.map((zone) => {
      const result = compileZone({ ...zone, known: null, updates: updatesOf(zone.apex) });
      if (!isAwaited(core, result)) faults.push(...result.faults);
      return { kind: "zone-compiled", now: 0, ...result };
    });
  }
  if (effect.kind === "compile-map") {
    const result = compileMap(effect);
    faults.push(...result.faults);
    return [{ kind: "map-compiled", now: 0, ...result }];
  }
  if (effect.kind === "call-again") return [{ kind: "turn-ended", now: 0 }];
  if (effect.kind !== "publish") return [];
  const found = publishNow(publisher, effect);
  faults.push(...found);
  return [{ kind: "publication-done", now: 0, faults: found }];
}

function publishNow(
  publisher: Publisher,
  effect: ControlEffect & { kind: "publish" },
): readonly Fault[] {
  const { steering, revision, put } = effect;
  const hold = effect.hold.flatMap((apex) => nameFromText(apex) ?? []);
  if (steering === null) {
    const done = publish(publisher, { revision, put, hold });
    return "epoch" in done ? [] : done;
  }
  const built = buildSteering(steering.state, steering.maps, sha256);
  if (built.value === null) return built.faults;
  const { maps, policies } = steering;
  const change = { revision, put, hold, maps, steering: built.value, policies };
  const done = publish(publisher, change);
  return "epoch" in done ? [] : done;
}

/** `azimuth check`: everything that a server would read, all faults at once. */
export async function checkConfig(config: string): Promise<CheckReport> {
  const { compiled, faults } = compileAll(config);
  if (compiled === null) return { faults, summary: {} };
  const { state } = compiled.loaded;
  return {
    faults,
    summary: {
      zones: state.zones.length,
      pools: state.pools.length,
      endpoints: compiled.core.endpoints.endpoints.length,
      maps: state.maps.length,
      policies: state.policies.length,
    },
  };
}

/** `azimuth compile`: the saved table that a server would start from. */
export async function compileConfig(config: string, out: string): Promise<CompileReport> {
  const { compiled, faults } = compileAll(config);
  if (compiled === null || hasError(faults)) return { faults, written: null };
  const { publisher } = compiled;
  const octets = await saveTable(out, publisher, Math.floor(Date.now() / 1000));
  const digest = publisher.image.directory?.digest;
  return {
    faults,
    written: { file: out, octets, digest: digest === undefined ? "" : digestText(digest) },
  };
}

/** `azimuth explain --offline`. */
export async function explainConfig(
  config: string,
  query: ExplainQuery,
): Promise<ExplainDocument | Refusal> {
  const { compiled, faults } = compileAll(config);
  if (compiled === null) return { error: `${config} has errors`, faults };
  const { memory, core, loaded } = compiled;
  return createStoryteller(memory, core, loaded.node.udpPayloadSizeMax).tell(query);
}
