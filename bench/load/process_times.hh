// SPDX-License-Identifier: Apache-2.0
//
// What the processes of a server have used: processor time, by thread, and memory.
//
// The sum is taken from the processor clock of each process, which is exact at the moment of reading
// and holds threads that have ended. /proc/PID/task/*/schedstat, where the rows by thread come from,
// is brought up to date for a running thread only with the timer, and forgets threads that end.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace azimuth::bench {

struct ThreadTime {
  pid_t id = 0;
  std::string name;
  uint64_t ns = 0;
};

struct ProcessTimes {
  uint64_t ns = 0;
  std::vector<ThreadTime> threads;
};

struct Memory {
  uint64_t total_kib = 0;
  uint64_t anon_kib = 0;
  uint64_t shmem_kib = 0;
};

// Times so far of all threads of the processes. Empty, or why they cannot be had.
std::string read_times(std::span<const pid_t> pids, ProcessTimes& out);

// Rows of what each thread has used in between, most busy first, idle ones left out. What is in the
// sum and in no thread that still runs is a row of its own, "ended".
std::vector<ThreadTime> times_between(const ProcessTimes& before, const ProcessTimes& after);

// Resident memory of the processes; what two of them share counts twice.
Memory read_memory(std::span<const pid_t> pids);

}  // namespace azimuth::bench
