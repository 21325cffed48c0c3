// SPDX-License-Identifier: Apache-2.0
/**
 * Keys, other servers and access lists: short forms written out, remotes in access lists replaced by
 * their addresses and keys, so that whoever decides about a request looks up nothing.
 *
 * No fault and no text made here ever holds a secret.
 */

import type { Fault } from "../base/faults.ts";
import { type FaultKey, fault } from "../base/faults.ts";
import { parseAddress, parsePrefix, printAddress, printPrefix } from "../geo/prefix.ts";
import { canonicalName } from "./decode-rows.ts";
import type { Path, PlaceOf } from "./place.ts";
import type {
  AccessFields,
  KeyFields,
  RemoteFields,
  ZoneDefaultsFields,
} from "./schema-transfer.ts";
import { parseServer, type ServerAddress } from "./server-address.ts";
import { suggestionText } from "./suggest.ts";
import type { AccessRule, Remote, TsigKey, ZoneTransfer } from "./types.ts";

export interface TransferContext {
  readonly placeOf: PlaceOf;
  readonly resolvePath: (path: string) => string;
  /** Findings are added here. */
  readonly faults: Fault[];
  /** Those that are sound. */
  readonly remotes: ReadonlyMap<string, Remote>;
  /** All ids that are written, broken ones too. */
  readonly remoteIds: ReadonlySet<string>;
  readonly keyIds: ReadonlySet<string>;
}

type Finding = Pick<TransferContext, "placeOf" | "faults">;

/** RFC 8945 §8: a secret should be as long as the output of the hash. */
const SECRET_OCTETS_MIN = 16;

export function decodeKey(
  id: string,
  fields: KeyFields,
  context: Finding & { readonly resolvePath: (path: string) => string },
): TsigKey {
  const { algorithm, secret, secretFile } = fields;
  const path = ["keys", id];
  if ((secret === "") === (secretFile === undefined)) {
    add(context, "CONFIG_KEYS_EXCLUSIVE", path, `key ${id} has one of secret and secretFile`, true);
  }
  if (secret !== "" && !isBase64(secret)) {
    add(context, "CONFIG_SECRET", [...path, "secret"], `the secret of key ${id} is no base64`);
  } else if (secret !== "" && octetsOfBase64(secret) < SECRET_OCTETS_MIN) {
    const detail = `the secret of key ${id} has fewer than ${SECRET_OCTETS_MIN} octets`;
    add(context, "CONFIG_SECRET_SHORT", [...path, "secret"], detail);
  }
  return {
    id,
    name: canonicalName(fields.name ?? id),
    algorithm,
    secret,
    secretFile: secretFile === undefined ? "" : context.resolvePath(secretFile),
  };
}

export function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
}

function octetsOfBase64(text: string): number {
  return (text.length / 4) * 3 - (/=*$/.exec(text)?.[0].length ?? 0);
}

export function decodeRemote(
  id: string,
  fields: RemoteFields,
  resolvePath: (path: string) => string,
): Remote {
  const { key, source, tls } = fields;
  const port = tls === undefined ? 53 : 853;
  const addresses = fields.addresses
    .map((text) => parseServer(text, port))
    .filter((server): server is ServerAddress => typeof server !== "string");
  const ca = tls?.ca === undefined ? null : resolvePath(tls.ca);
  return {
    ...{ id, addresses, key: key ?? null, source: source ?? null },
    tls: tls === undefined ? null : { hostname: tls.hostname, ca },
  };
}

/** Who may, unless a zone says otherwise. */
export type AccessDefaults = Pick<ZoneTransfer, "allowTransfer" | "allowNotify" | "allowUpdate">;

/**
 * What a zone's row says, with the defaults of all zones where it says nothing; `lists` are those of
 * `defaults`, decoded. What a catalog says of others is the business of decode-catalog.ts.
 */
export function decodeTransfer(
  fields: ZoneDefaultsFields & { primaries?: readonly string[] | undefined },
  defaults: ZoneDefaultsFields,
  lists: AccessDefaults,
  path: Path,
  context: TransferContext,
): ZoneTransfer {
  const { primaries = [] } = fields;
  const notify = fields.notify ?? defaults.notify ?? [];
  primaries.forEach((id, i) => {
    referRemote(id, [...path, "primaries", i], context);
  });
  const list = (key: keyof AccessDefaults): readonly AccessRule[] => {
    const own = fields[key];
    return own === undefined ? lists[key] : accessOf(own, [...path, key], context);
  };
  fields.notify?.forEach((id, i) => {
    referRemote(id, [...path, "notify", i], context);
  });
  const allowUpdate = list("allowUpdate");
  const free = allowUpdate.findIndex((rule) => rule.key === null);
  if (free >= 0) {
    const at = fields.allowUpdate === undefined ? ["zoneDefaults"] : path;
    const detail = `allowUpdate[${free}] asks for no key: anybody who can forge an address could write`;
    add(context, "CONFIG_UPDATE_OPEN", [...at, "allowUpdate", free], detail);
  }
  if (primaries.length > 0 && allowUpdate.length > 0) {
    const detail = "a zone with primaries takes changes from them alone";
    add(context, "CONFIG_KEYS_EXCLUSIVE", [...path, "primaries"], detail);
  }
  return {
    ...{ primaries, notify, catalog: null, allowUpdate },
    allowTransfer: list("allowTransfer"),
    allowNotify: list("allowNotify"),
    steered: fields.transferSteered ?? defaults.transferSteered ?? "refuse",
  };
}

/** The defaults are checked and decoded once, and not for each zone. */
export function decodeDefaults(
  defaults: ZoneDefaultsFields,
  context: TransferContext,
): AccessDefaults {
  defaults.notify?.forEach((id, i) => {
    referRemote(id, ["zoneDefaults", "notify", i], context);
  });
  const list = (key: keyof AccessDefaults): readonly AccessRule[] =>
    accessOf(defaults[key] ?? [], ["zoneDefaults", key], context);
  const allowTransfer = list("allowTransfer");
  const allowNotify = list("allowNotify");
  return { allowTransfer, allowNotify, allowUpdate: list("allowUpdate") };
}

function accessOf(
  list: readonly (string | AccessFields)[],
  path: Path,
  context: TransferContext,
): readonly AccessRule[] {
  return list.flatMap((row, i) =>
    typeof row === "string"
      ? shortRules(row, [...path, i], context)
      : [ruleOf(row, [...path, i], context)],
  );
}

function ruleOf({ prefix, key, tls }: AccessFields, path: Path, context: TransferContext) {
  if (key !== undefined && !context.keyIds.has(key)) {
    const meant = suggestionText(key, context.keyIds);
    add(
      context,
      "CONFIG_REFERENCE",
      [...path, "key"],
      `there is no key ${JSON.stringify(key)}${meant}`,
    );
  }
  const parsed = prefix === undefined ? null : parsePrefix(prefix);
  const canonical = parsed === null || typeof parsed === "string" ? null : printPrefix(parsed);
  return { prefix: canonical, key: key ?? null, tls };
}

/** `any`, an address, a network, or a remote: each of its addresses with its key. */
function shortRules(text: string, path: Path, context: TransferContext): readonly AccessRule[] {
  if (text === "any") return [{ prefix: null, key: null, tls: false }];
  const address = parseAddress(text);
  if (address !== null) return [{ prefix: hostPrefix(address.octets), key: null, tls: false }];
  if (text.includes("/")) {
    const prefix = parsePrefix(text);
    if (typeof prefix !== "string") return [{ prefix: printPrefix(prefix), key: null, tls: false }];
    add(context, "CONFIG_PREFIX", path, `${JSON.stringify(text)}: ${prefix}`);
    return [];
  }
  const remote = context.remotes.get(text);
  if (remote === undefined) {
    referRemote(text, path, context);
    return [];
  }
  return remote.addresses.map(({ host }) => ({
    prefix: hostPrefix(parseAddress(host)!.octets),
    key: remote.key,
    tls: false,
  }));
}

function hostPrefix(octets: Uint8Array): string {
  return `${printAddress(octets)}/${octets.length * 8}`;
}

function referRemote(id: string, path: Path, context: TransferContext): void {
  if (context.remoteIds.has(id)) return;
  const meant = suggestionText(id, context.remoteIds);
  add(context, "CONFIG_REFERENCE", path, `there is no remote ${JSON.stringify(id)}${meant}`);
}

function add(
  { placeOf, faults }: Finding,
  key: FaultKey,
  path: Path,
  detail: string,
  atKey = false,
): void {
  faults.push(fault(key, placeOf(path, atKey ? "key" : undefined), detail));
}

/** Nothing to anybody: a zone that says nothing of other servers. */
export const NO_TRANSFER: ZoneTransfer = {
  ...{ primaries: [], notify: [], catalog: null, steered: "refuse" },
  ...{ allowTransfer: [], allowNotify: [], allowUpdate: [] },
};
