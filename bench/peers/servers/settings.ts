// SPDX-License-Identifier: Apache-2.0
/** What is the same for all servers. */
import { readFileSync, writeFileSync } from "node:fs";

/**
 * Receive buffer of the UDP socket, for all that have a setting: what the system gives unasked,
 * 208 KiB, loses queries whenever the thread is kept from running for three milliseconds.
 */
export const BUFFER_OCTETS = 4 << 20;

/** Where Debian puts libraries of this machine's kind. */
export const LIBRARIES = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;

/** Puts lines behind those of a master file. */
export function appendLines(file: string, lines: readonly string[]): void {
  writeFileSync(file, `${readFileSync(file, "utf8")}${lines.join("\n")}\n`);
}
