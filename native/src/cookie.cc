// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/cookie.ts: server cookies (RFC 7873, RFC 9018). Its invariants C1 to C3 hold
// here too.
#include <bit>
#include <cstring>

#include "src/kernel.hh"

namespace azimuth {

namespace {

constexpr uint32_t version_at = 8;
constexpr uint32_t time_at = 12;
constexpr uint32_t hash_at = 16;
constexpr uint8_t version = 1;

// Client cookie, version and time, client address: 20 or 32 octets.
struct Hashed {
  uint8_t octets[32];
  uint32_t size;
};

uint64_t word_at(const uint8_t* at) noexcept {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

struct Sip {
  uint64_t v0, v1, v2, v3;

  void round() noexcept {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void mix(uint64_t word) noexcept {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

// SipHash-2-4 with one of the secrets.
uint64_t sip_hash(const Kernel& k, uint32_t secret, const Hashed& hashed) noexcept {
  const uint8_t* key = k.settings.cookie_secrets + secret * cookie_secret_size;
  const uint64_t k0 = word_at(key);
  const uint64_t k1 = word_at(key + 8);
  Sip s = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u,
           k1 ^ 0x7465646279746573u};
  const uint32_t whole = hashed.size / 8;
  for (uint32_t i = 0; i < whole; i += 1) s.mix(word_at(hashed.octets + i * 8));
  uint32_t rest = 0;
  if (hashed.size % 8 != 0) std::memcpy(&rest, hashed.octets + whole * 8, sizeof rest);
  s.mix(uint64_t{hashed.size} << 56 | rest);
  s.v2 ^= 0xff;
  for (uint32_t i = 0; i < 4; i += 1) s.round();
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

// Seconds since the cookie was made: differences are what counts (RFC 1982).
int32_t age_of(const Question& q, uint32_t now) noexcept {
  return static_cast<int32_t>(now - read_u32(q.cookie.data() + time_at));
}

// Which secret made the cookie of the request; negative if none did, or too long ago.
int32_t secret_of(const Kernel& k, uint32_t now, Hashed& hashed) noexcept {
  const Question& q = *k.question;
  const int32_t age = age_of(q, now);
  if (q.cookie[version_at] != version) return -1;
  if (age > static_cast<int32_t>(cookie_age_max_secs)) return -1;
  if (age < -static_cast<int32_t>(cookie_ahead_max_secs)) return -1;
  // The reserved octets are hashed as they came (RFC 9018 §4.4).
  std::memcpy(hashed.octets, q.cookie.data(), hash_at);
  const uint64_t told = word_at(q.cookie.data() + hash_at);
  for (uint32_t i = 0; i < k.settings.cookie_secret_count; i += 1) {
    if (sip_hash(k, i, hashed) == told) return static_cast<int32_t>(i);
  }
  return -1;
}

void make_cookie(Kernel& k, uint32_t now, Hashed& hashed) noexcept {
  uint8_t* out = k.opt.cookie_out.data();
  std::memcpy(hashed.octets, out, client_cookie_size);
  std::memset(hashed.octets + version_at, 0, time_at - version_at);
  hashed.octets[version_at] = version;
  write_u16(hashed.octets + time_at, now >> 16);
  write_u16(hashed.octets + time_at + 2, now);
  const uint64_t hash = sip_hash(k, 0, hashed);
  std::memcpy(out + version_at, hashed.octets + version_at, hash_at - version_at);
  std::memcpy(out + hash_at, &hash, sizeof hash);
}

}  // namespace

bool check_cookie(Kernel& k) noexcept {
  const Question& q = *k.question;
  const uint32_t now = k.slot->unix_secs;
  const uint32_t octets = k.slot->family == 4 ? 4 : 16;
  Hashed hashed = {{}, hash_at + octets};
  std::memcpy(hashed.octets + hash_at, k.slot->client, octets);
  std::memcpy(k.opt.cookie_out.data(), q.cookie.data(), client_cookie_size);
  k.opt.cookie = true;
  const int32_t secret = q.cookie_size == cookie_size ? secret_of(k, now, hashed) : -1;
  if (secret < 0) {
    k.count(q.cookie_size == client_cookie_size ? offsetof(Counters, cookie_none)
                                                : offsetof(Counters, cookie_invalid));
    make_cookie(k, now, hashed);
    return false;
  }
  k.count(offsetof(Counters, cookie_valid));
  k.slot->flags = static_cast<uint8_t>(SlotFlag::ValidCookie);
  if (secret == 0 && age_of(q, now) <= static_cast<int32_t>(cookie_renew_secs)) {
    std::memcpy(k.opt.cookie_out.data(), q.cookie.data(), cookie_size);
  } else {
    make_cookie(k, now, hashed);
  }
  return true;
}

}  // namespace azimuth
