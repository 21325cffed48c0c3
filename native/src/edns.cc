// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/edns.ts: what OPT of the answer says beside the client subnet. Its invariants
// E1 to E3 hold here too.
#include <algorithm>
#include <cstring>

#include "src/kernel.hh"

namespace azimuth {

namespace {

constexpr uint32_t head_size = 4;
constexpr uint32_t opt_head_size = 11;
// Labels, type, and the version: the SOA's serial (RFC 9660 §2.2).
constexpr uint32_t zoneversion_size = 6;
constexpr uint8_t zoneversion_soa_serial = 0;
// The same of a private type (RFC 9660 §7.2): the head of the digest of the whole table.
constexpr uint32_t zoneversion_table_size = 10;
constexpr uint8_t zoneversion_table = 246;

bool asks(const Kernel& k, uint32_t bit) noexcept { return (k.question->options & bit) != 0; }

bool tells_keepalive(const Kernel& k) noexcept {
  return asks(k, has_keepalive) && k.opt.stream && k.settings.keepalive_units != 0;
}

bool is_padded(const Kernel& k) noexcept { return asks(k, has_padding) && k.opt.encrypted; }

bool has_room(const Writer& out, uint32_t size) noexcept { return out.at + size <= out.limit; }

// Writes the head of an option of `size` octets; gives where its data goes.
uint8_t* begin_option(Writer& out, uint32_t code, uint32_t size) noexcept {
  uint8_t* at = out.message + out.at;
  write_u16(at, code);
  write_u16(at + 2, size);
  out.at += head_size + size;
  return at + head_size;
}

// Copies octets of the settings into an option, if there is room.
void append_setting(Kernel& k, uint32_t code, const uint8_t* from, uint32_t size) noexcept {
  if (!has_room(k.out, head_size + size)) return;
  std::memcpy(begin_option(k.out, code, size), from, size);
}

// EXPIRE of the zone's SOA: its last field but one (RFC 7314 §2).
void append_expire(Kernel& k) noexcept {
  const Ref soa = k.opt.zone + k.table.segment<Zone>(k.opt.zone).negative_soa;
  const uint32_t length = k.table.at<RRset>(soa).length;
  const uint8_t* end = k.table.octets + soa + sizeof(RRset) + length;
  std::memcpy(begin_option(k.out, option_expire, 4), end - 8, 4);
}

std::span<const uint8_t> nsid_of(const Kernel& k) noexcept {
  return std::span(k.settings.nsid).first(k.settings.nsid_size);
}

void append_versions(Kernel& k) noexcept {
  uint8_t* at = begin_option(k.out, option_zoneversion, zoneversion_size);
  at[0] = static_cast<uint8_t>(k.opt.zone_labels);
  at[1] = zoneversion_soa_serial;
  const uint32_t serial = k.table.segment<Zone>(k.opt.zone).serial;
  write_u16(at + 2, serial >> 16);
  write_u16(at + 4, serial);
  at = begin_option(k.out, option_zoneversion, zoneversion_table_size);
  at[0] = static_cast<uint8_t>(k.opt.zone_labels);
  at[1] = zoneversion_table;
  std::memcpy(at + 2, k.table.at<Segment>(k.root).digest, zoneversion_table_size - 2);
}

// What the request asked for by naming it.
void append_asked(Kernel& k) noexcept {
  const auto nsid = nsid_of(k);
  if (asks(k, has_nsid) && !nsid.empty()) {
    const uint32_t size = identity_size(k, nsid);
    put_identity(k, nsid, begin_option(k.out, option_nsid, size), size);
  }
  if (tells_keepalive(k)) {
    write_u16(begin_option(k.out, option_keepalive, 2), k.settings.keepalive_units);
  }
  if (k.opt.zone == 0) return;
  if (asks(k, has_zoneversion)) append_versions(k);
  if (asks(k, has_expire) && k.question->type == type_soa && k.out.answers != 0) append_expire(k);
}

void append_padding(Writer& out) noexcept {
  const uint32_t least = out.at + head_size;
  const uint32_t blocks = (least + padding_block_size - 1) / padding_block_size;
  const uint32_t end = std::min(blocks * padding_block_size, out.limit);
  if (end < least) return;
  const uint32_t size = end - least;
  std::memset(begin_option(out, option_padding, size), 0, size);
}

// Why the answer is as it is; none to say nothing. Data of the saved table are stale.
ExtendedError error_of(const Kernel& k) noexcept {
  if (!has(k.settings.flags, SettingsFlag::ExtendedErrors)) return ExtendedError::none;
  if (k.opt.error != ExtendedError::none) return k.opt.error;
  if (k.opt.zone == 0 || k.settings.stale_since_secs == 0) return ExtendedError::none;
  if (k.out.rcode == rcode_nxdomain) return ExtendedError::stale_nxdomain;
  return k.out.rcode == rcode_noerror ? ExtendedError::stale_answer : ExtendedError::none;
}

}  // namespace

uint32_t reserve_opt(const Kernel& k) noexcept {
  uint32_t size = opt_size(*k.question);
  if (k.opt.cookie) size += head_size + cookie_size;
  if (k.question->options == 0) return size;
  const auto nsid = nsid_of(k);
  if (asks(k, has_nsid) && !nsid.empty()) size += head_size + identity_size(k, nsid);
  if (tells_keepalive(k)) size += head_size + 2;
  if (asks(k, has_zoneversion)) size += 2 * head_size + zoneversion_size + zoneversion_table_size;
  if (asks(k, has_expire) && k.question->type == type_soa) size += head_size + 4;
  if (is_padded(k)) size += head_size;
  return size;
}

void note_agent(Kernel& k) noexcept {
  const NameScratch& name = *k.name;
  const uint32_t size = k.settings.agent_size;
  k.opt.below_agent = false;
  if (name.size < size) return;
  const uint32_t from = name.size - size;
  if (std::memcmp(name.octets.data() + from, k.settings.agent, size) != 0) return;
  // The octets are equal; are they whole labels?
  uint32_t label = 0;
  while (label < name.label_count && name.label_at[label] < from) label += 1;
  k.opt.below_agent = name.label_at[label] == from;
}

void append_options(Kernel& k) noexcept {
  Writer& out = k.out;
  const uint32_t from = out.at;
  uint8_t* head = out.message + from - opt_size(*k.question);
  if (k.opt.cookie) {
    uint8_t* at = begin_option(out, option_cookie, cookie_size);
    std::memcpy(at, k.opt.cookie_out.data(), cookie_size);
  }
  if (k.question->options != 0) append_asked(k);
  const uint32_t padding = is_padded(k) ? head_size : 0;
  // What nobody asked for must leave the padding its head.
  out.limit -= padding;
  const ExtendedError error = error_of(k);
  if (error != ExtendedError::none && has_room(out, head_size + 2)) {
    write_u16(begin_option(out, option_error, 2), static_cast<uint32_t>(error));
    k.count(offsetof(Counters, extended_errors));
  }
  if (!k.opt.below_agent && k.opt.zone != 0) {
    append_setting(k, option_report, k.settings.agent, k.settings.agent_size);
  }
  out.limit += padding;
  if (padding != 0) append_padding(out);
  if (out.at == from) return;
  write_u16(head + 9, static_cast<uint32_t>(out.message + out.at - head) - opt_head_size);
}

}  // namespace azimuth
