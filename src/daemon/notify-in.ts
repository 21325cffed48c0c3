// SPDX-License-Identifier: Apache-2.0
/**
 * Somebody says that a zone of ours has changed (RFC 1996): worth a look at the primaries, and nothing
 * more, since whatever it says may be forged.
 *
 * It is answered always, so that a primary that is not listed learns of it at once instead of after
 * five tries.
 */
import { composeMessage } from "../dns/compose.ts";
import { Rcode, Type } from "../dns/iana.ts";
import type { Message } from "../dns/message.ts";
import { lowerName, nameToText } from "../dns/names.ts";
import type { WantedZone } from "../io/transfer-link.ts";
import { soaSerial } from "../zone/serial.ts";
import { addressOf, askerOf, mayAsk } from "./asker.ts";
import type { Secondaries } from "./secondaries.ts";
import type { TransferContext } from "./transfer.ts";
import type { Asked, Handler } from "./transfer-desk.ts";

export function createNotifyHandler(context: TransferContext, secondaries: Secondaries): Handler {
  return async (asked) => {
    const { message, refuse } = asked;
    const [question] = message.questions;
    if (message.questions.length !== 1 || question?.type !== Type.SOA) {
      await refuse(Rcode.FORMERR);
      return;
    }
    const apex = nameToText(lowerName(question.name));
    const zone = context.zoneOf(apex);
    if (zone === undefined) {
      await refuse(Rcode.NOTAUTH);
      return;
    }
    const primary = primaryOf(context, zone, asked);
    const allowed = primary >= 0 || mayAsk(context, zone.transfer.allowNotify, asked);
    if (!allowed || zone.transfer.primaries.length === 0) {
      context.log.info({ zone: apex, from: addressOf(asked) }, "NOTIFY refused");
      await refuse(Rcode.REFUSED);
      return;
    }
    secondaries.notified(apex, primary, serialOf(message));
    await asked.reply(acknowledge(asked));
  };
}

/** Which primary of the zone has sent it, with the key that it must have; −1 for none. */
function primaryOf(context: TransferContext, zone: WantedZone, asked: Asked): number {
  const { key } = askerOf(context, asked);
  const from = addressOf(asked);
  return zone.transfer.primaries.findIndex((id) => {
    const remote = context.remoteOf(id);
    const known = remote?.addresses.some(({ host }) => host === from) ?? false;
    return known && (remote!.key === null || remote!.key === key);
  });
}

/** The SOA that a NOTIFY may carry (§3.7). */
function serialOf({ answers }: Message): number | null {
  const soa = answers.find((one) => one.type === Type.SOA);
  return soa === undefined || soa.rdata.length < 22 ? null : soaSerial(soa.rdata);
}

/** §4.7: the request with QR, and nothing but the question. */
function acknowledge({ message, edns }: Asked): Uint8Array {
  return composeMessage({
    ...message,
    ...{ qr: true, aa: true, rcode: Rcode.NOERROR, edns: edns() },
    ...{ answers: [], authorities: [], additionals: [] },
  });
}
