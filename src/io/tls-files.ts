// SPDX-License-Identifier: Apache-2.0
/**
 * Certificate and key from their files, to what TLS needs; or a reason why not, which never holds
 * anything of the key.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { readRegular } from "./file.ts";

export interface TlsFiles {
  /** PEM: the certificate, then those between it and the root. Absolute path. */
  readonly certificate: string;
  /** PEM, without a passphrase. Absolute path. */
  readonly key: string;
}

export interface LoadedTls {
  readonly context: SecureContext;
  /** Of the certificate, hexadecimal: tells one from another. */
  readonly fingerprint: string;
}

/** A chain of certificates is some KiB; more is another file. */
export const PEM_SIZE_MAX = 1024 * 1024;

/** TLS 1.2 for those that have nothing newer (RFC 9325 §3.1.1); forward secrecy always. */
const CIPHERS = [
  ...["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
  ...["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
  ...["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"],
  ...["ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"],
].join(":");

/** Reads both files; a text says in a few words why they cannot be used. */
export function loadTls({ certificate, key }: TlsFiles): LoadedTls | string {
  const chain = readRegular(certificate, PEM_SIZE_MAX);
  if (typeof chain === "string") return `${certificate}: ${chain}`;
  const secret = readRegular(key, PEM_SIZE_MAX);
  if (typeof secret === "string") return `${key}: ${secret}`;
  let first: X509Certificate;
  try {
    first = new X509Certificate(chain);
  } catch {
    return `${certificate} holds no certificate in PEM`;
  }
  let own: KeyObject;
  try {
    own = createPrivateKey(Buffer.from(secret));
  } catch {
    return `${key} holds no private key in PEM, or one with a passphrase`;
  }
  if (!first.checkPrivateKey(own)) return `${key} is not the key of ${certificate}`;
  try {
    const context = createSecureContext({
      ...{ cert: Buffer.from(chain), key: Buffer.from(secret) },
      ...{ minVersion: "TLSv1.2", ciphers: CIPHERS, honorCipherOrder: true },
    });
    return { context, fingerprint: first.fingerprint256 };
  } catch (error) {
    return `${certificate} cannot be used: ${(error as NodeJS.ErrnoException).code ?? "unknown"}`;
  }
}
