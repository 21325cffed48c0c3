// SPDX-License-Identifier: Apache-2.0
/**
 * What the configuration says to the kernels: section node of a reload, put into the settings.
 *
 * Written by the main thread before the first reader starts, and by the control thread whenever a
 * configuration comes into force. Both know the same secret of chance, so that the cookies of a
 * process outlive a restart of its control thread.
 *
 * Invariants
 *   N1  Secrets are read here and go nowhere but into the settings: no text has one in it.
 *   N2  A file of secrets that cannot be read changes nothing: those in force stay (law 7).
 */
import { createHash, randomBytes } from "node:crypto";
import { reasonOf } from "../base/reason.ts";
import type { EdnsConfig, NodeConfig } from "../config/node.ts";
import { SECRET_PATTERN } from "../config/schema-edns.ts";
import { lowerName, nameFromText } from "../dns/names.ts";
import { readRegular } from "../io/file.ts";
import {
  type LimitValues,
  type SettingsValues,
  settingsOff,
  writeSettings,
} from "../io/settings.ts";
import { COOKIE_SECRET_SIZE, COOKIE_SECRETS_MAX, IDENTITY_SIZE_MAX } from "../layout/limits.ts";
import { identityMarks, limitModes, requestActions, settingsFlags } from "../layout/settings.ts";

/** Beyond it a file is none of secrets. Octets. */
const FILE_SIZE_MAX = 4096;

export interface NodeSettings {
  /**
   * Puts a configuration in force; gives what is to be said of it, or null. `secondaries`: whether
   * it has such zones, which may be as long as nobody has looked.
   */
  apply(node: Pick<NodeConfig, "edns" | "limits">, secondaries?: boolean): string | null;
}

/** A secret for a process whose configuration names none. */
export function chanceSecret(): Uint8Array {
  return new Uint8Array(randomBytes(COOKIE_SECRET_SIZE));
}

/** The writer of `words`; `chance` is the secret while none is configured. */
export function createNodeSettings(words: Int32Array, chance: Uint8Array): NodeSettings {
  let inForce: readonly Uint8Array[] = [chance];
  const keys = keysOf(chance);
  return {
    apply(node, secondaries = true) {
      let said: string | null = null;
      try {
        inForce = secretsOf(node.edns.cookies, chance);
      } catch (error) {
        said = `the cookie secrets stay as they are: ${reasonOf(error)}`;
      }
      const secrets = node.edns.cookies.enabled ? inForce : [];
      writeSettings(words, settingsOf(node, secondaries, secrets, keys));
      return said;
    },
  };
}

function secretsOf(cookies: EdnsConfig["cookies"], chance: Uint8Array): readonly Uint8Array[] {
  const { secrets, secretFile } = cookies;
  if (secrets.length > 0) return secrets.map(octetsOf);
  return secretFile === "" ? [chance] : readSecrets(secretFile);
}

/** One secret a line; empty lines and comments are passed over. Throws without a secret in the text. */
function readSecrets(file: string): readonly Uint8Array[] {
  const octets = readRegular(file, FILE_SIZE_MAX);
  if (typeof octets === "string") throw new Error(`${file}: ${octets}`);
  const lines = Buffer.from(octets).toString("latin1").split(/\r?\n/);
  const found: Uint8Array[] = [];
  lines.forEach((line, i) => {
    const text = line.replace(/#.*/, "").trim();
    if (text === "") return;
    if (!SECRET_PATTERN.test(text)) throw new Error(`${file}:${i + 1}: no secret`);
    found.push(octetsOf(text));
  });
  if (found.length === 0) throw new Error(`${file} has no secret`);
  if (found.length > COOKIE_SECRETS_MAX) {
    throw new Error(`${file} has more than ${COOKIE_SECRETS_MAX} secrets`);
  }
  return found;
}

const octetsOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

/** The settings of a configuration. */
function settingsOf(
  { edns, limits }: Pick<NodeConfig, "edns" | "limits">,
  secondaries: boolean,
  cookieSecrets: readonly Uint8Array[],
  keys: readonly [number, number],
): SettingsValues {
  const { DEMAND_COOKIE, EXTENDED_ERRORS, SLOW_EXPIRE } = settingsFlags;
  const agent = edns.reportAgent === "" ? null : nameFromText(edns.reportAgent);
  return {
    ...settingsOff,
    flags:
      (edns.cookies.demand ? DEMAND_COOKIE : 0) |
      (edns.extendedErrors ? EXTENDED_ERRORS : 0) |
      (secondaries ? SLOW_EXPIRE : 0),
    keepaliveUnits: limits.tcpIdleSecs * 10,
    cookieSecrets,
    nsid: identityOf(edns.nsid),
    serverId: identityOf(edns.serverId),
    version: identityOf(edns.version),
    ...(agent === null ? {} : { agent: lowerName(agent) }),
    limits: limitsOf(edns.rateLimit, keys),
  };
}

const MODES = { off: limitModes.OFF, "dry-run": limitModes.DRY, on: limitModes.ON } as const;
const ACTIONS = {
  truncate: requestActions.TRUNCATE,
  refuse: requestActions.REFUSE,
  servfail: requestActions.SERVFAIL,
} as const;

function limitsOf(
  { mode, requestMode, requestAction, streamMode, ...rest }: EdnsConfig["rateLimit"],
  keys: readonly [number, number],
): LimitValues {
  return {
    ...{ ...rest, keys, answerMode: MODES[mode] },
    requestMode: MODES[requestMode],
    streamMode: MODES[streamMode],
    requestAction: ACTIONS[requestAction],
  };
}

/** Keys of the rate limiter's hash: from the chance of the process, so that a reload keeps them. */
function keysOf(chance: Uint8Array): readonly [number, number] {
  const digest = createHash("sha256").update("rate limits").update(chance).digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4)];
}

/** Places in an identity, which each kernel fills in for itself; text has no such octets of its own. */
const MARKS = {
  "{worker}": String.fromCharCode(identityMarks.WORKER),
  "{revision}": String.fromCharCode(identityMarks.REVISION),
} as const;

/** A host name may be longer than what one is configured to be. */
function identityOf(text: string): Uint8Array {
  const marked = text.replace(
    /\{(worker|revision)\}/g,
    (place) => MARKS[place as keyof typeof MARKS],
  );
  return new TextEncoder().encode(marked).slice(0, IDENTITY_SIZE_MAX);
}
