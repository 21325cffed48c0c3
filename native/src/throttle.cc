// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/throttle.ts: what becomes of requests and answers that are over a rate limit.
#include "src/kernel.hh"

namespace azimuth {

namespace {


bool is_off(uint8_t mode) noexcept { return mode == static_cast<uint8_t>(LimitMode::Off); }

// The client has shown a cookie that only its address can have got.
bool is_proved(const Kernel& k) noexcept { return has(k.slot->flags, SlotFlag::ValidCookie); }

// What the answer is accounted to.
uint32_t class_of(const Kernel& k) noexcept {
  const Writer& out = k.out;
  if (k.question->class_ != class_in) return class_error;
  if (out.rcode == rcode_nxdomain) return class_denial;
  if (out.rcode != rcode_noerror) return class_error;
  if (out.answers != 0 || out.truncated != 0) return k.about.kind;
  if (out.authorities == 0) return class_error;
  return out.aa == 0 ? class_referral : class_denial;
}

// The hash of the name that an answer of this class is about.
uint32_t subject_of(const Kernel& k, uint32_t kind) noexcept {
  if (kind == class_error) return 0;
  return kind == class_denial ? k.about.apex : k.about.name;
}

}  // namespace

// Notes what the answer will be about while the name that was asked for is at hand: aliases load
// others. What a wildcard or a DNAME makes is about its owner, whatever the chain comes to.
void note_subject(Kernel& k, Lookup result) noexcept {
  const NameScratch& name = *k.name;
  const bool is_made = k.found.synthesized != 0 || result == Lookup::subtree_alias;
  k.about.kind = is_made                        ? class_wildcard
                 : result == Lookup::referral ? class_referral
                                              : class_positive;
  // The name itself, its closest encloser, the owner of the DNAME, or the cut.
  k.about.name = name.hash[k.found.label];
  k.about.apex = name.hash[name.label_count - k.found.apex_labels];
}

// True if the request is over the limit of its address or network: then the answer is made here.
bool throttle_request(Kernel& k) noexcept {
  k.about.kind = class_positive;
  k.about.name = k.name->hash[0];
  if (is_off(k.settings.request_mode) || is_proved(k)) return false;
  if (limit_request(k) == Limit::pass) return false;
  k.count(offsetof(Counters, limited_slipped));
  switch (static_cast<RequestAction>(k.settings.request_action)) {
    case RequestAction::Refuse:
      k.out.rcode = rcode_refused;
      break;
    case RequestAction::Servfail:
      k.out.rcode = rcode_servfail;
      break;
    default:
      k.out.truncated = 1;
  }
  return true;
}

// Looks whether the answer that was made may be sent. False drops it; else `verdict` is what to go on
// with, perhaps of a shorter answer.
bool throttle_answer(Kernel& k, Verdict& verdict) noexcept {
  if (is_off(k.settings.answer_mode) || is_proved(k)) return true;
  const uint32_t kind = class_of(k);
  if (limit_answer(k, kind, subject_of(k, kind)) == Limit::pass) return true;
  const uint32_t slip = k.settings.slip;
  if (slip == 0 || k.slot->random % slip != 0) {
    k.count(offsetof(Counters, dropped_limited));
    return false;
  }
  k.count(offsetof(Counters, limited_slipped));
  clear(k.out, k.question->end);
  k.out.aa = 0;
  k.out.truncated = 0;
  k.out.rcode = rcode_noerror;
  k.picked.scope = 0;
  k.opt.error = ExtendedError::none;
  if (k.question->edns != 0 && k.opt.cookie != 0) {
    k.out.rcode = rcode_badcookie;
    verdict = Verdict::Badcookie;
    return true;
  }
  k.out.truncated = 1;
  return true;
}

}  // namespace azimuth
