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

void compress(State& state, const uint8_t* block) noexcept {
  std::array<uint32_t, 80> w;
  for (size_t i = 0; i < 16; i += 1) w[i] = word_at(block + i * 4);
  for (size_t i = 16; i < 80; i += 1) {
    w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  }
  auto [a, b, c, d, e] = state;
  for (size_t i = 0; i < 80; i += 1) {
    uint32_t mix = b ^ c ^ d;
    uint32_t constant = i < 40 ? 0x6ed9eba1 : 0xca62c1d6;
    if (i < 20) {
      mix = (b & c) | (~b & d);
      constant = 0x5a827999;
    } else if (i >= 40 && i < 60) {
      mix = (b & c) | (b & d) | (c & d);
      constant = 0x8f1bbcdc;
    }
    const uint32_t next = std::rotl(a, 5) + mix + e + constant + w[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
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
