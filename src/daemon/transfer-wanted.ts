// SPDX-License-Identifier: Apache-2.0
/**
 * What the transfer thread is to know of the configuration: keys with their secrets, other servers,
 * what each zone allows, and what its steered names look like from outside.
 *
 * Secret files are read here, in the control thread, whenever the configuration comes into force: a
 * key that cannot be read is left out, so that what it protects stays shut, and the log says so.
 */
import { addressFromText } from "../dns/address.ts";
import { Type } from "../dns/iana.ts";
import { lowerName, nameFromText } from "../dns/names.ts";
import { readRegular } from "../io/file.ts";
import type { TransferWanted, WantedKey } from "../io/transfer-link.ts";
import type { DesiredState, Endpoint, SteeredName, TsigKey, Zone } from "../resource/types.ts";
import type { RRset } from "../zone/records.ts";

/** Beyond it a file is none of a secret. Octets. */
const SECRET_FILE_SIZE_MAX = 4096;

/** `warn` hears of keys without a secret; it is never told one. */
export function wantedOf(state: DesiredState, warn: (text: string) => void): TransferWanted {
  const endpoints = new Map<string, readonly Endpoint[]>();
  const endpointsOf = (policy: string): readonly Endpoint[] => {
    const known = endpoints.get(policy) ?? endpointsOfPolicy(state, policy);
    endpoints.set(policy, known);
    return known;
  };
  return {
    keys: state.keys.flatMap((key) => readKey(key, warn) ?? []),
    remotes: state.remotes,
    zones: state.zones.map((zone) => ({
      ...{ apex: zone.apex, file: zone.file, transfer: zone.transfer },
      steered: zone.steered.length > 0,
      ...(zone.steered.length > 0 ? { steeredNames: zone.steered } : {}),
      ...(zone.strict === true ? { strict: true } : {}),
      flattened: zone.transfer.steered === "flatten" ? flatten(state, zone, endpointsOf) : [],
    })),
  };
}

function readKey(
  { id, name, algorithm, secret, secretFile }: TsigKey,
  warn: (text: string) => void,
): WantedKey | null {
  let text = secret;
  if (secretFile !== "") {
    const octets = readRegular(secretFile, SECRET_FILE_SIZE_MAX);
    if (typeof octets === "string") {
      warn(`key ${id} is not used: ${secretFile}: ${octets}`);
      return null;
    }
    text = Buffer.from(octets).toString("utf8").trim();
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    warn(`key ${id} is not used: its secret is not Base64`);
    return null;
  }
  return { id, name, algorithm, secret: new Uint8Array(Buffer.from(text, "base64")) };
}

/** Every endpoint that a policy may choose, each once. */
function endpointsOfPolicy(state: DesiredState, id: string): readonly Endpoint[] {
  const policy = state.policies.find((one) => one.id === id);
  const pools = new Set(policy?.match.flatMap((match) => match.pools));
  return state.pools.filter((pool) => pools.has(pool.id)).flatMap((pool) => pool.endpoints);
}

/**
 * Steered names as every other server could answer them: all addresses of all endpoints, with the
 * TTL of the policy; of CNAME targets the first one, since a name has one.
 */
function flatten(
  state: DesiredState,
  zone: Zone,
  endpointsOf: (policy: string) => readonly Endpoint[],
): RRset[] {
  return zone.steered.flatMap((steered) => {
    const ttl = state.policies.find((one) => one.id === steered.policy)?.ttlSecs ?? 0;
    const owner = lowerName(nameFromText(steered.owner)!);
    return steered.types.flatMap((type): RRset[] => {
      const rdatas = rdatasOf(type, endpointsOf(steered.policy));
      return rdatas.length === 0 ? [] : [{ owner, type: Type[type], ttl, rdatas }];
    });
  });
}

function rdatasOf(
  type: SteeredName["types"][number],
  endpoints: readonly Endpoint[],
): Uint8Array[] {
  if (type === "CNAME") {
    const target = endpoints.find((one) => one.target !== null)?.target ?? null;
    return target === null ? [] : [nameFromText(target)!];
  }
  const texts = endpoints.flatMap(({ v4, v6 }) => (type === "A" ? v4 : v6) ?? []);
  return [...new Set(texts)].sort().map((text) => addressFromText(text)!);
}
