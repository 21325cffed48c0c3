// SPDX-License-Identifier: Apache-2.0
#include "src/pump.hh"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace azimuth {

namespace {

uint64_t now_us(clockid_t clock) noexcept {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace

Pump::Pump(std::span<uint8_t> slab, ControlWords control, CounterWords counters,
           const PumpSettings& settings) noexcept
    : slab_(slab),
      control_(control),
      counters_(counters),
      settings_(settings),
      chance_(settings.seed) {
  settings_.socket.wait_ms = warm_wait_ms;
  batches_[0].bind(slab_.first(batch_size));
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
  late_count_ = 0;
}

Turn Pump::run(const Answerer& answerer, uint32_t wait_ms) noexcept {
  Turn turn;
  if (socket_count_ == 0) return turn;
  // The coarse clock is a load, and good to 4 ms.
  const uint64_t end = now_us(CLOCK_MONOTONIC_COARSE) + turn_ms_max * 1000;
  for (uint32_t i = 0; i < turn_batches_max; i += 1) {
    Batch* batch = next(i == 0 ? wait_ms : std::min<uint32_t>(wait_ms, warm_wait_ms));
    if (batch == nullptr) break;
    const uint32_t root = observe_root(control_, settings_.reader);
    const auto first = static_cast<uint32_t>(batch - batches_.data()) * batch_max;
    turn.received += batch->count();
    if (!answerer.answer(answerer.context, root, first, batch->count())) {
      turn.breach = true;
      break;
    }
    batch->send(counters_);
    if (now_us(CLOCK_MONOTONIC_COARSE) >= end) break;
  }
  go_offline(control_, settings_.reader);
  return turn;
}

void Pump::keep_slow(uint32_t first, uint32_t count) noexcept {
  for (uint32_t i = first; i < first + count && slow_count_ < slow_max; i += 1) {
    uint8_t* from = slab_.data() + size_t{i} * slot_stride;
    auto& slot = *reinterpret_cast<PacketSlot*>(from);
    if (slot.verdict != static_cast<uint8_t>(Verdict::Slow)) continue;
    uint8_t* to = slab_.data() + slow_at + size_t{slow_count_} * slot_stride;
    std::memcpy(to, from, sizeof(PacketSlot) + std::min(slot.size_in, udp_size_max));
    slow_sockets_[slow_count_] = socket_of(batches_[i / batch_max]);
    slow_count_ += 1;
    slot.verdict = static_cast<uint8_t>(Verdict::Drop);
    slot.size_out = 0;
  }
}

uint32_t Pump::take_slow(std::span<uint8_t> sockets) noexcept {
  const uint32_t count = std::min(slow_count_, static_cast<uint32_t>(sockets.size()));
  std::copy_n(slow_sockets_.begin(), count, sockets.begin());
  slow_count_ = 0;
  return count;
}

int Pump::send(uint32_t socket, const Address& to, std::span<const uint8_t> octets) noexcept {
  if (socket >= socket_count_) return EBADF;
  return sockets_[socket].send(to, octets);
}

uint8_t Pump::socket_of(const Batch& batch) const noexcept {
  for (uint32_t i = 0; i < socket_count_; i += 1) {
    if (sockets_[i].fd() == batch.fd()) return static_cast<uint8_t>(i);
  }
  return 0;
}

// The next batch, from whichever socket; null if nothing came in time.
Batch* Pump::next(uint32_t wait_ms) noexcept {
  if (is_late_) {
    if (Batch* batch = next_late(); batch != nullptr) return batch;
  }
  if (Batch* batch = receive_ready(); batch != nullptr) return batch;
  go_offline(control_, settings_.reader);
  if (settings_.spin_us != 0 && wait_ms != 0) {
    if (Batch* batch = spin(); batch != nullptr) return batch;
  }
  if (warm_ && socket_count_ == 1 && wait_ms != 0) return receive_one();
  return sleep(wait_ms);
}

// A batch of one socket; null if it has nothing.
Batch* Pump::receive(uint32_t index, int flags) noexcept {
  current_ = index;
  Batch& batch = batches_[0];
  const int received = batch.receive(sockets_[index].fd(), flags, chance_, counters_);
  // A batch that is not full has emptied the queue.
  ready_[index] = received == static_cast<int>(batch_max);
  if (ready_[index]) {
    note_full(index);
  } else {
    full_count_[index] = 0;
  }
  return batch.count() == 0 ? nullptr : &batch;
}

// A batch of a socket that is known to have something; sockets take turns.
Batch* Pump::receive_ready() noexcept {
  for (uint32_t i = 1; i <= socket_count_; i += 1) {
    const uint32_t index = (current_ + i) % socket_count_;
    if (!ready_[index]) continue;
    if (Batch* batch = receive(index, MSG_DONTWAIT); batch != nullptr) return batch;
  }
  return nullptr;
}

Batch* Pump::receive_one() noexcept {
  Batch* batch = receive(0, MSG_WAITFORONE);
  // Time is up, or a signal came: look after the event loop.
  warm_ = batch != nullptr;
  return batch;
}

Batch* Pump::spin() noexcept {
  const uint64_t end = now_us(CLOCK_MONOTONIC) + settings_.spin_us;
  do {
    for (uint32_t i = 0; i < socket_count_; i += 1) {
      if (Batch* batch = receive(i, MSG_DONTWAIT); batch != nullptr) return batch;
    }
  } while (now_us(CLOCK_MONOTONIC) < end);
  return nullptr;
}

Batch* Pump::sleep(uint32_t wait_ms) noexcept {
  const int count = poll(polled_.data(), socket_count_ + 1, static_cast<int>(wait_ms));
  if (count <= 0) return nullptr;
  for (uint32_t i = 0; i < socket_count_; i += 1) ready_[i] = polled_[i].revents != 0;
  Batch* batch = receive_ready();
  warm_ = batch != nullptr;
  return batch;
}

// Looks now and then whether the queue of a socket is long.
void Pump::note_full(uint32_t index) noexcept {
  full_count_[index] += 1;
  if (full_count_[index] % full_max == 0 && sockets_[index].is_behind()) begin_late();
}

void Pump::begin_late() noexcept {
  is_late_ = true;
  if (late_bound_) return;
  for (uint32_t i = 1; i <= late_max; i += 1) {
    batches_[i].bind(slab_.subspan(i * batch_size, batch_size));
  }
  late_bound_ = true;
}

// The newest batch, after all that came meanwhile was laid on top; null when none is left.
Batch* Pump::next_late() noexcept {
  for (uint32_t i = 0; i < socket_count_; i += 1) drain(i);
  if (late_count_ == 0) {
    is_late_ = false;
    return nullptr;
  }
  late_count_ -= 1;
  // Its place is taken by the next push, when it has been answered.
  return &late(late_count_);
}

void Pump::drain(uint32_t index) noexcept {
  full_count_[index] = 0;
  for (uint32_t i = 0; i < drain_max; i += 1) {
    Batch& batch = push_late();
    const int received = batch.receive(sockets_[index].fd(), MSG_DONTWAIT, chance_, counters_);
    if (batch.count() == 0) late_count_ -= 1;
    ready_[index] = received == static_cast<int>(batch_max);
    if (!ready_[index]) return;
  }
}

// A batch on top of those that wait. The oldest gives way if there is no room.
Batch& Pump::push_late() noexcept {
  if (late_count_ == late_max) {
    add_count(counters_, offsetof(Counters, dropped_late), late(0).count());
    late_first_ = (late_first_ + 1) % late_max;
    late_count_ -= 1;
  }
  late_count_ += 1;
  return late(late_count_ - 1);
}

}  // namespace azimuth
