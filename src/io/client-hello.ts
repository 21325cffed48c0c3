// SPDX-License-Identifier: Apache-2.0
/**
 * Whether the first message of a TLS client is whole (RFC 8446 §4.1.2, §5.1). It is looked at in no
 * other way: what it says is between the client and TLS.
 *
 * Why: a ClientHello that comes in two segments, as it does with post-quantum key shares, would
 * otherwise be answered out of our sight, and so would its signature.
 */

/** Larger ones are left to TLS, which refuses them. */
export const HELLO_SIZE_MAX = 32 * 1024;

const RECORD_HEAD = 5;
const MESSAGE_HEAD = 4;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;

/** False while more octets must come; true if the message is whole, or if it cannot become one. */
export function isHelloWhole(octets: Uint8Array): boolean {
  if (octets.length >= HELLO_SIZE_MAX) return true;
  /** Type and length of the message, which may be spread over records. */
  const head: number[] = [];
  let got = 0;
  for (let at = 0; at < octets.length; ) {
    if (octets[at] !== HANDSHAKE) return true;
    if (at + RECORD_HEAD > octets.length) return false;
    const size = (octets[at + 3]! << 8) | octets[at + 4]!;
    if (size === 0) return true;
    at += RECORD_HEAD;
    const end = Math.min(at + size, octets.length);
    for (let i = at; i < end && head.length < MESSAGE_HEAD; i += 1) head.push(octets[i]!);
    if (head.length > 0 && head[0] !== CLIENT_HELLO) return true;
    got += end - at;
    // A record is decoded when it is whole.
    if (end < at + size) return false;
    at = end;
    if (head.length < MESSAGE_HEAD) continue;
    const want = (head[1]! << 16) | (head[2]! << 8) | head[3]!;
    if (got >= MESSAGE_HEAD + want) return true;
  }
  return false;
}
