// SPDX-License-Identifier: Apache-2.0
/**
 * What IANA numbers: RR types, classes, opcodes, rcodes, EDNS options, extended errors.
 *
 * Rows `as const`, so that a number is typed once and the C++ header and the manual are generated
 * from here. The rows carry names and numbers only: how the RDATA of a type looks is `rdata.ts`.
 *
 * IANA registries "Domain Name System (DNS) Parameters"; RFC 3597 §5 for TYPEnnn and CLASSnnn;
 * RFC 6895 §3.1 for the kinds of types.
 */

/** `meta`: a query type or a type that never stands in a zone (RFC 6895 §3.1). */
export interface TypeRow {
  readonly number: number;
  readonly mnemonic: string;
  readonly meta?: true;
}

export const RR_TYPES = [
  { number: 1, mnemonic: "A" },
  { number: 2, mnemonic: "NS" },
  { number: 3, mnemonic: "MD" },
  { number: 4, mnemonic: "MF" },
  { number: 5, mnemonic: "CNAME" },
  { number: 6, mnemonic: "SOA" },
  { number: 7, mnemonic: "MB" },
  { number: 8, mnemonic: "MG" },
  { number: 9, mnemonic: "MR" },
  { number: 10, mnemonic: "NULL" },
  { number: 11, mnemonic: "WKS" },
  { number: 12, mnemonic: "PTR" },
  { number: 13, mnemonic: "HINFO" },
  { number: 14, mnemonic: "MINFO" },
  { number: 15, mnemonic: "MX" },
  { number: 16, mnemonic: "TXT" },
  { number: 17, mnemonic: "RP" },
  { number: 18, mnemonic: "AFSDB" },
  { number: 19, mnemonic: "X25" },
  { number: 20, mnemonic: "ISDN" },
  { number: 21, mnemonic: "RT" },
  { number: 22, mnemonic: "NSAP" },
  { number: 23, mnemonic: "NSAP-PTR" },
  { number: 24, mnemonic: "SIG" },
  { number: 25, mnemonic: "KEY" },
  { number: 26, mnemonic: "PX" },
  { number: 27, mnemonic: "GPOS" },
  { number: 28, mnemonic: "AAAA" },
  { number: 29, mnemonic: "LOC" },
  { number: 30, mnemonic: "NXT" },
  { number: 33, mnemonic: "SRV" },
  { number: 35, mnemonic: "NAPTR" },
  { number: 36, mnemonic: "KX" },
  { number: 37, mnemonic: "CERT" },
  { number: 38, mnemonic: "A6" },
  { number: 39, mnemonic: "DNAME" },
  { number: 41, mnemonic: "OPT", meta: true },
  { number: 42, mnemonic: "APL" },
  { number: 43, mnemonic: "DS" },
  { number: 44, mnemonic: "SSHFP" },
  { number: 45, mnemonic: "IPSECKEY" },
  { number: 46, mnemonic: "RRSIG" },
  { number: 47, mnemonic: "NSEC" },
  { number: 48, mnemonic: "DNSKEY" },
  { number: 49, mnemonic: "DHCID" },
  { number: 50, mnemonic: "NSEC3" },
  { number: 51, mnemonic: "NSEC3PARAM" },
  { number: 52, mnemonic: "TLSA" },
  { number: 53, mnemonic: "SMIMEA" },
  { number: 55, mnemonic: "HIP" },
  { number: 56, mnemonic: "NINFO" },
  { number: 57, mnemonic: "RKEY" },
  { number: 58, mnemonic: "TALINK" },
  { number: 59, mnemonic: "CDS" },
  { number: 60, mnemonic: "CDNSKEY" },
  { number: 61, mnemonic: "OPENPGPKEY" },
  { number: 62, mnemonic: "CSYNC" },
  { number: 63, mnemonic: "ZONEMD" },
  { number: 64, mnemonic: "SVCB" },
  { number: 65, mnemonic: "HTTPS" },
  { number: 66, mnemonic: "DSYNC" },
  { number: 99, mnemonic: "SPF" },
  { number: 104, mnemonic: "NID" },
  { number: 105, mnemonic: "L32" },
  { number: 106, mnemonic: "L64" },
  { number: 107, mnemonic: "LP" },
  { number: 108, mnemonic: "EUI48" },
  { number: 109, mnemonic: "EUI64" },
  { number: 128, mnemonic: "NXNAME", meta: true },
  { number: 249, mnemonic: "TKEY", meta: true },
  { number: 250, mnemonic: "TSIG", meta: true },
  { number: 251, mnemonic: "IXFR", meta: true },
  { number: 252, mnemonic: "AXFR", meta: true },
  { number: 253, mnemonic: "MAILB", meta: true },
  { number: 254, mnemonic: "MAILA", meta: true },
  { number: 255, mnemonic: "ANY", meta: true },
  { number: 256, mnemonic: "URI" },
  { number: 257, mnemonic: "CAA" },
  { number: 258, mnemonic: "AVC" },
  { number: 259, mnemonic: "DOA" },
  { number: 260, mnemonic: "AMTRELAY" },
  { number: 261, mnemonic: "RESINFO" },
  { number: 262, mnemonic: "WALLET" },
  { number: 32768, mnemonic: "TA" },
  { number: 32769, mnemonic: "DLV" },
] as const satisfies readonly TypeRow[];

type TypeMnemonic = (typeof RR_TYPES)[number]["mnemonic"];

/** Numbers by mnemonic: `Type.AAAA` is 28. */
export const Type = Object.fromEntries(RR_TYPES.map((row) => [row.mnemonic, row.number])) as {
  readonly [M in TypeMnemonic]: Extract<(typeof RR_TYPES)[number], { mnemonic: M }>["number"];
};

export const CLASSES = [
  { number: 1, mnemonic: "IN" },
  { number: 3, mnemonic: "CH" },
  { number: 4, mnemonic: "HS" },
  { number: 254, mnemonic: "NONE" },
  { number: 255, mnemonic: "ANY" },
] as const;

/** Class numbers by mnemonic. */
export const Class = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

export const OPCODES = [
  { number: 0, mnemonic: "QUERY" },
  { number: 1, mnemonic: "IQUERY" },
  { number: 2, mnemonic: "STATUS" },
  { number: 4, mnemonic: "NOTIFY" },
  { number: 5, mnemonic: "UPDATE" },
  { number: 6, mnemonic: "DSO" },
] as const;

export const Opcode = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 } as const;

/** Sixteen and above need EDNS (RFC 6891 §6.1.3). */
export const RCODES = [
  { number: 0, mnemonic: "NOERROR" },
  { number: 1, mnemonic: "FORMERR" },
  { number: 2, mnemonic: "SERVFAIL" },
  { number: 3, mnemonic: "NXDOMAIN" },
  { number: 4, mnemonic: "NOTIMP" },
  { number: 5, mnemonic: "REFUSED" },
  { number: 6, mnemonic: "YXDOMAIN" },
  { number: 7, mnemonic: "YXRRSET" },
  { number: 8, mnemonic: "NXRRSET" },
  { number: 9, mnemonic: "NOTAUTH" },
  { number: 10, mnemonic: "NOTZONE" },
  { number: 11, mnemonic: "DSOTYPENI" },
  { number: 16, mnemonic: "BADVERS" },
  { number: 17, mnemonic: "BADKEY" },
  { number: 18, mnemonic: "BADTIME" },
  { number: 19, mnemonic: "BADMODE" },
  { number: 20, mnemonic: "BADNAME" },
  { number: 21, mnemonic: "BADALG" },
  { number: 22, mnemonic: "BADTRUNC" },
  { number: 23, mnemonic: "BADCOOKIE" },
] as const;

type RcodeMnemonic = (typeof RCODES)[number]["mnemonic"];

export const Rcode = Object.fromEntries(RCODES.map((row) => [row.mnemonic, row.number])) as {
  readonly [M in RcodeMnemonic]: Extract<(typeof RCODES)[number], { mnemonic: M }>["number"];
};

export const EDNS_OPTIONS = [
  { number: 1, mnemonic: "LLQ" },
  { number: 2, mnemonic: "UL" },
  { number: 3, mnemonic: "NSID" },
  { number: 5, mnemonic: "DAU" },
  { number: 6, mnemonic: "DHU" },
  { number: 7, mnemonic: "N3U" },
  { number: 8, mnemonic: "ECS" },
  { number: 9, mnemonic: "EXPIRE" },
  { number: 10, mnemonic: "COOKIE" },
  { number: 11, mnemonic: "TCP-KEEPALIVE" },
  { number: 12, mnemonic: "PADDING" },
  { number: 13, mnemonic: "CHAIN" },
  { number: 14, mnemonic: "KEY-TAG" },
  { number: 15, mnemonic: "EDE" },
  { number: 18, mnemonic: "REPORT-CHANNEL" },
  { number: 19, mnemonic: "ZONEVERSION" },
] as const;

/** EDNS option codes by the names used in this house. */
export const EdnsOption = {
  NSID: 3,
  ECS: 8,
  EXPIRE: 9,
  COOKIE: 10,
  TCP_KEEPALIVE: 11,
  PADDING: 12,
  EDE: 15,
  REPORT_CHANNEL: 18,
  ZONEVERSION: 19,
} as const;

/** Extended DNS errors (RFC 8914 §4 and the registry since). */
export const EXTENDED_ERRORS = [
  { number: 0, text: "Other Error" },
  { number: 1, text: "Unsupported DNSKEY Algorithm" },
  { number: 2, text: "Unsupported DS Digest Type" },
  { number: 3, text: "Stale Answer" },
  { number: 4, text: "Forged Answer" },
  { number: 5, text: "DNSSEC Indeterminate" },
  { number: 6, text: "DNSSEC Bogus" },
  { number: 7, text: "Signature Expired" },
  { number: 8, text: "Signature Not Yet Valid" },
  { number: 9, text: "DNSKEY Missing" },
  { number: 10, text: "RRSIGs Missing" },
  { number: 11, text: "No Zone Key Bit Set" },
  { number: 12, text: "NSEC Missing" },
  { number: 13, text: "Cached Error" },
  { number: 14, text: "Not Ready" },
  { number: 15, text: "Blocked" },
  { number: 16, text: "Censored" },
  { number: 17, text: "Filtered" },
  { number: 18, text: "Prohibited" },
  { number: 19, text: "Stale NXDOMAIN Answer" },
  { number: 20, text: "Not Authoritative" },
  { number: 21, text: "Not Supported" },
  { number: 22, text: "No Reachable Authority" },
  { number: 23, text: "Network Error" },
  { number: 24, text: "Invalid Data" },
  { number: 25, text: "Signature Expired before Valid" },
  { number: 26, text: "Too Early" },
  { number: 27, text: "Unsupported NSEC3 Iterations Value" },
  { number: 28, text: "Unable to conform to policy" },
  { number: 29, text: "Synthesized" },
  { number: 30, text: "Invalid Query Type" },
] as const;

const typeByMnemonic = new Map<string, TypeRow>(RR_TYPES.map((row) => [row.mnemonic, row]));
const typeByNumber = new Map<number, TypeRow>(RR_TYPES.map((row) => [row.number, row]));

/** `PREFIXnnn` with nnn in 0..65535, in decimal without sign (RFC 3597 §5); -1 if it is not. */
function generic(text: string, prefix: string): number {
  if (!text.startsWith(prefix)) return -1;
  const digits = text.slice(prefix.length);
  if (!/^\d{1,5}$/.test(digits)) return -1;
  const value = Number(digits);
  return value > 0xffff ? -1 : value;
}

/** The number of a type from its mnemonic or TYPEnnn, in any case; -1 if there is none. */
export function typeNumber(text: string): number {
  const upper = text.toUpperCase();
  return typeByMnemonic.get(upper)?.number ?? generic(upper, "TYPE");
}

/** The mnemonic of a type, or TYPEnnn. */
export function typeText(type: number): string {
  return typeByNumber.get(type)?.mnemonic ?? `TYPE${type}`;
}

/** Whether a type may not stand in a zone: OPT, TSIG, query types, and 128..255 (RFC 6895 §3.1). */
export function isMetaType(type: number): boolean {
  return type === 0 || type === 41 || (type >= 128 && type <= 255);
}

/** The number of a class from its mnemonic or CLASSnnn, in any case; -1 if there is none. */
export function classNumber(text: string): number {
  const upper = text.toUpperCase();
  return CLASSES.find((row) => row.mnemonic === upper)?.number ?? generic(upper, "CLASS");
}

/** The mnemonic of a class, or CLASSnnn. */
export function classText(number: number): string {
  return CLASSES.find((row) => row.number === number)?.mnemonic ?? `CLASS${number}`;
}

export function opcodeText(number: number): string {
  return OPCODES.find((row) => row.number === number)?.mnemonic ?? `OPCODE${number}`;
}

export function rcodeText(number: number): string {
  return RCODES.find((row) => row.number === number)?.mnemonic ?? `RCODE${number}`;
}

export function ednsOptionText(number: number): string {
  return EDNS_OPTIONS.find((row) => row.number === number)?.mnemonic ?? `OPT${number}`;
}

export function extendedErrorText(number: number): string {
  return EXTENDED_ERRORS.find((row) => row.number === number)?.text ?? `EDE${number}`;
}
