// SPDX-License-Identifier: Apache-2.0
//
// Any labels in front of a name that is there, or of none: lookup stays inside of the table, and
// what it says it found is what is asked for. The first octet chooses the image, two are the type,
// one the name; each label of the rest has as many octets as the low bits of its first say.
#include "fuzz/subject.hh"

namespace {

using namespace azimuth;

// Labels of any octets in front of `base`, as far as a name may go.
std::vector<uint8_t> name_of(std::span<const uint8_t> octets, std::span<const uint8_t> base) {
  std::vector<uint8_t> name;
  while (octets.size() > 1) {
    const size_t length = std::min<size_t>(1 + octets[0] % 20, octets.size() - 1);
    if (name.size() + 1 + length + base.size() > name_size_max) break;
    name.push_back(static_cast<uint8_t>(length));
    name.insert(name.end(), octets.begin() + 1, octets.begin() + 1 + static_cast<long>(length));
    octets = octets.subspan(1 + length);
  }
  name.insert(name.end(), base.begin(), base.end());
  return name;
}

void look(Subject& subject, const NameScratch& name, uint32_t type) {
  const Table table{subject.image.table.data()};
  Found found = {};
  const Ref root = subject.image.root;
  const Lookup result = lookup(table, root, find_zone(table, root, name, type), name, type, found);
  if (result == Lookup::refused || result == Lookup::expired) return;
  require(found.apex_labels <= name.label_count);
  require(found.label + found.apex_labels <= name.label_count);
  require(result == Lookup::hit || result == Lookup::alias || result == Lookup::subtree_alias ||
          found.rrset == 0);
  if (found.synthesized == 0) {
    Found again = found;
    require(find_node(table, again, name, found.label) == found.node);
    require(again.shard == found.shard);
  }
  const auto& node = table.at<Node>(found.node);
  if (result == Lookup::referral) require(has(node.flags, NodeFlag::Cut));
  if (found.rrset == 0) return;
  const uint32_t here = table.at<RRsetRef>(found.rrset).type;
  if (result == Lookup::hit) {
    const uint32_t flags = table.at<RRsetRef>(found.rrset).flags;
    const bool signatures = type == type_rrsig && has(flags, RRsetFlag::Signed);
    require(here == type || signatures || (type == type_any && here == type_cname));
  }
  if (result == Lookup::alias) require(here == type_cname);
  if (result == Lookup::subtree_alias) require(here == type_dname);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t head_size = 4;
  if (size < head_size) return 0;
  Subject& subject = subject_of(data[0]);
  static const std::vector<uint8_t> root = {0};
  const size_t choice = data[3] % (subject.names.size() + 1);
  const auto& base = choice == subject.names.size() ? root : subject.names[choice];
  static NameScratch name;
  static Question question;
  const uint32_t type = read_u16(data + 1);
  const auto packet = compose(name_of({data + head_size, size - head_size}, base), 1);
  require(parse(packet, name, question) == Verdict::Ok);
  look(subject, name, type);
  return 0;
}
