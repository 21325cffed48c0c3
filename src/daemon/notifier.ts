// SPDX-License-Identifier: Apache-2.0
/**
 * NOTIFY to other servers (RFC 1996): the plan of src/transfer/notify.ts with sockets and a clock.
 *
 * From an unconnected socket per own address, since hundreds of servers are told of one change. An
 * answer counts if it comes from where the question went, has its id and its question, and, if the
 * server has a key, its signature. Each further try goes to the next address of the server.
 */

import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { composeMessage } from "../dns/compose.ts";
import { Class, Opcode, Type } from "../dns/iana.ts";
import { isMessage, readMessage } from "../dns/message.ts";
import { equalName, nameFromText } from "../dns/names.ts";
import { createVerifier, type StreamVerifier, signRequest } from "../dns/tsig.ts";
import { tsigCrypto } from "../io/tsig.ts";
import {
  COUNTER_NOTIFY_ACKNOWLEDGED,
  COUNTER_NOTIFY_FAILED,
  COUNTER_NOTIFY_REFUSED,
  COUNTER_NOTIFY_SENT,
} from "../layout/gen/counters.ts";
import type { Remote } from "../resource/types.ts";
import { createNotifyPlan, type NotifyTask } from "../transfer/notify.ts";
import type { TransferContext } from "./transfer.ts";

const IN_FLIGHT_MAX = 64;

export interface Notifier {
  /** A zone has a new serial, or is to be announced again. */
  announce(apex: string, serial: number): void;
  /** What is wanted has changed. */
  wanted(): void;
  close(): void;
}

/** A question that waits for its answer. */
interface Question {
  readonly task: NotifyTask;
  readonly host: string;
  readonly port: number;
  readonly apex: Uint8Array;
  readonly verifier: StreamVerifier | null;
}

export function createNotifier(context: TransferContext): Notifier {
  const { count, log } = context;
  const plan = createNotifyPlan(IN_FLIGHT_MAX);
  const sockets = new Map<string, Socket>();
  const questions = new Map<number, Question>();
  let timer: NodeJS.Timeout | null = null;
  let queued = false;
  let closed = false;

  const onAnswer = (octets: Uint8Array, host: string, port: number): void => {
    const message = readMessage(octets);
    if (!isMessage(message) || !message.qr || message.opcode !== Opcode.NOTIFY) return;
    const asked = questions.get(message.id);
    if (asked === undefined || asked.host !== host || asked.port !== port) return;
    const [question] = message.questions;
    if (question !== undefined && !equalName(question.name, asked.apex)) return;
    const now = Math.floor(Date.now() / 1000);
    if (asked.verifier !== null && !asked.verifier.check(octets, now).good) return;
    questions.delete(message.id);
    const { apex, remote } = asked.task;
    count(message.rcode === 0 ? COUNTER_NOTIFY_ACKNOWLEDGED : COUNTER_NOTIFY_REFUSED);
    plan.answered(apex, remote, message.rcode);
    runSoon();
  };

  const socketFor = (host: string, source: string | null): Socket => {
    const type = host.includes(":") ? "udp6" : "udp4";
    const key = `${type} ${source ?? ""}`;
    const known = sockets.get(key);
    if (known !== undefined) return known;
    const socket = createSocket(type);
    socket.on("message", (octets, from) => onAnswer(octets, from.address, from.port));
    socket.on("error", (error) => {
      log.warn({ err: error }, "the socket for NOTIFY failed");
      sockets.delete(key);
      socket.close();
    });
    socket.bind(0, source ?? undefined);
    sockets.set(key, socket);
    return socket;
  };

  const ask = (task: NotifyTask): void => {
    const remote = context.remoteOf(task.remote);
    if (remote === undefined) return;
    const { host, port } = remote.addresses[(task.tries - 1) % remote.addresses.length]!;
    const apex = nameFromText(task.apex)!;
    for (const [id, one] of questions) if (one.task === task) questions.delete(id);
    let id = randomInt(65_536);
    while (questions.has(id)) id = randomInt(65_536);
    const { octets, verifier } = compose(context, remote, apex, id);
    questions.set(id, { task, host, port, apex, verifier });
    count(COUNTER_NOTIFY_SENT);
    socketFor(host, remote.source).send(octets, port, host, () => {});
  };

  const run = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const now = performance.now();
    for (const task of plan.take(now)) ask(task);
    for (const [id, { task }] of questions) {
      if (task.state !== "failed") continue;
      questions.delete(id);
      count(COUNTER_NOTIFY_FAILED);
      log.warn({ zone: task.apex, remote: task.remote }, "no answer to NOTIFY");
    }
    const next = plan.nextAt();
    if (next !== null) timer = setTimeout(run, Math.max(1, next - performance.now()));
  };

  /** Once for all that a turn brings: thousands of zones are announced in one at the start. */
  const runSoon = (): void => {
    if (queued) return;
    queued = true;
    setImmediate(() => {
      queued = false;
      if (!closed) run();
    });
  };

  return {
    announce(apex, serial) {
      const zone = context.zoneOf(apex);
      if (zone === undefined || zone.transfer.notify.length === 0) return;
      plan.announce(apex, serial, zone.transfer.notify, performance.now());
      runSoon();
    },
    wanted() {
      const pairs = new Set(
        context
          .wanted()
          .zones.flatMap(({ apex, transfer }) => transfer.notify.map((id) => `${apex} ${id}`)),
      );
      plan.retain((apex, remote) => pairs.has(`${apex} ${remote}`));
      run();
    },
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      for (const socket of sockets.values()) socket.close();
    },
  };
}

/** A NOTIFY for a zone, signed if the server has a key (RFC 1996 §3.7, without the optional SOA). */
function compose(
  context: TransferContext,
  remote: Remote,
  apex: Uint8Array,
  id: number,
): { octets: Uint8Array; verifier: StreamVerifier | null } {
  const octets = composeMessage({
    ...{ id, qr: false, opcode: Opcode.NOTIFY, aa: true, tc: false, rd: false, ra: false },
    ...{ ad: false, cd: false, rcode: 0, answers: [], authorities: [], additionals: [] },
    questions: [{ name: apex, type: Type.SOA, class: Class.IN }],
    edns: null,
  });
  const row = context.wanted().keys.find((one) => one.id === remote.key);
  if (row === undefined) return { octets, verifier: null };
  const key = context.keyOf(nameFromText(row.name)!)!;
  const signed = signRequest(octets, key, Math.floor(Date.now() / 1000), tsigCrypto);
  return { octets: signed.octets, verifier: createVerifier(key, signed.mac, tsigCrypto) };
}
