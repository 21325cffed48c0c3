// SPDX-License-Identifier: Apache-2.0
//
// SHA-1, for the owners of NSEC3 records alone. Twin of src/base/sha1.ts, where stands why.
#pragma once
#include <cstdint>
#include <span>

namespace azimuth {

constexpr uint32_t sha1_size = 20;

// The digest of `octets`, which may lie in the same memory.
void sha1(std::span<const uint8_t> octets, std::span<uint8_t, sha1_size> out) noexcept;

// The same without instructions of the processor's own, for tests.
void sha1_portable(std::span<const uint8_t> octets, std::span<uint8_t, sha1_size> out) noexcept;

}  // namespace azimuth
