// SPDX-License-Identifier: Apache-2.0
//
// An address with its port, as the system wants it, and the small things that both programs do with
// a socket and a processor.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <string_view>

namespace azimuth::bench {

// The default of 208 KiB loses queries in a hiccup of 3 ms; this has lost none.
constexpr int socket_buffer_octets = 4 << 20;

// Processors of the largest machine that sched_setaffinity can be told of without a list.
constexpr int cpu_max = 1023;

struct Address {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } name = {};
  socklen_t size = 0;
};

// Reads "127.0.0.1:53" or "[::1]:53". False if it is neither.
bool parse_address(std::string_view text, Address& out) noexcept;

// The inverse of parse_address.
std::string address_text(const Address& address);

// Opens a UDP socket of the address's family with large buffers. -1, with errno, if it cannot be.
int open_udp(const Address& address) noexcept;

// Binds this process to one processor. False, with errno, if there is none of that number.
bool pin_to(int cpu) noexcept;

// Reads a whole number in [min, max]. False if it is none.
bool parse_whole(std::string_view text, long min, long max, long& out) noexcept;

// Reads a number in [min, max]. False if it is none.
bool parse_number(std::string_view text, double min, double max, double& out) noexcept;

}  // namespace azimuth::bench
