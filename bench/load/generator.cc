// SPDX-License-Identifier: Apache-2.0
#include "generator.hh"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace azimuth::bench {

namespace {

// Of one socket, before the others have their turn: what is due at once is spread over sockets.
constexpr uint32_t burst_per_socket = 8;
constexpr uint32_t burst_size = 64;
static_assert(burst_per_socket <= batch_size);

uint64_t now() noexcept {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

uint16_t read_u16(const uint8_t* at) noexcept { return static_cast<uint16_t>(at[0] << 8 | at[1]); }

// Queries that one socket may send before the first of them is given up, twice over.
uint64_t window_size(const GeneratorSettings& settings) noexcept {
  // No server on one core is near a million; whoever is has his queries held back, not mistaken.
  const double rate = settings.rate > 0 ? settings.rate : 1e6;
  const double held = rate * static_cast<double>(settings.timeout_ns) / 1e9 / settings.sockets;
  const auto wanted = static_cast<uint64_t>(std::min(2 * held, 32768.0)) + settings.outstanding;
  return std::bit_ceil(std::clamp<uint64_t>(wanted, 256, 32768));
}

}  // namespace

Generator::Generator(const QuestionFile& questions, const GeneratorSettings& settings)
    : questions_(questions), settings_(settings) {
  if (settings_.rate > 0) {
    settings_.outstanding = 0;
    interval_ns_ = 1e9 / settings_.rate;
  } else {
    settings_.sockets = std::min(settings_.sockets, settings_.outstanding);
  }
  window_mask_ = window_size(settings_) - 1;
  channels_.resize(settings_.sockets);
  slab_.resize(batch_size * size_t{question_size_max + answer_size_max});
  uint8_t* at = slab_.data();
  for (uint32_t i = 0; i < batch_size; i += 1) {
    out_octets_[i] = {at, 0};
    in_octets_[i] = {at + question_size_max, answer_size_max};
    at += question_size_max + answer_size_max;
    out_[i].msg_hdr.msg_iov = &out_octets_[i];
    out_[i].msg_hdr.msg_iovlen = 1;
    in_[i].msg_hdr.msg_iov = &in_octets_[i];
    in_[i].msg_hdr.msg_iovlen = 1;
  }
}

Generator::~Generator() {
  for (const Channel& channel : channels_) {
    if (channel.fd >= 0) close(channel.fd);
  }
}

std::string Generator::open() {
  for (uint32_t i = 0; i < channels_.size(); i += 1) {
    Channel& channel = channels_[i];
    channel.flights.resize(window_mask_ + 1);
    channel.id_base = static_cast<uint16_t>((now() ^ i * 0x9e37u) & 0xffff);
    channel.credit = settings_.outstanding / settings_.sockets +
                     (i < settings_.outstanding % settings_.sockets ? 1 : 0);
    channel.fd = open_udp(settings_.server);
    if (channel.fd < 0) return std::string("socket: ") + std::strerror(errno);
    if (connect(channel.fd, &settings_.server.name.any, settings_.server.size) != 0) {
      return "connect to " + address_text(settings_.server) + ": " + std::strerror(errno);
    }
  }
  return {};
}

void Generator::run(uint64_t phase_ns) noexcept {
  tally_ = {};
  scheduled_ = 0;
  const uint64_t begin = now();
  last_ns_ = begin;
  has_worked_ = false;
  if (settings_.rate > 0) {
    run_open(begin, begin + phase_ns);
  } else {
    run_closed(begin + phase_ns);
  }
  tally_.sending_ns = last_ns_ - begin;
}

void Generator::run_closed(uint64_t end_ns) noexcept {
  const auto count = static_cast<uint32_t>(channels_.size());
  for (uint32_t i = 0; last_ns_ < end_ns; i = i + 1 == count ? 0 : i + 1) {
    Channel& channel = channels_[i];
    uint32_t done = receive(i);
    if (channel.credit != 0) {
      const uint32_t wanted = std::min(channel.credit, batch_size);
      std::fill_n(due_ns_.begin(), wanted, last_ns_);
      done += send(channel, wanted);
    }
    has_worked_ = done != 0;
  }
}

void Generator::run_open(uint64_t begin_ns, uint64_t end_ns) noexcept {
  while (last_ns_ < end_ns) {
    has_worked_ = send_due(begin_ns, last_ns_) != 0;
    // One socket, then the clock again: the next query may be due.
    if (active_ == 0) {
      pass(false);
      continue;
    }
    has_worked_ = receive(next_active()) != 0;
  }
}

// Sends what is due, up to a burst: what is behind that waits until something was received.
uint32_t Generator::send_due(uint64_t begin_ns, uint64_t now_ns) noexcept {
  uint32_t total = 0;
  for (uint32_t tries = 0; total < burst_size && tries < burst_size; tries += 1) {
    uint32_t count = 0;
    for (; count < burst_per_socket; count += 1) {
      const double after = static_cast<double>(scheduled_ + count) * interval_ns_;
      due_ns_[count] = begin_ns + static_cast<uint64_t>(after);
      if (due_ns_[count] > now_ns) break;
    }
    if (count == 0) break;
    tally_.behind_ns_max = std::max(tally_.behind_ns_max, now_ns - due_ns_[0]);
    turn_ = (turn_ + 1) % static_cast<uint32_t>(channels_.size());
    const uint32_t sent = send(channels_[turn_], count);
    scheduled_ += sent;
    total += sent;
  }
  return total;
}

// Reads the clock. The time since the last reading was idle if nothing came of it, and nothing was
// left to do from before.
void Generator::pass(bool works) noexcept {
  const uint64_t at = now();
  if (!works && !has_worked_) tally_.idle_ns += at - last_ns_;
  last_ns_ = at;
}

// The next channel with something outstanding: above the last one, else from the lowest.
uint32_t Generator::next_active() noexcept {
  static_assert(sockets_max == 64);
  const uint64_t above = polled_ == 63 ? 0 : active_ & (~uint64_t{0} << (polled_ + 1));
  polled_ = static_cast<uint32_t>(std::countr_zero(above != 0 ? above : active_));
  return polled_;
}

void Generator::drain(uint64_t limit_ns) noexcept {
  last_ns_ = now();
  const uint64_t end = last_ns_ + limit_ns;
  // What is waited for here is no part of the phase.
  const uint64_t idle = tally_.idle_ns;
  while (active_ != 0 && last_ns_ < end) receive(next_active());
  tally_.idle_ns = idle;
}

// Sends the next `count` questions, due at due_ns_. Gives how many of them left.
uint32_t Generator::send(Channel& channel, uint32_t count) noexcept {
  const uint64_t room = window_mask_ + 1 - (channel.tail - channel.head);
  count = static_cast<uint32_t>(std::min<uint64_t>(count, room));
  if (count == 0) return 0;
  for (uint32_t i = 0; i < count; i += 1) {
    const Question question = questions_.at(place_);
    places_[i] = place_;
    place_ = question.next;
    auto* octets = static_cast<uint8_t*>(out_octets_[i].iov_base);
    std::memcpy(octets, question.query.data(), question.query.size());
    const auto id = static_cast<uint16_t>(channel.id_base + channel.tail + i);
    octets[0] = static_cast<uint8_t>(id >> 8);
    octets[1] = static_cast<uint8_t>(id);
    out_octets_[i].iov_len = question.query.size();
    channel.given_up.reset(id);
    flight(channel, channel.tail + i) = {due_ns_[i], last_ns_, places_[i], State::outstanding};
  }
  const uint32_t sent = transmit(channel, count);
  // What did not leave is the next question again.
  if (sent < count) place_ = places_[sent];
  channel.tail += sent;
  channel.outstanding += sent;
  channel.credit -= std::min(channel.credit, sent);
  tally_.sent += sent;
  if (sent != 0) active_ |= uint64_t{1} << (&channel - channels_.data());
  return sent;
}

uint32_t Generator::transmit(Channel& channel, uint32_t count) noexcept {
  for (int tries = 0; tries < 2; tries += 1) {
    const int sent = sendmmsg(channel.fd, out_.data(), count, MSG_DONTWAIT);
    if (sent > 0) return static_cast<uint32_t>(sent);
    send_error_ = errno;
    // Told of an earlier query, and this one was not tried yet.
    if (errno != ECONNREFUSED) break;
    tally_.refused += 1;
  }
  return 0;
}

uint32_t Generator::receive(uint32_t index) noexcept {
  Channel& channel = channels_[index];
  const int count = recvmmsg(channel.fd, in_.data(), batch_size, MSG_DONTWAIT, nullptr);
  if (count < 0 && errno == ECONNREFUSED) tally_.refused += 1;
  pass(count > 0);
  const uint32_t received = count > 0 ? static_cast<uint32_t>(count) : 0;
  for (uint32_t i = 0; i < received; i += 1) {
    const size_t size = std::min<size_t>(in_[i].msg_len, answer_size_max);
    settle(channel, {static_cast<const uint8_t*>(in_octets_[i].iov_base), size}, last_ns_);
  }
  // An answer that waits in the socket has come: only an empty one tells that others have not.
  if (received < batch_size) expire(channel, last_ns_);
  if (channel.outstanding == 0) active_ &= ~(uint64_t{1} << index);
  return received;
}

// Finds the query of an answer and counts both.
void Generator::settle(Channel& channel, std::span<const uint8_t> answer,
                       uint64_t now_ns) noexcept {
  if (answer.size() < header_size) return count_wrong("shorter than a header", answer);
  const uint16_t id = read_u16(answer.data());
  // How many queries ago that identifier was given out, 1..65536.
  const auto back = static_cast<uint16_t>(channel.id_base + channel.tail - 1 - id) + uint64_t{1};
  if (back > channel.tail - channel.head ||
      flight(channel, channel.tail - back).state != State::outstanding) {
    if (!channel.given_up.test(id)) return count_wrong("nobody asked with that identifier", answer);
    channel.given_up.reset(id);
    tally_.late += 1;
    return;
  }
  Flight& asked = flight(channel, channel.tail - back);
  asked.state = State::done;
  while (channel.head < channel.tail && flight(channel, channel.head).state == State::done) {
    channel.head += 1;
  }
  channel.outstanding -= 1;
  channel.credit += 1;
  tally_.received += 1;
  tally_.latency.add(now_ns - std::min(now_ns, asked.due_ns));
  const char* fault = fault_of(questions_.at(asked.place), answer);
  if (fault != nullptr) count_wrong(fault, answer);
}

// What is wrong with the answer; null if nothing is.
const char* Generator::fault_of(const Question& question,
                                std::span<const uint8_t> answer) const noexcept {
  if ((answer[2] & 0x80) == 0) return "not a response";
  if (!settings_.verify) return nullptr;
  const uint32_t size = question_size(question.query);
  if (read_u16(&answer[4]) != 1 || answer.size() < header_size + size ||
      std::memcmp(&answer[header_size], &question.query[header_size], size) != 0) {
    return "another question";
  }
  if (question.rcode != rcode_any && (answer[3] & 15) != question.rcode) return "another RCODE";
  if (read_u16(&answer[6]) < question.answers_min) return "too few answer records";
  return nullptr;
}

void Generator::count_wrong(const char* fault, std::span<const uint8_t> answer) noexcept {
  tally_.wrong += 1;
  if (has_shown_wrong_) return;
  has_shown_wrong_ = true;
  std::fprintf(stderr, "azimuth-load: wrong answer: %s\n ", fault);
  for (size_t i = 0; i < std::min<size_t>(answer.size(), 128); i += 1) {
    std::fprintf(stderr, "%s%02x", i % 16 == 0 && i != 0 ? "\n " : i % 2 == 0 ? " " : "",
                 answer[i]);
  }
  std::fputc('\n', stderr);
}

// Gives up what was sent too long ago. Times of a socket only grow, so its first queries tell.
void Generator::expire(Channel& channel, uint64_t now_ns) noexcept {
  while (channel.head < channel.tail) {
    Flight& first = flight(channel, channel.head);
    if (first.state == State::outstanding) {
      if (now_ns < first.sent_ns + settings_.timeout_ns) break;
      first.state = State::done;
      channel.given_up.set(static_cast<uint16_t>(channel.id_base + channel.head));
      channel.outstanding -= 1;
      channel.credit += 1;
      tally_.lost += 1;
    }
    channel.head += 1;
  }
}

}  // namespace azimuth::bench
