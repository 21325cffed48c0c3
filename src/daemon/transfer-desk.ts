// SPDX-License-Identifier: Apache-2.0
/**
 * Where every slow request comes in: its signature is checked, it is read, and handed to whoever is
 * in charge of its kind. What goes back is signed on the way out.
 *
 * Signatures are checked before anything else, so no handler can forget it, and handlers see of a
 * signature only the key that made it (RFC 8945 §5.2).
 */
import { composeMessage } from "../dns/compose.ts";
import { EdnsOption, Opcode, Rcode, Type } from "../dns/iana.ts";
import { type Edns, HEADER_SIZE, isMessage, type Message, readMessage } from "../dns/message.ts";
import { get16 } from "../dns/sink.ts";
import {
  createSigner,
  signError,
  type TsigCheck,
  type TsigKey,
  tsigSize,
  verifyRequest,
} from "../dns/tsig.ts";
import { tsigCrypto } from "../io/tsig.ts";
import { TRANSPORT_UDP } from "../layout/gen/enums.ts";
import { TCP_SIZE_MAX, UDP_PLAIN_SIZE_MAX } from "../layout/limits.ts";
import { padded, type ReplyEdns, wantsPadding } from "./reply-edns.ts";
import type { SlowHandler, SlowJob } from "./slow-jobs.ts";

/** A request that was read, and whose signature is good if it has one. */
export interface Asked {
  readonly job: SlowJob;
  /** The request without its signature. */
  readonly octets: Uint8Array;
  readonly message: Message;
  /** Null if it was not signed. */
  readonly key: TsigKey | null;
  /** Octets that one reply may have, without what signs it. */
  readonly room: number;
  /** That of its first reply; null if the request has none. */
  edns(): Edns | null;
  /** Sends one reply; the last one ends the request. False if the client is gone. */
  reply(octets: Uint8Array, last?: boolean): Promise<boolean>;
  /** Ends it with an RCODE, and why (RFC 8914) if EDNS was spoken. */
  refuse(rcode: number, extended?: number | null): Promise<boolean>;
}

export type Handler = (asked: Asked) => Promise<void>;

export interface Handlers {
  /** AXFR and IXFR. */
  readonly transfer: Handler;
  readonly notify: Handler;
  readonly update: Handler;
  /** Whatever else was signed: the kernel answers it. */
  readonly query: Handler;
}

export interface DeskOptions {
  readonly handlers: Handlers;
  readonly ednsOf: ReplyEdns;
  keyOf(name: Uint8Array): TsigKey | null;
  nowSecs(): number;
  /** Largest datagram that we send. */
  readonly udpSizeMax: number;
  /** Hears of signatures that are not good; the error of RFC 8945, or 0 for a malformed record. */
  onBadSignature(error: number): void;
}

export function createDesk(options: DeskOptions): SlowHandler {
  return async (job) => {
    const { octets } = job.request;
    const now = options.nowSecs();
    const check = verifyRequest(octets, options.keyOf, now, tsigCrypto);
    if (check.status === "malformed") {
      options.onBadSignature(0);
      await job.send(replyTo(octets, Rcode.FORMERR), true);
      return;
    }
    if (check.status === "failed") {
      options.onBadSignature(check.error);
      const reply = replyTo(octets.subarray(0, check.record.at), Rcode.NOTAUTH);
      await job.send(signError(reply, check, now, tsigCrypto), true);
      return;
    }
    const asked = read(options, job, check);
    if (asked === null) await job.send(replyTo(octets, Rcode.FORMERR), true);
    else if ((asked.message.edns?.version ?? 0) > 0) await asked.refuse(Rcode.BADVERS);
    else await handlerOf(options.handlers, asked.message)(asked);
  };
}

function read(
  options: DeskOptions,
  job: SlowJob,
  check: TsigCheck & { status: "none" | "good" },
): Asked | null {
  const octets = check.status === "good" ? unsigned(job.request.octets, check) : job.request.octets;
  const message = readMessage(octets);
  if (!isMessage(message)) return null;
  const key = check.status === "good" ? check.key : null;
  const limit = job.request.transport === TRANSPORT_UDP ? udpLimit(message, options) : TCP_SIZE_MAX;
  const signer = check.status === "good" ? signerOf(check) : null;
  let known: Edns | null = null;
  const edns = (): Edns | null => {
    known ??= options.ednsOf(job.request, octets);
    return known;
  };
  const room = limit - (key === null ? 0 : tsigSize(key));
  let pads = wantsPadding(message, job.request.transport);
  const reply: Asked["reply"] = (given, last = true) => {
    const whole = pads ? padded(given, room) : given;
    pads = false;
    return job.send(signer === null ? whole : signer.sign(whole, options.nowSecs()), last);
  };
  return {
    ...{ job, octets, message, key, edns, reply, room },
    refuse: (rcode, extended = null) => reply(refusal(message, edns(), rcode, extended)),
  };
}

function signerOf({
  key,
  record,
}: TsigCheck & { status: "good" }): ReturnType<typeof createSigner> {
  return createSigner(key, record.mac, tsigCrypto);
}

/** RFC 6891 §6.2.3: what the client offers, but no more than we send; 512 without EDNS. */
function udpLimit({ edns }: Message, { udpSizeMax }: DeskOptions): number {
  if (edns === null) return UDP_PLAIN_SIZE_MAX;
  return Math.min(Math.max(edns.payload, UDP_PLAIN_SIZE_MAX), udpSizeMax);
}

/** The request as it was before it was signed: without the record, one additional less. */
function unsigned(octets: Uint8Array, { record }: TsigCheck & { status: "good" }): Uint8Array {
  const out = octets.slice(0, record.at);
  const count = get16(octets, 10) - 1;
  out[10] = count >> 8;
  out[11] = count & 0xff;
  return out;
}

function handlerOf(handlers: Handlers, { opcode, questions }: Message): Handler {
  if (opcode === Opcode.NOTIFY) return handlers.notify;
  if (opcode === Opcode.UPDATE) return handlers.update;
  const type = questions[0]?.type;
  return type === Type.AXFR || type === Type.IXFR ? handlers.transfer : handlers.query;
}

/** An answer to `message` that says nothing but an RCODE, with this EDNS and why (RFC 8914). */
export function refusal(
  message: Message,
  edns: Edns | null,
  rcode: number,
  extended: number | null,
): Uint8Array {
  const data = new Uint8Array([0, extended ?? 0]);
  const why = extended === null ? [] : [{ code: EdnsOption.EDE, data }];
  return composeMessage({
    ...message,
    ...{ qr: true, aa: false, tc: false, ra: false, ad: false, rcode },
    ...{ answers: [], authorities: [], additionals: [] },
    edns: edns === null ? null : { ...edns, options: [...edns.options, ...why] },
  });
}

/**
 * The same to octets that cannot be read, or whose signature is not good: header, and the question
 * if it can be read.
 */
export function replyTo(octets: Uint8Array, rcode: number): Uint8Array {
  const question = questionEnd(octets);
  const out = octets.slice(0, question < 0 ? HEADER_SIZE : question);
  // QR; opcode and RD as they were.
  out[2] = 0x80 | (octets[2]! & 0x79);
  out[3] = rcode & 15;
  out.fill(0, 4, HEADER_SIZE);
  if (question >= 0) out[5] = 1;
  return out;
}

/** Where the one question of a message ends; −1 if there is another number, or it is malformed. */
function questionEnd(octets: Uint8Array): number {
  if (octets.length < HEADER_SIZE || get16(octets, 4) !== 1) return -1;
  for (let at = HEADER_SIZE; at < octets.length; at += 1 + octets[at]!) {
    if (octets[at] === 0) return at + 5 <= octets.length ? at + 5 : -1;
    if (octets[at]! > 63) return -1;
  }
  return -1;
}
