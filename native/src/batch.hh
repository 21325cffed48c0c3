// SPDX-License-Identifier: Apache-2.0
//
// One batch of datagrams: what a single recvmmsg takes into slots, and a single sendmmsg sends back
// out of the same octets.
//
// Invariants
//   B1  Requests of port 0 are dropped and counted, and leave no gap: slots [0, count) are requests.
//   B2  An answer leaves from the address that was asked: each socket has one, and a wildcard
//       socket sends the packet information of the request back (RFC 2181 §4).
//   B3  What the system refuses to send is counted. It never holds up what is behind it.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "gen/counters.hh"
#include "gen/layout.hh"
#include "gen/limits.hh"

namespace azimuth {

// Octets from one UDP slot to the next: UDP_SLOT_STRIDE of src/answer/kernel.ts.
constexpr uint32_t slot_stride = (sizeof(PacketSlot) + udp_size_max + 63) / 64 * 64;
constexpr size_t batch_size = size_t{batch_max} * slot_stride;

using CounterWords = std::span<double>;

// The word of a counter is named by its offset in Counters.
inline void add_count(CounterWords counters, size_t offset, double by) noexcept {
  counters[offset / sizeof(double)] += by;
}

// A chance for each packet: a Weyl sequence and a mix behind it.
class Chance {
 public:
  explicit Chance(uint32_t seed) noexcept : state_(seed) {}
  uint32_t next() noexcept {
    state_ += 0x9e3779b9u;
    return (state_ ^ (state_ >> 15)) * 0x85ebca6bu;
  }

 private:
  uint32_t state_;
};

// Not initialised before `bind`: a pump has many that it may never need.
class Batch {
 public:
  // `slots` has batch_size octets and outlives the batch.
  void bind(std::span<uint8_t> slots) noexcept;

  // Takes up to batch_max datagrams of a socket; `flags` as recvmmsg has them. `count` says how
  // many requests lie in the slots; the result is how many datagrams the system gave, or -1.
  int receive(int fd, int flags, Chance& chance, CounterWords counters) noexcept;

  // Sends the answers of the slots that have one, through the socket that they came from.
  void send(CounterWords counters) noexcept;

  uint32_t count() const noexcept { return count_; }
  // The socket it was taken from.
  int fd() const noexcept { return fd_; }

 private:
  union Peer {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  struct alignas(cmsghdr) PacketInfo {
    uint8_t octets[CMSG_SPACE(sizeof(in6_pktinfo))];
  };

  void rearm() noexcept;
  void admit(uint32_t received, Chance& chance, CounterWords counters) noexcept;
  void move_slot(uint32_t from, uint32_t to) noexcept;
  bool prepare(uint32_t index) noexcept;
  void send_run(uint32_t first, uint32_t end, CounterWords counters) noexcept;
  PacketSlot& slot(uint32_t index) noexcept;

  std::span<uint8_t> slots_;
  int fd_;
  uint32_t count_;
  // Headers that the last receive has changed.
  uint32_t used_;
  std::array<mmsghdr, batch_max> messages_;
  std::array<iovec, batch_max> octets_;
  std::array<Peer, batch_max> peers_;
  std::array<PacketInfo, batch_max> infos_;
};

}  // namespace azimuth
