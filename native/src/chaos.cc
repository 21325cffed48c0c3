// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/chaos.ts: names of class CH that tell which server answers (RFC 4892).
#include <cstring>
#include <string_view>

#include "src/kernel.hh"

namespace azimuth {

namespace {

using namespace std::string_view_literals;


// Names in wire form; the last octet of each is the root label.
constexpr auto id_server = "\2id\6server\0"sv;
constexpr auto hostname_bind = "\10hostname\4bind\0"sv;
constexpr auto version_server = "\7version\6server\0"sv;
constexpr auto version_bind = "\7version\4bind\0"sv;

bool is_name(const NameScratch& name, std::string_view wire) noexcept {
  return name.size == wire.size() && std::memcmp(name.octets.data(), wire.data(), wire.size()) == 0;
}

}  // namespace

bool answer_chaos(Kernel& k) noexcept {
  const NameScratch& name = *k.name;
  if (k.question->type != type_txt && k.question->type != type_any) return false;
  const bool is_id = is_name(name, id_server) || is_name(name, hostname_bind);
  if (!is_id && !is_name(name, version_server) && !is_name(name, version_bind)) return false;
  const auto identity = is_id ? std::span(k.settings.server_id).first(k.settings.server_id_size)
                              : std::span(k.settings.version).first(k.settings.version_size);
  if (identity.empty()) return false;
  const uint32_t size = identity_size(k, identity);
  uint8_t* data = begin_rr(k.out, name.label_pos[0], type_txt, 0, 1 + size);
  if (data == nullptr) return false;
  write_u16(data - rr_head_size + 4, class_chaos);
  data[0] = static_cast<uint8_t>(size);
  put_identity(k, identity, data + 1, size);
  k.out.answers += 1;
  k.out.aa = 1;
  k.count(offsetof(Counters, chaos));
  return true;
}

}  // namespace azimuth
