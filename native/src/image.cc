// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/table/open.ts: the walk from the root, and what every segment says of itself. Ends at
// the first fault, where the reference collects a hundred.
#include "src/image.hh"

#include <algorithm>
#include <bit>

#include "src/hash.hh"
#include "src/image_part.hh"

namespace azimuth {

namespace {

constexpr uint32_t slots_of_index = segment_size + sizeof(IndexShard);
constexpr Opened nothing = {};

// A walk over a tree.
struct Walk {
  std::span<const uint8_t> table;
  std::span<uint64_t> seen;  // A bit for each segment_align octets: a segment begins there.
  uint32_t plan_rows;
  uint32_t policy_count;
};

// Octets that a segment of this kind has at least behind its head; 0 for what is no kind.
uint32_t head_size(uint32_t kind) noexcept {
  switch (static_cast<SegmentKind>(kind)) {
    case SegmentKind::Directory:
      return sizeof(Directory);
    case SegmentKind::IndexShard:
      return sizeof(IndexShard);
    case SegmentKind::Zone:
      return sizeof(Zone);
    case SegmentKind::ZoneShard:
      return sizeof(ZoneShard);
    case SegmentKind::Map:
      return sizeof(Map);
    case SegmentKind::Steering:
      return sizeof(Steering);
    case SegmentKind::Denial:
      return sizeof(Denial);
  }
  return 0;
}

// The segment at `ref`, if its head is sound.
Opened part_at(std::span<const uint8_t> table, Ref ref, SegmentKind kind, Part& part) noexcept {
  const Opened bad = {TableFault::segment, ref, 0};
  const uint64_t end = table.size();
  if (ref == 0 || ref % segment_align != 0) return bad;
  if (uint64_t{ref} + segment_size > end) return bad;
  const Part head = {table.subspan(ref, segment_size), ref};
  const uint32_t here = word(head, offsetof(Segment, kind));
  const uint32_t length = word(head, offsetof(Segment, length));
  const uint32_t least = head_size(here);
  if (least == 0 || here != static_cast<uint32_t>(kind)) return bad;
  if (length % 4 != 0 || length < segment_size + least || uint64_t{ref} + length > end) return bad;
  part = {table.subspan(ref, length), ref};
  return nothing;
}

// Goes to a segment of `kind` that no other way has led to.
Opened enter(Walk& walk, Ref ref, SegmentKind kind, Part& part) noexcept {
  const Opened opened = part_at(walk.table, ref, kind, part);
  if (!sound(opened)) return opened;
  const size_t place = ref / segment_align;
  const uint64_t bit = uint64_t{1} << place % 64;
  if ((walk.seen[place / 64] & bit) != 0) return found(TableFault::directory, part, 0);
  walk.seen[place / 64] |= bit;
  return nothing;
}

bool list_is_whole(const Part& part, size_t refs, uint64_t count) noexcept {
  const uint32_t at = field(part, refs);
  return count == 0 ? at == 0 : holds(part, at, count, 4);
}

Opened check_directory(const Part& part) noexcept {
  const Opened bad = found(TableFault::directory, part, 0);
  if (field(part, offsetof(Directory, fingerprint)) != layout_fingerprint) {
    return found(TableFault::fingerprint, part, 0);
  }
  const uint32_t bits = field(part, offsetof(Directory, index_bits));
  const uint32_t zones = field(part, offsetof(Directory, zone_count));
  if (bits != bits_for(zones, index_zones_max)) return bad;
  const bool whole =
      list_is_whole(part, offsetof(Directory, index_shards), uint64_t{1} << bits) &&
      list_is_whole(part, offsetof(Directory, maps), field(part, offsetof(Directory, map_count))) &&
      list_is_whole(part, offsetof(Directory, plan_rows),
                    field(part, offsetof(Directory, policy_count)));
  return whole ? nothing : bad;
}

// Element `i` of the list that a field of the part names.
uint32_t listed(const Part& part, size_t refs, uint32_t i) noexcept {
  return word(part, field(part, refs) + size_t{i} * 4);
}

Opened walk_maps(Walk& walk, const Part& directory) noexcept {
  const uint32_t count = field(directory, offsetof(Directory, map_count));
  Part before;
  for (uint32_t i = 0; i < count; i += 1) {
    Part map;
    const Ref ref = listed(directory, offsetof(Directory, maps), i);
    if (const Opened o = enter(walk, ref, SegmentKind::Map, map); !sound(o)) return o;
    if (const Opened o = check_map(map); !sound(o)) return o;
    constexpr size_t name = offsetof(Map, name);
    if (i > 0 && !text_before(before, field(before, name), map, field(map, name))) {
      return found(TableFault::directory, directory, 0);
    }
    before = map;
  }
  return nothing;
}

// Runs of plan rows lie in plan memory.
bool rows_fit(const Walk& walk, const Part& directory, const Part& steering) noexcept {
  const uint32_t policies = field(steering, offsetof(Steering, policies));
  for (uint32_t i = 0; i < walk.policy_count; i += 1) {
    const uint64_t row = listed(directory, offsetof(Directory, plan_rows), i);
    const size_t at = policies + size_t{i} * sizeof(Policy) + offsetof(Policy, region_count);
    if (row + word(steering, at) > walk.plan_rows) return false;
  }
  return true;
}

Opened walk_steering(Walk& walk, const Part& directory) noexcept {
  const Opened bad = found(TableFault::directory, directory, 0);
  const Ref ref = field(directory, offsetof(Directory, steering));
  if (ref == 0) return walk.policy_count > 0 ? bad : nothing;
  Part steering;
  if (const Opened o = enter(walk, ref, SegmentKind::Steering, steering); !sound(o)) return o;
  if (const Opened o = check_steering(walk.table, directory, steering); !sound(o)) return o;
  if (field(steering, offsetof(Steering, policy_count)) != walk.policy_count) return bad;
  return rows_fit(walk, directory, steering) ? nothing : bad;
}

Opened walk_denials(Walk& walk, const Part& zone) noexcept {
  const uint32_t count = field(zone, offsetof(Zone, denial_count));
  const bool hashed =
      has(half(zone, segment_size + offsetof(Zone, flags)), ZoneFlag::Nsec3);
  const uint32_t apex_size = octet(zone, segment_size + offsetof(Zone, apex_size));
  Part before;
  for (uint32_t i = 0; i < count; i += 1) {
    Part part;
    const Ref ref = listed(zone, offsetof(Zone, denials), i);
    if (const Opened o = enter(walk, ref, SegmentKind::Denial, part); !sound(o)) return o;
    if (const Opened o = check_denial(part, hashed, apex_size); !sound(o)) return o;
    if (i > 0 && !denial_before(before, part)) {
      return found(TableFault::denial, part, segment_size);
    }
    before = part;
  }
  return nothing;
}

Opened walk_zone(Walk& walk, const Part& zone, uint32_t apex_hash) noexcept {
  ZoneContext context = {
      .apex_hash = apex_hash,
      .apex_size = octet(zone, segment_size + offsetof(Zone, apex_size)),
      .policy_count = field(zone, offsetof(Zone, policy_count)),
      .shard = 0,
      .shard_bits = field(zone, offsetof(Zone, shard_bits)),
  };
  for (uint32_t i = 0; i < context.policy_count; i += 1) {
    if (listed(zone, offsetof(Zone, policies), i) >= walk.policy_count) {
      return found(TableFault::ref, zone, 0);
    }
  }
  uint64_t owners = 0;
  for (; context.shard < uint32_t{1} << context.shard_bits; context.shard += 1) {
    Part part;
    const Ref ref = listed(zone, offsetof(Zone, shards), context.shard);
    if (const Opened o = enter(walk, ref, SegmentKind::ZoneShard, part); !sound(o)) return o;
    if (const Opened o = check_shard(part, context); !sound(o)) return o;
    owners += field(part, offsetof(ZoneShard, node_count));
  }
  if (owners != field(zone, offsetof(Zone, owner_count))) return found(TableFault::zone, zone, 0);
  // Without nodes there are no chains, not even the apex.
  if (is_expired(zone)) return nothing;
  if (const Opened o = check_chains(walk.table, zone, apex_hash); !sound(o)) return o;
  return walk_denials(walk, zone);
}

std::span<const uint8_t> apex_of(const Part& zone) noexcept {
  return zone.octets.subspan(field(zone, offsetof(Zone, apex)),
                             octet(zone, segment_size + offsetof(Zone, apex_size)));
}

// Does an earlier slot of the index shard hold a zone of this apex? It has the same hash, so it
// stands in the same search, and the reference's set of all apexes is not needed.
bool is_there_before(const Walk& walk, const Part& index, uint32_t slot, const Part& zone,
                     uint32_t hash) noexcept {
  const uint32_t mask = field(index, offsetof(IndexShard, slot_count)) - 1;
  const uint32_t probes = field(index, offsetof(IndexShard, probe_max));
  for (uint32_t i = 0; i < probes; i += 1) {
    const uint32_t other = (mix_hash(hash) + i) & mask;
    const size_t at = slots_of_index + size_t{other} * sizeof(Slot);
    if (other >= slot || word(index, at + offsetof(Slot, hash)) != hash) continue;
    const Ref target = word(index, at + offsetof(Slot, target));
    if (target == 0) continue;
    if (std::ranges::equal(apex_of(trusted_part(walk.table, target)), apex_of(zone))) return true;
  }
  return false;
}

Opened walk_index_slot(Walk& walk, const Part& index, uint32_t slot, uint32_t number, uint32_t bits,
                       uint32_t depths[4]) noexcept {
  const size_t at = slots_of_index + size_t{slot} * sizeof(Slot);
  const Ref target = word(index, at + offsetof(Slot, target));
  Part zone;
  if (const Opened o = enter(walk, target, SegmentKind::Zone, zone); !sound(o)) return o;
  if (const Opened o = check_zone(zone); !sound(o)) return o;
  const uint32_t hash = apex_hash_of(zone);
  if (hash != word(index, at + offsetof(Slot, hash)) || shard_of(mix_hash(hash), bits) != number) {
    return found(TableFault::slots, index, at);
  }
  if (is_there_before(walk, index, slot, zone, hash)) {
    return found(TableFault::directory, index, at);
  }
  const uint32_t depth = octet(zone, segment_size + offsetof(Zone, apex_labels));
  depths[depth >> 5] |= uint32_t{1} << (depth & 31);
  return walk_zone(walk, zone, hash);
}

Opened walk_index(Walk& walk, Ref ref, uint32_t number, uint32_t bits, uint32_t depths[4],
                  uint64_t& zones) noexcept {
  Part part;
  if (const Opened o = enter(walk, ref, SegmentKind::IndexShard, part); !sound(o)) return o;
  const uint32_t slot_count = field(part, offsetof(IndexShard, slot_count));
  const uint32_t probe = field(part, offsetof(IndexShard, probe_max));
  if (const Opened o = check_slots(part, slots_of_index, slot_count, probe); !sound(o)) return o;
  for (uint32_t slot = 0; slot < slot_count; slot += 1) {
    const size_t at = slots_of_index + size_t{slot} * sizeof(Slot);
    if (word(part, at + offsetof(Slot, target)) == 0) continue;
    zones += 1;
    const Opened o = walk_index_slot(walk, part, slot, number, bits, depths);
    if (!sound(o)) return o;
  }
  return nothing;
}

Opened walk_directory(Walk& walk, Ref root) noexcept {
  Part part;
  if (const Opened o = enter(walk, root, SegmentKind::Directory, part); !sound(o)) return o;
  if (const Opened o = check_directory(part); !sound(o)) return o;
  if (const Opened o = walk_maps(walk, part); !sound(o)) return o;
  walk.policy_count = field(part, offsetof(Directory, policy_count));
  if (const Opened o = walk_steering(walk, part); !sound(o)) return o;
  const uint32_t bits = field(part, offsetof(Directory, index_bits));
  uint32_t depths[4] = {};
  uint64_t zones = 0;
  for (uint32_t i = 0; i < uint32_t{1} << bits; i += 1) {
    const Ref ref = listed(part, offsetof(Directory, index_shards), i);
    if (const Opened o = walk_index(walk, ref, i, bits, depths, zones); !sound(o)) return o;
  }
  const Opened bad = found(TableFault::directory, part, 0);
  if (zones != field(part, offsetof(Directory, zone_count))) return bad;
  for (uint32_t i = 0; i < 4; i += 1) {
    if (field(part, offsetof(Directory, apex_depths0) + i * 4) != depths[i]) return bad;
  }
  return nothing;
}

// Segments do not lie on each other: else a change of one would be a change of two. The bits of the
// walk are in the order of the memory already.
Opened check_overlaps(const Walk& walk) noexcept {
  uint64_t end = 0;
  for (size_t i = 0; i < walk.seen.size(); i += 1) {
    for (uint64_t bits = walk.seen[i]; bits != 0; bits &= bits - 1) {
      const size_t place = i * 64 + static_cast<size_t>(std::countr_zero(bits));
      const Part part = trusted_part(walk.table, static_cast<Ref>(place * segment_align));
      if (end > part.ref) return found(TableFault::segment, part, 0);
      end = part.ref + part.octets.size();
    }
  }
  return nothing;
}

}  // namespace

Part trusted_part(std::span<const uint8_t> table, Ref ref) noexcept {
  const Part head = {table.subspan(ref, segment_size), ref};
  return {table.subspan(ref, word(head, offsetof(Segment, length))), ref};
}

Opened open_table(const ImageMemory& memory, Ref root, uint32_t plan_rows) noexcept {
  // As viewsOf of src/table/reader.ts: words are read whole.
  const size_t size = memory.table.size() & ~size_t{3};
  Walk walk = {memory.table.first(size), memory.seen.first(seen_words(size)), plan_rows, 0};
  std::ranges::fill(walk.seen, 0);
  const Opened opened = walk_directory(walk, root);
  return sound(opened) ? check_overlaps(walk) : opened;
}

Opened open_image(const ImageMemory& memory, Ref root, uint32_t plan_rows) noexcept {
  const Opened opened = open_table(memory, root, plan_rows);
  return sound(opened) ? open_plans(memory, root) : opened;
}

Opened read_image_header(std::span<const uint8_t> file, ImageHeader& header) noexcept {
  constexpr Opened refused = {TableFault::image, 0, 0};
  if (file.size() < image_header_size) return refused;
  const Part head = {file.first(image_header_size), 0};
  // "AZTB", "IMG\n", the version, and a spare word behind the time.
  if (word(head, 0) != 0x42545a41 || word(head, 4) != 0x0a474d49) return refused;
  if (word(head, 8) != 1 || word(head, 36) != 0) return refused;
  if (word(head, 12) != layout_fingerprint) return {TableFault::fingerprint, 0, 0};
  header = {.root = word(head, 16), .used = word(head, 20), .plan_rows = word(head, 24)};
  if (header.used % 4 != 0 || header.used > table_size_max) return refused;
  if (header.root % segment_align != 0) return refused;
  const uint64_t rows = uint64_t{header.plan_rows} * Plans::row_words * 4;
  return file.size() == image_header_size + header.used + rows ? nothing : refused;
}

}  // namespace azimuth
