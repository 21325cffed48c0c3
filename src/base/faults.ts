// SPDX-License-Identifier: Apache-2.0
/**
 * The catalogue of faults: everything that can be wrong with an operator's input, one row each.
 *
 * A fault is data, not an exception: readers gather all of them with their places and go on, so
 * that one run of `azimuth check` shows everything. What served before goes on serving.
 * The page docs/reference/gen/faults.md is generated from these rows.
 */

export type Severity = "error" | "warning";

/** One kind of fault. `see` names the RFC section or the page that gives the rule. */
export interface FaultRow {
  readonly code: string;
  readonly severity: Severity;
  /** The rule that was broken, as one sentence without a full stop. */
  readonly text: string;
  readonly see?: string;
}

export const faults = {
  // files and text
  FILE_UNREADABLE: { code: "FILE_UNREADABLE", severity: "error", text: "the file cannot be read" },
  COMPILER_FAILED: {
    code: "COMPILER_FAILED",
    severity: "error",
    text: "the compiler thread ended before its job did; what served before goes on serving",
  },
  // configuration
  CONFIG_YAML: {
    code: "CONFIG_YAML",
    severity: "error",
    text: "the text is well-formed YAML in UTF-8",
    see: "YAML 1.2",
  },
  CONFIG_EMPTY: {
    code: "CONFIG_EMPTY",
    severity: "error",
    text: "a configuration names zones or zoneFolders; to serve none on purpose, say `zones: {}`",
  },
  CONFIG_ZONES_REMOVED: {
    code: "CONFIG_ZONES_REMOVED",
    severity: "error",
    text: "a change noticed on disk does not remove most of the zones; a reload that is asked for may",
    see: "docs/guide/run.md",
  },
  CONFIG_TOO_LARGE: {
    code: "CONFIG_TOO_LARGE",
    severity: "error",
    text: "size, depth and aliases of a configuration have bounds",
  },
  CONFIG_KEY_TWICE: {
    code: "CONFIG_KEY_TWICE",
    severity: "error",
    text: "a key stands only once in its mapping",
    see: "YAML 1.2 §3.2.1.1",
  },
  CONFIG_KEY_UNKNOWN: {
    code: "CONFIG_KEY_UNKNOWN",
    severity: "error",
    text: "only the keys of the reference may be given",
    see: "docs/reference/gen/config.md",
  },
  CONFIG_KEY_MISSING: {
    code: "CONFIG_KEY_MISSING",
    severity: "error",
    text: "a key without a default must be given",
    see: "docs/reference/gen/config.md",
  },
  CONFIG_KEYS_EXCLUSIVE: {
    code: "CONFIG_KEYS_EXCLUSIVE",
    severity: "error",
    text: "of keys that say the same thing only one may be given",
  },
  CONFIG_TYPE: {
    code: "CONFIG_TYPE",
    severity: "error",
    text: "a value has the type that its key asks for",
    see: "docs/reference/gen/config.md",
  },
  CONFIG_RANGE: {
    code: "CONFIG_RANGE",
    severity: "error",
    text: "a value lies within the bounds of its key",
    see: "docs/reference/gen/config.md",
  },
  CONFIG_VALUE: {
    code: "CONFIG_VALUE",
    severity: "error",
    text: "a value is one of those that its key can take",
    see: "docs/reference/gen/config.md",
  },
  CONFIG_ADDRESS: {
    code: "CONFIG_ADDRESS",
    severity: "error",
    text: "an address is written in full and without a port",
    see: "RFC 4291 §2.2",
  },
  CONFIG_PREFIX: {
    code: "CONFIG_PREFIX",
    severity: "error",
    text: "a network is written address/length, with no bit set behind the length",
    see: "RFC 4632 §3.1",
  },
  CONFIG_NAME: {
    code: "CONFIG_NAME",
    severity: "error",
    text: "a domain name has labels of 1 to 63 octets and at most 255 octets",
    see: "RFC 1035 §2.3.4",
  },
  CONFIG_LISTEN: {
    code: "CONFIG_LISTEN",
    severity: "error",
    text: "a listen address is 192.0.2.1:53, [2001:db8::1]:53, *:53 or :53, and stands once",
  },
  CONFIG_API_EXPOSED: {
    code: "CONFIG_API_EXPOSED",
    severity: "error",
    text: "without authentication the API listens on a loopback address only",
  },
  TLS_CERTIFICATE: {
    code: "TLS_CERTIFICATE",
    severity: "error",
    text: "certificate and key of node.tls are read again when they change; what was in force stays so until they can be used",
    see: "docs/guide/transports.md",
  },
  CONFIG_REFERENCE: {
    code: "CONFIG_REFERENCE",
    severity: "error",
    text: "an id leads to something that is configured",
  },
  CONFIG_LIMIT: {
    code: "CONFIG_LIMIT",
    severity: "error",
    text: "everything that is configured fits into the table",
    see: "docs/reference/gen/limits.md",
  },
  CONFIG_POOL_EMPTY: {
    code: "CONFIG_POOL_EMPTY",
    severity: "error",
    text: "a pool has at least one endpoint",
  },
  CONFIG_ENDPOINT_EMPTY: {
    code: "CONFIG_ENDPOINT_EMPTY",
    severity: "error",
    text: "an endpoint has an address or a target",
  },
  CONFIG_PROBE_SLOW: {
    code: "CONFIG_PROBE_SLOW",
    severity: "warning",
    text: "all attempts of a probe end before its next round",
  },
  CONFIG_MAP_NO_DEFAULT: {
    code: "CONFIG_MAP_NO_DEFAULT",
    severity: "error",
    text: "a map says where clients are that no layer knows",
  },
  CONFIG_LOCATION: {
    code: "CONFIG_LOCATION",
    severity: "error",
    text: "a location is CONTINENT, CONTINENT/COUNTRY, …/SUBDIVISION or …/CITY",
    see: "ISO 3166",
  },
  CONFIG_LOCATION_UNREACHABLE: {
    code: "CONFIG_LOCATION_UNREACHABLE",
    severity: "warning",
    text: "a policy asks only for locations that its map can tell apart",
  },
  CONFIG_NETWORK_TWICE: {
    code: "CONFIG_NETWORK_TWICE",
    severity: "error",
    text: "a network or an AS number belongs to one rule of a map",
  },
  CONFIG_POLICY_NO_DEFAULT: {
    code: "CONFIG_POLICY_NO_DEFAULT",
    severity: "error",
    text: "a policy names the pools of all other clients",
  },
  CONFIG_ZONE_TWICE: {
    code: "CONFIG_ZONE_TWICE",
    severity: "error",
    text: "a zone is read from one file",
  },
  CONFIG_ZONE_NO_FILE: {
    code: "CONFIG_ZONE_NO_FILE",
    severity: "error",
    text: "a zone has a file of its own or one in a zone folder",
  },
  CONFIG_ZONE_FOLDER_EMPTY: {
    code: "CONFIG_ZONE_FOLDER_EMPTY",
    severity: "warning",
    text: "a zone folder or glob finds at least one zone file",
  },
  CONFIG_STEER_OUTSIDE: {
    code: "CONFIG_STEER_OUTSIDE",
    severity: "error",
    text: "a steered name is the zone's apex or lies below it",
  },
  CONFIG_STEER_TWICE: {
    code: "CONFIG_STEER_TWICE",
    severity: "error",
    text: "one policy steers a name and type",
  },
  CONFIG_STEER_CNAME: {
    code: "CONFIG_STEER_CNAME",
    severity: "error",
    text: "a CNAME may not stand beside other types of one name",
    see: "RFC 2181 §10.1",
  },
  CONFIG_STEER_KIND: {
    code: "CONFIG_STEER_KIND",
    severity: "error",
    text: "addresses are steered among endpoints with addresses, a CNAME among targets",
  },
  CONFIG_STEER_NO_ADDRESS: {
    code: "CONFIG_STEER_NO_ADDRESS",
    severity: "warning",
    text: "some endpoint can give what a steered type asks for",
  },
  CONFIG_COOKIE_SECRET: {
    code: "CONFIG_COOKIE_SECRET",
    severity: "error",
    text: "a cookie secret is 32 hexadecimal digits",
    see: "RFC 9018 §4.4",
  },
  CONFIG_SECRET: {
    code: "CONFIG_SECRET",
    severity: "error",
    text: "a secret is written in base64",
    see: "RFC 4648 §4",
  },
  CONFIG_SECRET_SHORT: {
    code: "CONFIG_SECRET_SHORT",
    severity: "warning",
    text: "a secret is about as long as the output of its hash",
    see: "RFC 8945 §8",
  },
  CONFIG_UPDATE_OPEN: {
    code: "CONFIG_UPDATE_OPEN",
    severity: "error",
    text: "only who has a key may change a zone",
    see: "RFC 3007 §3",
  },
  CONFIG_CATALOG_PRIMARIES: {
    code: "CONFIG_CATALOG_PRIMARIES",
    severity: "error",
    text: "the members of a catalog are fetched from somebody",
  },
  CONFIG_UNUSED: {
    code: "CONFIG_UNUSED",
    severity: "warning",
    text: "what is configured is used",
  },
  // zones
  ZONE_SERIAL: {
    code: "ZONE_SERIAL",
    severity: "warning",
    text: "a zone whose records change gets a newer serial",
    see: "RFC 1982 §3.2, RFC 1912 §2.2",
  },
  ZONE_PARENTHESES: {
    code: "ZONE_PARENTHESES",
    severity: "error",
    text: "parentheses open and close in pairs",
    see: "RFC 1035 §5.1",
  },
  ZONE_QUOTE: {
    code: "ZONE_QUOTE",
    severity: "error",
    text: "a quoted string ends on the line it begins on",
    see: "RFC 1035 §5.1",
  },
  ZONE_TOKENS: {
    code: "ZONE_TOKENS",
    severity: "error",
    text: "an entry has at most 65,600 parts",
  },
  ZONE_DIRECTIVE: {
    code: "ZONE_DIRECTIVE",
    severity: "error",
    text: "a line that begins with a dollar sign is $ORIGIN, $TTL, $INCLUDE or $GENERATE with its arguments",
    see: "RFC 1035 §5.1, RFC 2308 §4",
  },
  ZONE_OWNER: {
    code: "ZONE_OWNER",
    severity: "error",
    text: "a record has an owner that is a domain name, its own or the one before",
    see: "RFC 1035 §5.1",
  },
  ZONE_OUTSIDE: {
    code: "ZONE_OUTSIDE",
    severity: "error",
    text: "every owner is the apex or below it",
    see: "RFC 1034 §4.2",
  },
  ZONE_TTL: {
    code: "ZONE_TTL",
    severity: "error",
    text: "a TTL is seconds of at most 32 bits, or numbers with the units w d h m s",
    see: "RFC 2181 §8",
  },
  ZONE_NO_TTL: {
    code: "ZONE_NO_TTL",
    severity: "error",
    text: "a TTL comes from the record, $TTL, the record before, or the SOA",
    see: "RFC 2308 §4",
  },
  ZONE_CLASS: {
    code: "ZONE_CLASS",
    severity: "error",
    text: "every record of a zone has the class IN",
    see: "RFC 2181 §5",
  },
  ZONE_TYPE: {
    code: "ZONE_TYPE",
    severity: "error",
    text: "a record names its type by mnemonic or TYPEnnn",
    see: "RFC 3597 §5",
  },
  ZONE_META_TYPE: {
    code: "ZONE_META_TYPE",
    severity: "error",
    text: "query types and OPT, TSIG, TKEY do not stand in zones",
    see: "RFC 6895 §3.1",
  },
  ZONE_RDATA: {
    code: "ZONE_RDATA",
    severity: "error",
    text: "the data fits the type",
    see: "RFC 1035 §5.1, RFC 3597 §5",
  },
  ZONE_INCLUDE: {
    code: "ZONE_INCLUDE",
    severity: "error",
    text: "$INCLUDE nests at most 10 deep and opens at most 4,096 files",
    see: "RFC 1035 §5.1",
  },
  ZONE_GENERATE: {
    code: "ZONE_GENERATE",
    severity: "error",
    text: "$GENERATE has a range of at most 65,536 steps, an owner, a type and data whose every step makes a record",
  },
  ZONE_TOO_LARGE: {
    code: "ZONE_TOO_LARGE",
    severity: "error",
    text: "a zone keeps to the named limits of records and octets",
  },
  ZONE_FAULTS_MANY: {
    code: "ZONE_FAULTS_MANY",
    severity: "error",
    text: "at most 1,000 faults of a zone are reported",
  },
  ZONE_NO_SOA: {
    code: "ZONE_NO_SOA",
    severity: "error",
    text: "a zone has an SOA at its apex",
    see: "RFC 1034 §4.2.1",
  },
  ZONE_SOA_MANY: {
    code: "ZONE_SOA_MANY",
    severity: "error",
    text: "a zone has one SOA",
    see: "RFC 1035 §5.2",
  },
  ZONE_SOA_NOT_AT_APEX: {
    code: "ZONE_SOA_NOT_AT_APEX",
    severity: "error",
    text: "an SOA stands at the apex only",
    see: "RFC 1034 §4.2.1",
  },
  ZONE_NO_NS: {
    code: "ZONE_NO_NS",
    severity: "error",
    text: "a zone has at least one NS at its apex",
    see: "RFC 1034 §4.2.1",
  },
  ZONE_CNAME_NOT_ALONE: {
    code: "ZONE_CNAME_NOT_ALONE",
    severity: "error",
    text: "a CNAME may not stand beside other data at one name",
    see: "RFC 2181 §10.1",
  },
  ZONE_CNAME_MANY: {
    code: "ZONE_CNAME_MANY",
    severity: "error",
    text: "a name has at most one CNAME",
    see: "RFC 2181 §10.1",
  },
  ZONE_DNAME_MANY: {
    code: "ZONE_DNAME_MANY",
    severity: "error",
    text: "a name has at most one DNAME",
    see: "RFC 6672 §2.4",
  },
  ZONE_BELOW_DNAME: {
    code: "ZONE_BELOW_DNAME",
    severity: "warning",
    text: "data below a DNAME is never found",
    see: "RFC 6672 §2.4",
  },
  ZONE_TTL_MIXED: {
    code: "ZONE_TTL_MIXED",
    severity: "warning",
    text: "the records of an RRset have one TTL; the lowest is used",
    see: "RFC 2181 §5.2",
  },
  ZONE_TTL_RANGE: {
    code: "ZONE_TTL_RANGE",
    severity: "warning",
    text: "a TTL above 2147483647 means zero",
    see: "RFC 2181 §8",
  },
  ZONE_DUPLICATE: {
    code: "ZONE_DUPLICATE",
    severity: "warning",
    text: "a record stands once; the copy is dropped",
    see: "RFC 2181 §5",
  },
  ZONE_TARGET_CNAME: {
    code: "ZONE_TARGET_CNAME",
    severity: "warning",
    text: "the name that NS, MX or SRV points at is not an alias",
    see: "RFC 2181 §10.3",
  },
  ZONE_GLUE_MISSING: {
    code: "ZONE_GLUE_MISSING",
    severity: "warning",
    text: "a name server inside the zone has an address in it",
    see: "RFC 1034 §4.2.1",
  },
  ZONE_OCCLUDED: {
    code: "ZONE_OCCLUDED",
    severity: "warning",
    text: "below a delegation only the addresses of its name servers are found",
    see: "RFC 2136 §7.18",
  },
  ZONE_RRSET_TOO_LARGE: {
    code: "ZONE_RRSET_TOO_LARGE",
    severity: "error",
    text: "the records of an RRset fit one TCP message, with header, question and OPT",
    see: "RFC 1035 §4.2.2",
  },
  ZONE_WILDCARD_NS: {
    code: "ZONE_WILDCARD_NS",
    severity: "warning",
    text: "a wildcard does not delegate",
    see: "RFC 4592 §4.2",
  },
  ZONE_ALIAS_PARAMS: {
    code: "ZONE_ALIAS_PARAMS",
    severity: "warning",
    text: "SVCB and HTTPS of priority 0 have no parameters",
    see: "RFC 9460 §2.4.2",
  },
  ZONE_HINT_NONE: {
    code: "ZONE_HINT_NONE",
    severity: "warning",
    text: "an auto hint is left out of answers where its target has no such address in this zone",
    see: "RFC 9460 §7.3",
  },
  ZONE_HINT_STATIC: {
    code: "ZONE_HINT_STATIC",
    severity: "warning",
    text: "a written hint does not follow a target that is steered; auto does",
    see: "RFC 9460 §7.3",
  },
  ZONE_HINT_MANDATORY: {
    code: "ZONE_HINT_MANDATORY",
    severity: "error",
    text: "a hint that may be left out of an answer cannot be mandatory",
    see: "RFC 9460 §8",
  },
  ZONE_HINT_SIGNED: {
    code: "ZONE_HINT_SIGNED",
    severity: "error",
    text: "an auto hint cannot stand in a signed zone: no signature covers what is filled in",
    see: "RFC 4035 §2.2",
  },
  ZONE_HINTS_MANY: {
    code: "ZONE_HINTS_MANY",
    severity: "error",
    text: "an RRset has no more auto hints than are filled in for one answer",
  },
  ZONE_STRICT: {
    code: "ZONE_STRICT",
    severity: "error",
    text: "a zone that is configured as strict has no warnings",
    see: "RFC 2181 §5.2",
  },
  ZONE_UPDATES_BROKEN: {
    code: "ZONE_UPDATES_BROKEN",
    severity: "error",
    text: "the journal of accepted updates can be read as a whole",
    see: "RFC 2136 §3.5",
  },
  ZONE_UPDATES_EDITED: {
    code: "ZONE_UPDATES_EDITED",
    severity: "error",
    text: "a file that is changed by hand beside updates has a newer serial than before",
    see: "RFC 2136 §3.6",
  },
  ZONE_STEERED_OUTSIDE: {
    code: "ZONE_STEERED_OUTSIDE",
    severity: "error",
    text: "a steered owner is the apex or below it",
  },
  ZONE_STEERED_TYPE: {
    code: "ZONE_STEERED_TYPE",
    severity: "error",
    text: "the types A, AAAA and CNAME can be steered",
  },
  ZONE_STEERED_STATIC: {
    code: "ZONE_STEERED_STATIC",
    severity: "error",
    text: "a type of a name is either steered or static",
  },
  ZONE_STEERED_CNAME: {
    code: "ZONE_STEERED_CNAME",
    severity: "error",
    text: "a steered CNAME may not stand beside other data, and no steered type beside a CNAME",
    see: "RFC 2181 §10.1",
  },
  ZONE_STEERED_OCCLUDED: {
    code: "ZONE_STEERED_OCCLUDED",
    severity: "error",
    text: "a steered owner does not lie at or below a delegation, nor below a DNAME",
    see: "RFC 1034 §4.2.1",
  },
  // signed zones
  ZONE_STEERED_SIGNED: {
    code: "ZONE_STEERED_SIGNED",
    severity: "error",
    text: "a steered owner does not lie in a signed zone, since nobody signs its answers",
    see: "RFC 4035 §2.2",
  },
  ZONE_NSEC3_ITERATIONS: {
    code: "ZONE_NSEC3_ITERATIONS",
    severity: "error",
    text: "NSEC3 asks for no more iterations than validators go along with",
    see: "RFC 9276 §3.2",
  },
  ZONE_NSEC3_PARAMETERS: {
    code: "ZONE_NSEC3_PARAMETERS",
    severity: "warning",
    text: "NSEC3 needs neither iterations nor salt: they cost every server and hide nothing",
    see: "RFC 9276 §3.1",
  },
  ZONE_NSEC3_STRAY: {
    code: "ZONE_NSEC3_STRAY",
    severity: "warning",
    text: "NSEC3 records that no NSEC3PARAM of the apex names are left out",
    see: "RFC 5155 §7.1",
  },
  ZONE_RRSIG_MISSING: {
    code: "ZONE_RRSIG_MISSING",
    severity: "warning",
    text: "every authoritative RRset of a signed zone has an RRSIG",
    see: "RFC 4035 §2.2",
  },
  ZONE_RRSIG_EXPIRED: {
    code: "ZONE_RRSIG_EXPIRED",
    severity: "warning",
    text: "an RRset has a signature that has not ended; only `zone check` looks at the clock",
    see: "RFC 4034 §3.1.5",
  },
  ZONE_RRSIG_EARLY: {
    code: "ZONE_RRSIG_EARLY",
    severity: "warning",
    text: "an RRset has a signature that holds already; only `zone check` looks at the clock",
    see: "RFC 4034 §3.1.5",
  },
  ZONE_RRSIG_STRAY: {
    code: "ZONE_RRSIG_STRAY",
    severity: "warning",
    text: "an RRSIG that covers no RRset of its owner is left out",
    see: "RFC 4035 §2.2",
  },
  ZONE_DENIAL_MISSING: {
    code: "ZONE_DENIAL_MISSING",
    severity: "warning",
    text: "a signed zone proves what is not there, by NSEC or by NSEC3 with an NSEC3PARAM",
    see: "RFC 4035 §2.3",
  },
  ZONE_DENIAL_BROKEN: {
    code: "ZONE_DENIAL_BROKEN",
    severity: "warning",
    text: "NSEC and NSEC3 records form one closed chain over all names of the zone",
    see: "RFC 4034 §4.1.1",
  },
  ZONE_DENIAL_TTL: {
    code: "ZONE_DENIAL_TTL",
    severity: "warning",
    text: "NSEC and NSEC3 live no longer than negative answers; they are sent with that TTL",
    see: "RFC 9077 §3",
  },
  // maps
  MAP_PREFIX_INVALID: {
    code: "MAP_PREFIX_INVALID",
    severity: "error",
    text: "a network is an address, a slash and a length, and has no bit set beyond the length",
    see: "RFC 4291 §2.3",
  },
  MAP_PREFIX_TOO_LONG: {
    code: "MAP_PREFIX_TOO_LONG",
    severity: "error",
    text: "a map does not tell IPv6 clients apart beyond the first 64 bits",
  },
  MAP_PREFIX_TWICE: {
    code: "MAP_PREFIX_TWICE",
    severity: "error",
    text: "a network belongs to one rule of a map only",
  },
  MAP_PREFIX_EMBEDDED: {
    code: "MAP_PREFIX_EMBEDDED",
    severity: "warning",
    text: "clients in a transition prefix are looked up by the IPv4 address inside, so name the IPv4 network",
    see: "RFC 6052 §2.2",
  },
  MAP_RULE_TWICE: {
    code: "MAP_RULE_TWICE",
    severity: "error",
    text: "a rule's name stands once in a map",
  },
  MAP_LOCATION_UNKNOWN: {
    code: "MAP_LOCATION_UNKNOWN",
    severity: "error",
    text: "a location is a POP or a path of continent, country, subdivision and city",
  },
  MAP_COORDINATES_INVALID: {
    code: "MAP_COORDINATES_INVALID",
    severity: "error",
    text: "coordinates are given in pairs, latitude within 90 and longitude within 180 degrees",
  },
  MAP_ASN_TWICE: {
    code: "MAP_ASN_TWICE",
    severity: "error",
    text: "an AS number belongs to one rule of a map only",
  },
  MAP_ASN_FILE_MISSING: {
    code: "MAP_ASN_FILE_MISSING",
    severity: "error",
    text: "rules on AS numbers need an ASN database",
  },
  MAP_ASN_UNSEEN: {
    code: "MAP_ASN_UNSEEN",
    severity: "warning",
    text: "the ASN database has no network of this AS",
  },
  MAP_REGIONS_TOO_MANY: {
    code: "MAP_REGIONS_TOO_MANY",
    severity: "error",
    text: "a map has at most 65535 regions",
  },
  MAP_DATABASE_CORRUPT: {
    code: "MAP_DATABASE_CORRUPT",
    severity: "error",
    text: "the file is not a whole and sound MaxMind database",
    see: "MaxMind DB format 2.0",
  },
  MAP_DATABASE_UNREACHED: {
    code: "MAP_DATABASE_UNREACHED",
    severity: "warning",
    text: "part of the database's tree is reached by no address, so networks may be missing",
  },
  MAP_DATABASE_COARSE: {
    code: "MAP_DATABASE_COARSE",
    severity: "warning",
    text: "the database knows no places as fine as the map's granularity",
  },
  // tables
  TABLE_FULL: {
    code: "TABLE_FULL",
    severity: "error",
    text: "table memory or plan memory has no room for the new table; the old one goes on serving",
  },
  TABLE_NO_SOA: {
    code: "TABLE_NO_SOA",
    severity: "error",
    text: "a zone without SOA and NS at its apex cannot be built",
    see: "RFC 1035 §5.2",
  },
  TABLE_RRSET_TOO_LARGE: {
    code: "TABLE_RRSET_TOO_LARGE",
    severity: "error",
    text: "an RRset must fit into one message",
    see: "docs/reference/gen/limits.md",
  },
  TABLE_NODE_TOO_FULL: {
    code: "TABLE_NODE_TOO_FULL",
    severity: "error",
    text: "an owner has more than 255 RR types",
  },
  TABLE_TOO_MANY: {
    code: "TABLE_TOO_MANY",
    severity: "error",
    text: "a table holds no more than its references can count",
    see: "docs/reference/gen/limits.md",
  },
  TABLE_HASH_FLOOD: {
    code: "TABLE_HASH_FLOOD",
    severity: "error",
    text: "names were chosen so that their hashes collide",
    see: "docs/reference/gen/limits.md",
  },
  TABLE_REFERENCE: {
    code: "TABLE_REFERENCE",
    severity: "error",
    text: "what the table is built from names something that does not exist",
  },
  TABLE_SEGMENT: {
    code: "TABLE_SEGMENT",
    severity: "error",
    text: "a segment does not begin, end or lie as its kind demands",
  },
  TABLE_REF: { code: "TABLE_REF", severity: "error", text: "a reference leads out of its segment" },
  TABLE_SLOTS: {
    code: "TABLE_SLOTS",
    severity: "error",
    text: "a hash of the table does not find what lies in it",
  },
  TABLE_NODE: { code: "TABLE_NODE", severity: "error", text: "a node of a zone is malformed" },
  TABLE_NAME: { code: "TABLE_NAME", severity: "error", text: "a name in the table is malformed" },
  TABLE_RRSET: {
    code: "TABLE_RRSET",
    severity: "error",
    text: "an RRset in the table is malformed",
  },
  TABLE_ZONE: {
    code: "TABLE_ZONE",
    severity: "error",
    text: "a zone header does not fit its shards",
  },
  TABLE_MAP: {
    code: "TABLE_MAP",
    severity: "error",
    text: "a map is not a partition of both address spaces",
  },
  TABLE_STEERING: {
    code: "TABLE_STEERING",
    severity: "error",
    text: "a policy, endpoint or POP in the table is malformed",
  },
  TABLE_DIRECTORY: {
    code: "TABLE_DIRECTORY",
    severity: "error",
    text: "the directory does not fit what it names",
  },
  TABLE_DENIAL: {
    code: "TABLE_DENIAL",
    severity: "error",
    text: "what proves absence in a signed zone stands in the table in order",
    see: "RFC 4034 §6.1, RFC 5155 §7.1",
  },
  TABLE_DIGEST: {
    code: "TABLE_DIGEST",
    severity: "error",
    text: "a digest in the table differs from the octets it covers",
  },
  TABLE_FINGERPRINT: {
    code: "TABLE_FINGERPRINT",
    severity: "error",
    text: "the table was written by a program of another layout",
  },
  TABLE_IMAGE: {
    code: "TABLE_IMAGE",
    severity: "error",
    text: "a saved table is no saved table, or not whole",
  },
} as const satisfies Record<string, FaultRow>;

export type FaultKey = keyof typeof faults;

/** Where in the operator's input: line and column count from 1; 0 means "the file as a whole". */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One finding. `detail` says what was found, in words that name the operator's own things. */
export interface Fault {
  readonly key: FaultKey;
  readonly place: Place;
  readonly detail: string;
}

export function fault(key: FaultKey, place: Place, detail: string): Fault {
  return { key, place, detail };
}

export function severityOf(f: Fault): Severity {
  return faults[f.key].severity;
}

export function hasError(list: readonly Fault[]): boolean {
  return list.some((f) => severityOf(f) === "error");
}
