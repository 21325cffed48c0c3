// SPDX-License-Identifier: Apache-2.0
/**
 * What an operator can create, as values: decoded, checked for shape, with defaults filled in.
 *
 * Ids are the keys of the configuration. Values are plain data, so that they pass between threads
 * and compare by their JSON. References are ids; `check.ts` proves that they lead somewhere.
 */
import type { Place } from "../base/faults.ts";
import type { ServerAddress } from "./server-address.ts";

/** A place that serves. */
export interface Pop {
  readonly id: string;
  /** Degrees, −90..90. */
  readonly latitude: number;
  /** Degrees, −180..180. */
  readonly longitude: number;
  /** ISO 3166-1 alpha-2, upper case; "" if not said. */
  readonly country: string;
  /** Requests per second or whatever unit the operator counts in; 0 if not said. */
  readonly capacity: number;
}

/** One address or CNAME target that an answer may carry. At least one of v4, v6, target is given. */
export interface Endpoint {
  /** Unique inside its pool; `pool/endpoint` is unique everywhere. */
  readonly id: string;
  readonly pop: string;
  readonly v4: string | null;
  readonly v6: string | null;
  /** Absolute name in text form with a trailing dot. */
  readonly target: string | null;
  /** 0..65535; 0 is standby: used only if nothing else is left (E10). */
  readonly weight: number;
  readonly capacity: number;
  /** Where probes go instead of v4/v6 (C11): an address; null for the answered address. */
  readonly probeAddress: string | null;
  /** Overrides the probe's port; 0 for the probe's. */
  readonly probePort: number;
}

export interface Pool {
  readonly id: string;
  readonly endpoints: readonly Endpoint[];
  /** Ids of probes; an endpoint is up if all of them are. */
  readonly probes: readonly string[];
}

export interface Probe {
  readonly id: string;
  readonly kind: "http" | "tcp";
  readonly port: number;
  /** HTTP only. */
  readonly method: "HEAD" | "GET";
  readonly path: string;
  /** Host header; "" for the address. */
  readonly host: string;
  /** Accepted status codes, inclusive ranges. */
  readonly statuses: readonly (readonly [number, number])[];
  readonly intervalMs: number;
  /** One deadline for connect and answer of each attempt. */
  readonly timeoutMs: number;
  /** Further attempts in the same round after a failed one. */
  readonly retries: number;
  /** Rounds in a row that turn a track up (`rise`) or down (`fall`). */
  readonly rise: number;
  readonly fall: number;
}

/** Operator networks: the strongest layer of a map. */
export interface NetworkRule {
  /** Names the region `net/<name>`. */
  readonly name: string;
  readonly prefixes: readonly string[];
  /** Where these clients are, for distances: a location path, a POP's id, or null for what geography says. */
  readonly location: string | null;
  /** Own coordinates win over `location`. */
  readonly latitude: number | null;
  readonly longitude: number | null;
}

export interface AsnRule {
  /** Names the region `asn/<name>`. */
  readonly name: string;
  readonly asns: readonly number[];
  readonly location: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

export interface GeoMap {
  readonly id: string;
  /** MMDB files; paths are absolute after decoding. `country` and `city` are alternatives. "" = none. */
  readonly cityFile: string;
  readonly countryFile: string;
  readonly asnFile: string;
  readonly granularity: "continent" | "country" | "subdivision" | "city";
  readonly networks: readonly NetworkRule[];
  readonly asns: readonly AsnRule[];
  /** Location path (`EU`, `EU/DE`, `EU/DE/BE`, `EU/DE/BE/Berlin`) of clients that no layer knows. */
  readonly defaultLocation: string;
}

/** Which pools serve which clients: the most specific location wins; pools are in failover order. */
export interface GeoMatch {
  /** Location path, `net/<name>`, `asn/<name>` or `default`. */
  readonly location: string;
  readonly pools: readonly string[];
}

export interface Policy {
  readonly id: string;
  readonly map: string;
  /** Holds exactly one row with location `default`. */
  readonly match: readonly GeoMatch[];
  /** `nearest`: endpoints of a pool are ranked by distance; `weight`: all of a pool share by weight. */
  readonly order: "nearest" | "weight";
  /** With `nearest`: this many nearest POPs share the best rank (B12). */
  readonly spread: number;
  /** With `nearest`: distances within this fraction of the best count as equal (B04). */
  readonly toleranceRatio: number;
  readonly picker: "rendezvous" | "wrr" | "random" | "independent" | "all";
  readonly answers: number;
  readonly allDown: "all" | "none" | "servfail";
  readonly ttlSecs: number;
  readonly ttlDegradedSecs: number;
  /** How long the degraded TTL is held after the last trouble, before it climbs back. */
  readonly ttlHoldSecs: number;
  /** How long a recovered endpoint takes to its full weight. */
  readonly slowStartSecs: number;
  readonly stickyV4Bits: number;
  readonly stickyV6Bits: number;
  readonly client: "ecs" | "resolver";
  readonly negativeTtlSecs: number;
}

export interface SteeredName {
  /** Absolute, text form, as the zone's owner. */
  readonly owner: string;
  readonly types: readonly ("A" | "AAAA" | "CNAME")[];
  readonly policy: string;
  readonly place: Place;
}

/** A TSIG key. */
export interface TsigKey {
  readonly id: string;
  /** On the wire: lower case, absolute. */
  readonly name: string;
  readonly algorithm: "hmac-sha256" | "hmac-sha384" | "hmac-sha512";
  /** Base64; "" if it stands in `secretFile`. Never logged, never shown. */
  readonly secret: string;
  /** Absolute path; "" if it stands in `secret`. */
  readonly secretFile: string;
}

/** Another name server. */
export interface Remote {
  readonly id: string;
  /** In the order of trial; at least one. */
  readonly addresses: readonly ServerAddress[];
  /** Id of a key; null for none. */
  readonly key: string | null;
  /** Own address that it is spoken to from; null for any. */
  readonly source: string | null;
  /** Null without TLS. `ca` is an absolute path, null for the system's certificates. */
  readonly tls: { readonly hostname: string; readonly ca: string | null } | null;
}

/** A request passes if all hold; null holds always. */
export interface AccessRule {
  readonly prefix: string | null;
  /** Id of the key that must have signed. */
  readonly key: string | null;
  /** Only over TLS. */
  readonly tls: boolean;
}

/** What a zone exchanges with other servers. A request passes a list if one rule fits. */
export interface ZoneTransfer {
  /** Ids of remotes; not empty makes a secondary. */
  readonly primaries: readonly string[];
  /** Ids of remotes that are told of changes. */
  readonly notify: readonly string[];
  readonly allowTransfer: readonly AccessRule[];
  /** Beside the primaries. */
  readonly allowNotify: readonly AccessRule[];
  /** Each has a key. */
  readonly allowUpdate: readonly AccessRule[];
  /** The zone lists other zones (RFC 9432): how those are served; null for all other zones. */
  readonly catalog: CatalogTemplates | null;
  /** What a transfer makes of steered names. */
  readonly steered: "refuse" | "flatten";
}

/** What a catalog's members have of their own. */
export interface MemberTemplate {
  /** Without primaries such members are not served; `catalog` is null. */
  readonly transfer: ZoneTransfer;
  readonly strict: boolean;
}

export interface CatalogTemplates {
  /** Of members whose groups are none of those below. */
  readonly members: MemberTemplate;
  /** In the order of choice. */
  readonly groups: readonly { readonly group: string; readonly template: MemberTemplate }[];
}

/** One zone. Folders and globs are expanded by the loader into one Zone each. */
export interface Zone {
  /** Apex in lower-case text form with a trailing dot. */
  readonly apex: string;
  /** Absolute path of the master file; of a secondary, where what it received is kept. */
  readonly file: string;
  readonly steered: readonly SteeredName[];
  readonly transfer: ZoneTransfer;
  /** Warnings refuse it, too. */
  readonly strict?: boolean;
  readonly place: Place;
}

/** Everything the operator wants, at one revision. Lists are sorted by id. */
export interface DesiredState {
  readonly pops: readonly Pop[];
  readonly pools: readonly Pool[];
  readonly probes: readonly Probe[];
  readonly maps: readonly GeoMap[];
  readonly policies: readonly Policy[];
  readonly keys: readonly TsigKey[];
  readonly remotes: readonly Remote[];
  readonly zones: readonly Zone[];
}
