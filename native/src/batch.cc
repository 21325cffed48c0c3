// SPDX-License-Identifier: Apache-2.0
#include "src/batch.hh"

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace azimuth {

namespace {

static_assert(slot_stride % cache_line_size == 0);
static_assert(slot_stride >= sizeof(PacketSlot) + udp_size_max);
// recvmmsg takes no more in one call (UIO_MAXIOV).
static_assert(batch_max <= 1024);
static_assert(sizeof(Counters) % sizeof(double) == 0);

// What the slots say of the time. The coarse clocks are loads, and good to 4 ms.
struct Instant {
  uint32_t unix_secs;
  uint32_t now_ms;
};

Instant read_clocks() noexcept {
  timespec wall = {};
  timespec steady = {};
  clock_gettime(CLOCK_REALTIME_COARSE, &wall);
  clock_gettime(CLOCK_MONOTONIC_COARSE, &steady);
  const auto ms = static_cast<uint64_t>(steady.tv_sec) * 1000 +
                  static_cast<uint64_t>(steady.tv_nsec) / 1'000'000;
  return {static_cast<uint32_t>(wall.tv_sec), static_cast<uint32_t>(ms)};
}

bool is_link_local(const in6_addr& address) noexcept {
  return address.s6_addr[0] == 0xfe && (address.s6_addr[1] & 0xc0) == 0x80;
}

// Turns the packet information of a request into that of its answer: the address that was asked
// becomes the source. The interface is left to routing, except where an address is only good on
// one. False if there is nothing to say, so that the system chooses.
bool answer_from(msghdr& header) noexcept {
  cmsghdr* info = CMSG_FIRSTHDR(&header);
  if (info == nullptr) return false;
  if (info->cmsg_level == IPPROTO_IP && info->cmsg_type == IP_PKTINFO) {
    in_pktinfo v4;
    std::memcpy(&v4, CMSG_DATA(info), sizeof v4);
    // ipi_spec_dst is an address of this machine even where a broadcast was asked.
    v4.ipi_ifindex = 0;
    std::memcpy(CMSG_DATA(info), &v4, sizeof v4);
    header.msg_controllen = CMSG_SPACE(sizeof v4);
    return true;
  }
  if (info->cmsg_level != IPPROTO_IPV6 || info->cmsg_type != IPV6_PKTINFO) return false;
  in6_pktinfo v6;
  std::memcpy(&v6, CMSG_DATA(info), sizeof v6);
  if (v6.ipi6_addr.s6_addr[0] == 0xff) return false;
  if (!is_link_local(v6.ipi6_addr)) v6.ipi6_ifindex = 0;
  std::memcpy(CMSG_DATA(info), &v6, sizeof v6);
  header.msg_controllen = CMSG_SPACE(sizeof v6);
  return true;
}

}  // namespace

void Batch::bind(std::span<uint8_t> slots) noexcept {
  slots_ = slots;
  fd_ = -1;
  count_ = 0;
  used_ = batch_max;
  for (uint32_t i = 0; i < batch_max; i += 1) {
    octets_[i] = {slots_.data() + size_t{i} * slot_stride + sizeof(PacketSlot), udp_size_max};
    messages_[i] = {};
    messages_[i].msg_hdr.msg_name = &peers_[i];
    messages_[i].msg_hdr.msg_iov = &octets_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_control = &infos_[i];
  }
}

int Batch::receive(int fd, int flags, Chance& chance, CounterWords counters) noexcept {
  rearm();
  fd_ = fd;
  const int received = recvmmsg(fd, messages_.data(), batch_max, flags, nullptr);
  used_ = received > 0 ? static_cast<uint32_t>(received) : 0;
  admit(used_, chance, counters);
  return received;
}

// Gives back to the system what the last receive has taken: sizes are in and out.
void Batch::rearm() noexcept {
  for (uint32_t i = 0; i < used_; i += 1) {
    msghdr& header = messages_[i].msg_hdr;
    header.msg_namelen = sizeof(Peer);
    header.msg_controllen = sizeof(PacketInfo);
    header.msg_flags = 0;
    octets_[i].iov_len = udp_size_max;
  }
  used_ = 0;
}

// Fills the slots' heads, and closes gaps (B1).
void Batch::admit(uint32_t received, Chance& chance, CounterWords counters) noexcept {
  count_ = received;
  const Instant now = read_clocks();
  for (uint32_t i = 0; i < count_;) {
    const Peer& peer = peers_[i];
    // Port 0 cannot be answered, and is only ever forged.
    static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
    if (peer.v4.sin_port == 0) {
      add_count(counters, offsetof(Counters, dropped_port), 1);
      count_ -= 1;
      if (i != count_) move_slot(count_, i);
      continue;
    }
    PacketSlot& to = slot(i);
    to.port = ntohs(peer.v4.sin_port);
    if (peer.any.sa_family == AF_INET) {
      to.family = 4;
      std::memcpy(to.client, &peer.v4.sin_addr, 4);
    } else {
      to.family = 6;
      std::memcpy(to.client, &peer.v6.sin6_addr, 16);
    }
    to.transport = static_cast<uint8_t>(Transport::Udp);
    to.random = chance.next();
    // What is beyond the slot was cut; the parser finds the end missing.
    to.size_in = std::min(messages_[i].msg_len, udp_size_max);
    to.size_out = 0;
    to.room = udp_size_max;
    to.unix_secs = now.unix_secs;
    to.now_ms = now.now_ms;
    to.verdict = static_cast<uint8_t>(Verdict::Ok);
    to.flags = 0;
    i += 1;
  }
}

void Batch::move_slot(uint32_t from, uint32_t to) noexcept {
  const unsigned size = std::min(messages_[from].msg_len, udp_size_max);
  std::memcpy(octets_[to].iov_base, octets_[from].iov_base, size);
  messages_[to].msg_len = messages_[from].msg_len;
  messages_[to].msg_hdr.msg_namelen = messages_[from].msg_hdr.msg_namelen;
  messages_[to].msg_hdr.msg_controllen = messages_[from].msg_hdr.msg_controllen;
  peers_[to] = peers_[from];
  infos_[to] = infos_[from];
}

// Runs of slots with an answer: nearly always a single one.
void Batch::send(CounterWords counters) noexcept {
  uint32_t first = 0;
  for (uint32_t i = 0; i <= count_; i += 1) {
    if (i < count_ && prepare(i)) continue;
    if (first < i) send_run(first, i, counters);
    first = i + 1;
  }
}

// Makes the header of a request that of its answer. False if there is none.
bool Batch::prepare(uint32_t index) noexcept {
  const uint32_t size = slot(index).size_out;
  if (size == 0 || size > udp_size_max) return false;
  octets_[index].iov_len = size;
  msghdr& header = messages_[index].msg_hdr;
  if (header.msg_controllen != 0 && !answer_from(header)) header.msg_controllen = 0;
  return true;
}

void Batch::send_run(uint32_t first, uint32_t end, CounterWords counters) noexcept {
  while (first < end) {
    const int sent = sendmmsg(fd_, &messages_[first], end - first, MSG_DONTWAIT);
    if (sent > 0) {
      first += static_cast<uint32_t>(sent);
      continue;
    }
    // No room: what is behind would find none either. Else one client cannot be reached.
    const bool is_full = errno == EAGAIN || errno == ENOBUFS;
    const uint32_t lost = is_full ? end - first : 1;
    add_count(counters, offsetof(Counters, dropped_send), lost);
    first += lost;
  }
}

PacketSlot& Batch::slot(uint32_t index) noexcept {
  return *reinterpret_cast<PacketSlot*>(slots_.data() + size_t{index} * slot_stride);
}

}  // namespace azimuth
