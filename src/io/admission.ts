// SPDX-License-Identifier: Apache-2.0
/**
 * Who may open one more connection: so many for a client address, so many for its network
 * (RFC 9210 §4.1), so that neither one host nor one who owns a whole network takes all there are.
 */

export interface AdmissionLimits {
  readonly connectionsPerClientMax: number;
  readonly connectionsPerPrefixMax: number;
  /** Bits of an address that are its network. */
  readonly prefixV4: number;
  readonly prefixV6: number;
}

export interface Admission {
  /** Counts a connection of a client, as in a slot; false if it has enough. */
  enter(client: Uint8Array, family: number): boolean;
  /** Its connection is gone. Once for each that entered. */
  leave(client: Uint8Array, family: number): void;
}

export function createAdmission(limits: AdmissionLimits): Admission {
  const clients = new Map<string, number>();
  const networks = new Map<string, number>();
  const networkOf = (client: Uint8Array, family: number): string =>
    keyOf(client, family, family === 4 ? limits.prefixV4 : limits.prefixV6);
  return {
    enter(client, family) {
      const own = keyOf(client, family, 128);
      const network = networkOf(client, family);
      if ((clients.get(own) ?? 0) >= limits.connectionsPerClientMax) return false;
      if ((networks.get(network) ?? 0) >= limits.connectionsPerPrefixMax) return false;
      add(clients, own, 1);
      add(networks, network, 1);
      return true;
    },
    leave(client, family) {
      add(clients, keyOf(client, family, 128), -1);
      add(networks, networkOf(client, family), -1);
    },
  };
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count <= 0) counts.delete(key);
  else counts.set(key, count);
}

/** The family and the first `bits` of an address, as text that only serves to compare. */
function keyOf(client: Uint8Array, family: number, bits: number): string {
  const size = family === 4 ? 4 : 16;
  let key = String.fromCharCode(family);
  for (let i = 0; i < size && 8 * i < bits; i += 1) {
    const mask = bits - 8 * i >= 8 ? 0xff : (0xff00 >> (bits - 8 * i)) & 0xff;
    key += String.fromCharCode(client[i]! & mask);
  }
  return key;
}
