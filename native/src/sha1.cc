// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/base/sha1.ts. FIPS 180-4 §6.1.
#include "src/sha1.hh"

#include <algorithm>
#include <array>
#include <bit>

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

void compress(State& state, const uint8_t* block) noexcept {
  std::array<uint32_t, 80> w;
  for (size_t i = 0; i < 16; i += 1) w[i] = word_at(block + i * 4);
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

}  // namespace

void sha1(std::span<const uint8_t> octets, std::span<uint8_t, sha1_size> out) noexcept {
  State state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  const size_t size = octets.size();
  size_t done = 0;
  for (; done + block_size <= size; done += block_size) compress(state, &octets[done]);
  std::array<uint8_t, block_size> block = {};
  std::ranges::copy(octets.subspan(done), block.begin());
  block[size - done] = 0x80;
  if (size - done + 9 > block_size) {
    compress(state, block.data());
    block.fill(0);
  }
  // Sizes here are far below 2^29 octets: one word of bits is enough.
  const uint32_t bits = static_cast<uint32_t>(size * 8);
  for (uint32_t i = 0; i < 4; i += 1) block[60 + i] = static_cast<uint8_t>(bits >> (24 - 8 * i));
  compress(state, block.data());
  for (uint32_t i = 0; i < sha1_size; i += 1) {
    out[i] = static_cast<uint8_t>(state[i >> 2] >> (24 - 8 * (i & 3)));
  }
}

}  // namespace azimuth
