// SPDX-License-Identifier: Apache-2.0
/** The digest that the shell hands to the core: SHA-256 of the runtime's crypto library. */
import { hash } from "node:crypto";

/** 32 octets. */
export function sha256(octets: Uint8Array): Uint8Array {
  return hash("sha256", octets, "buffer");
}
