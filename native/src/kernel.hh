// SPDX-License-Identifier: Apache-2.0
//
// The kernel: what it owns, and the functions that answer. The reference is src/answer/*.ts: each
// .cc file here mirrors the .ts file of its name, with the same checks in the same order.
//
//   answer_batch ──► parse ──► lookup ──► pick ──► respond ──► finish      read answer.cc first
//                                └── again for every alias ──┘
//
// Why the functions are few lines of arithmetic on octets and not on objects: a table is read in
// place, and what is read was verified once (src/table/open.ts, O2), as was the plan memory
// (src/table/open-plans.ts). A bound is checked here where what is followed comes from a packet or
// from words that somebody writes while we read.
//
// Invariants
//   K1  A kernel belongs to one thread. It writes its own counter block, its cursors and the slots.
//   K2  `root` is set between batches alone, so a query sees one table.
//   K3  Nothing allocates, throws or locks; every loop has a named bound.
//   K4  Whatever a slot says, only its own `room` octets are read and written.
//
// Twin: src/answer/scratch.ts and src/answer/kernel.ts.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "gen/counters.hh"
#include "gen/layout.hh"
#include "gen/limits.hh"
#include "src/codes.hh"

namespace azimuth {

// Octet offset in table memory; 0 for none.
using Ref = uint32_t;

// Where a segment's own fields begin.
constexpr uint32_t segment_size = sizeof(Segment);

// Table memory. What stands in it lies at a multiple of its width (S1), in the machine's order.
struct Table {
  const uint8_t* octets = nullptr;

  template <typename T>
  const T& at(Ref ref) const noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    return *reinterpret_cast<const T*>(octets + ref);
  }
  // Element `index` of a list of words at `list`.
  uint32_t word(Ref list, uint32_t index) const noexcept { return at<uint32_t>(list + index * 4); }
  // The fields of the segment at `ref`.
  template <typename T>
  const T& segment(Ref ref) const noexcept {
    return at<T>(ref + segment_size);
  }
};

// Plan memory: other threads store its words one by one, so each is loaded once and whole.
class Plans {
 public:
  Plans() noexcept = default;
  explicit Plans(std::span<int32_t> words) noexcept : words_(words) {}
  uint32_t rows() const noexcept { return static_cast<uint32_t>(words_.size() / row_words); }
  uint32_t word(size_t at) const noexcept {
    return static_cast<uint32_t>(std::atomic_ref(words_[at]).load(std::memory_order_relaxed));
  }
  static constexpr uint32_t row_words =
      (sizeof(Plan) + plan_candidates_max * sizeof(PlanEntry)) / 4;

 private:
  std::span<int32_t> words_;
};

// A name taken apart: lower-case octets, where each label lies, the hash of every suffix.
struct NameScratch {
  uint32_t size;         // Octets in use, root label included.
  uint32_t label_count;  // Labels, root not counted.
  std::array<uint8_t, name_size_max + 1> octets;
  std::array<uint8_t, labels_max + 1> label_at;    // Offset in `octets`; [label_count] is the root.
  std::array<uint16_t, labels_max + 1> label_pos;  // Offset in the message.
  std::array<uint32_t, labels_max + 1> hash;       // Of the suffix that begins with that label.
};

// What parse found in the request. Offsets count from the start of the message.
struct Question {
  uint32_t type;
  uint32_t class_;
  uint32_t end;  // First octet behind the question; 12 if there is none that can be repeated.
  // Side by side, since each request begins with none of them.
  uint32_t edns;
  uint32_t dnssec_ok;    // 0x8000 if DO is set.
  uint32_t ecs_family;   // 0 without a client subnet option, else 1 or 2.
  uint32_t options;      // Which options were there: has_nsid and the like.
  uint32_t cookie_size;  // Octets of the cookie option: 0 without, 8, or 16 to 40.
  uint32_t version;
  uint32_t payload_size;
  uint32_t ecs_source;
  std::array<uint8_t, 16> ecs_address;
  std::array<uint8_t, 40> cookie;
};

// Bits of Question.options. A form that only some transport or setting makes wrong is noted.
constexpr uint32_t has_nsid = 1;
constexpr uint32_t has_cookie = 2;
constexpr uint32_t bad_cookie = 4;
constexpr uint32_t has_keepalive = 8;
constexpr uint32_t bad_keepalive = 16;
constexpr uint32_t has_padding = 32;
constexpr uint32_t has_zoneversion = 64;
constexpr uint32_t has_expire = 128;

constexpr uint32_t option_nsid = 3;
constexpr uint32_t option_ecs = 8;
constexpr uint32_t option_expire = 9;
constexpr uint32_t option_cookie = 10;
constexpr uint32_t option_keepalive = 11;
constexpr uint32_t option_padding = 12;
constexpr uint32_t option_error = 15;
constexpr uint32_t option_report = 18;
constexpr uint32_t option_zoneversion = 19;

// Info codes (RFC 8914 §4).
enum class ExtendedError : uint32_t {
  none = 0,
  stale_answer = 3,
  not_ready = 14,
  prohibited = 18,
  stale_nxdomain = 19,
  not_authoritative = 20,
  not_supported = 21,
  invalid_data = 24,
};

constexpr uint32_t client_cookie_size = 8;
// Client cookie and server cookie of version 1.
constexpr uint32_t cookie_size = 24;

// What OPT of the answer will say beside the client subnet.
struct Opt {
  bool cookie;
  bool below_agent;  // The name lies at or below the agent domain.
  bool stream;       // A stream that keepalive is for: TCP or TLS.
  bool encrypted;    // The transport hides the octets but not their number.
  ExtendedError error;
  Ref zone;  // Of the zone that encloses the question's name; 0 if none of ours does.
  uint32_t zone_labels;
  std::array<uint8_t, cookie_size> cookie_out;
};

// What lookup found. Refs are absolute.
struct Found {
  Ref zone;
  uint32_t apex_size;
  uint32_t apex_labels;
  Ref node;              // The node that answers, or the closest encloser.
  Ref shard;             // Of the node found last: refs of its RRsets are relative to it (T1).
  uint32_t label;        // Where `node`'s name begins.
  uint32_t synthesized;  // 1 if `node` is a source of synthesis.
  Ref rrset;             // RRsetRef of the answer; 0 without.
};

// A proof of absence while it is made (denial.cc).
struct Proof {
  // An expansion of a wildcard in the answer.
  struct Wildcard {
    uint32_t pos;    // Of the name, in the message.
    uint32_t label;  // Where its closest encloser begins.
    Ref zone;
  };
  bool hashed;  // The zone proves with NSEC3.
  bool exact;   // The key that was searched is that of the entry.
  Found found;  // The zone of the proof, and the shard of the node found last; no more is used.
  Ref segment;  // What the search found.
  uint32_t entry;
  uint32_t closest;  // Label of the closest encloser that has an NSEC3.
  uint32_t wildcards;
  uint32_t count;
  std::array<Wildcard, alias_depth_max> wildcard;
  std::array<Ref, denial_proofs_max> written;  // RRsets.
  std::array<uint8_t, denial_key_size_max> key;
  std::array<uint8_t, nsec3_hash_size> hash;
  std::array<uint8_t, 2 + name_size_max + nsec3_salt_size_max> input;
  std::array<uint8_t, label_size_max + 1> label;
  NameScratch owner;
};

// What pick decided.
struct Picked {
  uint32_t policy;
  uint32_t region;
  uint32_t leaf;
  uint32_t row;
  size_t plan_at;  // Of the plan row, in words.
  uint32_t scope;
  uint32_t ttl;  // In wire order.
  uint32_t count;
  std::array<Ref, plan_candidates_max> endpoints;  // In the order of the answer.
  uint32_t all_down;
};

// Hints while they are filled in (hints.cc).
struct Hints {
  bool active;         // While they are.
  Ref home;            // The shard of the RRset.
  bool known;          // The target of the record at hand was looked for:
  Ref node;            // 0 if none is ours,
  Ref shard;           // and the shard that it is in.
  uint32_t looked;     // Hints that were looked for,
  uint32_t picks;      // and picks that were made.
  uint32_t row_count;  // Plan rows that `wrr` has stepped on.
  std::array<uint32_t, hints_max> rows;
  bool all_down;   // An all-down rule had a say.
  uint32_t scope;  // ECS scope of all picks.
  uint32_t ttl;    // Of the RRset.
};

// Where a client is looked up: filled by locate.
struct Client {
  uint32_t family;      // 4 or 6, after embedded IPv4 was taken out.
  uint32_t high;        // IPv4 address, or bits 0..31 of IPv6.
  uint32_t low;         // Bits 32..63 of IPv6.
  uint32_t scope_base;  // Added to a leaf's prefix length.
};

// The answer while it is written, in place of the request.
struct Writer {
  uint8_t* message;
  uint32_t at;       // Write position.
  uint32_t limit;    // Octets that the answer may have, OPT included.
  uint32_t reserve;  // Octets to keep free for OPT.
  uint32_t answers;
  uint32_t authorities;
  uint32_t additionals;
  uint32_t truncated;
  uint32_t rcode;
  uint32_t aa;
};

// One request of a group: parsed before any of them is answered, so that the memory that the
// answers will read is on its way meanwhile.
struct Lane {
  PacketSlot* slot;
  uint8_t* message;
  Verdict verdict;
  Ref zone;   // Of the question; set if the verdict is Ok.
  Ref shard;  // Where the name would be, for prefetching alone.
  Ref target;
  uint32_t mixed;
  Question question;
  NameScratch name;
};

// Requests whose memory is fetched at once: enough to hide a miss behind the others' work, few
// enough that their names stay in the first-level cache.
constexpr uint32_t lanes_max = 8;

// Memories of one kernel; their owner outlives it.
struct KernelMemory {
  std::span<const uint8_t> table;
  std::span<int32_t> plans;
  std::span<double> counters;    // The words of a Counters.
  std::span<uint32_t> cursors;   // Steps of picker `wrr`, one per plan row.
  std::span<int32_t> settings;   // The words of a Settings, which the control thread writes.
  std::span<int32_t> limits;     // Buckets of the rate limiter, shared by all readers.
};

struct Kernel {
  Kernel(const KernelMemory& memory, uint32_t udp_answer_max, uint32_t worker_number) noexcept;
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  Table table;
  Plans plans;
  std::span<double> counters;
  std::span<uint32_t> cursors;
  std::span<int32_t> shared_settings;
  std::span<int32_t> limits;
  Settings settings = {};    // The copy that is in force.
  uint32_t answer_size_max;  // Largest UDP answer, octets.
  uint32_t worker;           // Number of this worker, to tell who answers.
  Ref root = 0;              // Of the Directory; 0 refuses everything.

  // Of the request that is answered now.
  NameScratch* name = nullptr;
  Ref zone = 0;
  const Question* question = nullptr;
  PacketSlot* slot = nullptr;

  NameScratch target = {};
  Found found = {};
  Picked picked = {};
  Hints hints = {};
  Client client = {};
  Opt opt = {};
  Writer out = {};
  std::array<uint32_t, 4> limit_address = {};  // The client's, as words.
  std::array<uint32_t, limit_levels_max> limit_places = {};
  std::array<uint32_t, limit_levels_max> limit_times = {};
  std::array<Ref, alias_depth_max> visited_nodes = {};
  std::array<uint32_t, alias_depth_max> visited_hashes = {};
  // What the rate limiter accounts the answer to (throttle.cc): a class, and hashes of two names.
  struct {
    uint32_t kind;
    uint32_t name;
    uint32_t apex;
  } about = {};
  std::array<Ref, additional_names_max> additional = {};
  std::array<uint64_t, plan_candidates_max> cost = {};
  std::array<uint32_t, plan_candidates_max> weight = {};
  std::array<Lane, lanes_max> lanes = {};
  Proof proof = {};

  // Counts the event whose counter has this offset in Counters.
  void count(size_t offset, double by = 1) noexcept { counters[offset / sizeof(double)] += by; }
};

// kernel.cc: answers `count` slots, the first at `first` of the slab. Slots with size_out 0 send
// nothing. A slot that lies outside of the slab, or says more than it holds, is not touched.
void answer_batch(Kernel& k, Ref root, std::span<uint8_t> slab, size_t first, size_t stride,
                  uint32_t count) noexcept;

// kernel.cc: answers those of the slots whose verdict is SLOW, when nobody takes them.
void refuse_slow_batch(Kernel& k, std::span<uint8_t> slab, size_t first, size_t stride,
                       uint32_t count) noexcept;

// slow.cc: the same for one slot.
void refuse_slow(Kernel& k, PacketSlot& slot) noexcept;

// settings.cc: renews the copy if it is old. Between batches only.
void observe_settings(Kernel& k) noexcept;

// limit.cc
enum class Limit : uint32_t { pass, over };
constexpr size_t limit_memory_words = size_t{limit_sets} * 2 * limit_ways;
constexpr uint32_t class_positive = 1;
constexpr uint32_t class_wildcard = 2;
constexpr uint32_t class_denial = 3;
constexpr uint32_t class_referral = 4;
constexpr uint32_t class_error = 5;
// Whether the request in k.slot passes the buckets of its address and network.
Limit limit_request(Kernel& k) noexcept;
// Whether its answer, of one of the classes and about the name of that hash, may be sent.
Limit limit_answer(Kernel& k, uint32_t kind, uint32_t what) noexcept;

// throttle.cc
bool throttle_request(Kernel& k) noexcept;
bool throttle_answer(Kernel& k, Verdict& verdict) noexcept;

// answer.cc
void accept(Kernel& k, Lane& lane) noexcept;
void answer(Kernel& k, Lane& lane) noexcept;

// parse.cc
extern const std::array<uint8_t, 256> lower;
Verdict parse(std::span<const uint8_t> packet, NameScratch& name, Question& q) noexcept;
// Looks for OPT in a request of an opcode that is not ours: if it is there, the answer has one.
void parse_foreign(std::span<const uint8_t> packet, Question& q) noexcept;
void hash_name(NameScratch& name) noexcept;

// options.cc
Verdict parse_options(std::span<const uint8_t> packet, uint32_t from, uint32_t end,
                      Question& q) noexcept;

// judge.cc
Verdict judge(const Kernel& k, const Question& q, Verdict verdict, Transport transport) noexcept;
// Prepares OPT of the answer; a cookie that is demanded and missing changes the verdict.
Verdict begin_opt(Kernel& k, Verdict verdict) noexcept;

// cookie.cc: true if the server cookie of the request is ours.
bool check_cookie(Kernel& k) noexcept;

// edns.cc
// Octets to keep free for OPT (E1); 0 without EDNS.
uint32_t reserve_opt(const Kernel& k) noexcept;
// Notes whether the question's name lies at or below the agent domain (RFC 9567 §6.2).
void note_agent(Kernel& k) noexcept;
// Writes the options behind the OPT that write_opt has just written.
void append_options(Kernel& k) noexcept;

// identity.cc: octets of an identity of the settings with its marks made numbers, and to write them.
uint32_t identity_size(const Kernel& k, std::span<const uint8_t> identity) noexcept;
void put_identity(const Kernel& k, std::span<const uint8_t> identity, uint8_t* to,
                  uint32_t size) noexcept;

// denial_search.cc: fills `proof.segment`, `proof.entry` and `proof.exact`.
void search_denial(Kernel& k, std::span<const uint8_t> key) noexcept;
inline const DenialEntry& denial_entry(const Kernel& k, Ref denial, uint32_t i) noexcept {
  constexpr auto entries_at = segment_size + static_cast<uint32_t>(sizeof(Denial));
  return k.table.at<DenialEntry>(denial + entries_at +
                                 i * static_cast<uint32_t>(sizeof(DenialEntry)));
}

// chaos.cc: answers a question of class CH; false if there is nothing that we tell.
bool answer_chaos(Kernel& k) noexcept;

// lookup.cc
enum class Lookup : uint32_t {
  hit,
  nodata,
  nxdomain,
  referral,
  alias,
  subtree_alias,
  refused,
  expired,
};

// throttle.cc
void note_subject(Kernel& k, Lookup result) noexcept;
// Whether there is any limit: most servers have none, and then nothing of it is to be called.
inline bool is_limited(const Kernel& k) noexcept {
  return (k.settings.answer_mode | k.settings.request_mode) != 0;
}
// The zone that knows about `type` of `name`; 0 if none of ours does.
Ref find_zone(const Table& table, Ref root, const NameScratch& name, uint32_t type) noexcept;
// Looks `name` up in `zone`, which find_zone gave.
Lookup lookup(const Table& table, Ref root, Ref zone, const NameScratch& name, uint32_t type,
              Found& found) noexcept;
Ref find_node(const Table& table, Found& found, const NameScratch& name, uint32_t label) noexcept;
Ref find_rrset(const Table& table, Ref node, uint32_t type) noexcept;
Ref find_signed(const Table& table, Ref node) noexcept;
// Three steps that bring what a lookup will read nearer; they decide nothing.
void fetch_shard(const Table& table, Ref root, Lane& lane) noexcept;
void fetch_slot(const Table& table, const Lane& lane) noexcept;
void fetch_node(const Table& table, Lane& lane) noexcept;
void fetch_rrset(const Table& table, const Lane& lane) noexcept;

// locate.cc
void set_client(Client& client, std::span<const uint8_t, 16> octets, uint32_t family,
                uint32_t bits) noexcept;
uint32_t locate(const Table& table, Ref map, const Client& client) noexcept;

// pick.cc
enum class Pick : uint32_t { ok, none, servfail };
Pick pick(Kernel& k, uint32_t local, uint32_t type) noexcept;

// choose.cc
uint32_t client_key(const Client& client, uint32_t bits, uint32_t seed) noexcept;
uint32_t negative_log2(uint32_t h) noexcept;
void choose(Kernel& k, uint32_t picker, uint32_t answers, uint32_t eligible, Ref endpoints,
            uint32_t key) noexcept;

// respond.cc
enum class Synthesis : uint32_t { ok, full, too_long };
bool is_steered(const Kernel& k, Ref ref) noexcept;
// True if what an RRsetRef gives to an answer may depend on the client: steered, or with hints.
bool is_tailored(const Kernel& k, Ref ref) noexcept;
// Does `k.target` lie in the zone that was found?
bool ends_in_apex(const Kernel& k) noexcept;
bool answer_static(Kernel& k) noexcept;
bool answer_steered(Kernel& k, uint32_t type) noexcept;
bool answer_any(Kernel& k) noexcept;
bool authority_soa(Kernel& k) noexcept;
// The same, its TTL capped by the picked policy's negative_ttl_secs.
bool authority_soa_capped(Kernel& k) noexcept;
bool authority_referral(Kernel& k) noexcept;
void additional_of(Kernel& k, uint32_t from) noexcept;
// The same for RRs in message [from, to) whose targets begin at `target_at` of their RDATA.
void additional_in(Kernel& k, uint32_t from, uint32_t to, uint32_t target_at) noexcept;
Synthesis answer_subtree(Kernel& k) noexcept;

// hints.cc
// Octets of the priority in front of the target.
constexpr uint32_t service_target_at = 2;
bool answer_hinted(Kernel& k) noexcept;

// denial.cc
void note_wildcard(Kernel& k) noexcept;
bool prove_wildcards(Kernel& k) noexcept;
bool prove_negative(Kernel& k, Lookup result) noexcept;
bool prove_insecure(Kernel& k) noexcept;

// writer.cc
// Octets of an RR in front of its RDATA when the owner is a pointer.
constexpr uint32_t rr_head_size = 12;
void begin(Writer& out, uint8_t* message, uint32_t end) noexcept;
void clear(Writer& out, uint32_t end) noexcept;
uint32_t opt_size(const Question& q) noexcept;
bool fits(const Writer& out, uint32_t size) noexcept;
uint32_t copy_rrset(Writer& out, const Table& table, Ref rrset, uint32_t owner_pos,
                    uint32_t apex_pos) noexcept;
void write_pointer(uint8_t* to, uint32_t pos) noexcept;
bool pointable(uint32_t pos) noexcept;
// Where RDATA is to be written; null if the RR does not fit.
uint8_t* begin_rr(Writer& out, uint32_t owner_pos, uint32_t type, uint32_t ttl,
                  uint32_t data_size) noexcept;
uint32_t ttl_at(const Writer& out, uint32_t pos) noexcept;
void load_name(const Writer& out, uint32_t pos, NameScratch& name) noexcept;
uint32_t apex_pos_of(const NameScratch& name, const Found& found) noexcept;
// OPT with the client subnet; append_options adds the rest.
void write_opt(Writer& out, const Question& q, uint32_t extended, uint32_t udp_size,
               uint32_t scope) noexcept;
uint32_t finish(Writer& out, const Question& q) noexcept;

// Octets of packets are in network order, and lie anywhere.
inline uint32_t read_u16(const uint8_t* at) noexcept {
  return static_cast<uint32_t>(at[0]) << 8 | at[1];
}
inline uint32_t read_u32(const uint8_t* at) noexcept {
  return read_u16(at) << 16 | read_u16(at + 2);
}
inline void write_u16(uint8_t* at, uint32_t value) noexcept {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}

// Where the RRset of signatures begins that follows the one at `rrset` (T5).
inline Ref signatures_at(const Table& table, Ref rrset) noexcept {
  const auto& head = table.at<RRset>(rrset);
  const uint32_t size = head.length + (head.length & 1u) + head.fixup_count * 2u;
  return (rrset + static_cast<uint32_t>(sizeof(RRset)) + size + 3) & ~uint32_t{3};
}

template <typename Flag>
bool has(uint32_t flags, Flag flag) noexcept {
  return (flags & static_cast<uint32_t>(flag)) != 0;
}

}  // namespace azimuth
