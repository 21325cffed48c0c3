// SPDX-License-Identifier: Apache-2.0
/** Signs zones of tests with BIND's dnssec-signzone, as an operator would. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findDaemon } from "./peers.ts";

export const signerPath = findDaemon("dnssec-signzone");
const keygenPath = findDaemon("dnssec-keygen");

/** Why signed zones cannot be made here; false if they can. */
export const noSigner: string | false =
  signerPath === null || keygenPath === null
    ? "needs dnssec-signzone (Debian package bind9-dnsutils or bind9-utils)"
    : false;

/** How absence is to be proved. */
export interface Denial {
  readonly nsec3: boolean;
  readonly salt?: string;
  readonly iterations?: number;
  readonly optOut?: boolean;
}

function run(path: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(path, args, { encoding: "utf8" });
  assert.equal(status, 0, `${path} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** The signed text of a zone, and the DS of its key. */
export function signZone(
  folder: string,
  apex: string,
  text: string,
  denial: Denial,
): { readonly text: string; readonly key: string } {
  mkdirSync(folder, { recursive: true });
  const base = run(keygenPath!, [
    ...["-q", "-K", folder, "-a", "ECDSAP256SHA256", "-f", "KSK", apex],
  ]).trim();
  const key = readFileSync(join(folder, `${base}.key`), "utf8");
  const plain = join(folder, `${apex}plain`);
  const signed = join(folder, `${apex}signed`);
  const dnskey = key.split("\n").filter((line) => !line.startsWith(";"));
  writeFileSync(plain, `${text}\n${dnskey.join("\n")}\n`);
  const { nsec3, salt = "-", iterations = 0, optOut = false } = denial;
  const form = nsec3 ? ["-3", salt, "-H", `${iterations}`, ...(optOut ? ["-A"] : [])] : [];
  // -z: one key signs everything; -P: what a random zone is like is not the signer's business.
  run(signerPath!, [
    ...["-z", "-P", "-q", "-O", "full", "-d", folder, "-K", folder, "-o", apex],
    ...[...form, "-f", signed, plain, join(folder, base)],
  ]);
  return { text: readFileSync(signed, "utf8"), key: dnskey.join("\n") };
}
