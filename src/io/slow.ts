// SPDX-License-Identifier: Apache-2.0
/**
 * What the data-plane threads and the transfer thread say to each other: one home, so that both ends
 * agree.
 *
 * Slow is what the table alone cannot answer: transfers, NOTIFY, UPDATE, and whatever is signed with
 * TSIG. The kernel says so (VERDICT_SLOW), the thread that received it hands the request over as it
 * came, and goes on. The link is a MessagePort between the two threads, which the main thread makes
 * anew whenever one of them is started again.
 *
 * Invariants
 *   L1  A request ends with exactly one reply whose `last` is true, or with `gone`.
 *   L2  Only a few replies of a request are on their way at a time: the reader says `written` when
 *       the octets of one have left for the socket, so a slow client fills no memory.
 */

export interface SlowRequest {
  readonly kind: "request";
  /** Unique among the requests of this reader. */
  readonly id: number;
  /** The message, without the length of a stream. Its buffer is handed over. */
  readonly octets: Uint8Array;
  /** Source address as in a PacketSlot: 16 octets, the first 4 if IPv4. */
  readonly client: Uint8Array;
  readonly family: number;
  readonly port: number;
  /** One of transports (src/layout/slab.ts). */
  readonly transport: number;
}

/** Reader → transfer thread. */
export type SlowAsk =
  | SlowRequest
  /** A reply was written to the socket (L2). */
  | { readonly kind: "written"; readonly id: number }
  /** The client is gone: nothing more of this request. */
  | { readonly kind: "gone"; readonly id: number };

/** Transfer thread → reader. */
export interface SlowReply {
  readonly kind: "reply";
  readonly id: number;
  /** One whole message, without the length of a stream; empty sends nothing. Handed over. */
  readonly octets: Uint8Array;
  readonly last: boolean;
}
