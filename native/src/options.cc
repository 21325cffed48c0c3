// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/options.ts: reads the options of a request's OPT. Its invariant O1 holds here
// too.
#include <algorithm>

#include "src/kernel.hh"

namespace azimuth {

namespace {

using Octets = std::span<const uint8_t>;

constexpr uint32_t cookie_size_min = 16;
constexpr uint32_t cookie_size_max = 40;
static_assert(sizeof(Question::cookie) == cookie_size_max);

uint32_t u16(Octets packet, uint32_t at) noexcept {
  return static_cast<uint32_t>(packet[at]) << 8 | packet[at + 1];
}

// An option that asks, and so has nothing to say.
bool parse_empty(uint32_t size, uint32_t bit, Question& q) noexcept {
  if (size != 0) return false;
  q.options |= bit;
  return true;
}

void parse_cookie(Octets packet, uint32_t at, uint32_t size, Question& q) noexcept {
  if ((q.options & (has_cookie | bad_cookie)) != 0) return;
  const bool sound =
      size == client_cookie_size || (size >= cookie_size_min && size <= cookie_size_max);
  q.options |= sound ? has_cookie : bad_cookie;
  if (!sound) return;
  q.cookie_size = size;
  std::copy_n(packet.begin() + at, size, q.cookie.begin());
}

// The client subnet option; false for every form that RFC 7871 §7.1.2 calls malformed.
bool parse_ecs(Octets packet, uint32_t at, uint32_t size, Question& q) noexcept {
  const bool repeated = q.ecs_family != 0;
  q.ecs_family = 0;
  if (repeated || size < 4) return false;
  const uint32_t family = u16(packet, at);
  const uint32_t source = packet[at + 2];
  if (family != 1 && family != 2) return false;
  if (source > (family == 1 ? ecs_v4_bits_max : ecs_v6_bits_max)) return false;
  const uint32_t octets = (source + 7) >> 3;
  if (packet[at + 3] != 0 || size != 4 + octets) return false;
  q.ecs_address.fill(0);
  for (uint32_t i = 0; i < octets; i += 1) q.ecs_address[i] = packet[at + 4 + i];
  if ((source & 7) != 0 && (q.ecs_address[octets - 1] & (0xffu >> (source & 7))) != 0) return false;
  q.ecs_family = family;
  q.ecs_source = source;
  return true;
}

// False if the option is malformed, whoever sent it.
bool parse_option(Octets packet, uint32_t at, uint32_t code, uint32_t size, Question& q) noexcept {
  switch (code) {
    case option_ecs:
      return parse_ecs(packet, at, size, q);
    case option_cookie:
      parse_cookie(packet, at, size, q);
      return true;
    case option_padding:
      q.options |= has_padding;
      return true;
    case option_keepalive:
      q.options |= size == 0 ? has_keepalive : bad_keepalive;
      return true;
    case option_nsid:
      return parse_empty(size, has_nsid, q);
    case option_zoneversion:
      return parse_empty(size, has_zoneversion, q);
    case option_expire:
      return parse_empty(size, has_expire, q);
    default:
      return true;
  }
}

}  // namespace

Verdict parse_options(Octets packet, uint32_t from, uint32_t end, Question& q) noexcept {
  uint32_t at = from;
  while (at < end) {
#ifndef AZIMUTH_PLANTED_FAULT  // For test/fuzz alone: without this check a fuzzer must fail.
    if (at + 4 > end) return Verdict::Formerr;
#endif
    const uint32_t code = u16(packet, at);
    const uint32_t size = u16(packet, at + 2);
    at += 4;
    if (at + size > end || !parse_option(packet, at, code, size, q)) return Verdict::Formerr;
    at += size;
  }
  return Verdict::Ok;
}

}  // namespace azimuth
