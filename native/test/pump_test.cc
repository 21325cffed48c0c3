// SPDX-License-Identifier: Apache-2.0
//
// The pump over real sockets on loopback, with an answerer that is easily foreseen: it sends each
// request back with one octet changed. Where the memories end, the sanitizers watch.
#include "src/pump.hh"

#include <arpa/inet.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "test/check.hh"

namespace azimuth {
namespace {

constexpr uint32_t reader = 3;
constexpr uint32_t root = 0x1230;

// The memories of one pump, each of exactly its size, so that one octet beyond is found.
struct World {
  std::vector<uint8_t> slab = std::vector<uint8_t>(slab_size);
  std::vector<uint32_t> control = std::vector<uint32_t>(control_words);
  std::vector<double> counters = std::vector<double>(sizeof(Counters) / sizeof(double));
  std::unique_ptr<Pump> pump;
  int loop_fd = eventfd(0, EFD_NONBLOCK);
  // What the answerer saw.
  std::vector<uint32_t> batches;
  std::vector<PacketSlot> slots;
  std::vector<std::string> texts;
  uint32_t observed = 0;
  std::atomic<bool> answered = false;
  bool breach = false;

  explicit World(PumpSettings settings = {}) {
    control[offsetof(ControlBlock, epoch) / 4] = 7;
    control[offsetof(ControlBlock, root) / 4] = root;
    for (uint32_t i = 0; i < workers_max; i += 1) control[observed_word(i)] = epoch_max;
    settings.reader = reader;
    settings.loop_fd = loop_fd;
    pump = std::make_unique<Pump>(slab, control, counters, settings);
  }
  ~World() { ::close(loop_fd); }

  uint16_t listen(const char* host, uint16_t port = 0) {
    Address address;
    address.family = std::strchr(host, ':') == nullptr ? 4 : 6;
    address.port = port;
    CHECK(inet_pton(address.family == 4 ? AF_INET : AF_INET6, host, address.octets) == 1);
    uint16_t bound = 0;
    const OpenFailure failure = pump->add(address, bound);
    CHECK(failure.error == 0 && bound != 0);
    return bound;
  }

  static bool echo(void* context, uint32_t at_root, uint32_t first, uint32_t count) noexcept {
    auto& world = *static_cast<World*>(context);
    CHECK(at_root == root);
    CHECK(size_t{first + count} * slot_stride <= world.slab.size());
    world.observed = world.control[observed_word(reader)];
    world.batches.push_back(count);
    for (uint32_t i = first; i < first + count; i += 1) {
      auto& slot = *reinterpret_cast<PacketSlot*>(&world.slab[size_t{i} * slot_stride]);
      uint8_t* octets = &world.slab[size_t{i} * slot_stride + sizeof(PacketSlot)];
      world.slots.push_back(slot);
      world.texts.emplace_back(reinterpret_cast<char*>(octets), slot.size_in);
      CHECK(slot.room == udp_size_max && slot.size_in <= slot.room && slot.size_out == 0);
      // What begins with '~' is slow, and kept if there is room; else it is answered as all are.
      if (slot.size_in > 0 && octets[0] == '~') {
        slot.verdict = static_cast<uint8_t>(Verdict::Slow);
        world.pump->keep_slow(i, 1);
        if (slot.verdict != static_cast<uint8_t>(Verdict::Slow)) continue;
      }
      // A request that begins with '-' wants no answer.
      if (slot.size_in == 0 || octets[0] == '-') continue;
      octets[0] ^= 0x20;
      slot.size_out = slot.size_in;
    }
    world.answered = true;
    return !world.breach;
  }

  Turn run(uint32_t wait_ms = 1000) {
    const Turn turn = pump->run({echo, this}, wait_ms);
    CHECK(control[observed_word(reader)] == epoch_max);
    return turn;
  }
  // Turns until that many were received in all; a datagram on loopback is there when send returns.
  void run_until(size_t received) {
    while (slots.size() < received) CHECK(run().received > 0);
  }
  double counted(size_t offset) const { return counters[offset / sizeof(double)]; }
};

// A client on an address of its own, bound to the address it asks.
struct Client {
  int fd;
  int family;

  Client(const char* host, uint16_t port) : family(std::strchr(host, ':') ? AF_INET6 : AF_INET) {
    fd = ::socket(family, SOCK_DGRAM, 0);
    const timeval wait = {5, 0};
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0);
    sockaddr_in6 v6 = {};
    sockaddr_in v4 = {};
    v4.sin_family = AF_INET;
    v6.sin6_family = AF_INET6;
    v4.sin_port = v6.sin6_port = htons(port);
    // A connected socket takes nothing from another address than the one that was asked (U3).
    if (family == AF_INET) {
      CHECK(inet_pton(AF_INET, host, &v4.sin_addr) == 1);
      CHECK(connect(fd, reinterpret_cast<sockaddr*>(&v4), sizeof v4) == 0);
    } else {
      CHECK(inet_pton(AF_INET6, host, &v6.sin6_addr) == 1);
      CHECK(connect(fd, reinterpret_cast<sockaddr*>(&v6), sizeof v6) == 0);
    }
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(fd); }

  void send(const std::string& text) const {
    CHECK(::send(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  std::string receive(int flags = 0) const {
    std::string text(65536, '\0');
    const ssize_t size = recv(fd, text.data(), text.size(), flags);
    if (size < 0) return "(none)";
    text.resize(static_cast<size_t>(size));
    return text;
  }
};

void answers_on_both_families() {
  for (const char* host : {"127.0.0.1", "::1"}) {
    World world;
    const Client client(host, world.listen(host));
    client.send("hello");
    CHECK(world.run().received == 1);
    CHECK(world.observed == 7);
    CHECK(client.receive() == "Hello");
    const PacketSlot& slot = world.slots.at(0);
    CHECK(slot.family == (client.family == AF_INET ? 4 : 6));
    CHECK(slot.transport == static_cast<uint8_t>(Transport::Udp));
    CHECK(slot.size_in == 5);
    uint8_t octets[16];
    inet_pton(client.family, host, octets);
    CHECK(std::memcmp(slot.client, octets, slot.family == 4 ? 4 : 16) == 0);
    sockaddr_in6 own = {};
    socklen_t size = sizeof own;
    getsockname(client.fd, reinterpret_cast<sockaddr*>(&own), &size);
    CHECK(slot.port == ntohs(own.sin6_port));
  }
}

void a_wildcard_answers_from_the_asked_address() {
  World world;
  const uint16_t v4 = world.listen("0.0.0.0");
  const uint16_t v6 = world.listen("::");
  const Client one("127.0.0.1", v4), two("127.1.2.3", v4), three("::1", v6);
  for (int round = 0; round < 3; round += 1) {
    one.send("one");
    two.send("two");
    three.send("three");
    world.run_until(static_cast<size_t>(3 * round + 3));
    CHECK(one.receive() == "One");
    CHECK(two.receive() == "Two");
    CHECK(three.receive() == "Three");
  }
}

std::string numbered(const char* text, int i) {
  std::string out = text;
  out += std::to_string(i);
  return out;
}

void batches_are_answered_whole() {
  World world;
  const uint16_t port = world.listen("127.0.0.1");
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 100; i += 1) {
    clients.push_back(std::make_unique<Client>("127.0.0.1", port));
    // Every third gets no answer: runs of two, with gaps.
    clients.back()->send(numbered(i % 3 == 0 ? "-" : "q", i));
  }
  world.run_until(100);
  CHECK(world.batches.at(0) == batch_max);
  CHECK(world.batches.at(1) == 100 - batch_max);
  std::set<uint32_t> chances;
  for (const PacketSlot& slot : world.slots) chances.insert(slot.random);
  CHECK(chances.size() == 100);
  for (int i = 0; i < 100; i += 1) {
    const std::string want = i % 3 == 0 ? "(none)" : numbered("Q", i);
    CHECK(clients[static_cast<size_t>(i)]->receive(MSG_DONTWAIT) == want);
  }
  // Slots are used again for others, with requests and answers of other sizes.
  for (const auto& client : clients) client->send("again and longer");
  world.run_until(200);
  for (const auto& client : clients) CHECK(client->receive() == "Again and longer");
  CHECK(world.counted(offsetof(Counters, dropped_send)) == 0);
}

void sizes_from_none_to_beyond_the_slot() {
  World world;
  const Client client("127.0.0.1", world.listen("127.0.0.1"));
  client.send("");
  client.send(std::string(udp_size_max, 'a'));
  client.send(std::string(60000, 'b'));
  client.send("c");
  world.run_until(4);
  CHECK(world.slots[0].size_in == 0);
  CHECK(client.receive() == "A" + std::string(udp_size_max - 1, 'a'));
  CHECK(client.receive() == "B" + std::string(udp_size_max - 1, 'b'));
  CHECK(client.receive() == "C");
}

void warm_reads_and_cold_ones_serve_alike() {
  World world;
  const Client client("127.0.0.1", world.listen("127.0.0.1"));
  for (int i = 0; i < 50; i += 1) {
    client.send("ping");
    world.run_until(static_cast<size_t>(i) + 1);
    CHECK(client.receive() == "Ping");
    // Every now and then nothing comes, and the pump turns cold.
    if (i % 10 == 0) CHECK(world.run(1).received == 0);
  }
}

void spinning_serves_too() {
  PumpSettings settings;
  settings.spin_us = 500;
  World world(settings);
  const Client client("::1", world.listen("::1"));
  for (size_t i = 0; i < 20; i += 1) {
    client.send("spin");
    world.run_until(i + 1);
    CHECK(client.receive() == "Spin");
  }
  CHECK(world.run(1).received == 0);
}

void a_message_wakes_a_cold_pump() {
  World world;
  world.listen("127.0.0.1");
  CHECK(eventfd_write(world.loop_fd, 1) == 0);
  // Would otherwise be slept for an hour.
  CHECK(world.run(3'600'000).received == 0);
}

// Seen from another thread: the second datagram is sent only when the reader is seen offline. If it
// is served by the same turn, then the reader was offline in the middle of it. The other thread may
// come too late on a loaded machine, so it has many tries; without U2 none of them could succeed.
void the_reader_is_offline_while_a_turn_waits() {
  World world;
  const Client client("127.0.0.1", world.listen("127.0.0.1"));
  bool seen = false;
  for (int i = 0; i < 50 && !seen; i += 1) {
    world.slots.clear();
    client.send("first");
    world.answered = false;
    std::thread watcher([&] {
      while (!world.answered) std::this_thread::yield();
      std::atomic_ref observed(world.control[observed_word(reader)]);
      while (observed.load() != epoch_max) std::this_thread::yield();
      client.send("second");
    });
    const uint32_t received = world.run().received;
    watcher.join();
    seen = received == 2;
    if (!seen) world.run_until(2);
  }
  CHECK(seen);
}

void a_breach_ends_the_turn_and_sends_nothing() {
  World world;
  const Client client("127.0.0.1", world.listen("127.0.0.1"));
  world.breach = true;
  client.send("hello");
  CHECK(world.run().breach);
  CHECK(client.receive(MSG_DONTWAIT) == "(none)");
}

void many_sockets_take_turns() {
  World world;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 1; i <= 10; i += 1) {
    const std::string host = numbered("127.0.0.", i);
    clients.push_back(std::make_unique<Client>(host.c_str(), world.listen(host.c_str())));
  }
  // The first one has more than a batch, and does not keep the others waiting for all of it.
  for (uint32_t i = 0; i < 2 * batch_max; i += 1) clients[0]->send("flood");
  for (size_t i = 1; i < 10; i += 1) clients[i]->send("calm");
  world.run_until(2 * batch_max + 9);
  CHECK(world.batches.size() == 11 || world.batches.size() == 12);
  CHECK(std::count(world.batches.begin(), world.batches.end(), 1u) == 9);
  CHECK(world.batches.back() != 1);
  for (size_t i = 1; i < 10; i += 1) CHECK(clients[i]->receive() == "Calm");
}

// A request from port 0 needs a raw socket, so this is shown where the test may open one.
// A client's socket holds no more than a few hundred answers, so the order is read where it is made.
void the_newest_come_first_when_it_is_late() {
  if (geteuid() != 0) {
    std::puts("not shown without the right to large socket buffers: newest first");
    return;
  }
  PumpSettings settings;
  settings.socket.buffer_octets = 8 << 20;
  World world(settings);
  const Client client("127.0.0.1", world.listen("127.0.0.1"));
  constexpr int fair = static_cast<int>(full_max * batch_max);
  constexpr int kept = static_cast<int>(late_max * batch_max);
  constexpr int shed = 1000;
  for (int i = 0; i < fair + shed + kept; i += 1) client.send(numbered("q", i));
  while (world.run(1).received > 0) {
  }
  const std::vector<std::string> order = world.texts;
  // In turn, until it is looked how long the queue is.
  for (int i = 0; i < fair; i += 1) CHECK(order.at(static_cast<size_t>(i)) == numbered("q", i));
  // Then the last that came, with its batch; and of the old ones, whole batches were let go.
  const double dropped = world.counted(offsetof(Counters, dropped_late));
  CHECK(dropped > 0 && static_cast<size_t>(dropped) + order.size() == fair + shed + kept);
  const int last = fair + shed + kept - 1;
  const int batch_first = fair + (last - fair) / static_cast<int>(batch_max) * static_cast<int>(batch_max);
  CHECK(order.at(fair) == numbered("q", batch_first));
  CHECK(order.back() == numbered("q", fair + static_cast<int>(dropped) + static_cast<int>(batch_max) - 1));
  // And what comes afterwards is served as ever.
  client.send("calm");
  world.run_until(order.size() + 1);
  CHECK(world.texts.back() == "calm");
}

void a_late_pump_serves_all_its_sockets() {
  PumpSettings settings;
  settings.socket.buffer_octets = 1 << 20;
  World world(settings);
  const Client flood("127.0.0.1", world.listen("127.0.0.1"));
  const Client calm("::1", world.listen("::1"));
  for (uint32_t i = 0; i < 2 * full_max * batch_max; i += 1) flood.send("flood");
  calm.send("calm");
  world.run_until(2 * full_max * batch_max + 1);
  CHECK(calm.receive() == "Calm");
  CHECK(world.counted(offsetof(Counters, dropped_late)) == 0);
}

// What is slow leaves its batch, is read behind all batches, and is answered by its own socket.
void what_is_slow_is_kept_and_answered_later() {
  World world;
  const Client v6("::1", world.listen("::1"));
  const Client v4("127.0.0.1", world.listen("127.0.0.1"));
  v4.send("~four");
  v6.send("fast");
  v6.send("~six");
  world.run_until(3);
  CHECK(v6.receive() == "Fast");
  std::array<uint8_t, slow_max> sockets = {};
  CHECK(world.pump->take_slow(sockets) == 2);
  for (uint32_t i = 0; i < 2; i += 1) {
    const uint8_t* at = &world.slab[slow_at + size_t{i} * slot_stride];
    const auto& slot = *reinterpret_cast<const PacketSlot*>(at);
    Address to;
    to.family = slot.family;
    to.port = slot.port;
    std::memcpy(to.octets, slot.client, 16);
    CHECK(sockets[i] == (slot.family == 6 ? 0 : 1));
    CHECK(world.pump->send(sockets[i], to, {at + sizeof slot, slot.size_in}) == 0);
  }
  CHECK(v4.receive() == "~four");
  CHECK(v6.receive() == "~six");
  CHECK(world.pump->take_slow(sockets) == 0);
  CHECK(world.pump->send(2, {}, {}) == EBADF);
  // Beyond the room of a turn they stay where they are, for whoever answers.
  for (uint32_t i = 0; i < slow_max + 6; i += 1) v4.send("~many");
  world.run_until(3 + slow_max + 6);
  CHECK(world.pump->take_slow(sockets) <= slow_max);
}

void port_zero_is_counted_and_leaves_no_gap() {
  const int raw = ::socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
  if (raw < 0) {
    std::puts("not shown without the right to raw sockets: port 0");
    return;
  }
  World world;
  const uint16_t port = world.listen("127.0.0.1");
  const Client client("127.0.0.1", port);
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // Source port, destination port, length, checksum 0 for none; then the octets.
  const uint8_t high = static_cast<uint8_t>(port >> 8), low = static_cast<uint8_t>(port);
  uint8_t forged[12] = {0, 0, high, low, 0, 12, 0, 0, 'b', 'a', 'd', '!'};
  const auto forge = [&] {
    CHECK(sendto(raw, forged, sizeof forged, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) == 12);
  };
  forge();
  client.send("first, and longer than what was forged");
  forge();
  forge();
  client.send("last");
  forge();
  world.run_until(2);
  CHECK(world.counted(offsetof(Counters, dropped_port)) == 4);
  CHECK(world.slots.size() == 2);
  std::set<std::string> got = {client.receive(), client.receive()};
  CHECK(got.contains("First, and longer than what was forged") && got.contains("Last"));
  ::close(raw);
}

void what_cannot_be_sent_is_counted_and_holds_nothing_up() {
  World world;
  const uint16_t port = world.listen("127.0.0.1");
  const Client one("127.0.0.1", port), two("127.0.0.1", port);
  // An answer to a broadcast address is refused by the system (EACCES); it comes as a forged source
  // would.
  const int raw = ::socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  if (raw < 0) {
    std::puts("not shown without the right to raw sockets: refused sends");
    return;
  }
  one.send("one");
  const uint8_t high = static_cast<uint8_t>(port >> 8), low = static_cast<uint8_t>(port);
  uint8_t packet[32] = {0x45, 0,   0,   32,  0, 0,  0,    0,   64, 17, 0, 0, 127, 255, 255, 255,
                        127,  0,   0,   1,   0, 53, high, low, 0,  12, 0, 0, 'b', 'a', 'd', '!'};
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(sendto(raw, packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) == 32);
  two.send("two");
  while (world.run(1).received != 0) continue;
  CHECK(one.receive() == "One");
  CHECK(two.receive() == "Two");
  // The system may drop such a source itself; if it came in, it was counted on its way out.
  const double refused = static_cast<double>(world.slots.size()) - 2;
  CHECK(world.counted(offsetof(Counters, dropped_send)) == refused);
  ::close(raw);
}

void what_cannot_be_bound_is_said() {
  World world;
  Address address;
  uint16_t bound = 0;
  const uint8_t foreign[4] = {192, 0, 2, 1};
  std::copy(foreign, foreign + 4, address.octets);
  const OpenFailure failure = world.pump->add(address, bound);
  CHECK(failure.error == EADDRNOTAVAIL && std::strcmp(failure.what, "bind") == 0);
  // Two sockets on one port, as two workers have them; and never more than there is room for.
  const uint16_t port = world.listen("127.0.0.1");
  for (uint32_t i = 1; i < sockets_max; i += 1) CHECK(world.listen("127.0.0.1", port) == port);
  CHECK(world.pump->add(address, bound).error == ENOBUFS);
  world.pump->close();
  CHECK(world.run().received == 0);
}

}  // namespace
}  // namespace azimuth

int main() {
  using namespace azimuth;
  answers_on_both_families();
  a_wildcard_answers_from_the_asked_address();
  batches_are_answered_whole();
  sizes_from_none_to_beyond_the_slot();
  warm_reads_and_cold_ones_serve_alike();
  spinning_serves_too();
  a_message_wakes_a_cold_pump();
  the_reader_is_offline_while_a_turn_waits();
  a_breach_ends_the_turn_and_sends_nothing();
  many_sockets_take_turns();
  the_newest_come_first_when_it_is_late();
  what_is_slow_is_kept_and_answered_later();
  a_late_pump_serves_all_its_sockets();
  port_zero_is_counted_and_leaves_no_gap();
  what_cannot_be_sent_is_counted_and_holds_nothing_up();
  what_cannot_be_bound_is_said();
  std::puts("pump: all holds");
  return 0;
}
