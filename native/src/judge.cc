// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/judge.ts: what a request is worth once transport and settings are known.
#include "src/kernel.hh"

namespace azimuth {

namespace {


// A zone in many messages, which takes a stream; IXFR may fit a datagram (RFC 1995 §4).
bool is_transfer(uint32_t type, bool udp) noexcept {
  return type == type_ixfr || (type == type_axfr && !udp);
}

bool has_cookies(const Kernel& k) noexcept { return k.settings.cookie_secret_count != 0; }

bool is_stream(Transport transport) noexcept {
  return transport == Transport::Tcp || transport == Transport::Tls;
}

}  // namespace

Verdict judge(const Kernel& k, const Question& q, Verdict verdict, Transport transport) noexcept {
  if (verdict != Verdict::Ok && verdict != Verdict::Probe) return verdict;
  if (q.options != 0) {
    if (is_stream(transport) && (q.options & bad_keepalive) != 0) return Verdict::Formerr;
    if ((q.options & bad_cookie) != 0 && has_cookies(k)) return Verdict::Formerr;
  }
  if (verdict == Verdict::Probe) return has_cookies(k) ? Verdict::Probe : Verdict::Formerr;
  const bool asks_expire = (q.options & has_expire) != 0 && q.type == type_soa;
  if (asks_expire && has(k.settings.flags, SettingsFlag::SlowExpire)) return Verdict::Slow;
  return is_transfer(q.type, transport == Transport::Udp) ? Verdict::Slow : Verdict::Ok;
}

Verdict begin_opt(Kernel& k, Verdict verdict) noexcept {
  const Question& q = *k.question;
  const auto transport = static_cast<Transport>(k.slot->transport);
  k.opt.cookie = false;
  k.opt.error = verdict == Verdict::Notimp ? ExtendedError::not_supported : ExtendedError::none;
  k.opt.zone = 0;
  k.opt.below_agent = true;
  k.opt.stream = is_stream(transport);
  k.opt.encrypted = transport == Transport::Tls || transport == Transport::Https;
  if (k.settings.agent_size > 1 && verdict == Verdict::Ok) note_agent(k);
  if ((q.options & has_cookie) == 0 || !has_cookies(k)) return verdict;
  if (check_cookie(k)) return verdict;
  // RFC 7873 §5.4: a probe that only wants a cookie gets it, one that shows a wrong one hears so.
  if (verdict == Verdict::Probe) {
    return q.cookie_size > client_cookie_size ? Verdict::Badcookie : verdict;
  }
  // RFC 7873 §5.2.3: a stream proves the address as well as a cookie does.
  const bool demanded = has(k.settings.flags, SettingsFlag::DemandCookie);
  const bool is_bad = demanded && verdict == Verdict::Ok && transport == Transport::Udp;
  return is_bad ? Verdict::Badcookie : verdict;
}

}  // namespace azimuth
