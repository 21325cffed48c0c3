// SPDX-License-Identifier: Apache-2.0
/** Certificates for tests, made by openssl when they are needed: none lies in the repository. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why tests with TLS are skipped, or false. */
export const skipTls: string | false =
  spawnSync("openssl", ["version"]).status === 0 ? false : "openssl is not installed";

export interface Pem {
  readonly certificate: string;
  readonly key: string;
}

const P256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

/** A certificate that signs itself, for `dns.test` and the loopback addresses. */
export function newCertificate(name = "dns.test", newKey: readonly string[] = P256): Pem {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-tls-"));
  try {
    const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", ...newKey, "-nodes"],
        ...["-keyout", key, "-out", certificate, "-days", "30", "-subj", `/CN=${name}`],
        ...["-addext", `subjectAltName=DNS:${name},IP:127.0.0.1,IP:::1`],
      ],
      { stdio: "ignore" },
    );
    return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
