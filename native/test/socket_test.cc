// SPDX-License-Identifier: Apache-2.0
//
// What a socket was asked to be, the system says it is.
#include "src/socket.hh"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "test/check.hh"

namespace azimuth {
namespace {

int option(const Socket& socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  CHECK(getsockopt(socket.fd(), level, name, &value, &size) == 0);
  return value;
}

Address loopback(uint8_t family) {
  Address address;
  address.family = family;
  if (family == 4) {
    address.octets[0] = 127;
    address.octets[3] = 1;
  } else {
    address.octets[15] = 1;
  }
  return address;
}

Address wildcard(uint8_t family) {
  Address address;
  address.family = family;
  return address;
}

void options_of_both_families() {
  SocketOptions options;
  options.buffer_octets = 100'000;
  options.wait_ms = 1020;
  options.incoming_cpu = 0;
  Socket v4, v6;
  CHECK(v4.open(loopback(4), options).error == 0);
  CHECK(v6.open(loopback(6), options).error == 0);
  CHECK(option(v4, IPPROTO_IP, IP_MTU_DISCOVER) == IP_PMTUDISC_OMIT);
  CHECK(option(v6, IPPROTO_IPV6, IPV6_MTU_DISCOVER) == IPV6_PMTUDISC_OMIT);
  CHECK(option(v6, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
  // No packet information where the address is known.
  CHECK(option(v4, IPPROTO_IP, IP_PKTINFO) == 0);
  CHECK(option(v6, IPPROTO_IPV6, IPV6_RECVPKTINFO) == 0);
  const Socket* both[] = {&v4, &v6};
  for (const Socket* socket : both) {
    CHECK(option(*socket, SOL_SOCKET, SO_REUSEPORT) == 1);
    CHECK(option(*socket, SOL_SOCKET, SO_INCOMING_CPU) == 0);
    // The system keeps as much again for itself.
    CHECK(option(*socket, SOL_SOCKET, SO_RCVBUF) == 200'000);
    CHECK(option(*socket, SOL_SOCKET, SO_SNDBUF) == 200'000);
    timeval wait = {};
    socklen_t size = sizeof wait;
    CHECK(getsockopt(socket->fd(), SOL_SOCKET, SO_RCVTIMEO, &wait, &size) == 0);
    CHECK(wait.tv_sec == 1 && wait.tv_usec / 1000 >= 20 && wait.tv_usec / 1000 <= 30);
    CHECK(socket->port() != 0);
  }
  CHECK(v4.family() == 4 && v6.family() == 6);
}

void a_wildcard_wants_packet_information() {
  Socket v4, v6;
  CHECK(v4.open(wildcard(4), {}).error == 0);
  CHECK(v6.open(wildcard(6), {}).error == 0);
  CHECK(option(v4, IPPROTO_IP, IP_PKTINFO) == 1);
  CHECK(option(v6, IPPROTO_IPV6, IPV6_RECVPKTINFO) == 1);
  // Both families share a port, since the one of IPv6 takes IPv6 only.
  Address same = wildcard(4);
  same.port = v6.port();
  Socket other;
  CHECK(other.open(same, {}).error == 0);
}

void a_refusal_names_what_was_refused() {
  Socket socket;
  Address foreign = wildcard(4);
  foreign.octets[0] = 192;
  foreign.octets[2] = 2;
  const OpenFailure bind = socket.open(foreign, {});
  CHECK(bind.error == EADDRNOTAVAIL && std::strcmp(bind.what, "bind") == 0);
  CHECK(socket.fd() == -1);
  SocketOptions options;
  options.busy_poll_us = -1;
  CHECK(socket.open(loopback(4), options).error == 0);
  socket.close();
  // Needs a right that not every test has: it is set or it is said.
  options.busy_poll_us = 50;
  const OpenFailure busy = socket.open(loopback(4), options);
  if (busy.error == 0) CHECK(option(socket, SOL_SOCKET, SO_BUSY_POLL) == 50);
  if (busy.error != 0) CHECK(std::strcmp(busy.what, "SO_BUSY_POLL") == 0 && socket.fd() == -1);
}

void a_long_queue_is_seen() {
  SocketOptions options;
  options.buffer_octets = 1 << 20;
  Socket server, client;
  CHECK(server.open(loopback(4), options).error == 0);
  CHECK(client.open(loopback(4), {}).error == 0);
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(server.port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto send = [&](int count) {
    for (int i = 0; i < count; i += 1) {
      CHECK(sendto(client.fd(), "q", 1, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) == 1);
    }
  };
  CHECK(!server.is_behind());
  send(64);
  CHECK(!server.is_behind());
  send(1000);
  CHECK(server.is_behind());
  char octet = 0;
  while (recv(server.fd(), &octet, 1, MSG_DONTWAIT) == 1) continue;
  CHECK(!server.is_behind());
}

}  // namespace
}  // namespace azimuth

int main() {
  using namespace azimuth;
  options_of_both_families();
  a_wildcard_wants_packet_information();
  a_refusal_names_what_was_refused();
  a_long_queue_is_seen();
  std::puts("socket: all holds");
  return 0;
}
