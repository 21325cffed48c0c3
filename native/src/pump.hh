// SPDX-License-Identifier: Apache-2.0
//
// Moves datagrams between sockets and the slab: receives a batch, has it answered in place, and
// sends the answers.
//
//   next ──► observe the root ──► answer ──► send ──┐      a turn, without leaving native code
//    ▲  └─ offline while it sleeps                  │
//    └──────────────────────────────────────────────┘
//
// How it waits, and why there are two ways
//   warm   One socket with traffic: a blocking read of a single datagram, then recvmmsg for as long
//          as the queue is not empty. A poll before each batch would be one system call more.
//   cold   Nothing came for a while, or several sockets: poll on all of them and on the event loop
//          of this thread. So an idle thread hears a message at once, and a busy one after a turn.
//
// Invariants
//   U1  A turn ends: after turn_batches_max batches, after turn_ms_max milliseconds, or as soon as
//       nothing comes. Only between turns does the event loop run.
//   U2  Whenever the thread may sleep, and between turns, the reader is offline; the root is
//       observed after the datagrams are there and before they are answered (P2, P4 in
//       src/table/publish.ts).
//   U3  An answer leaves from the address that was asked: each socket has one, and a wildcard
//       socket sends the packet information of the request back (RFC 2181 §4).
//   U4  Nothing is allocated after the last `add`. What the system refuses to send is counted.
//   U5  The pump reads and writes slots, never what a request means: that is the kernel's.
//
// Twin: workers/pump-dgram.ts, as far as two pumps of so different a make can be twins.
#pragma once
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <span>

#include "gen/counters.hh"
#include "gen/layout.hh"
#include "gen/limits.hh"
#include "src/publish.hh"
#include "src/socket.hh"

namespace azimuth {

// Octets from one UDP slot to the next: UDP_SLOT_STRIDE of src/answer/kernel.ts.
constexpr uint32_t slot_stride = (sizeof(PacketSlot) + udp_size_max + 63) / 64 * 64;
constexpr size_t slab_size = size_t{batch_max} * slot_stride;
// Addresses of one pump: a machine with more has a wildcard to listen on.
constexpr uint32_t sockets_max = 64;
// A turn is short enough that a message to this thread waits no longer than a person notices.
constexpr uint32_t turn_ms_max = 25;
// Also bounds a turn if the clock stood still: 4096 × batch_max datagrams.
constexpr uint32_t turn_batches_max = 4096;
// How long a turn with traffic waits for more before it ends, and the pump becomes cold.
constexpr int warm_wait_ms = 20;

struct PumpSettings {
  uint32_t reader = 0;   // Whose words of the control block are written.
  uint32_t seed = 0;     // Of the chance that goes with each packet.
  uint32_t spin_us = 0;  // Looks for datagrams that long before it sleeps; 0 sleeps at once.
  int loop_fd = -1;      // Readable when the thread's event loop has something to do; -1 for none.
  SocketOptions socket = {};
};

// Answers slots [0, count) of the slab from the table at `root`. False ends the turn: a breach.
struct Answerer {
  bool (*answer)(void* context, uint32_t root, uint32_t count) noexcept = nullptr;
  void* context = nullptr;
};

// Datagrams of a turn; `breach` if the answerer gave up.
struct Turn {
  uint32_t received = 0;
  bool breach = false;
};

class Pump {
 public:
  // The memories are the caller's, and outlive the pump. `slab` has slab_size octets, a multiple of
  // 4 in memory; `counters` are the words of a Counters.
  Pump(std::span<uint8_t> slab, ControlWords control, std::span<double> counters,
       const PumpSettings& settings) noexcept;
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  // Binds one more address; `bound` is its port. ENOBUFS if there are sockets_max of them.
  OpenFailure add(const Address& address, uint16_t& bound) noexcept;

  // Serves for one turn (U1). Waits at most `wait_ms` for the first datagram, and warm_wait_ms for
  // each further one; 0 takes what has arrived and does not wait.
  Turn run(const Answerer& answerer, uint32_t wait_ms) noexcept;

  // Takes up to batch_max datagrams of socket `index` into the slab, without waiting.
  uint32_t receive(uint32_t index) noexcept;
  // Sends the answers of the slots that the last receive filled.
  void send(uint32_t count) noexcept;

  // Ends listening on all addresses. What was not received is lost.
  void close() noexcept;

 private:
  union Peer {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  struct alignas(cmsghdr) PacketInfo {
    uint8_t octets[CMSG_SPACE(sizeof(in6_pktinfo))];
  };

  uint32_t next(uint32_t wait_ms) noexcept;
  uint32_t receive_ready() noexcept;
  uint32_t receive_one() noexcept;
  uint32_t spin() noexcept;
  uint32_t sleep(uint32_t wait_ms) noexcept;
  void rearm() noexcept;
  uint32_t admit(uint32_t count) noexcept;
  void take_peer(PacketSlot& slot, const Peer& peer) noexcept;
  void move_slot(uint32_t from, uint32_t to) noexcept;
  bool prepare(uint32_t index) noexcept;
  void send_run(uint32_t first, uint32_t end) noexcept;
  PacketSlot& slot(uint32_t index) noexcept;
  void count(size_t offset, double by) noexcept { counters_[offset / sizeof(double)] += by; }

  std::span<uint8_t> slab_;
  ControlWords control_;
  std::span<double> counters_;
  PumpSettings settings_;
  uint32_t chance_;

  std::array<Socket, sockets_max> sockets_;
  // One for each socket, then the event loop's.
  std::array<pollfd, sockets_max + 1> polled_;
  std::array<bool, sockets_max> ready_ = {};
  uint32_t socket_count_ = 0;
  // The socket whose datagrams lie in the slab.
  uint32_t current_ = 0;
  // Headers that the last receive has changed.
  uint32_t used_ = batch_max;
  bool warm_ = false;

  std::array<mmsghdr, batch_max> messages_;
  std::array<iovec, batch_max> octets_;
  std::array<Peer, batch_max> peers_;
  std::array<PacketInfo, batch_max> infos_;
};

}  // namespace azimuth
