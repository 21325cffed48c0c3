// SPDX-License-Identifier: Apache-2.0
#include "src/socket.hh"

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "src/cpus.hh"

namespace azimuth {

namespace {

bool set(int fd, int level, int name, int value) noexcept {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

OpenFailure failed(const char* what) noexcept { return {errno, what}; }

// An address as the system has it.
struct Name {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6 = {};
  };
  socklen_t size;

  explicit Name(const Address& address) noexcept {
    if (address.family == 4) {
      v4.sin_family = AF_INET;
      v4.sin_port = htons(address.port);
      std::memcpy(&v4.sin_addr, address.octets, 4);
      size = sizeof v4;
    } else {
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(address.port);
      std::memcpy(&v6.sin6_addr, address.octets, 16);
      size = sizeof v6;
    }
  }
};

// The limit of net.core.*mem_max does not hold for who may administer the network.
bool set_buffer(int fd, int forced, int plain, int octets) noexcept {
  return set(fd, SOL_SOCKET, forced, octets) || set(fd, SOL_SOCKET, plain, octets);
}

bool is_wildcard(const Address& address) noexcept {
  const int size = address.family == 4 ? 4 : 16;
  return std::all_of(address.octets, address.octets + size,
                     [](uint8_t octet) { return octet == 0; });
}

}  // namespace

OpenFailure Socket::open(const Address& address, const SocketOptions& options) noexcept {
  family_ = address.family;
  // Blocking: where a read may not wait, the call says so.
  fd_ = ::socket(family_ == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return failed("socket");
  OpenFailure failure = set_options(options, is_wildcard(address));
  if (failure.error == 0) failure = bind(address);
  if (failure.error == 0 && options.spread_workers > 0) {
    failure = {attach_spread(fd_, options.spread_workers), "SO_ATTACH_REUSEPORT_CBPF"};
  }
  if (failure.error != 0) close();
  return failure;
}

bool Socket::is_behind() const noexcept {
  uint32_t memory[SK_MEMINFO_VARS] = {};
  socklen_t size = sizeof memory;
  if (getsockopt(fd_, SOL_SOCKET, SO_MEMINFO, memory, &size) != 0) return false;
  const uint32_t many = std::max(memory[SK_MEMINFO_RCVBUF] / 8, behind_octets_min);
  return memory[SK_MEMINFO_RMEM_ALLOC] > many;
}

void Socket::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

OpenFailure Socket::set_options(const SocketOptions& options, bool wildcard) noexcept {
  const bool v4 = family_ == 4;
  // One socket per thread and address: the system spreads clients over them.
  if (!set(fd_, SOL_SOCKET, SO_REUSEPORT, 1)) return failed("SO_REUSEPORT");
  if (!v4 && !set(fd_, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return failed("IPV6_V6ONLY");
  // Only where it is not known beforehand which address was asked (RFC 2181 §4).
  if (wildcard && !(v4 ? set(fd_, IPPROTO_IP, IP_PKTINFO, 1)
                       : set(fd_, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1))) {
    return failed(v4 ? "IP_PKTINFO" : "IPV6_RECVPKTINFO");
  }
  // RFC 9715 §3.1: a forged "fragmentation needed" must not make us fragment, so nobody is listened
  // to who tells the path's MTU. OMIT fragments at the interface's MTU alone, and answers of 1232
  // octets never reach that.
  if (v4 ? !set(fd_, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT) &&
               !set(fd_, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
         : !set(fd_, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT) &&
               !set(fd_, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT)) {
    return failed(v4 ? "IP_MTU_DISCOVER" : "IPV6_MTU_DISCOVER");
  }
  const int octets = options.buffer_octets;
  if (octets > 0 && !set_buffer(fd_, SO_RCVBUFFORCE, SO_RCVBUF, octets)) return failed("SO_RCVBUF");
  if (octets > 0 && !set_buffer(fd_, SO_SNDBUFFORCE, SO_SNDBUF, octets)) return failed("SO_SNDBUF");
  if (options.wait_ms > 0) {
    const timeval wait = {options.wait_ms / 1000, options.wait_ms % 1000 * 1000};
    if (setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0) {
      return failed("SO_RCVTIMEO");
    }
  }
  // Asked for by name, so a refusal is told and not passed over.
  if (options.incoming_cpu >= 0 && !set(fd_, SOL_SOCKET, SO_INCOMING_CPU, options.incoming_cpu)) {
    return failed("SO_INCOMING_CPU");
  }
  if (options.busy_poll_us > 0 && !set(fd_, SOL_SOCKET, SO_BUSY_POLL, options.busy_poll_us)) {
    return failed("SO_BUSY_POLL");
  }
  return {};
}

OpenFailure Socket::bind(const Address& address) noexcept {
  Name name(address);
  socklen_t size = name.size;
  if (::bind(fd_, &name.any, size) != 0) return failed("bind");
  if (getsockname(fd_, &name.any, &size) != 0) return failed("getsockname");
  port_ = ntohs(family_ == 4 ? name.v4.sin_port : name.v6.sin6_port);
  return {};
}

int Socket::send(const Address& to, std::span<const uint8_t> octets) const noexcept {
  const Name name(to);
  const ssize_t sent =
      sendto(fd_, octets.data(), octets.size(), MSG_DONTWAIT, &name.any, name.size);
  return sent < 0 ? errno : 0;
}

}  // namespace azimuth
