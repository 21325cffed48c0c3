// SPDX-License-Identifier: Apache-2.0
/**
 * Names of class CH that tell which server answers: `id.server` and `hostname.bind`, its identity;
 * `version.server` and `version.bind`, its version (RFC 4892 §3, §3.1).
 *
 * What the operator does not tell, and whatever else is asked in that class, is REFUSED.
 * Twin: native/src/chaos.cc.
 */
import { COUNTER_CHAOS } from "../layout/gen/counters.ts";
import {
  SETTINGS_SERVER_ID,
  SETTINGS_SERVER_ID_SIZE,
  SETTINGS_VERSION,
  SETTINGS_VERSION_SIZE,
} from "../layout/gen/settings.ts";
import { CLASS_CHAOS, TYPE_ANY, TYPE_TXT } from "./codes.ts";
import { identitySize, putIdentity } from "./identity.ts";
import type { Kernel, NameScratch } from "./scratch.ts";
import { beginRR, RR_HEAD_SIZE } from "./writer.ts";

const ID_SERVER = wireOf(["id", "server"]);
const HOSTNAME_BIND = wireOf(["hostname", "bind"]);
const VERSION_SERVER = wireOf(["version", "server"]);
const VERSION_BIND = wireOf(["version", "bind"]);

function wireOf(labels: readonly string[]): Uint8Array {
  const octets = labels.flatMap((label) => [
    label.length,
    ...Array.from(label, (letter) => letter.charCodeAt(0)),
  ]);
  return Uint8Array.from([...octets, 0]);
}

/** Answers a question of class CH; false if there is nothing that we tell. */
export function answerChaos(k: Kernel): boolean {
  const { out, name, question: q, settings, counters: c } = k;
  if (q.type !== TYPE_TXT && q.type !== TYPE_ANY) return false;
  const isId = isName(name, ID_SERVER) || isName(name, HOSTNAME_BIND);
  if (!isId && !isName(name, VERSION_SERVER) && !isName(name, VERSION_BIND)) return false;
  const sizeAt = isId ? SETTINGS_SERVER_ID_SIZE : SETTINGS_VERSION_SIZE;
  const from = isId ? SETTINGS_SERVER_ID : SETTINGS_VERSION;
  if (settings.u8[sizeAt] === 0) return false;
  const size = identitySize(k, sizeAt, from);
  const data = beginRR(out, name.labelPos[0]!, TYPE_TXT, 0, 1 + size);
  if (data < 0) return false;
  out.packet[data - RR_HEAD_SIZE + 5] = CLASS_CHAOS;
  out.packet[data] = size;
  putIdentity(k, from, data + 1, size);
  out.answers += 1;
  out.aa = 1;
  c[COUNTER_CHAOS] = c[COUNTER_CHAOS]! + 1;
  return true;
}

function isName(name: NameScratch, wire: Uint8Array): boolean {
  if (name.size !== wire.length) return false;
  for (let i = 0; i < wire.length; i += 1) if (name.octets[i] !== wire[i]) return false;
  return true;
}
