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
//   warm   One socket with traffic: a single call sleeps until a datagram is there and takes all that
//          are (MSG_WAITFORONE). A poll before each batch would be one system call more, and so would
//          a read that finds the queue empty.
//   cold   Nothing came for a while, or several sockets: poll on all of them and on the event loop
//          of this thread. So an idle thread hears a message at once, and a busy one after a turn.
//
// What it does when it is late
//   Once batch after batch comes full, and an eighth of the socket's buffer waits, the queue is taken
//   whole and answered from its newest end: those have a client who still waits. With the oldest
//   first everyone would get an answer as late as the queue is long. What finds no room among the
//   late_max newest batches is dropped and counted.
//
// Invariants
//   U1  A turn ends: after turn_batches_max batches, after turn_ms_max milliseconds, or as soon as
//       nothing comes. Only between turns does the event loop run.
//   U2  Whenever the thread may sleep, and between turns, the reader is offline; the root is
//       observed after the datagrams are there and before they are answered (P2, P4 in
//       src/table/publish.ts).
//   U3  Nothing is allocated after the last `add`.
//   U4  The pump reads and writes slots, never what a request means: that is the kernel's.
//   U5  What is slow is copied out of its batch and answered later, by `send`. At most slow_max of a
//       turn; the rest is left to who answers.
//
// Twin: workers/pump-dgram.ts, as far as two pumps of so different a make can be twins.
#pragma once
#include <poll.h>

#include <array>
#include <cstdint>
#include <span>

#include "src/batch.hh"
#include "src/publish.hh"
#include "src/socket.hh"

namespace azimuth {

// Batches that can wait to be answered, newest first, when the pump is late.
constexpr uint32_t late_max = 64;
// Slow requests that a turn may keep for whoever answers them later.
constexpr uint32_t slow_max = 64;
// Where the slots of the kept ones begin: behind all batches.
constexpr size_t slow_at = (1 + late_max) * batch_size;
constexpr size_t slab_size = slow_at + slow_max * slot_stride;
// Addresses of one pump: a machine with more has a wildcard to listen on.
constexpr uint32_t sockets_max = 64;
// A turn is short enough that a message to this thread waits no longer than a person notices.
constexpr uint32_t turn_ms_max = 25;
// Also bounds a turn if the clock stood still: 4096 × batch_max datagrams.
constexpr uint32_t turn_batches_max = 4096;
// How long a turn with traffic waits for more before it ends, and the pump becomes cold.
constexpr int warm_wait_ms = 20;
// After so many full batches in a row it is looked how long the queue is.
constexpr uint32_t full_max = 8;
// Batches taken from one socket before an answer is given again.
constexpr uint32_t drain_max = 4 * late_max;

struct PumpSettings {
  uint32_t reader = 0;   // Whose words of the control block are written.
  uint32_t seed = 0;     // Of the chance that goes with each packet.
  uint32_t spin_us = 0;  // Looks for datagrams that long before it sleeps; 0 sleeps at once.
  int loop_fd = -1;      // Readable when the thread's event loop has something to do; -1 for none.
  SocketOptions socket = {};
};

// Answers `count` slots of the slab, from slot `first` on, out of the table at `root`. False ends the
// turn: a breach.
struct Answerer {
  bool (*answer)(void* context, uint32_t root, uint32_t first, uint32_t count) noexcept = nullptr;
  void* context = nullptr;
};

// Requests of a turn; `breach` if the answerer gave up.
struct Turn {
  uint32_t received = 0;
  bool breach = false;
};

class Pump {
 public:
  // The memories are the caller's, and outlive the pump. `slab` has slab_size octets, a multiple of
  // 4 in memory; `counters` are the words of a Counters.
  Pump(std::span<uint8_t> slab, ControlWords control, CounterWords counters,
       const PumpSettings& settings) noexcept;
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  // Binds one more address; `bound` is its port. ENOBUFS if there are sockets_max of them.
  OpenFailure add(const Address& address, uint16_t& bound) noexcept;

  // Serves for one turn (U1). Waits at most `wait_ms` for the first datagram, and warm_wait_ms for
  // each further one; 0 takes what has arrived and does not wait.
  Turn run(const Answerer& answerer, uint32_t wait_ms) noexcept;

  // For the answerer: copies those of the slots out whose verdict is SLOW, as far as there is room
  // (U5). They become DROP in their batch; what is left SLOW is to be answered there.
  void keep_slow(uint32_t first, uint32_t count) noexcept;

  // Between turns: how many slots lie at slow_at; `sockets` gets the index of each one's socket. They
  // are good until the next turn.
  uint32_t take_slow(std::span<uint8_t> sockets) noexcept;

  // Sends one datagram from a socket; 0 or an errno. From a wildcard the system chooses the source.
  int send(uint32_t socket, const Address& to, std::span<const uint8_t> octets) noexcept;

  // Ends listening on all addresses. What was not answered is lost.
  void close() noexcept;

 private:
  Batch* next(uint32_t wait_ms) noexcept;
  Batch* receive(uint32_t index, int flags) noexcept;
  Batch* receive_ready() noexcept;
  Batch* receive_one() noexcept;
  Batch* spin() noexcept;
  Batch* sleep(uint32_t wait_ms) noexcept;
  Batch* next_late() noexcept;
  void note_full(uint32_t index) noexcept;
  void begin_late() noexcept;
  void drain(uint32_t index) noexcept;
  Batch& push_late() noexcept;
  uint8_t socket_of(const Batch& batch) const noexcept;
  Batch& late(uint32_t place) noexcept { return batches_[1 + (late_first_ + place) % late_max]; }

  std::span<uint8_t> slab_;
  ControlWords control_;
  CounterWords counters_;
  PumpSettings settings_;
  Chance chance_;

  std::array<Socket, sockets_max> sockets_;
  // One for each socket, then the event loop's.
  std::array<pollfd, sockets_max + 1> polled_;
  // Whether the last batch of a socket came full, so that there may be more.
  std::array<bool, sockets_max> ready_ = {};
  std::array<uint32_t, sockets_max> full_count_ = {};
  uint32_t socket_count_ = 0;
  // The socket that was served last.
  uint32_t current_ = 0;
  bool warm_ = false;

  // The first is that of every day; the others are a ring, oldest first, of what is late.
  std::array<Batch, 1 + late_max> batches_;
  uint32_t late_first_ = 0;
  uint32_t late_count_ = 0;
  std::array<uint8_t, slow_max> slow_sockets_ = {};
  uint32_t slow_count_ = 0;
  bool is_late_ = false;
  bool late_bound_ = false;
};

}  // namespace azimuth
