// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/codes.ts: numbers of the protocol that the kernel branches on.
#pragma once

#include <cstdint>

namespace azimuth {

constexpr uint32_t rcode_noerror = 0;
constexpr uint32_t rcode_formerr = 1;
constexpr uint32_t rcode_servfail = 2;
constexpr uint32_t rcode_nxdomain = 3;
constexpr uint32_t rcode_notimp = 4;
constexpr uint32_t rcode_refused = 5;
constexpr uint32_t rcode_yxdomain = 6;
// The low four bits of BADCOOKIE, 23; OPT has the rest.
constexpr uint32_t rcode_badcookie = 7;

constexpr uint32_t class_in = 1;
constexpr uint32_t class_chaos = 3;
// QCLASS `*`: we have one class, so it is that; but not "authoritative" (RFC 1035 §6.2).
constexpr uint32_t class_any = 255;

constexpr uint32_t type_a = 1;
constexpr uint32_t type_ns = 2;
constexpr uint32_t type_cname = 5;
constexpr uint32_t type_soa = 6;
constexpr uint32_t type_hinfo = 13;
constexpr uint32_t type_txt = 16;
constexpr uint32_t type_aaaa = 28;
constexpr uint32_t type_dname = 39;
constexpr uint32_t type_opt = 41;
constexpr uint32_t type_ds = 43;
constexpr uint32_t type_rrsig = 46;
constexpr uint32_t type_nsec = 47;
// HTTPS is the next number.
constexpr uint32_t type_svcb = 64;
constexpr uint32_t type_tsig = 250;
constexpr uint32_t type_ixfr = 251;
constexpr uint32_t type_axfr = 252;
constexpr uint32_t type_any = 255;

// Service parameters that are hints (RFC 9460 §14.3.2).
constexpr uint32_t key_ipv4hint = 4;
constexpr uint32_t key_ipv6hint = 6;

}  // namespace azimuth
