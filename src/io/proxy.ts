// SPDX-License-Identifier: Apache-2.0
/**
 * The header of the PROXY protocol, with which a balancer says whose connection or datagram it hands
 * on: version 2, binary, for streams and datagrams; version 1, a line, for streams.
 *
 * A header is believed only from an address that the operator listed: whoever may send one may claim
 * any client address. That is the listener's to see to; here octets are read.
 *
 * Invariants
 *   X1  Nothing is read beyond the octets given, and nothing throws.
 *   X2  A prefix of a sound header is MORE, never MALFORMED; what can no more become one is MALFORMED.
 *   X3  A header has at most PROXY_HEADER_SIZE_MAX octets.
 *
 * "The PROXY protocol", HAProxy, versions 1 and 2, §2.1, §2.2.
 */
import { addressFromText } from "../dns/address.ts";

/** What stands in front of the data, or why it cannot be told. */
export type ProxyHeader =
  | {
      readonly kind: "header";
      /** Octets of the header. */
      readonly size: number;
      /** Null if the sender speaks for itself (LOCAL, UNKNOWN, other families). */
      readonly client: ProxyClient | null;
    }
  | { readonly kind: "more" }
  | { readonly kind: "malformed" };

export interface ProxyClient {
  readonly family: 4 | 6;
  /** 16 octets, the first 4 if IPv4. */
  readonly octets: Uint8Array;
  readonly port: number;
}

/** Version 2 counts its length with 16 bits; nobody sends more than some TLVs. */
export const PROXY_HEADER_SIZE_MAX = 16 + 2048;
/** Version 1: `PROXY UNKNOWN` and two addresses (§2.1). */
const LINE_SIZE_MAX = 107;

const SIGNATURE = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10);
const LINE_START = Uint8Array.of(80, 82, 79, 88, 89, 32);
const HEAD_SIZE = 16;
const MORE: ProxyHeader = { kind: "more" };
const MALFORMED: ProxyHeader = { kind: "malformed" };

/** Reads a header at the start of `octets`. */
export function readProxyHeader(octets: Uint8Array): ProxyHeader {
  if (startsWith(octets, LINE_START)) return readLine(octets);
  if (!startsWith(octets, SIGNATURE)) return MALFORMED;
  if (octets.length < HEAD_SIZE) return MORE;
  const version = octets[12]! >> 4;
  const command = octets[12]! & 15;
  const length = (octets[14]! << 8) | octets[15]!;
  const size = HEAD_SIZE + length;
  if (version !== 2 || command > 1 || size > PROXY_HEADER_SIZE_MAX) return MALFORMED;
  const family = octets[13]! >> 4;
  // AF_INET, AF_INET6; AF_UNIX and AF_UNSPEC tell no address that we could use.
  const width = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (command === 1 && length < 2 * width + (width === 0 ? 0 : 4)) return MALFORMED;
  if (octets.length < size) return MORE;
  if (command === 0 || width === 0) return { kind: "header", size, client: null };
  const client = new Uint8Array(16);
  client.set(octets.subarray(HEAD_SIZE, HEAD_SIZE + width));
  const portAt = HEAD_SIZE + 2 * width;
  const port = (octets[portAt]! << 8) | octets[portAt + 1]!;
  return { kind: "header", size, client: { family: width === 4 ? 4 : 6, octets: client, port } };
}

/** Whether one is a prefix of the other: too few octets may still become it (X2). */
function startsWith(octets: Uint8Array, start: Uint8Array): boolean {
  const size = Math.min(octets.length, start.length);
  for (let i = 0; i < size; i += 1) if (octets[i] !== start[i]) return false;
  return true;
}

/** `PROXY TCP4 192.0.2.1 192.0.2.2 40000 53` and CR LF. */
function readLine(octets: Uint8Array): ProxyHeader {
  const end = octets.subarray(0, LINE_SIZE_MAX).indexOf(10);
  if (end < 0) return octets.length < LINE_SIZE_MAX ? MORE : MALFORMED;
  if (octets[end - 1] !== 13) return MALFORMED;
  const words = String.fromCharCode(...octets.subarray(0, end - 1)).split(" ");
  const size = end + 1;
  if (words[1] === "UNKNOWN") return { kind: "header", size, client: null };
  const family = words[1] === "TCP4" ? 4 : words[1] === "TCP6" ? 6 : 0;
  if (family === 0 || words.length !== 6) return MALFORMED;
  const source = addressFromText(words[2]!);
  const target = addressFromText(words[3]!);
  const width = family === 4 ? 4 : 16;
  if (source?.length !== width || target?.length !== width) return MALFORMED;
  const client = new Uint8Array(16);
  client.set(source);
  const port = portOf(words[4]!);
  if (port < 0 || portOf(words[5]!) < 0) return MALFORMED;
  return { kind: "header", size, client: { family, octets: client, port } };
}

function portOf(text: string): number {
  const port = /^(0|[1-9]\d{0,4})$/.test(text) ? Number(text) : -1;
  return port <= 65_535 ? port : -1;
}
