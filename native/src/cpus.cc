// SPDX-License-Identifier: Apache-2.0
#include "src/cpus.hh"

#include <linux/filter.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "gen/limits.hh"

namespace azimuth {

namespace {

bool may_use(cpu_set_t& set) noexcept {
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0;
}

int cpu_of(const cpu_set_t& set, uint32_t index) noexcept {
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu += 1) {
    if (!CPU_ISSET(cpu, &set)) continue;
    if (index == 0) return cpu;
    index -= 1;
  }
  return -1;
}

constexpr sock_filter statement(int code, uint32_t value) noexcept {
  return {static_cast<uint16_t>(code), 0, 0, value};
}

}  // namespace

uint32_t cpu_count() noexcept {
  cpu_set_t set;
  return may_use(set) ? static_cast<uint32_t>(CPU_COUNT(&set)) : 0;
}

int cpu_at(uint32_t index) noexcept {
  cpu_set_t set;
  if (!may_use(set) || CPU_COUNT(&set) == 0) return -1;
  return cpu_of(set, index % static_cast<uint32_t>(CPU_COUNT(&set)));
}

int pin_thread(int cpu) noexcept {
  if (cpu < 0 || cpu >= CPU_SETSIZE) return EINVAL;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

int attach_spread(int fd, uint32_t workers) noexcept {
  cpu_set_t set;
  if (!may_use(set)) return errno;
  // Further threads share processors, and would get nothing.
  const uint32_t known = std::min({workers, workers_max, static_cast<uint32_t>(CPU_COUNT(&set))});
  std::array<sock_filter, 2 * workers_max + 2> program;
  uint32_t size = 0;
  const uint32_t cpu = static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_CPU);
  program[size++] = statement(BPF_LD | BPF_W | BPF_ABS, cpu);
  for (uint32_t i = 0; i < known; i += 1) {
    const auto number = static_cast<uint32_t>(cpu_of(set, i));
    program[size++] = {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number};
    program[size++] = statement(BPF_RET | BPF_K, i);
  }
  // No socket has this place: the system then goes by its hash.
  program[size++] = statement(BPF_RET | BPF_K, 0xffffffffu);
  const sock_fprog given = {static_cast<uint16_t>(size), program.data()};
  const int done = setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &given, sizeof given);
  return done == 0 ? 0 : errno;
}

}  // namespace azimuth
