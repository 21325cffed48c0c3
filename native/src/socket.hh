// SPDX-License-Identifier: Apache-2.0
//
// One UDP socket on one address, with every option that an authoritative server wants of it.
#pragma once
#include <cstdint>
#include <span>

namespace azimuth {

// Where to listen. `octets` are as on the wire, the first 4 if `family` is 4; port in host order.
struct Address {
  uint8_t octets[16] = {};
  uint16_t port = 0;
  uint8_t family = 4;
};

struct SocketOptions {
  int buffer_octets = 0;  // For each direction; 0 leaves the system's.
  int incoming_cpu = -1;  // Prefers packets that this CPU received; -1 has no preference.
  uint32_t spread_workers = 0;  // Sockets of the group that share by processor; 0 share by hash.
  int busy_poll_us = 0;   // Microseconds to poll the device before sleeping; 0 off.
  int wait_ms = 0;        // A blocking read gives up after this long; 0 never.
};

// What could not be done. `error` is an errno, 0 if nothing failed; `what` names the call or
// option.
struct OpenFailure {
  int error = 0;
  const char* what = "";
};

// Memory of about two full batches of requests; less is no queue.
constexpr uint32_t behind_octets_min = 128 * 1024;

// Owns a descriptor. Open once; closed with the object.
class Socket {
 public:
  Socket() noexcept = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(); }

  OpenFailure open(const Address& address, const SocketOptions& options) noexcept;
  void close() noexcept;

  // One datagram, if there is room for it; 0 or an errno.
  int send(const Address& to, std::span<const uint8_t> octets) const noexcept;

  int fd() const noexcept { return fd_; }
  uint8_t family() const noexcept { return family_; }
  // Whether an eighth of the receive buffer is in use, or of a small one at least behind_octets_min.
  bool is_behind() const noexcept;
  // The port that was bound, in host order.
  uint16_t port() const noexcept { return port_; }

 private:
  OpenFailure set_options(const SocketOptions& options, bool wildcard) noexcept;
  OpenFailure bind(const Address& address) noexcept;

  int fd_ = -1;
  uint8_t family_ = 4;
  uint16_t port_ = 0;
};

}  // namespace azimuth
