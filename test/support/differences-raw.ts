// SPDX-License-Identifier: Apache-2.0
/**
 * Where the RCODE of Azimuth to an unsound packet differs from that of three others, and why.
 * docs/differences.md tells the same; test/e2e/peers.test.ts compares the two lists.
 */
import { EdnsOption } from "../../src/dns/iana.ts";
import { isMessage, readClientSubnet, readMessage } from "../../src/dns/message.ts";

interface RawCase {
  readonly packet: Uint8Array;
  readonly ours: string;
  readonly theirs: string;
}

export interface RawDifference {
  readonly id: string;
  readonly rfc: string;
  applies(one: RawCase): boolean;
}

const OPT_TYPE = 41;
const TSIG_TYPE = 250;
/** Options whose length a question does not choose freely. */
const FORMED = [3, 9, 10, 11, 19];

export const rawDifferences: readonly RawDifference[] = [
  {
    id: "octets-behind",
    rfc: "RFC 1035 §4.1",
    applies: ({ packet, ours }) => {
      const read = readMessage(packet);
      return (
        ours === "FORMERR" && "error" in read && read.error === "octets behind the last record"
      );
    },
  },
  {
    id: "meta-question",
    rfc: "RFC 6891 §6.1.1, RFC 8945 §4.2",
    applies: ({ packet, ours }) => {
      const type = questionType(packet);
      return ours === "FORMERR" && (type === OPT_TYPE || type === TSIG_TYPE);
    },
  },
  {
    id: "subnet-malformed",
    rfc: "RFC 7871 §7.1.2",
    applies: ({ packet, ours }) => ours === "FORMERR" && hasBadSubnet(packet),
  },
  {
    // NSID, EXPIRE, COOKIE, keepalive and ZONEVERSION of a length that no question has.
    id: "option-malformed",
    rfc: "RFC 5001 §2.1, RFC 7873 §5.2.2, RFC 9660 §3.1",
    applies: ({ packet, ours }) => {
      const read = readMessage(packet);
      if (ours !== "FORMERR" || !isMessage(read)) return false;
      const options = read.edns?.options ?? [];
      return options.some(({ code, data }) => FORMED.includes(code) && data.length > 0);
    },
  },
  {
    id: "rdata-unread",
    rfc: "RFC 3597 §3",
    applies: ({ packet, theirs }) => theirs === "FORMERR" && hasRecords(packet),
  },
];

export function allowedRaw(one: RawCase): string | null {
  return rawDifferences.find((row) => row.applies(one))?.id ?? null;
}

/** The type of the one question; -1 if it cannot be read. */
function questionType(packet: Uint8Array): number {
  let at = 12;
  while (at < packet.length && packet[at]! > 0) at += 1 + packet[at]!;
  return at + 2 < packet.length ? (packet[at + 1]! << 8) | packet[at + 2]! : -1;
}

/** Whether there is a record other than OPT, sound or not. */
function hasRecords(packet: Uint8Array): boolean {
  const count = [6, 7, 8, 9, 10, 11].reduce((sum, at) => sum + packet[at]!, 0);
  const read = readMessage(packet);
  if (!isMessage(read)) return count > 0;
  return count > (read.edns === null ? 0 : 1);
}

/** A client subnet that is not well-formed, has a scope, or stands there twice. */
function hasBadSubnet(packet: Uint8Array): boolean {
  const read = readMessage(packet);
  if (!isMessage(read) || read.edns === null) return false;
  const subnets = read.edns.options.filter((option) => option.code === EdnsOption.ECS);
  const isBad = (data: Uint8Array): boolean => {
    const subnet = readClientSubnet(data);
    return subnet === null || subnet.scope !== 0;
  };
  return subnets.length > 1 || subnets.some(({ data }) => isBad(data));
}
