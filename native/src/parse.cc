// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/parse.ts: reads a request where it lies. Same checks, same order, same
// verdicts; its invariants Q1 to Q4 hold here too.
#include <algorithm>
#include <cstring>

#include "src/hash.hh"
#include "src/kernel.hh"

namespace azimuth {

namespace {

using Octets = std::span<const uint8_t>;

constexpr uint32_t flag_qr = 0x80;
constexpr uint32_t mask_opcode = 0x78;
constexpr uint32_t opcode_query = 0;
constexpr uint32_t opcode_notify = 4;
constexpr uint32_t opcode_update = 5;
constexpr uint32_t opcode_dso = 6;

constexpr std::array<uint8_t, 256> make_lower() noexcept {
  std::array<uint8_t, 256> table{};
  for (uint32_t i = 0; i < 256; i += 1) {
    table[i] = static_cast<uint8_t>(i >= 'A' && i <= 'Z' ? i + 32 : i);
  }
  return table;
}

uint32_t u16(Octets packet, uint32_t at) noexcept {
  return static_cast<uint32_t>(packet[at]) << 8 | packet[at + 1];
}

constexpr uint64_t each_octet(uint64_t value) noexcept { return 0x0101010101010101u * value; }

// Eight octets at once as `lower` has them. A sum with seven bits of an octet does not carry into
// the next, and its top bit says whether they are beyond a letter; those above ASCII stay.
constexpr uint64_t lower_eight(uint64_t octets) noexcept {
  const uint64_t low = octets & each_octet(0x7f);
  const uint64_t from_a = low + each_octet(0x80 - 'A');
  const uint64_t beyond_z = low + each_octet(0x80 - 'Z' - 1);
  return octets | ((from_a ^ beyond_z) & ~octets & each_octet(0x80)) >> 2;
}
static_assert(lower_eight(0x41'5a'40'5b'61'7a'c1'00) == 0x61'7a'40'5b'61'7a'c1'00);

// Folds `from` into as many octets at `to`; the last eight overlap those before.
void fold(Octets from, std::span<uint8_t> to) noexcept {
  const size_t size = from.size();
  if (size < 8) {
    for (size_t i = 0; i < size; i += 1) to[i] = lower[from[i]];
    return;
  }
  uint64_t octets;
  for (size_t at = 0; at < size; at += 8) {
    at = std::min(at, size - 8);
    std::memcpy(&octets, from.subspan(at, 8).data(), 8);
    octets = lower_eight(octets);
    std::memcpy(to.subspan(at, 8).data(), &octets, 8);
  }
}

// Reads the question's name; gives the offset behind it, or 0 if it is malformed.
uint32_t parse_name(Octets packet, NameScratch& name) noexcept {
  const auto end = static_cast<uint32_t>(packet.size());
  uint32_t at = header_size;
  uint32_t size = 0;
  uint32_t labels = 0;
  for (;;) {
    if (at >= end) return 0;
    const uint32_t length = packet[at];
    // Above 63 is a compression pointer, and the first name has nothing before it to point at.
    if (length > label_size_max || size + length + 1 > name_size_max) return 0;
    name.label_at[labels] = static_cast<uint8_t>(size);
    name.label_pos[labels] = static_cast<uint16_t>(at);
    if (length == 0) break;
    if (at + length >= end) return 0;
    size += length + 1;
    at += length + 1;
    labels += 1;
  }
  // Length octets are below every letter, so the name is folded as one run of octets.
  static_assert(label_size_max < 'A');
  fold(packet.subspan(header_size, size + 1), name.octets);
  name.size = size + 1;
  name.label_count = labels;
  hash_name(name);
  return at + 1;
}

// Offset behind a name that may be compressed; 0 if it leaves the message.
uint32_t skip_name(Octets packet, uint32_t from) noexcept {
  const auto end = static_cast<uint32_t>(packet.size());
  uint32_t at = from;
  while (at < end) {
    const uint32_t length = packet[at];
    if (length >= 0xc0) return at + 2 <= end ? at + 2 : 0;
    if (length > label_size_max || at - from + length + 1 > name_size_max) return 0;
    at += length + 1;
    if (length == 0) return at;
  }
  return 0;
}

// Walks all records behind the question; only OPT and TSIG are of interest. They
// begin at `from`.
Verdict parse_records(Octets packet, uint32_t from, Question& q) noexcept {
  const uint32_t records = u16(packet, 6) + u16(packet, 8);
  const uint32_t additionals = u16(packet, 10);
  const auto end = static_cast<uint32_t>(packet.size());
  uint32_t at = from;
  bool is_signed = false;
  for (uint32_t i = 0; i < records + additionals; i += 1) {
    const uint32_t owner_at = at;
    at = skip_name(packet, at);
    if (at == 0 || at + 10 > end) return Verdict::Formerr;
    const uint32_t type = u16(packet, at);
    const uint32_t data_size = u16(packet, at + 8);
    const uint32_t data_at = at + 10;
    if (data_at + data_size > end) return Verdict::Formerr;
    if (type == type_tsig) {
      // The last record of the additional section or malformed (RFC 8945 §5.1).
      if (i != records + additionals - 1 || additionals == 0) return Verdict::Formerr;
      is_signed = true;
    } else if (type == type_opt) {
      // At most one, in the additional section, owned by the root (RFC 6891 §6.1.1).
      if (q.edns != 0 || i < records || packet[owner_at] != 0) return Verdict::Formerr;
      q.edns = 1;
      q.payload_size = std::max(u16(packet, at + 2), udp_plain_size_max);
      q.version = packet[at + 5];
      q.dnssec_ok = (packet[at + 6] & 0x80u) << 8;
      // Options of a version that we do not know may be written otherwise.
      if (q.version == 0) {
        const Verdict verdict = parse_options(packet, data_at, data_at + data_size, q);
        if (verdict != Verdict::Ok) return verdict;
      }
    }
    at = data_at + data_size;
  }
  if (at != end) return Verdict::Formerr;
  if (is_signed) return Verdict::Slow;
  return q.edns != 0 && q.version != 0 ? Verdict::Badvers : Verdict::Ok;
}

// A request without a question: only a cookie makes sense of it (RFC 7873 §5.4, RFC 9619 §4).
Verdict parse_probe(Octets packet, Question& q) noexcept {
  const Verdict verdict = parse_records(packet, header_size, q);
  if (verdict == Verdict::Slow) return Verdict::Formerr;
  if (verdict != Verdict::Ok) return verdict;
  return (q.options & has_cookie) != 0 ? Verdict::Probe : Verdict::Formerr;
}

}  // namespace

void parse_foreign(Octets packet, Question& q) noexcept {
  const auto end = static_cast<uint32_t>(packet.size());
  uint32_t at = header_size;
  for (uint32_t i = u16(packet, 4); i > 0 && at < end; i -= 1) {
    at = skip_name(packet, at) + 4;
    if (at == 4 || at > end) return;
  }
  if (parse_records(packet, at, q) != Verdict::Formerr) return;
  q.edns = 0;
  q.ecs_family = 0;
  q.options = 0;
}

// Lower case for each octet: ASCII letters only (RFC 4343).
constexpr std::array<uint8_t, 256> lower = make_lower();

Verdict parse(Octets packet, NameScratch& name, Question& q) noexcept {
  q.end = header_size;
  q.edns = 0;
  q.dnssec_ok = 0;
  q.ecs_family = 0;
  q.options = 0;
  q.cookie_size = 0;
  if (packet.size() < header_size) return Verdict::Drop;
  const uint32_t flags = packet[2];
  // A response that is answered makes two servers talk forever.
  if ((flags & flag_qr) != 0) return Verdict::Drop;
  const uint32_t opcode = (flags & mask_opcode) >> 3;
  if (opcode == opcode_notify || opcode == opcode_update) return Verdict::Slow;
  if (opcode != opcode_query) {
    // Messages of DSO are made otherwise (RFC 8490 §5.4).
    if (opcode != opcode_dso) parse_foreign(packet, q);
    return Verdict::Notimp;
  }
  if (u16(packet, 4) > 1) return Verdict::Formerr;
  if (u16(packet, 4) == 0) return parse_probe(packet, q);

  const uint32_t type_at = parse_name(packet, name);
  if (type_at == 0 || type_at + 4 > packet.size()) return Verdict::Formerr;
  q.type = u16(packet, type_at);
  q.class_ = u16(packet, type_at + 2);
  q.end = type_at + 4;

  if ((u16(packet, 6) | u16(packet, 8) | u16(packet, 10)) != 0) {
    const Verdict verdict = parse_records(packet, q.end, q);
    if (verdict != Verdict::Ok) return verdict;
  } else if (q.end != packet.size()) {
    return Verdict::Formerr;
  }
  // OPT and TSIG are no data that could be asked for (RFC 6891 §6.1.1, RFC 8945 §4.2).
  return q.type == type_opt || q.type == type_tsig ? Verdict::Formerr : Verdict::Ok;
}

// Fills the hashes of all suffixes, from the root inwards.
void hash_name(NameScratch& name) noexcept {
  uint32_t hash = name_hash_root;
  name.hash[name.label_count] = hash;
  const Octets octets(name.octets);
  for (uint32_t i = name.label_count; i > 0;) {
    i -= 1;
    const uint32_t at = name.label_at[i];
    hash = hash_label(hash, octets.subspan(at + 1, octets[at]));
    name.hash[i] = hash;
  }
}

}  // namespace azimuth
