// SPDX-License-Identifier: Apache-2.0
/**
 * Peer addresses as the runtime gives them (text) into the octets that the kernels read.
 *
 * Why not the strict reader of src/geo/prefix.ts: this runs for every packet, on text that the
 * runtime itself made, and must not allocate. It trusts its input, which no operator can write.
 */

/**
 * Writes the address as 4 or 16 octets at `at` of `out`; gives its family, 4 or 6. An IPv4-mapped
 * IPv6 address stays IPv6: the kernel takes embedded addresses out itself. A zone (`%eth0`) ends it.
 */
export function writeAddress(text: string, out: Uint8Array, at: number): 4 | 6 {
  const size = text.length;
  let value = 0;
  let octet = 0;
  for (let i = 0; i < size; i += 1) {
    const c = text.charCodeAt(i);
    if (c === 0x2e) {
      out[at + octet] = value;
      octet += 1;
      value = 0;
    } else if (c >= 0x30 && c <= 0x39) value = value * 10 + c - 0x30;
    else return writeV6(text, out, at);
  }
  if (octet !== 3) return writeV6(text, out, at);
  out[at + 3] = value;
  return 4;
}

function writeV6(text: string, out: Uint8Array, at: number): 6 {
  let octets = 0;
  let gap = -1;
  let value = 0;
  let digits = 0;
  let groupStart = 0;
  const size = text.length;
  for (let i = 0; i <= size && octets < 16; i += 1) {
    const c = i < size ? text.charCodeAt(i) : 0x25;
    if (c === 0x3a || c === 0x25) {
      if (digits > 0) {
        out[at + octets] = value >> 8;
        out[at + octets + 1] = value & 0xff;
        octets += 2;
        value = 0;
        digits = 0;
      }
      if (c === 0x25) break;
      if (text.charCodeAt(i + 1) === 0x3a) gap = octets;
      groupStart = i + 1;
    } else if (c === 0x2e) {
      writeAddress(tail(text, groupStart), out, at + octets);
      octets += 4;
      break;
    } else {
      value = (value << 4) | (c <= 0x39 ? c - 0x30 : (c | 0x20) - 0x57);
      digits += 1;
    }
  }
  if (gap >= 0) spread(out, at, gap, octets);
  return 6;
}

/** The dotted end of a mixed form, without a zone. */
function tail(text: string, from: number): string {
  const zone = text.indexOf("%");
  return text.slice(from, zone < 0 ? undefined : zone);
}

/** Moves the groups behind `::` to the end and zeroes what it stood for. */
function spread(out: Uint8Array, at: number, gap: number, octets: number): void {
  const moved = octets - gap;
  out.copyWithin(at + 16 - moved, at + gap, at + octets);
  out.fill(0, at + gap, at + 16 - moved);
}
