// SPDX-License-Identifier: Apache-2.0
//
// Nothing is allocated once a pump and a kernel serve, and nothing can throw. The first is counted:
// every way to the heap is taken over here, and must not be gone while thousands of datagrams are
// received, answered and sent. The second is asserted of every function that a thread calls.
//
//   allocation_test <golden image with steering>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

#include "src/pump.hh"
#include "test/image.hh"

namespace {

// Only this thread serves, and it is the only one.
bool watching = false;
uint64_t allocations = 0;

void note() { allocations += watching ? 1 : 0; }

}  // namespace

// glibc's own names for the same functions.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t align, size_t size);

void* malloc(size_t size) noexcept {
  note();
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) noexcept {
  note();
  return __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) noexcept {
  note();
  return __libc_realloc(old, size);
}
void* aligned_alloc(size_t align, size_t size) noexcept {
  note();
  return __libc_memalign(align, size);
}
int posix_memalign(void** out, size_t align, size_t size) noexcept {
  note();
  *out = __libc_memalign(align, size);
  return *out == nullptr ? ENOMEM : 0;
}
}

namespace azimuth {

namespace {

// What a serving thread calls, the opener too: none may throw.
template <typename T>
T& one() noexcept;

static_assert(noexcept(answer_batch(one<Kernel>(), 0, {}, 0, 0, 0)));
static_assert(noexcept(accept(one<Kernel>(), one<Lane>())));
static_assert(noexcept(answer(one<Kernel>(), one<Lane>())));
static_assert(noexcept(parse({}, one<NameScratch>(), one<Question>())));
static_assert(noexcept(hash_name(one<NameScratch>())));
static_assert(noexcept(lookup(one<Table>(), 0, 0, one<NameScratch>(), 0, one<Found>())));
static_assert(noexcept(find_node(one<Table>(), one<Found>(), one<NameScratch>(), 0)));
static_assert(noexcept(find_rrset(one<Table>(), 0, 0)));
static_assert(noexcept(fetch_shard(one<Table>(), 0, one<Lane>())));
static_assert(noexcept(set_client(one<Client>(), one<std::span<const uint8_t, 16>>(), 0, 0)));
static_assert(noexcept(locate(one<Table>(), 0, one<Client>())));
static_assert(noexcept(pick(one<Kernel>(), 0, 0)));
static_assert(noexcept(choose(one<Kernel>(), 0, 0, 0, 0, 0)));
static_assert(noexcept(answer_static(one<Kernel>())) && noexcept(answer_steered(one<Kernel>(), 0)));
static_assert(noexcept(copy_rrset(one<Writer>(), one<Table>(), 0, 0, 0)));
static_assert(noexcept(finish(one<Writer>(), one<Question>())));
static_assert(noexcept(begin_opt(one<Kernel>(), {})) && noexcept(append_options(one<Kernel>())));
static_assert(noexcept(Kernel(KernelMemory{}, 0, 0)));
static_assert(noexcept(one<Pump>().run({}, 0)) && noexcept(one<Pump>().close()));
static_assert(noexcept(one<Pump>().add(one<Address>(), one<uint16_t>())));
static_assert(noexcept(one<Socket>().open(one<Address>(), one<SocketOptions>())));
static_assert(noexcept(observe_root({}, 0)) && noexcept(go_offline({}, 0)));
static_assert(noexcept(open_image(one<ImageMemory>(), 0, 0)));
static_assert(noexcept(read_image_header({}, one<ImageHeader>())));

constexpr uint32_t rounds = 300;

// A pump on loopback, a kernel behind it, and a client that asks.
struct Served {
  Image image;
  std::vector<uint8_t> slab = std::vector<uint8_t>(slab_size);
  std::vector<uint32_t> control = std::vector<uint32_t>(control_words);
  Kernel kernel;
  std::unique_ptr<Pump> pump;
  sockaddr_in server = {};
  int client = socket(AF_INET, SOCK_DGRAM, 0);
  uint64_t answered = 0;

  explicit Served(const char* path) : image(path), kernel(image.memory(), 1232, 0) {
    for (uint32_t i = 0; i < workers_max; i += 1) control[observed_word(i)] = epoch_max;
    control[offsetof(ControlBlock, root) / 4] = image.root;
    pump = std::make_unique<Pump>(slab, control, image.counters, PumpSettings{});
    Address address;
    address.octets[0] = 127;
    address.octets[3] = 1;
    uint16_t port = 0;
    CHECK(pump->add(address, port).error == 0);
    server.sin_family = AF_INET;
    server.sin_port = htons(port);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  ~Served() { ::close(client); }

  static bool answer(void* context, uint32_t root, uint32_t first, uint32_t count) noexcept {
    auto& its = *static_cast<Served*>(context);
    answer_batch(its.kernel, root, its.slab, size_t{first} * slot_stride, slot_stride, count);
    its.answered += count;
    return true;
  }
};

std::vector<uint8_t> request_of(const std::vector<uint8_t>& name, uint32_t type) {
  std::vector<uint8_t> packet = {0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1};
  packet.insert(packet.end(), name.begin(), name.end());
  const uint8_t tail[] = {static_cast<uint8_t>(type >> 8), static_cast<uint8_t>(type), 0, 1,
                          // OPT with a client subnet.
                          0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 11, 0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2};
  packet.insert(packet.end(), std::begin(tail), std::end(tail));
  return packet;
}

}  // namespace

}  // namespace azimuth

int main(int count, char** arguments) {
  using namespace azimuth;
  CHECK(count == 2);
  Served served(arguments[1]);
  std::vector<std::vector<uint8_t>> requests;
  for (const auto& name : names_of(served.image)) {
    for (const uint32_t type : {1u, 28u, 5u, 2u, 15u, 255u}) requests.push_back(request_of(name, type));
  }
  requests.push_back({1, 2, 3});
  std::vector<uint64_t> seen(seen_words(served.image.table.size()));
  uint8_t answer[udp_size_max];
  uint64_t sent = 0;
  uint64_t back = 0;

  // A counter that counts nothing would prove nothing.
  watching = true;
  delete new int(7);
  std::free(std::calloc(1, 8));
  CHECK(allocations == 2);
  allocations = 0;

  CHECK(sound(open_image({served.image.table, served.image.plans, seen}, served.image.root,
                         static_cast<uint32_t>(served.image.cursors.size()))));
  for (uint32_t round = 0; round < rounds; round += 1) {
    for (uint32_t i = 0; i < batch_max; i += 1) {
      const auto& request = requests[sent % requests.size()];
      const ssize_t size = sendto(served.client, request.data(), request.size(), 0,
                                  reinterpret_cast<sockaddr*>(&served.server), sizeof served.server);
      CHECK(size == static_cast<ssize_t>(request.size()));
      sent += 1;
    }
    while (served.answered < sent) {
      CHECK(served.pump->run({Served::answer, &served}, round % 2 == 0 ? 0 : 5).received > 0);
    }
    while (recv(served.client, answer, sizeof answer, MSG_DONTWAIT) > 0) back += 1;
  }
  const uint64_t while_serving = std::exchange(allocations, 0);
  watching = false;
  CHECK(while_serving == 0);
  CHECK(back > sent / 2);
  CHECK(served.image.counters[offsetof(Counters, steered) / sizeof(double)] > 0);
  std::printf("%llu datagrams, %llu answers, no allocation\n",
              static_cast<unsigned long long>(sent), static_cast<unsigned long long>(back));
  return 0;
}
