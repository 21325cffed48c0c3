// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/identity.ts: who answers, as NSID and `id.server` tell it. Its invariant ID1
// holds here too.
#include <algorithm>

#include "src/kernel.hh"

namespace azimuth {

namespace {

bool is_mark(uint8_t octet) noexcept {
  return octet == static_cast<uint8_t>(IdentityMark::Worker) ||
         octet == static_cast<uint8_t>(IdentityMark::Revision);
}

// The low half of the revision is enough: who compares two servers does not wait for 2^32 changes.
uint32_t number_of(const Kernel& k, uint8_t mark) noexcept {
  if (mark == static_cast<uint8_t>(IdentityMark::Worker)) return k.worker;
  return k.root == 0 ? 0 : k.table.segment<Directory>(k.root).revision_low;
}

uint32_t digits_of(uint32_t value) noexcept {
  uint32_t digits = 1;
  for (; value >= 10; value /= 10) digits += 1;
  return digits;
}

}  // namespace

uint32_t identity_size(const Kernel& k, std::span<const uint8_t> identity) noexcept {
  uint32_t size = 0;
  for (const uint8_t octet : identity) {
    size += is_mark(octet) ? digits_of(number_of(k, octet)) : 1;
  }
  return std::min(size, identity_size_max);
}

void put_identity(const Kernel& k, std::span<const uint8_t> identity, uint8_t* to,
                  uint32_t size) noexcept {
  uint32_t at = 0;
  for (const uint8_t octet : identity) {
    if (at >= size) return;
    if (!is_mark(octet)) {
      to[at] = octet;
      at += 1;
      continue;
    }
    uint32_t left = number_of(k, octet);
    const uint32_t digits = digits_of(left);
    for (uint32_t d = digits; d > 0; left /= 10) {
      d -= 1;
      if (at + d < size) to[at + d] = static_cast<uint8_t>('0' + left % 10);
    }
    at += digits;
  }
}

}  // namespace azimuth
