// SPDX-License-Identifier: Apache-2.0
/**
 * The transfer thread put together: what the table alone cannot answer.
 *
 * A thread of its own, because a transfer works for seconds where an answer takes microseconds, and
 * because what it keeps (keys, journals, whose turn it is) is kept once. It reads the table like a
 * thread that answers, and is the only one that may stay in an old epoch for a while: the space of
 * what was replaced is not reused until it has seen what the difference is.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import type { Fault } from "../base/faults.ts";
import { Rcode } from "../dns/iana.ts";
import { nameFromText, nameToText } from "../dns/names.ts";
import { TsigError, type TsigKey } from "../dns/tsig.ts";
import { counterBlock, type Memory, mapMemory } from "../io/memory.ts";
import type {
  TransferAction,
  TransferOrder,
  TransferReport,
  TransferWanted,
  WantedZone,
} from "../io/transfer-link.ts";
import {
  COUNTER_TSIG_BAD_KEY,
  COUNTER_TSIG_BAD_SIG,
  COUNTER_TSIG_BAD_TIME,
  COUNTER_TSIG_BAD_TRUNC,
  COUNTER_TSIG_MALFORMED,
} from "../layout/gen/counters.ts";
import type { Remote } from "../resource/types.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import type { TransferCommand, TransferData, TransferMessage } from "./messages.ts";
import { createNotifier } from "./notifier.ts";
import { createNotifyHandler } from "./notify-in.ts";
import { createProofsAsked } from "./received.ts";
import { createReplyEdns } from "./reply-edns.ts";
import { createSecondaries } from "./secondaries.ts";
import { createQueryHandler } from "./signed-query.ts";
import { type SlowHandler, serveReader } from "./slow-jobs.ts";
import { createTableWatch, type TableWatch } from "./table-watch.ts";
import { createDesk, replyTo } from "./transfer-desk.ts";
import { createOutgoing } from "./transfer-out.ts";
import { createUpdates } from "./update-in.ts";
import { createZoneVersions } from "./zone-versions.ts";

/** What the parts of the thread share. */
export interface TransferContext {
  readonly memory: Memory;
  readonly watch: TableWatch;
  readonly log: Log;
  readonly stateFolder: string;
  readonly udpSizeMax: number;
  wanted(): TransferWanted;
  /** What is wanted of a zone, by its apex as text in lower case. */
  zoneOf(apex: string): WantedZone | undefined;
  remoteOf(id: string): Remote | undefined;
  /** Keys by their name, as octets in lower case. */
  keyOf(name: Uint8Array): TsigKey | null;
  count(counter: number, by?: number): void;
  /** See ProofsAsked. */
  prove(apex: string, text: string): Promise<readonly Fault[] | null>;
  /** Says it to the control thread; lost if there is none at the moment, which then asks anew. */
  report(report: TransferReport): void;
}

const BAD_SIGNATURES: Readonly<Record<number, number>> = {
  [TsigError.BADKEY]: COUNTER_TSIG_BAD_KEY,
  [TsigError.BADSIG]: COUNTER_TSIG_BAD_SIG,
  [TsigError.BADTIME]: COUNTER_TSIG_BAD_TIME,
  [TsigError.BADTRUNC]: COUNTER_TSIG_BAD_TRUNC,
};

/** So long a thread that has begun lets requests wait for its configuration; then SERVFAIL. */
const CONFIGURED_MS_MAX = 4000;

const NOTHING: TransferWanted = { keys: [], remotes: [], zones: [] };

/** Runs until told to stop. */
export async function runTransfer(
  data: TransferData,
  post: (message: TransferMessage) => void,
  onCommand: (handle: (command: TransferCommand) => void) => void,
): Promise<void> {
  const memory = mapMemory(data.memory);
  const log = createLog({ thread: "transfer", level: data.logLevel });
  const counters = counterBlock(data.memory, data.reader);
  let wanted = NOTHING;
  const configured = Promise.withResolvers<void>();
  let keys = new Map<string, TsigKey>();
  let zones = new Map<string, WantedZone>();
  let remotes = new Map<string, Remote>();
  const link: { control: MessagePort | null } = { control: null };
  const proofs = createProofsAsked();
  const context: TransferContext = {
    ...{ memory, log },
    watch: createTableWatch(memory.control, data.reader),
    stateFolder: data.stateFolder,
    udpSizeMax: data.udpSizeMax,
    wanted: () => wanted,
    zoneOf: (apex) => zones.get(apex),
    remoteOf: (id) => remotes.get(id),
    keyOf: (name) => keys.get(nameToText(name)) ?? null,
    count: (counter, by = 1) => {
      counters[counter] = counters[counter]! + by;
    },
    prove: (apex, text) => proofs.ask(link.control, apex, text),
    report: (report) => link.control?.postMessage(report),
  };
  const secondaries = createSecondaries(context, (id) => {
    const name = wanted.keys.find((one) => one.id === id)?.name;
    return name === undefined ? null : (keys.get(name) ?? null);
  });
  const notifier = createNotifier(context);
  const versions = createZoneVersions(context, notifier.announce);
  const query = createQueryHandler(
    memory,
    counters,
    data.udpSizeMax,
    context.watch,
    secondaries.expireOf,
  );
  const updates = createUpdates(context);
  const desk = createDesk({
    handlers: {
      transfer: createOutgoing(context, versions, secondaries.expireOf),
      notify: createNotifyHandler(context, secondaries),
      update: updates.handle,
      query,
    },
    ednsOf: createReplyEdns(memory, counters, data.udpSizeMax),
    keyOf: context.keyOf,
    nowSecs,
    udpSizeMax: data.udpSizeMax,
    onBadSignature: (error) => {
      context.count(BAD_SIGNATURES[error] ?? COUNTER_TSIG_MALFORMED);
    },
  });

  // Before the first configuration no key is known and no zone: what comes earlier waits for it.
  const waited = Promise.race([
    configured.promise,
    sleep(CONFIGURED_MS_MAX, undefined, { ref: false }),
  ]);
  const inTime: SlowHandler = async (job) => {
    await waited;
    if (wanted === NOTHING) throw new Error("no configuration yet");
    if (!job.isGone()) await desk(job);
  };

  const onZone = (apex: string, action: TransferAction): void => {
    if (action === "flush") {
      const reason = updates.flush(apex);
      context.report({ kind: "flushed", apex, reason });
    } else if (action !== "notify") secondaries.ask(apex, action === "retransfer");
    else {
      const serial = versions.serialOf(apex);
      if (serial !== null) notifier.announce(apex, serial);
    }
  };
  const onOrder = (order: TransferOrder): void => {
    if (order.kind === "proved") {
      proofs.answered(order.id, order.faults);
      return;
    }
    if (order.kind === "wanted") {
      wanted = order.wanted;
      keys = keysOf(wanted);
      zones = new Map(wanted.zones.map((zone) => [zone.apex, zone]));
      remotes = new Map(wanted.remotes.map((remote) => [remote.id, remote]));
      versions.wanted();
      notifier.wanted();
      secondaries.configured();
      updates.wanted();
      configured.resolve();
    } else if (order.kind === "forget") secondaries.forget(order.files);
    else if (order.kind === "zone") onZone(order.apex, order.action);
    else {
      versions.published();
      updates.published();
    }
    context.report({ kind: "seen" });
  };
  const onControl = (port: MessagePort): void => {
    link.control?.close();
    proofs.forsake();
    link.control = port;
    port.on("message", onOrder);
    port.on("close", () => {
      if (link.control !== port) return;
      link.control = null;
      proofs.forsake();
    });
  };

  const ports = new Map<string, MessagePort>();
  await new Promise<void>((resolve) => {
    onCommand((command) => {
      if (command.kind === "control") onControl(command.port);
      else if (command.kind === "slow") {
        ports.get(command.name)?.close();
        ports.set(command.name, command.port);
        serveReader(command.port, inTime, ({ octets }, error) => {
          log.error({ err: error }, "a request could not be answered");
          return replyTo(octets, Rcode.SERVFAIL);
        });
      } else resolve();
    });
    post({ kind: "ready" });
  });
  secondaries.close();
  context.watch.release();
  notifier.close();
  for (const port of ports.values()) port.close();
  link.control?.close();
}

function nowSecs(): number {
  return Math.floor(Date.now() / 1000);
}

function keysOf({ keys }: TransferWanted): Map<string, TsigKey> {
  return new Map(
    keys.map(({ name, algorithm, secret }) => [
      name,
      { name: nameFromText(name)!, algorithm, secret },
    ]),
  );
}
