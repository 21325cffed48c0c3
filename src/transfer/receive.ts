// SPDX-License-Identifier: Apache-2.0
/**
 * The messages of an incoming transfer, one by one, to what they say: a whole zone, steps from the
 * version that we have, or that we have the newest.
 *
 *   AXFR   SOA, everything else, SOA                                         RFC 5936 §2.2
 *   IXFR   SOA of the newest, then for each step: old SOA, what goes, new SOA, what comes;
 *          SOA of the newest. Or the newest SOA alone, or the form of AXFR.  RFC 1995 §4
 *
 * Which form an IXFR has is told by its second record, so nothing is decided before it has come.
 *
 * Invariants
 *   R1  However records are divided into messages, the result is the same.
 *   R2  Only records of the zone and of class IN get in; its SOA stands at the apex only.
 *   R3  After DONE or FAILED nothing is taken; what would go beyond a bound FAILS before it is kept.
 *
 * Signatures of messages were checked before (RFC 8945 §5.3.1).
 */
import { Class, EdnsOption, isMetaType, Opcode, Rcode, rcodeText, Type } from "../dns/iana.ts";
import { isMessage, type Message, type ResourceRecord, readMessage } from "../dns/message.ts";
import { equalName, isSubdomain, lowerName, nameToText } from "../dns/names.ts";
import { get32 } from "../dns/sink.ts";
import { TTL_MAX } from "../zone/records.ts";
import { serialNewer, soaSerial } from "../zone/serial.ts";

/** One record of a transfer; owner in lower case. */
export interface TransferRecord {
  readonly owner: Uint8Array;
  readonly type: number;
  readonly ttl: number;
  readonly rdata: Uint8Array;
}

/** From one version to the next. The SOA of each is among neither list. */
export interface TransferStep {
  readonly from: TransferRecord;
  readonly to: TransferRecord;
  readonly removed: TransferRecord[];
  readonly added: TransferRecord[];
}

export interface ReceiverOptions {
  /** Lower case. */
  readonly apex: Uint8Array;
  readonly type: typeof Type.AXFR | typeof Type.IXFR;
  /** Of the query. */
  readonly id: number;
  /** The serial that an IXFR asked from; ignored for AXFR. */
  readonly serial: number;
  readonly recordsMax: number;
  /** Of all messages together. */
  readonly octetsMax: number;
  /** Takes the records of a whole zone but the last SOA, as they come, the SOA first. */
  readonly onRecord: (record: TransferRecord) => void;
}

export type Receipt =
  | { readonly kind: "more" }
  | { readonly kind: "failed"; readonly reason: string; readonly rcode: number }
  /** All records of a zone were handed to onRecord. */
  | { readonly kind: "whole"; readonly serial: number; readonly left?: number | null }
  | {
      readonly kind: "steps";
      readonly steps: readonly TransferStep[];
      readonly left?: number | null;
    }
  /** The server has nothing newer; or, over UDP, the answer did not fit (RFC 1995 §4). */
  | { readonly kind: "current"; readonly serial: number; readonly left?: number | null };

type Phase = "first" | "second" | "whole" | "removing" | "adding" | "ended";

export interface Receiver {
  readonly options: ReceiverOptions;
  phase: Phase;
  /** Seconds for which the server trusts its zone, of EXPIRE (RFC 7314 §4); null if it is silent. */
  left: number | null;
  /** The SOA of the newest version. */
  newest: TransferRecord | null;
  readonly steps: TransferStep[];
  records: number;
  octets: number;
  messages: number;
}

export function createReceiver(options: ReceiverOptions): Receiver {
  return {
    ...{ options, phase: "first", newest: null, steps: [] },
    ...{ records: 0, octets: 0, messages: 0, left: null },
  };
}

const MORE: Receipt = { kind: "more" };

/** Takes the next message. Anything but MORE is final. */
export function takeMessage(r: Receiver, octets: Uint8Array): Receipt {
  r.octets += octets.length;
  if (r.octets > r.options.octetsMax) return failed(r, `more than ${r.options.octetsMax} octets`);
  const message = readMessage(octets);
  if (!isMessage(message)) return failed(r, `malformed: ${message.error}`);
  const wrong = checkHead(r, message);
  if (wrong !== null) return failed(r, wrong, message.rcode);
  r.messages += 1;
  const expire = message.edns?.options.find(({ code }) => code === EdnsOption.EXPIRE);
  if (expire?.data.length === 4) r.left = get32(expire.data, 0);
  for (const record of message.answers) {
    if (r.phase === "ended") return failed(r, "records behind the last SOA");
    r.records += 1;
    if (r.records > r.options.recordsMax) {
      return failed(r, `more than ${r.options.recordsMax} records`);
    }
    const reason = takeRecord(r, record);
    if (reason !== null) return failed(r, reason);
  }
  if (r.messages === 1 && message.answers.length === 0) return failed(r, "an answer without a SOA");
  return receiptOf(r);
}

function receiptOf(r: Receiver): Receipt {
  if (r.phase === "ended") {
    if (r.steps.length > 0) return { kind: "steps", steps: r.steps };
    return { kind: "whole", serial: serialOf(r.newest!) };
  }
  // A SOA alone in the first message says that there is nothing newer: nobody sends less at once.
  if (r.phase === "second" && r.options.type === Type.IXFR && r.messages === 1) {
    const serial = serialOf(r.newest!);
    if (!serialNewer(serial, r.options.serial)) return { kind: "current", serial };
  }
  return MORE;
}

function failed(r: Receiver, reason: string, rcode: number = Rcode.NOERROR): Receipt {
  r.phase = "ended";
  return { kind: "failed", reason, rcode };
}

/** RFC 5936 §2.2.1, §2.2.2; null if all is as it should be. */
function checkHead(r: Receiver, m: Message): string | null {
  const { apex, type, id } = r.options;
  if (m.id !== id) return "an answer to another query";
  if (!m.qr || m.opcode !== Opcode.QUERY) return "no answer to a query";
  if (m.rcode !== Rcode.NOERROR) return `the server says ${rcodeText(m.rcode)}`;
  if (m.tc) return "a truncated message";
  const [question] = m.questions;
  // Only the first message must repeat the question.
  if (question === undefined) return r.messages === 0 ? "an answer without its question" : null;
  const same = equalName(lowerName(question.name), apex) && question.type === type;
  return m.questions.length === 1 && same ? null : "an answer to another question";
}

/** Null if the record is as it should be. */
function takeRecord(r: Receiver, given: ResourceRecord): string | null {
  const { apex } = r.options;
  const owner = lowerName(given.owner);
  const record = { owner, type: given.type, ttl: ttlOf(given.ttl), rdata: given.rdata };
  if (given.class !== Class.IN || isMetaType(given.type)) return "a record of no zone";
  if (!isSubdomain(owner, apex)) return `${nameToText(owner)} is not in the zone`;
  const isSoa = given.type === Type.SOA;
  if (isSoa && !equalName(owner, apex)) return `a SOA at ${nameToText(owner)}`;
  if (isSoa && given.rdata.length < 22) return "a SOA that is none";
  return isSoa ? takeSoa(r, record) : takeOther(r, record);
}

function takeSoa(r: Receiver, soa: TransferRecord): string | null {
  const step = r.steps.at(-1);
  switch (r.phase) {
    case "first":
      r.newest = soa;
      r.phase = "second";
      return null;
    case "second":
      if (serialOf(soa) === serialOf(r.newest!)) {
        // A zone of nothing but a SOA.
        r.options.onRecord(r.newest!);
        r.phase = "ended";
        return null;
      }
      if (r.options.type === Type.AXFR) return "two different SOAs";
      if (serialOf(soa) !== r.options.serial) return "steps from another version than ours";
      return beginStep(r, soa);
    case "whole":
      if (serialOf(soa) !== serialOf(r.newest!)) return "two different SOAs";
      r.phase = "ended";
      return null;
    case "removing":
      r.steps[r.steps.length - 1] = { ...step!, to: soa };
      r.phase = "adding";
      return null;
    case "adding":
      if (serialOf(soa) !== serialOf(step!.to)) return "steps that do not follow each other";
      if (serialOf(soa) !== serialOf(r.newest!)) return beginStep(r, soa);
      r.phase = "ended";
      return null;
    default:
      return "records behind the last SOA";
  }
}

function beginStep(r: Receiver, from: TransferRecord): null {
  r.steps.push({ from, to: from, removed: [], added: [] });
  r.phase = "removing";
  return null;
}

function takeOther(r: Receiver, record: TransferRecord): string | null {
  if (r.phase === "first") return "no SOA in front";
  if (r.phase === "second") {
    r.options.onRecord(r.newest!);
    r.phase = "whole";
  }
  if (r.phase === "whole") r.options.onRecord(record);
  else if (r.phase === "removing") r.steps.at(-1)!.removed.push(record);
  else r.steps.at(-1)!.added.push(record);
  return null;
}

function serialOf({ rdata }: TransferRecord): number {
  return soaSerial(rdata);
}

/** RFC 2181 §8. */
function ttlOf(ttl: number): number {
  return ttl > TTL_MAX ? 0 : ttl;
}
