// SPDX-License-Identifier: Apache-2.0
//
// The limit of sockets: what any server on one core can reach with datagrams and a blocking kernel.
//
// A query becomes an answer in place, by the same few steps whatever was asked: QR and AA are set
// and an A record is put behind the question, before an OPT if there is one. So the sizes are those
// of real answers, and what a server takes longer than this is its own doing. RFC 1035 §4.1.
//
// How it waits is an option, so that the ways can be measured against each other (bench/loops.ts).
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <span>
#include <string_view>

#include "address.hh"
#include "question_file.hh"

namespace azimuth::bench {
namespace {

constexpr uint32_t batch_size = 64;
constexpr uint32_t slot_size = 4096;
constexpr uint32_t record_size = 16;
// Owner: a pointer to the question; A, IN, 300 s, 192.0.2.1.
constexpr std::array<uint8_t, record_size> record = {0xc0, 12,  0, 1, 0,   1, 0, 0,
                                                     1,    44,  0, 4, 192, 0, 2, 1};

const char help_text[] =
    "bare-responder: answers every DNS query with the same A record; the limit of sockets.\n\n"
    "  bare-responder --listen ADDRESS:PORT [--cpu N] [--size OCTETS] [--loop WAY]\n\n"
    "  --listen ADDRESS:PORT   port 0: a free one, which is printed\n"
    "  --cpu N                 binds it to a processor\n"
    "  --size OCTETS           as many records as make an answer of that size, up to 4000\n"
    "  --loop WAY              how it waits (read):\n"
    "    plain   one blocking read, one answer, and again\n"
    "    poll    sleeps in poll, then takes a batch\n"
    "    read    one blocking read, then batches until the queue is empty\n"
    "    wait    one call sleeps for the first and takes all that are there\n"
    "    spin    takes batches and never sleeps\n";

enum class Loop { plain, poll, read, wait, spin };
constexpr std::array<std::string_view, 5> loop_names = {"plain", "poll", "read", "wait", "spin"};

union Peer {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

class Responder {
 public:
  Responder(int fd, uint32_t size, Loop loop) noexcept : fd_(fd), size_(size), loop_(loop) {
    for (uint32_t i = 0; i < batch_size; i += 1) {
      octets_[i] = {slots_[i].data(), slot_size};
      messages_[i].msg_hdr.msg_name = &peers_[i];
      messages_[i].msg_hdr.msg_namelen = sizeof(Peer);
      messages_[i].msg_hdr.msg_iov = &octets_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  // Serves until a signal ends the process.
  [[noreturn]] void run() noexcept {
    for (;;) {
      if (loop_ == Loop::wait) {
        take_batch(MSG_WAITFORONE);
        continue;
      }
      if (loop_ == Loop::plain || loop_ == Loop::read) take_one();
      if (loop_ == Loop::plain) continue;
      if (loop_ == Loop::poll) {
        pollfd polled = {fd_, POLLIN, 0};
        ::poll(&polled, 1, -1);
      }
      while (take_batch(MSG_DONTWAIT)) continue;
    }
  }

 private:
  void take_one() noexcept {
    const ssize_t size = recvmsg(fd_, &messages_[0].msg_hdr, 0);
    if (size < 0) return;
    messages_[0].msg_len = static_cast<unsigned>(size);
    respond(1);
  }

  bool take_batch(int flags) noexcept {
    const int count = recvmmsg(fd_, messages_.data(), batch_size, flags, nullptr);
    if (count > 0) respond(static_cast<uint32_t>(count));
    return count > 0;
  }

  void respond(uint32_t count) noexcept {
    for (uint32_t i = 0; i < count; i += 1) octets_[i].iov_len = answer(i, messages_[i].msg_len);
    for (uint32_t first = 0; first < count;) {
      // What is no query gets an empty datagram: nobody sends such here, and to leave gaps out
      // would take every batch a second walk.
      const int sent = sendmmsg(fd_, &messages_[first], count - first, 0);
      first += sent > 0 ? static_cast<uint32_t>(sent) : 1;
    }
    for (uint32_t i = 0; i < count; i += 1) {
      messages_[i].msg_hdr.msg_namelen = sizeof(Peer);
      octets_[i].iov_len = slot_size;
    }
  }

  // Makes an answer of the query in slot `index`; gives its size, 0 if there is none.
  size_t answer(uint32_t index, size_t size) noexcept {
    uint8_t* octets = slots_[index].data();
    const uint32_t question = size < header_size ? 0 : question_size({octets, size});
    if (question == 0 || (octets[2] & 0x80) != 0) return 0;
    const size_t end = header_size + question;
    const size_t room = slot_size - size;
    size_t records = size + record_size < size_ ? (size_ - size + record_size - 1) / record_size : 1;
    records = std::min(records, room / record_size);
    // What follows the question, an OPT, goes behind the records.
    std::memmove(octets + end + records * record_size, octets + end, size - end);
    for (size_t i = 0; i < records; i += 1) {
      std::memcpy(octets + end + i * record_size, record.data(), record_size);
    }
    octets[2] |= 0x84;
    octets[6] = static_cast<uint8_t>(records >> 8);
    octets[7] = static_cast<uint8_t>(records);
    return size + records * record_size;
  }

  int fd_;
  uint32_t size_;
  Loop loop_;
  std::array<mmsghdr, batch_size> messages_ = {};
  std::array<iovec, batch_size> octets_ = {};
  std::array<Peer, batch_size> peers_ = {};
  std::array<std::array<uint8_t, slot_size>, batch_size> slots_;
};

int fail(const char* what, bool usage = false) {
  std::fprintf(stderr, "bare-responder: %s%s%s\n", what, usage ? "\n\n" : ": ",
               usage ? help_text : std::strerror(errno));
  return 2;
}

int run(std::span<const char* const> words) {
  Address address;
  long cpu = -1;
  long size = 0;
  Loop loop = Loop::read;
  bool has_address = false;
  for (size_t i = 0; i < words.size(); i += 2) {
    const std::string_view name = words[i];
    if (name == "--help") return std::fputs(help_text, stdout), 0;
    const std::string_view value = i + 1 < words.size() ? words[i + 1] : "";
    if (name == "--listen") {
      has_address = parse_address(value, address);
      if (!has_address) return fail("--listen wants an address and a port", true);
    } else if (name == "--cpu") {
      if (!parse_whole(value, 0, cpu_max, cpu)) return fail("--cpu wants a number", true);
    } else if (name == "--size") {
      if (!parse_whole(value, 1, 4000, size)) return fail("--size wants 1..4000", true);
    } else if (name == "--loop") {
      const auto found = std::find(loop_names.begin(), loop_names.end(), value);
      if (found == loop_names.end()) return fail("--loop wants plain, poll, read, wait or spin", true);
      loop = static_cast<Loop>(found - loop_names.begin());
    } else {
      return fail("what is that option?", true);
    }
  }
  if (!has_address) return fail("--listen is missing", true);
  if (cpu >= 0 && !pin_to(static_cast<int>(cpu))) return fail("--cpu");
  const int fd = open_udp(address);
  if (fd < 0) return fail("socket");
  if (bind(fd, &address.name.any, address.size) != 0) return fail("bind");
  if (getsockname(fd, &address.name.any, &address.size) != 0) return fail("getsockname");
  std::printf("listening on %s\n", address_text(address).c_str());
  std::fflush(stdout);
  static Responder responder(fd, static_cast<uint32_t>(size), loop);
  responder.run();
}

}  // namespace
}  // namespace azimuth::bench

int main(int count, char** words) {
  return azimuth::bench::run({words + 1, static_cast<size_t>(count - 1)});
}
