// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/locate.ts: client address → leaf of a map. Its invariants C1 and C2 hold here
// too. Words are unsigned here and signed there, which no result shows.
#include "src/kernel.hh"

namespace azimuth {

namespace {

void embed(Client& client, uint32_t address, uint32_t base) noexcept {
  client.family = 4;
  client.high = address;
  client.low = 0;
  client.scope_base = base;
}

// The last index in [low, high] for which `starts_at_or_before` holds; it holds for `low`, which
// may be −1 in front of the first bucket's first network.
template <typename Starts>
uint32_t search(int32_t low, int32_t high, Starts starts_at_or_before) noexcept {
  for (uint32_t step = 0; step < map_search_steps_max && low < high; step += 1) {
    const int32_t middle = (low + high + 1) >> 1;
    if (starts_at_or_before(static_cast<uint32_t>(middle))) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return static_cast<uint32_t>(low);
}

uint32_t locate_v4(const Table& table, Ref map, uint32_t address) noexcept {
  const auto& head = table.segment<Map>(map);
  const Ref buckets = map + head.v4_buckets;
  const Ref keys = map + head.v4_keys;
  const uint32_t bucket = address >> 16;
  const uint32_t key = address & 0xffff;
  // The answer lies in [low, high]: `low` begins before the bucket's second network.
  const auto low = static_cast<int32_t>(table.word(buckets, bucket)) - 1;
  const auto high = static_cast<int32_t>(table.word(buckets, bucket + 1)) - 1;
  const uint32_t network = search(
      low, high, [&](uint32_t i) noexcept { return table.at<uint16_t>(keys + i * 2) <= key; });
  return table.word(map + head.v4_leaves, network);
}

uint32_t locate_v6(const Table& table, Ref map, const Client& client) noexcept {
  const auto& head = table.segment<Map>(map);
  const Ref buckets = map + head.v6_buckets;
  const Ref highs = map + head.v6_high;
  const Ref lows = map + head.v6_low;
  const uint32_t bucket = client.high >> 16;
  const auto low = static_cast<int32_t>(table.word(buckets, bucket)) - 1;
  const auto high = static_cast<int32_t>(table.word(buckets, bucket + 1)) - 1;
  const uint32_t network = search(low, high, [&](uint32_t i) noexcept {
    const uint32_t h = table.word(highs, i);
    return h < client.high || (h == client.high && table.word(lows, i) <= client.low);
  });
  return table.word(map + head.v6_leaves, network);
}

}  // namespace

// Takes an address of `family` 4 or 6 with `bits` known bits, zero behind them, into `client`.
void set_client(Client& client, std::span<const uint8_t, 16> octets, uint32_t family,
                uint32_t bits) noexcept {
  client.scope_base = 0;
  client.high = read_u32(&octets[0]);
  client.low = 0;
  client.family = family;
  if (family == 4) return;
  client.low = read_u32(&octets[4]);
  const uint32_t high = client.high;
  // 6to4, 2002::/16: the IPv4 address follows the first 16 bits.
  if (high >> 16 == 0x2002) {
    if (bits >= 16) embed(client, high << 16 | client.low >> 16, 16);
    return;
  }
  if (bits < 96) return;
  const uint32_t third = read_u32(&octets[8]);
  const uint32_t last = read_u32(&octets[12]);
  if (high == 0 && client.low == 0 && (third == 0xffff || third == 0xffff0000)) {
    // IPv4-mapped ::ffff:0:0/96 and IPv4-translated ::ffff:0:0:0/96.
    embed(client, last, 96);
  } else if (high == 0x0064ff9b && client.low == 0 && third == 0) {
    embed(client, last, 96);
  } else if (high == 0x20010000) {
    // Teredo, 2001::/32: the client's address with all bits turned; unknown bits stay zero.
    const uint32_t known = bits >= 128 ? ~0u : bits == 96 ? 0 : ~0u << (128 - bits);
    embed(client, ~last & known, 96);
  }
}

// The leaf word of `client` in the map at absolute ref `map`.
uint32_t locate(const Table& table, Ref map, const Client& client) noexcept {
  return client.family == 4 ? locate_v4(table, map, client.high) : locate_v6(table, map, client);
}

}  // namespace azimuth
