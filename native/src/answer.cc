// SPDX-License-Identifier: Apache-2.0
//
// Read this first: one request in a slot, its answer in the same slot. Twin of
// src/answer/answer.ts: its invariants E1 to E3 hold here too.
//
// The one difference of form: parsing stands apart, in `accept`, so that a group of requests can be
// parsed before the first of them is answered. It changes nothing but its own lane and counters, so
// no octet depends on the order.
#include <algorithm>

#include "src/kernel.hh"

namespace azimuth {

namespace {


// Counters by RCODE.
constexpr std::array<size_t, 7> rcode_counters = {
    offsetof(Counters, noerror), offsetof(Counters, formerr), offsetof(Counters, servfail),
    offsetof(Counters, name_error), offsetof(Counters, notimp), offsetof(Counters, refused),
    offsetof(Counters, yxdomain),
};
static_assert(rcode_counters[rcode_yxdomain] == offsetof(Counters, yxdomain));

// How a chain goes on; `pos` is the message offset of the next name.
enum class Step : uint32_t { next, ended, concluded };
struct Followed {
  Step step;
  uint32_t pos;
};
// The chain ends with what was written.
constexpr Followed ended = {Step::ended, 0};
// The chain came to another end than data, which is counted.
constexpr Followed concluded = {Step::concluded, 0};

uint32_t rcode_of(Verdict verdict) noexcept {
  if (verdict == Verdict::Notimp) return rcode_notimp;
  if (verdict == Verdict::Badcookie) return rcode_badcookie;
  return verdict == Verdict::Badvers || verdict == Verdict::Probe ? rcode_noerror : rcode_formerr;
}

// RFC 6891 §6.2.3: the asker's offer, but no more than we send; 512 without EDNS.
void set_limit(Kernel& k, bool udp, uint32_t room) noexcept {
  const Question& q = *k.question;
  uint32_t limit = room;
  if (udp) {
    limit = q.edns == 0 ? udp_plain_size_max : std::min(q.payload_size, k.answer_size_max);
    limit = std::min(limit, room);
  }
  k.out.limit = limit;
  k.out.reserve = q.edns == 0 ? 0 : reserve_opt(k);
}

void count_answer(Kernel& k, Verdict verdict, uint32_t size_out) noexcept {
  const Question& q = *k.question;
  if (verdict == Verdict::Badvers) {
    k.count(offsetof(Counters, badvers));
  } else if (verdict == Verdict::Badcookie) {
    k.count(offsetof(Counters, badcookie));
  } else {
    k.count(rcode_counters[k.out.rcode]);
  }
  k.count(offsetof(Counters, octets_out), size_out);
  if (q.edns != 0) k.count(offsetof(Counters, edns));
  if (q.ecs_family != 0) {
    k.count(offsetof(Counters, ecs));
    if (k.picked.scope != 0) k.count(offsetof(Counters, ecs_used));
  }
  if (k.out.truncated != 0) k.count(offsetof(Counters, truncated));
}

void count_hit(Kernel& k) noexcept { k.count(offsetof(Counters, hit)); }

// TC, and nothing but the question: the asker comes back over TCP (RFC 2181 §9).
void truncate(Kernel& k) noexcept {
  clear(k.out, k.question->end);
  k.out.truncated = 1;
  k.proof.wildcards = 0;
}

// Keeps an expansion of a wildcard in mind, if its proof will be wanted.
void note(Kernel& k) noexcept {
  if (k.found.synthesized != 0 && k.question->dnssec_ok != 0) note_wildcard(k);
}

// Writes the proofs of expansions; false if they do not fit, and TC is set.
bool settle_wildcards(Kernel& k) noexcept {
  if (prove_wildcards(k)) return true;
  truncate(k);
  return false;
}

// As settle_wildcards, if there are any expansions.
inline bool settle(Kernel& k) noexcept {
  if (k.proof.wildcards == 0) [[likely]] return true;
  return settle_wildcards(k);
}

// The proof of a negative answer, for those who want one; false if it does not fit.
bool proved(Kernel& k, Lookup result) noexcept {
  return k.question->dnssec_ok == 0 || prove_negative(k, result);
}

void negative(Kernel& k, Lookup result) noexcept {
  k.count(result == Lookup::nxdomain ? offsetof(Counters, nxdomain) : offsetof(Counters, nodata));
  if (!authority_soa(k) || !proved(k, result)) truncate(k);
}

// A steered name that has nothing for this client: NODATA, whose TTL the policy caps.
void negative_steered(Kernel& k) noexcept {
  k.count(offsetof(Counters, nodata));
  if (!authority_soa_capped(k) || !proved(k, Lookup::nodata)) truncate(k);
}

// Picks for the steered RRset found; whatever is not an answer has scope 0 (RFC 7871 §7.4).
Pick steer(Kernel& k, uint32_t type) noexcept {
  k.count(offsetof(Counters, steered));
  const Pick outcome = pick(k, k.table.at<RRsetRef>(k.found.rrset).data, type);
  if (k.picked.all_down != 0) k.count(offsetof(Counters, steered_all_down));
  if (outcome == Pick::ok) return outcome;
  k.picked.scope = 0;
  if (outcome == Pick::servfail) {
    clear(k.out, k.question->end);
    k.out.aa = 0;
    k.out.rcode = rcode_servfail;
    k.proof.wildcards = 0;
  }
  return outcome;
}

// An RRset whose hints are filled in; it is not signed, but a chain in front of it may be.
void conclude_hinted(Kernel& k) noexcept {
  const uint32_t from = k.out.at;
  if (!answer_hinted(k)) {
    truncate(k);
    return;
  }
  const uint32_t to = k.out.at;
  if (settle(k)) additional_in(k, from, to, service_target_at);
}

void conclude_steered(Kernel& k) noexcept {
  const uint32_t type = k.question->type == type_any ? type_cname : k.question->type;
  const Pick outcome = steer(k, type);
  if (outcome == Pick::none) negative_steered(k);
  if (outcome != Pick::ok) return;
  count_hit(k);
  if (!answer_steered(k, type)) truncate(k);
}

void conclude_hit(Kernel& k, uint32_t depth) noexcept {
  // ANY: what we make up cannot be signed, so a signed RRset of the name speaks (RFC 8482 §4.1).
  if (k.found.rrset == 0 && k.question->dnssec_ok != 0) {
    k.found.rrset = find_signed(k.table, k.found.node);
  }
  if (k.found.rrset == 0) {
    if (!answer_any(k)) truncate(k);
  } else if (is_tailored(k, k.found.rrset)) {
    // One scope cannot hold for a chain, so a tailored end is left to a query of its own
    // (RFC 7871 §7.2.1).
    if (depth == 0 || k.question->ecs_family == 0) {
      if (is_steered(k, k.found.rrset)) {
        conclude_steered(k);
        return;
      }
      conclude_hinted(k);
    }
  } else {
    const uint32_t from = k.out.at;
    if (!answer_static(k)) {
      truncate(k);
    } else {
      note(k);
      if (settle(k)) additional_of(k, from);
    }
  }
  count_hit(k);
}

// The end of the chain: data, nothing, no such name, or somebody else's zone.
void conclude(Kernel& k, Lookup result, uint32_t depth) noexcept {
  if (k.found.synthesized != 0) k.count(offsetof(Counters, synthesized));
  if (result == Lookup::hit) {
    conclude_hit(k, depth);
    return;
  }
  if (result == Lookup::referral) {
    k.count(offsetof(Counters, referral));
    // Before the first record of the additional section.
    if (settle(k) && !authority_referral(k)) truncate(k);
    return;
  }
  if (result == Lookup::nxdomain) k.out.rcode = rcode_nxdomain;
  negative(k, result);
}

Followed follow_subtree(Kernel& k) noexcept {
  const Synthesis outcome = answer_subtree(k);
  if (outcome == Synthesis::too_long) {
    k.out.rcode = rcode_yxdomain;
    return concluded;
  }
  if (outcome == Synthesis::full) {
    truncate(k);
  } else if (k.question->type != type_cname && k.question->type != type_any) {
    // RDATA of the CNAME that was written last: the kept labels and a pointer.
    return {Step::next, k.out.at - (k.name->label_at[k.found.label] + 2u)};
  }
  // Else the synthesised CNAME is itself what was asked for.
  return ended;
}

// Writes the alias and says how the answer goes on. A name that was met before is a loop: what was
// written so far is the answer, without SERVFAIL. The node alone does not tell: one wildcard or
// DNAME may well stand behind several names.
Followed follow_alias(Kernel& k, Lookup result, uint32_t depth) noexcept {
  const Question& q = *k.question;
  const bool steered = result == Lookup::alias && is_steered(k, k.found.rrset);
  // As in conclude_hit: a tailored alias is left to a query of its own.
  if (steered && depth > 0 && q.ecs_family != 0) return ended;
  const uint32_t hash = k.name->hash[0];
  for (uint32_t i = 0; i < depth; i += 1) {
    if (k.visited_nodes[i] == k.found.node && k.visited_hashes[i] == hash) return ended;
  }
  k.visited_nodes[depth] = k.found.node;
  k.visited_hashes[depth] = hash;
  k.count(offsetof(Counters, alias));
  if (k.found.synthesized != 0) k.count(offsetof(Counters, synthesized));
  const uint32_t at = k.out.at;
  if (result == Lookup::subtree_alias) return follow_subtree(k);
  if (steered) {
    const Pick outcome = steer(k, type_cname);
    if (outcome == Pick::none) negative_steered(k);
    if (outcome != Pick::ok) return concluded;
    if (!answer_steered(k, type_cname)) {
      truncate(k);
    } else if (q.ecs_family == 0) {
      // RFC 7871 §7.2.1: with a client subnet only the first CNAME of a tailored chain.
      return {Step::next, at + rr_head_size};
    }
    return ended;
  }
  if (answer_static(k)) {
    note(k);
    return {Step::next, at + rr_head_size};
  }
  truncate(k);
  return ended;
}

// Another class than that of our zones, or a transfer in datagrams.
void resolve_foreign(Kernel& k) noexcept {
  const Question& q = *k.question;
  if (q.class_ == class_chaos && q.type != type_axfr) {
    if (answer_chaos(k)) return;
    k.opt.error = ExtendedError::prohibited;
  } else {
    k.opt.error = q.type == type_axfr ? ExtendedError::not_supported
                                      : ExtendedError::not_authoritative;
  }
  k.out.rcode = rcode_refused;
}

// The name is in no zone of ours; before the first table nobody knows.
void refuse(Kernel& k) noexcept {
  k.out.rcode = k.root == 0 ? rcode_servfail : rcode_refused;
  k.opt.error = k.root == 0 ? ExtendedError::not_ready : ExtendedError::not_authoritative;
}

// Lookup, and again for every alias inside our zones.
void follow(Kernel& k) noexcept {
  const Question& q = *k.question;
  if ((q.class_ != class_in && q.class_ != class_any) || q.type == type_axfr) {
    resolve_foreign(k);
    return;
  }
  for (uint32_t depth = 0;; depth += 1) {
    if (depth > 0) k.zone = find_zone(k.table, k.root, *k.name, q.type);
    const Lookup result = lookup(k.table, k.root, k.zone, *k.name, q.type, k.found);
    if (result == Lookup::expired) {
      // Another server may have the zone's data. What a chain has said before it stays (E3).
      k.out.rcode = rcode_servfail;
      k.opt.error = ExtendedError::invalid_data;
      k.picked.scope = 0;
      return;
    }
    if (result == Lookup::refused) {
      // At the end of a chain this only means that the rest is not ours to say.
      // Before the first table nothing can be said at all: another server may know (RFC 8906 §3).
      if (depth == 0) {
        refuse(k);
      } else {
        count_hit(k);
      }
      return;
    }
    if (depth == 0) {
      k.opt.zone = k.found.zone;
      k.opt.zone_labels = k.found.apex_labels;
      if (is_limited(k)) note_subject(k, result);
    }
    if (depth == 0 && result != Lookup::referral && q.class_ == class_in) k.out.aa = 1;
    if (result < Lookup::alias) {
      conclude(k, result, depth);
      return;
    }
    const Followed next = follow_alias(k, result, depth);
    if (next.step == Step::concluded) return;
    if (next.step == Step::ended || depth == alias_depth_max - 1) {
      count_hit(k);
      return;
    }
    load_name(k.out, next.pos, *k.name);
  }
}

// From the question to the sections.
void resolve(Kernel& k) noexcept {
  if (k.question->dnssec_ok != 0) k.proof.count = 0;
  follow(k);
  settle(k);
}

}  // namespace

// Counts and parses the request of a lane.
void accept(Kernel& k, Lane& lane) noexcept {
  const uint32_t size = lane.slot->size_in;
  // One counter for each transport, in the order of transports.
  static_assert(offsetof(Counters, queries_https) == offsetof(Counters, queries_udp) + 3 * 8);
  k.count(offsetof(Counters, queries_udp) + (lane.slot->transport & 3u) * sizeof(double));
  k.count(offsetof(Counters, octets_in), size);
  lane.verdict = parse({lane.message, size}, lane.name, lane.question);
  lane.verdict = judge(k, lane.question, lane.verdict,
                       static_cast<Transport>(lane.slot->transport));
  lane.slot->verdict = static_cast<uint8_t>(lane.verdict);
  lane.slot->flags = 0;
  if (lane.verdict == Verdict::Slow) k.count(offsetof(Counters, slow));
  if (lane.verdict == Verdict::Drop) {
    k.count(size < header_size ? offsetof(Counters, dropped_short)
                               : offsetof(Counters, dropped_response));
  }
}

// Answers the request of a lane that was accepted, in its slot; size_out 0 sends nothing.
void answer(Kernel& k, Lane& lane) noexcept {
  PacketSlot& slot = *lane.slot;
  if (lane.verdict == Verdict::Drop || lane.verdict == Verdict::Slow) {
    slot.size_out = 0;
    return;
  }
  k.name = &lane.name;
  k.zone = lane.zone;
  k.question = &lane.question;
  k.slot = &slot;
  begin(k.out, lane.message, lane.question.end);
  k.picked.scope = 0;
  if (lane.question.edns != 0) lane.verdict = begin_opt(k, lane.verdict);
  const bool udp = slot.transport == static_cast<uint8_t>(Transport::Udp);
  set_limit(k, udp, slot.room);
  const bool limited = udp && is_limited(k);
  if (lane.verdict == Verdict::Ok && !(limited && throttle_request(k))) {
    resolve(k);
    if (k.out.rcode == rcode_refused) slot.verdict = static_cast<uint8_t>(Verdict::Refused);
    if (k.out.rcode == rcode_servfail) slot.verdict = static_cast<uint8_t>(Verdict::Servfail);
  } else if (lane.verdict != Verdict::Ok) {
    slot.verdict = static_cast<uint8_t>(lane.verdict);
    k.out.rcode = rcode_of(lane.verdict);
  }
  if (limited && !throttle_answer(k, lane.verdict)) {
    slot.verdict = static_cast<uint8_t>(Verdict::Drop);
    slot.size_out = 0;
    return;
  }
  if (lane.question.edns != 0) {
    // Both codes that need more than four bits are 16 and a bit.
    const bool extended = lane.verdict == Verdict::Badvers || lane.verdict == Verdict::Badcookie;
    write_opt(k.out, lane.question, extended ? 1 : 0, k.answer_size_max, k.picked.scope);
    append_options(k);
  }
  const uint32_t size_out = finish(k.out, lane.question);
  count_answer(k, lane.verdict, size_out);
  slot.size_out = size_out;
}

}  // namespace azimuth
