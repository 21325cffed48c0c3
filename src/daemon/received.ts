// SPDX-License-Identifier: Apache-2.0
/**
 * Whether what was received may take the place of the version that we have.
 *
 * The control thread is asked, whose compilers do it with several threads and keep the result: it is
 * what is served as soon as the file is in its place (proven.ts), and transfers of other zones go on
 * meanwhile. While there is no control thread the zone is compiled here, with all else at a stand:
 * that it can be received and kept must not depend on one thread more.
 */
import type { MessagePort } from "node:worker_threads";
import { type Fault, severityOf } from "../base/faults.ts";
import { compileZone } from "../io/compile-zone.ts";
import type { TransferReport, WantedZone } from "../io/transfer-link.ts";
import { COUNTER_RECEIVED_UNSOUND } from "../layout/gen/counters.ts";
import type { TransferContext } from "./transfer.ts";

/** Faults of one received zone that are logged. */
const FAULTS_TOLD_MAX = 5;

/** What is wrong with the text that was received of a zone, in words; null if nothing is. */
export async function proveReceived(
  context: TransferContext,
  zone: WantedZone,
  text: string,
): Promise<string | null> {
  const faults = (await context.prove(zone.apex, text)) ?? proveHere(zone, text);
  const errors = faults.filter((one) => severityOf(one) === "error");
  const [first] = errors;
  if (first === undefined) return null;
  context.count(COUNTER_RECEIVED_UNSOUND);
  for (const { key, place, detail } of errors.slice(0, FAULTS_TOLD_MAX)) {
    const at = { zone: zone.apex, fault: key, line: place.line, detail };
    context.log.error(at, "received with a fault");
  }
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : "";
  return `what was received fails the checks: ${first.key}: ${first.detail}${more}`;
}

function proveHere(zone: WantedZone, text: string): readonly Fault[] {
  const { apex, file, steeredNames: steered = [], strict = false } = zone;
  return compileZone({ apex, file, text, steered, strict, known: null }).faults;
}

/** The questions to the control thread that are not answered yet. */
export interface ProofsAsked {
  /** Its faults, of which a warning is no reason; null if nobody can say. */
  ask(control: MessagePort | null, apex: string, text: string): Promise<readonly Fault[] | null>;
  answered(id: number, faults: readonly Fault[] | null): void;
  /** The control thread is gone, or another one. */
  forsake(): void;
}

export function createProofsAsked(): ProofsAsked {
  const waiting = new Map<number, (faults: readonly Fault[] | null) => void>();
  let last = 0;
  const answered = (id: number, faults: readonly Fault[] | null): void => {
    waiting.get(id)?.(faults);
    waiting.delete(id);
  };
  return {
    answered,
    ask(control, apex, text) {
      if (control === null) return Promise.resolve(null);
      last += 1;
      const id = last;
      control.postMessage({ kind: "prove", id, apex, text } satisfies TransferReport);
      return new Promise((resolve) => waiting.set(id, resolve));
    },
    forsake() {
      for (const id of [...waiting.keys()]) answered(id, null);
    },
  };
}
