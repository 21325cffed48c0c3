// SPDX-License-Identifier: Apache-2.0
//
// Pinning, and the program that spreads datagrams by processor: on loopback a datagram is received by
// the processor that sent it.
#include "src/cpus.hh"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "src/socket.hh"
#include "test/check.hh"

namespace azimuth {
namespace {

void a_thread_is_pinned_where_it_may_be(const cpu_set_t& before) {
  const uint32_t count = cpu_count();
  CHECK(count > 0 && count == static_cast<uint32_t>(CPU_COUNT(&before)));
  CHECK(cpu_at(0) >= 0 && cpu_at(count) == cpu_at(0));
  for (uint32_t i = 0; i < count; i += 1) {
    CHECK(CPU_ISSET(cpu_at(i), &before));
    const int cpu = cpu_at(i);
    CHECK(pin_thread(cpu) == 0);
    CHECK(sched_getcpu() == cpu && cpu_count() == 1 && cpu_at(5) == cpu);
    CHECK(sched_setaffinity(0, sizeof before, &before) == 0);
  }
  CHECK(pin_thread(-1) == EINVAL && pin_thread(CPU_SETSIZE) == EINVAL);
}

Address any_port() {
  Address address;
  address.octets[0] = 127;
  address.octets[3] = 1;
  return address;
}

bool has_datagram(const Socket& socket) {
  char octet = 0;
  return recv(socket.fd(), &octet, 1, MSG_DONTWAIT) == 1;
}

void each_socket_gets_what_its_processor_received(const cpu_set_t& before) {
  if (cpu_count() < 2) {
    std::puts("not shown on a single processor: spread by processor");
    return;
  }
  SocketOptions options;
  options.spread_workers = 2;
  Socket sockets[2];
  Address address = any_port();
  for (Socket& socket : sockets) {
    CHECK(socket.open(address, options).error == 0);
    address.port = socket.port();
  }
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(address.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int cpus[2] = {cpu_at(0), cpu_at(1)};
  // Many clients, so that a hash would hit both sockets.
  for (int i = 0; i < 40; i += 1) {
    const int client = ::socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(pin_thread(cpus[i % 2]) == 0);
    CHECK(sendto(client, "q", 1, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) == 1);
    CHECK(has_datagram(sockets[i % 2]) && !has_datagram(sockets[1 - i % 2]));
    ::close(client);
    CHECK(sched_setaffinity(0, sizeof before, &before) == 0);
  }
  // What the program knows no socket for goes to one that is there.
  sockets[1].close();
  CHECK(pin_thread(cpus[1]) == 0);
  const int client = ::socket(AF_INET, SOCK_DGRAM, 0);
  CHECK(sendto(client, "q", 1, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) == 1);
  CHECK(has_datagram(sockets[0]));
  ::close(client);
  CHECK(sched_setaffinity(0, sizeof before, &before) == 0);
}

}  // namespace
}  // namespace azimuth

int main() {
  using namespace azimuth;
  cpu_set_t before;
  CHECK(sched_getaffinity(0, sizeof before, &before) == 0);
  a_thread_is_pinned_where_it_may_be(before);
  each_socket_gets_what_its_processor_received(before);
  std::puts("cpus: all holds");
  return 0;
}
