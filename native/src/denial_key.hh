// SPDX-License-Identifier: Apache-2.0
//
// Twin of keyPrefix of src/table/denial-key.ts.
#pragma once
#include <cstdint>
#include <span>

namespace azimuth {

// The first 4 octets of a key as a number: keys whose prefixes differ are in the order of these.
constexpr uint32_t key_prefix(std::span<const uint8_t> key) noexcept {
  uint32_t prefix = 0;
  for (size_t i = 0; i < 4; i += 1) prefix = prefix << 8 | (i < key.size() ? key[i] : 0u);
  return prefix;
}

}  // namespace azimuth
