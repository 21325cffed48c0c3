// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/base/sha1.ts. FIPS 180-4 §6.1.
//
// On x86-64 the processor is asked at start whether it has instructions for SHA-1, which take a seventh
// of the time: an NSEC3 answer makes three hashes, and there is little else that takes as long.
#include "src/sha1.hh"

#include <algorithm>
#include <array>
#include <bit>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace azimuth {

namespace {

constexpr size_t block_size = 64;
using State = std::array<uint32_t, 5>;

uint32_t word_at(const uint8_t* at) noexcept {
  return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | at[3];
}

// Twenty rounds with one way to mix; w[i] is what the block is spread to.
template <uint32_t constant, typename Mix>
void rounds(State& s, std::span<const uint32_t, 20> w, Mix mix) noexcept {
  auto [a, b, c, d, e] = s;
  for (const uint32_t word : w) {
    const uint32_t next = std::rotl(a, 5) + mix(b, c, d) + e + constant + word;
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  s = {a, b, c, d, e};
}

using Block = std::span<const uint8_t, block_size>;

void compress_portable(State& state, Block block) noexcept {
  std::array<uint32_t, 80> w;
  for (size_t i = 0; i < 16; i += 1) w[i] = word_at(&block[i * 4]);
  for (size_t i = 16; i < 80; i += 1) {
    w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  }
  constexpr auto choose = [](uint32_t b, uint32_t c, uint32_t d) noexcept {
    return d ^ (b & (c ^ d));
  };
  constexpr auto parity = [](uint32_t b, uint32_t c, uint32_t d) noexcept { return b ^ c ^ d; };
  constexpr auto majority = [](uint32_t b, uint32_t c, uint32_t d) noexcept {
    return (b & c) | (d & (b | c));
  };
  const std::span<const uint32_t, 80> all = w;
  State s = state;
  rounds<0x5a827999>(s, all.subspan<0, 20>(), choose);
  rounds<0x6ed9eba1>(s, all.subspan<20, 20>(), parity);
  rounds<0x8f1bbcdc>(s, all.subspan<40, 20>(), majority);
  rounds<0xca62c1d6>(s, all.subspan<60, 20>(), parity);
  for (size_t i = 0; i < state.size(); i += 1) state[i] += s[i];
}

#if defined(__x86_64__)

bool have_instructions() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSSE3) == 0) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

#define AZIMUTH_SHA __attribute__((target("sha,ssse3")))

// The words a, b, c, d lie from the top downwards, as do those of a block; e is made of what a was
// four rounds before.
struct Lanes {
  __m128i abcd;
  __m128i before;
};

// Rounds 4 × from to 4 × (from + 5) - 1, all with one way to mix.
template <int way>
AZIMUTH_SHA void rounds_native(Lanes& s, const __m128i* w, size_t from) noexcept {
  for (size_t i = from; i < from + 5; i += 1) {
    const __m128i e = _mm_sha1nexte_epu32(s.before, w[i]);
    s.before = s.abcd;
    s.abcd = _mm_sha1rnds4_epu32(s.abcd, e, way);
  }
}

AZIMUTH_SHA void compress_native(State& state, Block block) noexcept {
  const __m128i order = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
  __m128i w[20];
  for (size_t i = 0; i < 4; i += 1) {
    const auto* at = reinterpret_cast<const __m128i*>(&block[i * 16]);
    w[i] = _mm_shuffle_epi8(_mm_loadu_si128(at), order);
  }
  for (size_t i = 4; i < 20; i += 1) {
    const __m128i mixed = _mm_xor_si128(_mm_sha1msg1_epu32(w[i - 4], w[i - 3]), w[i - 2]);
    w[i] = _mm_sha1msg2_epu32(mixed, w[i - 1]);
  }
  auto* at = reinterpret_cast<__m128i*>(state.data());
  const __m128i first = _mm_shuffle_epi32(_mm_loadu_si128(at), 0x1b);
  const __m128i last = _mm_set_epi32(static_cast<int>(state[4]), 0, 0, 0);
  // Of the first four rounds e is given, and not made of an a before.
  Lanes s = {_mm_sha1rnds4_epu32(first, _mm_add_epi32(last, w[0]), 0), first};
  for (size_t i = 1; i < 5; i += 1) {
    const __m128i e = _mm_sha1nexte_epu32(s.before, w[i]);
    s = {_mm_sha1rnds4_epu32(s.abcd, e, 0), s.abcd};
  }
  rounds_native<1>(s, w, 5);
  rounds_native<2>(s, w, 10);
  rounds_native<3>(s, w, 15);
  const __m128i e = _mm_sha1nexte_epu32(s.before, last);
  _mm_storeu_si128(at, _mm_shuffle_epi32(_mm_add_epi32(s.abcd, first), 0x1b));
  state[4] = static_cast<uint32_t>(_mm_extract_epi16(e, 6)) |
             static_cast<uint32_t>(_mm_extract_epi16(e, 7)) << 16;
}

const bool is_fast = have_instructions();

void compress(State& state, Block block) noexcept {
  if (is_fast) {
    compress_native(state, block);
  } else {
    compress_portable(state, block);
  }
}

#else

void compress(State& state, Block block) noexcept { compress_portable(state, block); }

#endif

using Compress = void (&)(State&, Block) noexcept;

void hash(std::span<const uint8_t> octets, std::span<uint8_t, sha1_size> out,
          Compress compress_block) noexcept {
  State state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  const size_t size = octets.size();
  size_t done = 0;
  for (; done + block_size <= size; done += block_size) {
    compress_block(state, octets.subspan(done).first<block_size>());
  }
  std::array<uint8_t, block_size> block = {};
  std::ranges::copy(octets.subspan(done), block.begin());
  block[size - done] = 0x80;
  if (size - done + 9 > block_size) {
    compress_block(state, block);
    block.fill(0);
  }
  // Sizes here are far below 2^29 octets: one word of bits is enough.
  const uint32_t bits = static_cast<uint32_t>(size * 8);
  for (uint32_t i = 0; i < 4; i += 1) block[60 + i] = static_cast<uint8_t>(bits >> (24 - 8 * i));
  compress_block(state, block);
  for (uint32_t i = 0; i < sha1_size; i += 1) {
    out[i] = static_cast<uint8_t>(state[i >> 2] >> (24 - 8 * (i & 3)));
  }
}

}  // namespace

void sha1(std::span<const uint8_t> octets, std::span<uint8_t, sha1_size> out) noexcept {
  hash(octets, out, compress);
}

void sha1_portable(std::span<const uint8_t> octets, std::span<uint8_t, sha1_size> out) noexcept {
  hash(octets, out, compress_portable);
}

}  // namespace azimuth
