// SPDX-License-Identifier: Apache-2.0
/** What TSIG needs of the runtime's crypto library: HMAC, and a comparison in constant time. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { TsigAlgorithm, TsigCrypto } from "../dns/tsig.ts";

const HASHES: Readonly<Record<TsigAlgorithm, string>> = {
  "hmac-sha256": "sha256",
  "hmac-sha384": "sha384",
  "hmac-sha512": "sha512",
};

export const tsigCrypto: TsigCrypto = {
  begin: (algorithm, secret) => createHmac(HASHES[algorithm], secret),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
};
