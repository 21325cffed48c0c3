// SPDX-License-Identifier: Apache-2.0
/**
 * Packets that are no sound questions, to all servers: grammar-made, bent, cut and mixed.
 *
 * Azimuth answers all of them, or drops them by its one rule (shorter than a header, or a response);
 * what it sends is a sound message that repeats id and opcode. Where at least three of the four
 * answer, and with one RCODE, it is ours too, or the difference is a listed one.
 */
import assert from "node:assert/strict";
import { rcodeText, Type } from "../../src/dns/iana.ts";
import { isMessage, readMessage } from "../../src/dns/message.ts";
import { nameFromText } from "../../src/dns/names.ts";
import * as slot from "../../src/layout/gen/slab.ts";
import { HEADER_SIZE, UDP_SIZE_MAX } from "../../src/layout/limits.ts";
import { allowedRaw } from "./differences-raw.ts";
import { majority } from "./differential.ts";
import type { Servers } from "./differential-servers.ts";
import { bend, createGrammar, type Grammar, writeRequest } from "./grammar.ts";
import { createSlots } from "./parity.ts";
import { createPrng, nextRandom } from "./prng.ts";

const UNDER_WAY = 512;
/** Many drop what they do not like, and each such packet costs this wait. */
const WAIT_MS = 500;
const SLOT_SIZE = slot.PACKET_SLOT_SIZE + UDP_SIZE_MAX;

export interface RawDisagreement {
  readonly packet: string;
  readonly ours: string;
  readonly theirs: Readonly<Record<string, string>>;
}

export interface RawResult {
  sent: number;
  dropped: number;
  /** Not the kernels' to answer, or sound. */
  elsewhere: number;
  agreed: number;
  /** No three answered alike. */
  disputed: number;
  readonly allowed: Record<string, number>;
  readonly wrong: RawDisagreement[];
}

export async function runRaw(
  servers: Servers,
  input: { readonly seed: number; readonly packets: number; readonly secondsMax: number },
): Promise<RawResult> {
  const random = createPrng(input.seed ^ 0xfade);
  const names = servers.zones
    .slice(0, 200)
    .flatMap(({ apex, owners }) => [apex, `${owners[0]}.${apex}`])
    .map((name) => nameFromText(name.toLowerCase()))
    .filter((name) => name !== null);
  const grammar = createGrammar(random, names);
  const result: RawResult = {
    sent: 0,
    dropped: 0,
    elsewhere: 0,
    agreed: 0,
    disputed: 0,
    allowed: {},
    wrong: [],
  };
  const end = performance.now() + input.secondsMax * 1000;
  while (result.sent < input.packets && performance.now() < end) {
    const packets = Array.from({ length: UNDER_WAY }, () =>
      packetOf(grammar, nextRandom(random) % 3 !== 0),
    );
    await Promise.all(packets.map((packet) => judge(servers, packet, result)));
  }
  return result;
}

function packetOf(grammar: Grammar, bent: boolean): Uint8Array {
  const slab = createSlots(1, SLOT_SIZE, UDP_SIZE_MAX);
  writeRequest(grammar, slab, 0);
  if (bent) bend(grammar, slab, 0);
  const size = slab.u32[slot.PACKET_SLOT_SIZE_IN >> 2]!;
  return slab.u8.slice(slot.PACKET_SLOT_SIZE, slot.PACKET_SLOT_SIZE + size);
}

async function judge({ peers, own }: Servers, packet: Uint8Array, result: RawResult) {
  const { octets: reply, slow } = own(packet);
  result.sent += 1;
  const silent = packet.length < HEADER_SIZE || (packet[2]! & 0x80) !== 0;
  const hex = Buffer.from(packet).toString("hex");
  assert.equal(reply === null, silent, `answered or not, and should be otherwise: ${hex}`);
  if (reply === null) {
    result.dropped += 1;
    return;
  }
  const message = readMessage(reply);
  assert.ok(isMessage(message), `unsound answer to ${hex}`);
  assert.deepEqual(reply.subarray(0, 2), packet.subarray(0, 2), `another id: ${hex}`);
  assert.equal(reply[2]! & 0xf8, (packet[2]! & 0x78) | 0x80, `another opcode: ${hex}`);
  // What an alias ends in is compared by questions that are sound (`differential.ts`), and what
  // is truncated need not know its end.
  const aliased = message.answers.some((one) => one.type === Type.CNAME);
  // What a server says of itself (class CHAOS) is a matter of configuration.
  const ofItself = message.questions[0]?.class === 3;
  if (slow || aliased || ofItself || message.tc) {
    result.elsewhere += 1;
    return;
  }
  const theirs = await Promise.all(
    peers.map(async (peer) => [peer.name, rcodeOf(await peer.askOnce(packet, WAIT_MS))] as const),
  );
  // Who drops the packet, or could not load the zone, has no say.
  const said = theirs.map(([, rcode]) => rcode);
  const wanted = majority(said.filter((rcode) => rcode !== "none" && rcode !== "SERVFAIL"));
  const ours = rcodeOf(reply);
  if (wanted === null) result.disputed += 1;
  else if (wanted === ours) result.agreed += 1;
  else {
    const id = allowedRaw({ packet, ours, theirs: wanted });
    if (id !== null) result.allowed[id] = (result.allowed[id] ?? 0) + 1;
    else result.wrong.push({ packet: hex, ours, theirs: Object.fromEntries(theirs) });
  }
}

/** The RCODE with the upper bits of EDNS, in words; `none` without an answer. */
function rcodeOf(reply: Uint8Array | null): string {
  if (reply === null || reply.length < HEADER_SIZE) return "none";
  const message = readMessage(reply);
  return rcodeText(isMessage(message) ? message.rcode : reply[3]! & 15);
}
