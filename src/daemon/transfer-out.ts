// SPDX-License-Identifier: Apache-2.0
/**
 * AXFR and IXFR to others (RFC 5936, RFC 1995): who may, from what, in which form.
 *
 *   up to date          the SOA in force                              RFC 1995 §2
 *   the journal reaches  SOA, old SOA, what goes, SOA, what comes, SOA  §4, condensed into one step
 *   else                 SOA, everything else, SOA                     RFC 5936 §2.2
 *
 * Over UDP an IXFR that does not fit one datagram is the SOA alone, and the client comes by TCP.
 *
 * Invariants
 *   O1  Nothing of a zone goes to who is not on its list, not even whether we have it.
 *   O2  At most RUNNING_MAX transfers work at a time, WAITING_MAX wait; further ones are REFUSED.
 */
import { EdnsOption, Rcode, Type } from "../dns/iana.ts";
import type { Message, ResourceRecord } from "../dns/message.ts";
import { equalName, lowerName, nameToText } from "../dns/names.ts";
import { get32 } from "../dns/sink.ts";
import type { WantedZone } from "../io/transfer-link.ts";
import {
  COUNTER_TRANSFER_ABORTED,
  COUNTER_TRANSFER_AXFR,
  COUNTER_TRANSFER_BUSY,
  COUNTER_TRANSFER_IXFR,
  COUNTER_TRANSFER_RECORDS,
  COUNTER_TRANSFER_REFUSED,
  COUNTER_TRANSFER_SOA,
} from "../layout/gen/counters.ts";
import { TRANSPORT_UDP } from "../layout/gen/enums.ts";
import { zoneSoa } from "../table/zone-records.ts";
import { condense } from "../transfer/difference.ts";
import { entriesFrom } from "../transfer/journal.ts";
import { ixfrRecords, optOctets, packed } from "../transfer/outgoing.ts";
import { createPacker, type Packer } from "../transfer/pack.ts";
import type { TransferRecord, TransferStep } from "../transfer/receive.ts";
import { axfrMessages } from "../transfer/wire.ts";
import { serialNewer, soaSerial } from "../zone/serial.ts";
import { mayAsk } from "./asker.ts";
import { recordOf, soaInForce } from "./served-soa.ts";
import type { TransferContext } from "./transfer.ts";
import type { Asked, Handler } from "./transfer-desk.ts";
import { createCopies } from "./zone-copies.ts";
import type { ZoneVersions } from "./zone-versions.ts";

/** Each holds a copy of its zone at most: memory, not work, is what bounds them. */
const RUNNING_MAX = 32;
const WAITING_MAX = 512;

/** RFC 8914 §4. */
const EDE_PROHIBITED = 18;
const EDE_NOT_SUPPORTED = 21;
const EDE_NOT_READY = 14;

export function createOutgoing(
  context: TransferContext,
  versions: ZoneVersions,
  expireLeft: (apex: string) => number | null,
): Handler {
  const { watch, memory, count, log } = context;
  const copies = createCopies(memory.table);
  const told = new Set<string>();
  const waiting: (() => void)[] = [];
  let running = 0;
  const refuse = async (asked: Asked, rcode: number, extended: number | null): Promise<void> => {
    count(COUNTER_TRANSFER_REFUSED);
    await asked.refuse(rcode, extended);
  };

  const enter = async (): Promise<boolean> => {
    if (running < RUNNING_MAX) {
      running += 1;
      return true;
    }
    if (waiting.length >= WAITING_MAX) return false;
    await new Promise<void>((resolve) => waiting.push(resolve));
    return true;
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };

  /** Sends what is packed; a datagram has one message, or is not sent. False: it did not fit. */
  const send = async (
    asked: Asked,
    messages: (packer: Packer) => Iterable<Uint8Array>,
    expire: number,
  ): Promise<boolean> => {
    const { message, room, job } = asked;
    const [question] = message.questions;
    const expires = message.edns?.options.some(({ code }) => code === EdnsOption.EXPIRE) ?? false;
    const opt = optOctets(asked.edns(), expires ? expire : null);
    const packer = createPacker({
      ...{ id: message.id, rd: message.rd, apex: question!.name, type: question!.type },
      ...{ room, opt },
    });
    for (const full of messages(packer)) {
      if (job.request.transport === TRANSPORT_UDP) return false;
      if (!(await asked.reply(full, false))) {
        count(COUNTER_TRANSFER_ABORTED);
        return true;
      }
    }
    count(COUNTER_TRANSFER_RECORDS, packer.records());
    await asked.reply(packer.end()!, true);
    return true;
  };

  /** RFC 7314 §3: of a secondary the time that is left, of a primary what the SOA says. */
  const expireOf = (soa: TransferRecord): number =>
    expireLeft(nameToText(soa.owner)) ?? get32(soa.rdata, soa.rdata.length - 8);

  const sendWhole = async (asked: Asked, zone: WantedZone): Promise<void> => {
    const held = watch.read((root) =>
      copies.take(root, lowerName(asked.message.questions[0]!.name)),
    );
    if (held === null) return refuse(asked, Rcode.SERVFAIL, EDE_NOT_READY);
    try {
      const { views, zone: place } = held.copy;
      const soa = recordOf(zoneSoa(views, place));
      count(COUNTER_TRANSFER_AXFR);
      const messages = (packer: Packer) => axfrMessages(views, place, soa, zone.flattened, packer);
      await send(asked, messages, expireOf(soa));
    } finally {
      held.release();
    }
  };

  const sendSoa = async (asked: Asked, soa: TransferRecord): Promise<void> => {
    count(COUNTER_TRANSFER_SOA);
    await send(asked, (packer) => packed([soa], packer), expireOf(soa));
  };

  const sendSteps = async (asked: Asked, zone: WantedZone, serial: number): Promise<void> => {
    const soa = soaInForce(context, lowerName(asked.message.questions[0]!.name));
    if (soa === null) return refuse(asked, Rcode.SERVFAIL, EDE_NOT_READY);
    if (!serialNewer(soaSerial(soa.rdata), serial)) return sendSoa(asked, soa);
    const steps = stepsFrom(versions, zone.apex, serial, soa);
    const udp = asked.job.request.transport === TRANSPORT_UDP;
    if (steps === null) return udp ? sendSoa(asked, soa) : sendWhole(asked, zone);
    count(COUNTER_TRANSFER_IXFR);
    const step = condense(steps);
    const messages = (packer: Packer) => packed(ixfrRecords(step), packer);
    if (!(await send(asked, messages, expireOf(soa)))) await sendSoa(asked, soa);
  };

  const serve = async (asked: Asked, zone: WantedZone): Promise<void> => {
    if (asked.message.questions[0]!.type === Type.AXFR) return sendWhole(asked, zone);
    const serial = clientSerial(asked.message);
    if (serial === null) return refuse(asked, Rcode.FORMERR, null);
    return sendSteps(asked, zone, serial);
  };

  return async (asked) => {
    const { message, job } = asked;
    const [question] = message.questions;
    if (message.questions.length !== 1 || message.answers.length > 0) {
      return refuse(asked, Rcode.FORMERR, null);
    }
    const apex = nameToText(lowerName(question!.name));
    const zone = context.zoneOf(apex);
    if (zone === undefined || question!.class !== 1) return refuse(asked, Rcode.NOTAUTH, null);
    if (!mayAsk(context, zone.transfer.allowTransfer, asked)) {
      return refuse(asked, Rcode.REFUSED, EDE_PROHIBITED);
    }
    if (zone.steered && zone.transfer.steered === "refuse") {
      if (!told.has(apex)) {
        log.warn(
          { zone: apex },
          "a transfer is refused: the zone has steered names and does not say `steered: flatten`",
        );
      }
      told.add(apex);
      return refuse(asked, Rcode.REFUSED, EDE_NOT_SUPPORTED);
    }
    // RFC 5936 §4.2: there is no AXFR over UDP.
    if (job.request.transport === TRANSPORT_UDP && question!.type === Type.AXFR) {
      return refuse(asked, Rcode.FORMERR, null);
    }
    // A client that was quicker than the word of what was published is served from it all the same.
    versions.published();
    if (!(await enter())) {
      count(COUNTER_TRANSFER_BUSY);
      return refuse(asked, Rcode.REFUSED, EDE_NOT_READY);
    }
    try {
      await serve(asked, zone);
    } finally {
      leave();
    }
  };
}

/** The serial in the authority section of an IXFR (RFC 1995 §3); null if it is malformed. */
function clientSerial({ questions, authorities }: Message): number | null {
  const [soa, ...more] = authorities as readonly ResourceRecord[];
  if (soa === undefined || more.length > 0 || soa.type !== Type.SOA) return null;
  if (!equalName(soa.owner, questions[0]!.name) || soa.rdata.length < 22) return null;
  return soaSerial(soa.rdata);
}

/** The steps from a serial to the version in force; null if the journal has not all of them. */
function stepsFrom(
  versions: ZoneVersions,
  apex: string,
  serial: number,
  soa: TransferRecord,
): TransferStep[] | null {
  const journal = versions.journalOf(apex);
  const entries = journal === null ? null : entriesFrom(journal.entries, serial);
  if (journal === null || entries === null || entries.length === 0) return null;
  // What was published a moment ago may not be in the journal yet.
  if (entries.at(-1)!.to !== soaSerial(soa.rdata)) return null;
  return journal.read(entries);
}
