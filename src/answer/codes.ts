// SPDX-License-Identifier: Apache-2.0
/**
 * Numbers of the protocol that the kernel branches on, as constants that the compiler folds; their
 * names and sources are in src/dns/iana.ts. Twin: native/src/codes.hh.
 */

export const RCODE_NOERROR = 0;
export const RCODE_FORMERR = 1;
export const RCODE_SERVFAIL = 2;
export const RCODE_NXDOMAIN = 3;
export const RCODE_NOTIMP = 4;
export const RCODE_REFUSED = 5;
export const RCODE_YXDOMAIN = 6;
/** The low four bits of BADCOOKIE, 23; OPT has the rest. */
export const RCODE_BADCOOKIE = 7;

export const CLASS_IN = 1;
export const CLASS_CHAOS = 3;
/** QCLASS `*`: we have one class, so it is that; but not "authoritative" (RFC 1035 §6.2). */
export const CLASS_ANY = 255;

export const TYPE_A = 1;
export const TYPE_NS = 2;
export const TYPE_CNAME = 5;
export const TYPE_SOA = 6;
export const TYPE_HINFO = 13;
export const TYPE_TXT = 16;
export const TYPE_AAAA = 28;
export const TYPE_DNAME = 39;
export const TYPE_OPT = 41;
export const TYPE_DS = 43;
export const TYPE_RRSIG = 46;
export const TYPE_NSEC = 47;
/** HTTPS is the next number. */
export const TYPE_SVCB = 64;
export const TYPE_TSIG = 250;
export const TYPE_IXFR = 251;
export const TYPE_AXFR = 252;
export const TYPE_ANY = 255;

/** Service parameters that are hints (RFC 9460 §14.3.2); src/dns/svcb.ts has all of them. */
export const KEY_IPV4HINT = 4;
export const KEY_IPV6HINT = 6;
