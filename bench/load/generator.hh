// SPDX-License-Identifier: Apache-2.0
//
// Asks a server over many sockets and looks at its answers, in a thread that never sleeps.
//
//   closed   A number of queries is always on its way: each answer is followed by the next query,
//            on the same socket. The rate is then the server's own.
//   open     Queries are sent by the clock, whatever comes back, and a latency begins when the
//            query was due, not when it was sent: a server that stops for a moment is charged with
//            all the queries that came in that moment.
//
// Why it spins and does not poll: a sleeping receiver is woken by whoever sends to it, so half the
// cost of its sleep would be measured as the server's.
//
// Invariants
//   G1  sent = received + lost, once a phase is drained.
//   G2  An identifier is used by one query of a socket at a time, and again only 65,536 queries
//       later; a window is half of that at most, so an answer belongs to one query or to none.
//   G3  Nothing is allocated after `open`.
#pragma once
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "address.hh"
#include "histogram.hh"
#include "question_file.hh"

namespace azimuth::bench {

// One bit each in a word that tells where answers are outstanding.
constexpr uint32_t sockets_max = 64;
// Sent or received with one system call.
constexpr uint32_t batch_size = 64;
// Larger answers are cut; only their first octets are looked at.
constexpr uint32_t answer_size_max = 4096;

struct GeneratorSettings {
  Address server;
  uint32_t sockets = 16;
  uint64_t timeout_ns = 200'000'000;
  bool verify = true;
  // Closed: how many are on their way, and zero queries per second. Open: the other way round.
  uint32_t outstanding = 64;
  double rate = 0;
};

// What one phase has seen. Times in nanoseconds.
struct Tally {
  uint64_t sent = 0;
  uint64_t received = 0;
  uint64_t lost = 0;
  uint64_t late = 0;
  uint64_t wrong = 0;
  uint64_t refused = 0;
  uint64_t sending_ns = 0;
  uint64_t idle_ns = 0;
  uint64_t behind_ns_max = 0;
  Histogram latency;
};

class Generator {
 public:
  Generator(const QuestionFile& questions, const GeneratorSettings& settings);
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;
  ~Generator();

  // Opens and connects the sockets. Empty, or what failed.
  std::string open();

  // Sends and receives for so long, as a new phase with a new tally.
  void run(uint64_t phase_ns) noexcept;

  // Receives what is outstanding, for so long at most. What outlives the timeout is lost.
  void drain(uint64_t limit_ns) noexcept;

  const Tally& tally() const noexcept { return tally_; }

  // Why the system last refused to send; 0 if it never did.
  int send_error() const noexcept { return send_error_; }

 private:
  enum class State : uint32_t { done, outstanding };
  struct Flight {
    // When the query was due, from which its latency counts, and when it left.
    uint64_t due_ns;
    uint64_t sent_ns;
    uint32_t place;
    State state;
  };
  struct Channel {
    int fd = -1;
    // Queries are numbered from zero; [head, tail) may be outstanding, and no other is.
    uint64_t head = 0;
    uint64_t tail = 0;
    uint32_t outstanding = 0;
    // Closed: how many may be sent.
    uint32_t credit = 0;
    // Added to a number to make an identifier.
    uint16_t id_base = 0;
    std::vector<Flight> flights;
    // Identifiers of lost queries whose answer may still come.
    std::bitset<65536> given_up;
  };

  void run_closed(uint64_t end_ns) noexcept;
  void run_open(uint64_t begin_ns, uint64_t end_ns) noexcept;
  uint32_t send_due(uint64_t begin_ns, uint64_t now_ns) noexcept;
  uint32_t send(Channel& channel, uint32_t count) noexcept;
  uint32_t transmit(Channel& channel, uint32_t count) noexcept;
  uint32_t receive(uint32_t index) noexcept;
  void settle(Channel& channel, std::span<const uint8_t> answer, uint64_t now_ns) noexcept;
  void expire(Channel& channel, uint64_t now_ns) noexcept;
  void pass(bool works) noexcept;
  uint32_t next_active() noexcept;
  const char* fault_of(const Question& question, std::span<const uint8_t> answer) const noexcept;
  void count_wrong(const char* fault, std::span<const uint8_t> answer) noexcept;
  Flight& flight(Channel& channel, uint64_t number) noexcept {
    return channel.flights[number & window_mask_];
  }

  const QuestionFile& questions_;
  GeneratorSettings settings_;
  Tally tally_;
  std::vector<Channel> channels_;
  // Bit i: channel i has queries outstanding.
  uint64_t active_ = 0;
  uint64_t window_mask_ = 0;
  // Channels that were sent to and received from last.
  uint32_t turn_ = 0;
  uint32_t polled_ = 0;
  uint32_t place_ = QuestionFile::first;
  // Open: number and spacing of the next query.
  uint64_t scheduled_ = 0;
  double interval_ns_ = 0;
  // The last reading of the clock, and whether there was work since the one before it.
  uint64_t last_ns_ = 0;
  bool has_worked_ = false;
  bool has_shown_wrong_ = false;
  int send_error_ = 0;

  // The batch under way: when each was due, and where it stands in the file.
  std::array<uint64_t, batch_size> due_ns_ = {};
  std::array<uint32_t, batch_size> places_ = {};
  std::array<mmsghdr, batch_size> out_ = {};
  std::array<mmsghdr, batch_size> in_ = {};
  std::array<iovec, batch_size> out_octets_ = {};
  std::array<iovec, batch_size> in_octets_ = {};
  std::vector<uint8_t> slab_;
};

}  // namespace azimuth::bench
