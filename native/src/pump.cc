// SPDX-License-Identifier: Apache-2.0
#include "src/pump.hh"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace azimuth {

namespace {

static_assert(slot_stride % cache_line_size == 0);
static_assert(slot_stride >= sizeof(PacketSlot) + udp_size_max);
// recvmmsg takes no more in one call (UIO_MAXIOV).
static_assert(batch_max <= 1024);
static_assert(sizeof(Counters) % sizeof(double) == 0);

// Weyl step of the chance that goes with each packet, and the mix behind it.
constexpr uint32_t golden = 0x9e3779b9u;
constexpr uint32_t mix = 0x85ebca6bu;

uint64_t now_us(clockid_t clock) noexcept {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
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

Pump::Pump(std::span<uint8_t> slab, ControlWords control, std::span<double> counters,
           const PumpSettings& settings) noexcept
    : slab_(slab),
      control_(control),
      counters_(counters),
      settings_(settings),
      chance_(settings.seed) {
  settings_.socket.wait_ms = warm_wait_ms;
  for (uint32_t i = 0; i < batch_max; i += 1) {
    octets_[i] = {slab_.data() + size_t{i} * slot_stride + sizeof(PacketSlot), udp_size_max};
    messages_[i] = {};
    messages_[i].msg_hdr.msg_name = &peers_[i];
    messages_[i].msg_hdr.msg_iov = &octets_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_control = &infos_[i];
  }
}

OpenFailure Pump::add(const Address& address, uint16_t& bound) noexcept {
  if (socket_count_ == sockets_max) return {ENOBUFS, "sockets_max"};
  Socket& socket = sockets_[socket_count_];
  const OpenFailure failure = socket.open(address, settings_.socket);
  if (failure.error != 0) return failure;
  bound = socket.port();
  polled_[socket_count_] = {socket.fd(), POLLIN, 0};
  socket_count_ += 1;
  // A negative descriptor is passed over by poll.
  polled_[socket_count_] = {settings_.loop_fd, POLLIN, 0};
  return failure;
}

void Pump::close() noexcept {
  for (uint32_t i = 0; i < socket_count_; i += 1) sockets_[i].close();
  socket_count_ = 0;
}

Turn Pump::run(const Answerer& answerer, uint32_t wait_ms) noexcept {
  Turn turn;
  if (socket_count_ == 0) return turn;
  // The coarse clock is a load, and good to 4 ms.
  const uint64_t end = now_us(CLOCK_MONOTONIC_COARSE) + turn_ms_max * 1000;
  for (uint32_t batch = 0; batch < turn_batches_max; batch += 1) {
    const uint32_t count = next(batch == 0 ? wait_ms : std::min<uint32_t>(wait_ms, warm_wait_ms));
    if (count == 0) break;
    const uint32_t root = observe_root(control_, settings_.reader);
    turn.received += count;
    if (!answerer.answer(answerer.context, root, count)) {
      turn.breach = true;
      break;
    }
    send(count);
    if (now_us(CLOCK_MONOTONIC_COARSE) >= end) break;
  }
  go_offline(control_, settings_.reader);
  return turn;
}

// The next batch, from whichever socket; 0 if none came in time.
uint32_t Pump::next(uint32_t wait_ms) noexcept {
  if (const uint32_t count = receive_ready(); count != 0) return count;
  go_offline(control_, settings_.reader);
  if (settings_.spin_us != 0 && wait_ms != 0) {
    if (const uint32_t count = spin(); count != 0) return count;
  }
  if (warm_ && socket_count_ == 1 && wait_ms != 0) return receive_one();
  return sleep(wait_ms);
}

// A batch of a socket that is known to have something; sockets take turns.
uint32_t Pump::receive_ready() noexcept {
  for (uint32_t i = 1; i <= socket_count_; i += 1) {
    const uint32_t index = (current_ + i) % socket_count_;
    if (!ready_[index]) continue;
    const uint32_t count = receive(index);
    // A batch that is not full has emptied the queue.
    ready_[index] = used_ == batch_max;
    if (count != 0) return count;
  }
  return 0;
}

uint32_t Pump::receive_one() noexcept {
  rearm();
  current_ = 0;
  const ssize_t size = recvmsg(sockets_[0].fd(), &messages_[0].msg_hdr, 0);
  used_ = 1;
  // Time is up, or a signal came: look after the event loop.
  warm_ = size >= 0;
  if (size < 0) return 0;
  messages_[0].msg_len = static_cast<unsigned>(size);
  ready_[0] = true;
  return admit(1);
}

uint32_t Pump::spin() noexcept {
  const uint64_t end = now_us(CLOCK_MONOTONIC) + settings_.spin_us;
  do {
    for (uint32_t i = 0; i < socket_count_; i += 1) {
      const uint32_t count = receive(i);
      ready_[i] = used_ == batch_max;
      if (count != 0) return count;
    }
  } while (now_us(CLOCK_MONOTONIC) < end);
  return 0;
}

uint32_t Pump::sleep(uint32_t wait_ms) noexcept {
  const int count = poll(polled_.data(), socket_count_ + 1, static_cast<int>(wait_ms));
  if (count <= 0) return 0;
  for (uint32_t i = 0; i < socket_count_; i += 1) ready_[i] = polled_[i].revents != 0;
  const uint32_t received = receive_ready();
  warm_ = received != 0;
  return received;
}

uint32_t Pump::receive(uint32_t index) noexcept {
  rearm();
  current_ = index;
  const int fd = sockets_[index].fd();
  const int count = recvmmsg(fd, messages_.data(), batch_max, MSG_DONTWAIT, nullptr);
  used_ = count > 0 ? static_cast<uint32_t>(count) : 0;
  return admit(used_);
}

// Gives back to the system what the last receive has taken: sizes are in and out.
void Pump::rearm() noexcept {
  for (uint32_t i = 0; i < used_; i += 1) {
    msghdr& header = messages_[i].msg_hdr;
    header.msg_namelen = sizeof(Peer);
    header.msg_controllen = sizeof(PacketInfo);
    header.msg_flags = 0;
    octets_[i].iov_len = udp_size_max;
  }
  used_ = 0;
}

// Fills the slots' heads. Gives how many requests there are, in slots without a gap.
uint32_t Pump::admit(uint32_t count) noexcept {
  for (uint32_t i = 0; i < count;) {
    const Peer& peer = peers_[i];
    PacketSlot& to = slot(i);
    // Port 0 cannot be answered, and is only ever forged.
    static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
    if (peer.v4.sin_port == 0) {
      this->count(offsetof(Counters, dropped_port), 1);
      count -= 1;
      if (i != count) move_slot(count, i);
      continue;
    }
    take_peer(to, peer);
    chance_ += golden;
    to.transport = static_cast<uint8_t>(Transport::Udp);
    to.random = (chance_ ^ (chance_ >> 15)) * mix;
    // What is beyond the slot was cut; the parser finds the end missing.
    to.size_in = std::min(messages_[i].msg_len, udp_size_max);
    to.size_out = 0;
    to.room = udp_size_max;
    i += 1;
  }
  return count;
}

void Pump::take_peer(PacketSlot& slot, const Peer& peer) noexcept {
  if (peer.any.sa_family == AF_INET) {
    slot.family = 4;
    slot.port = ntohs(peer.v4.sin_port);
    std::memcpy(slot.client, &peer.v4.sin_addr, 4);
  } else {
    slot.family = 6;
    slot.port = ntohs(peer.v6.sin6_port);
    std::memcpy(slot.client, &peer.v6.sin6_addr, 16);
  }
}

void Pump::move_slot(uint32_t from, uint32_t to) noexcept {
  const unsigned size = std::min(messages_[from].msg_len, udp_size_max);
  std::memcpy(octets_[to].iov_base, octets_[from].iov_base, size);
  messages_[to].msg_len = messages_[from].msg_len;
  messages_[to].msg_hdr.msg_namelen = messages_[from].msg_hdr.msg_namelen;
  messages_[to].msg_hdr.msg_controllen = messages_[from].msg_hdr.msg_controllen;
  peers_[to] = peers_[from];
  infos_[to] = infos_[from];
}

// Runs of slots with an answer: nearly always a single one.
void Pump::send(uint32_t count) noexcept {
  uint32_t first = 0;
  for (uint32_t i = 0; i <= count; i += 1) {
    if (i < count && prepare(i)) continue;
    if (first < i) send_run(first, i);
    first = i + 1;
  }
}

// Makes the header of a request that of its answer. False if there is none.
bool Pump::prepare(uint32_t index) noexcept {
  const uint32_t size = slot(index).size_out;
  if (size == 0 || size > udp_size_max) return false;
  octets_[index].iov_len = size;
  msghdr& header = messages_[index].msg_hdr;
  if (header.msg_controllen != 0 && !answer_from(header)) header.msg_controllen = 0;
  return true;
}

void Pump::send_run(uint32_t first, uint32_t end) noexcept {
  const int fd = sockets_[current_].fd();
  while (first < end) {
    const int sent = sendmmsg(fd, &messages_[first], end - first, MSG_DONTWAIT);
    if (sent > 0) {
      first += static_cast<uint32_t>(sent);
      continue;
    }
    // No room: what is behind would find none either. Else one client cannot be reached.
    const bool is_full = errno == EAGAIN || errno == ENOBUFS;
    const uint32_t lost = is_full ? end - first : 1;
    count(offsetof(Counters, dropped_send), lost);
    first += lost;
  }
}

PacketSlot& Pump::slot(uint32_t index) noexcept {
  return *reinterpret_cast<PacketSlot*>(slab_.data() + size_t{index} * slot_stride);
}

}  // namespace azimuth
