// SPDX-License-Identifier: Apache-2.0
#include "address.hh"

#include <arpa/inet.h>
#include <sched.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace azimuth::bench {

static_assert(cpu_max < CPU_SETSIZE);

bool parse_address(std::string_view text, Address& out) noexcept {
  out = {};
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  long port = 0;
  if (!parse_whole(text.substr(colon + 1), 0, 65535, port)) return false;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);

  std::array<char, INET6_ADDRSTRLEN + 1> buffer = {};
  if (host.empty() || host.size() >= buffer.size()) return false;
  std::memcpy(buffer.data(), host.data(), host.size());
  const auto wire_port = htons(static_cast<uint16_t>(port));
  if (bracketed) {
    out.name.v6.sin6_family = AF_INET6;
    out.name.v6.sin6_port = wire_port;
    out.size = sizeof out.name.v6;
    return inet_pton(AF_INET6, buffer.data(), &out.name.v6.sin6_addr) == 1;
  }
  out.name.v4.sin_family = AF_INET;
  out.name.v4.sin_port = wire_port;
  out.size = sizeof out.name.v4;
  return inet_pton(AF_INET, buffer.data(), &out.name.v4.sin_addr) == 1;
}

std::string address_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> host = {};
  if (address.name.any.sa_family == AF_INET) {
    inet_ntop(AF_INET, &address.name.v4.sin_addr, host.data(), host.size());
    return std::string(host.data()) + ":" + std::to_string(ntohs(address.name.v4.sin_port));
  }
  inet_ntop(AF_INET6, &address.name.v6.sin6_addr, host.data(), host.size());
  return "[" + std::string(host.data()) + "]:" + std::to_string(ntohs(address.name.v6.sin6_port));
}

int open_udp(const Address& address) noexcept {
  const int fd = socket(address.name.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int octets = socket_buffer_octets;
  // The forced form goes beyond the system's limit, and is only root's.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
  }
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &octets, sizeof octets) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &octets, sizeof octets);
  }
  return fd;
}

bool pin_to(int cpu) noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

bool parse_whole(std::string_view text, long min, long max, long& out) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out >= min && out <= max;
}

bool parse_number(std::string_view text, double min, double max, double& out) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(out) &&
         out >= min && out <= max;
}

}  // namespace azimuth::bench
