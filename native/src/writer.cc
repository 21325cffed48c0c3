// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/writer.ts: records copied from the table behind the question, then OPT. Its
// invariants W1 to W3 hold here too.
#include <cstring>

#include "src/kernel.hh"

namespace azimuth {

namespace {

constexpr uint32_t pointer = 0xc000;
constexpr uint32_t pointer_max = 0x3fff;
constexpr uint32_t opt_head_size = 11;
constexpr uint32_t ecs_size = 8;

void patch_owners(uint8_t* from, const uint8_t* end, uint32_t owner_pos) noexcept {
  for (uint8_t* at = from; at < end; at += rr_head_size + read_u16(at + 10)) {
    write_pointer(at, owner_pos);
  }
}

}  // namespace

// Begins an answer behind the question at `end`.
void begin(Writer& out, uint8_t* message, uint32_t end) noexcept {
  out.message = message;
  out.at = end;
  out.answers = 0;
  out.authorities = 0;
  out.additionals = 0;
  out.truncated = 0;
  out.rcode = 0;
  out.aa = 0;
}

// Drops every record: what is left is the question.
void clear(Writer& out, uint32_t end) noexcept {
  out.at = end;
  out.answers = 0;
  out.authorities = 0;
  out.additionals = 0;
}

// Octets of OPT with nothing but the client subnet; 0 without EDNS.
uint32_t opt_size(const Question& q) noexcept {
  if (q.edns == 0) return 0;
  return q.ecs_family == 0 ? opt_head_size : opt_head_size + ecs_size + ((q.ecs_source + 7) >> 3);
}

bool fits(const Writer& out, uint32_t size) noexcept {
  return out.at + size + out.reserve <= out.limit;
}

// Copies the RRset at absolute ref `rrset`. `owner_pos` is where its owner stands in the message,
// `apex_pos` where the apex does. Gives the number of RRs; 0 if they do not fit.
uint32_t copy_rrset(Writer& out, const Table& table, Ref rrset, uint32_t owner_pos,
                    uint32_t apex_pos) noexcept {
  const auto& head = table.at<RRset>(rrset);
  const uint32_t size = head.length;
  if (!fits(out, size)) return 0;
  const Ref from = rrset + static_cast<uint32_t>(sizeof(RRset));
  uint8_t* to = out.message + out.at;
  std::memcpy(to, table.octets + from, size);

  const Ref list = from + size + (size & 1);
  for (uint32_t i = 0; i < head.fixup_count; i += 1) {
    write_pointer(to + table.at<uint16_t>(list + i * 2), apex_pos);
  }
  if (owner_pos != header_size) patch_owners(to, to + size, owner_pos);
  out.at += size;
  return head.count;
}

void write_pointer(uint8_t* to, uint32_t pos) noexcept { write_u16(to, pointer | pos); }

bool pointable(uint32_t pos) noexcept { return pos <= pointer_max; }

// Begins one RR of `data_size` octets at the write position; the octets of `ttl` in memory are in
// wire order.
uint8_t* begin_rr(Writer& out, uint32_t owner_pos, uint32_t type, uint32_t ttl,
                  uint32_t data_size) noexcept {
  if (!fits(out, rr_head_size + data_size)) return nullptr;
  uint8_t* at = out.message + out.at;
  write_pointer(at, owner_pos);
  write_u16(at + 2, type);
  write_u16(at + 4, 1);
  std::memcpy(at + 6, &ttl, sizeof ttl);
  write_u16(at + 10, data_size);
  out.at += rr_head_size + data_size;
  return at + rr_head_size;
}

// TTL word of the RR that begins at message offset `pos`, as begin_rr takes it.
uint32_t ttl_at(const Writer& out, uint32_t pos) noexcept {
  uint32_t ttl = 0;
  std::memcpy(&ttl, out.message + pos + 6, sizeof ttl);
  return ttl;
}

// Takes a name of our own answer apart, following its pointers, as parse does for the question. A
// name that no builder could have written ends where it stops to be one.
void load_name(const Writer& out, uint32_t pos, NameScratch& name) noexcept {
  uint32_t at = pos;
  uint32_t size = 0;
  uint32_t labels = 0;
  for (uint32_t hops = 0;;) {
    const uint32_t length = out.message[at];
    if (length >= 0xc0 && hops < labels_max) {
      at = (length & 0x3f) << 8 | out.message[at + 1];
      hops += 1;
      if (at < out.at) continue;
    }
    name.label_at[labels] = static_cast<uint8_t>(size);
    name.label_pos[labels] = static_cast<uint16_t>(at);
    name.octets[size] = static_cast<uint8_t>(length);
    if (length == 0) break;
    if (length > label_size_max || size + length + 1 >= name_size_max || at + length >= out.at) {
      name.octets[size] = 0;
      break;
    }
    for (uint32_t i = 1; i <= length; i += 1) {
      name.octets[size + i] = lower[out.message[at + i]];
    }
    size += length + 1;
    at += length + 1;
    labels += 1;
  }
  name.size = size + 1;
  name.label_count = labels;
  hash_name(name);
}

// Message offset of the apex of the zone that `name` was found in.
uint32_t apex_pos_of(const NameScratch& name, const Found& found) noexcept {
  return name.label_pos[name.label_count - found.apex_labels];
}

// RFC 6891 §6.1, RFC 7871 §7.2.2.
void write_opt(Writer& out, const Question& q, uint32_t extended, uint32_t udp_size,
               uint32_t scope) noexcept {
  uint8_t* p = out.message + out.at;
  const uint32_t octets = (q.ecs_source + 7) >> 3;
  const uint32_t data_size = q.ecs_family == 0 ? 0 : ecs_size + octets;
  p[0] = 0;
  write_u16(p + 1, 41);
  write_u16(p + 3, udp_size);
  p[5] = static_cast<uint8_t>(extended);
  p[6] = 0;
  write_u16(p + 7, q.dnssec_ok);
  write_u16(p + 9, data_size);
  if (data_size != 0) {
    write_u16(p + 11, 8);
    write_u16(p + 13, 4 + octets);
    write_u16(p + 15, q.ecs_family);
    p[17] = static_cast<uint8_t>(q.ecs_source);
    p[18] = static_cast<uint8_t>(scope);
    std::memcpy(p + 19, q.ecs_address.data(), octets);
  }
  out.at += opt_head_size + data_size;
  out.additionals += 1;
}

// Writes the header; gives the size of the message.
uint32_t finish(Writer& out, const Question& q) noexcept {
  uint8_t* m = out.message;
  m[2] = static_cast<uint8_t>(0x80u | (m[2] & 0x79u) | out.aa << 2 | out.truncated << 1);
  m[3] = static_cast<uint8_t>(out.rcode);
  // The question stays as it is: counted if it can be repeated.
  write_u16(m + 4, q.end > header_size ? 1 : 0);
  write_u16(m + 6, out.answers);
  write_u16(m + 8, out.authorities);
  write_u16(m + 10, out.additionals);
  return out.at;
}

}  // namespace azimuth
