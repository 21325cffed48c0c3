// SPDX-License-Identifier: Apache-2.0
#include "process_times.hh"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>

namespace azimuth::bench {

namespace {

std::string folder_of(pid_t pid) { return "/proc/" + std::to_string(pid); }

void read_threads(pid_t pid, std::vector<ThreadTime>& out) {
  std::error_code error;
  const std::filesystem::directory_iterator tasks(folder_of(pid) + "/task", error);
  if (error) return;
  for (const auto& task : tasks) {
    ThreadTime thread;
    thread.id = static_cast<pid_t>(std::stol(task.path().filename().string()));
    std::ifstream(task.path() / "schedstat") >> thread.ns;
    std::ifstream comm(task.path() / "comm");
    std::getline(comm, thread.name);
    out.push_back(thread);
  }
}

}  // namespace

std::string read_times(std::span<const pid_t> pids, ProcessTimes& out) {
  out = {};
  for (const pid_t pid : pids) {
    clockid_t clock = 0;
    timespec time = {};
    const int error = clock_getcpuclockid(pid, &clock);
    if (error != 0 || clock_gettime(clock, &time) != 0) {
      return "process " + std::to_string(pid) + ": " + std::strerror(error != 0 ? error : errno);
    }
    out.ns += static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 +
              static_cast<uint64_t>(time.tv_nsec);
    read_threads(pid, out.threads);
  }
  return {};
}

std::vector<ThreadTime> times_between(const ProcessTimes& before, const ProcessTimes& after) {
  const auto find = [](const ProcessTimes& in, pid_t id) {
    return std::find_if(in.threads.begin(), in.threads.end(),
                        [id](const ThreadTime& each) { return each.id == id; });
  };
  std::vector<ThreadTime> rows;
  uint64_t known = 0;
  for (ThreadTime row : after.threads) {
    const auto old = find(before, row.id);
    if (old != before.threads.end()) row.ns -= std::min(row.ns, old->ns);
    known += row.ns;
    if (row.ns != 0) rows.push_back(row);
  }
  const bool ended = std::any_of(
      before.threads.begin(), before.threads.end(),
      [&](const ThreadTime& each) { return find(after, each.id) == after.threads.end(); });
  const uint64_t sum = after.ns - std::min(after.ns, before.ns);
  if (ended && sum > known) rows.push_back({0, "ended", sum - known});
  std::sort(rows.begin(), rows.end(),
            [](const ThreadTime& a, const ThreadTime& b) { return a.ns > b.ns; });
  return rows;
}

Memory read_memory(std::span<const pid_t> pids) {
  Memory memory;
  for (const pid_t pid : pids) {
    std::ifstream status(folder_of(pid) + "/status");
    std::string key;
    uint64_t kib = 0;
    for (std::string line; std::getline(status, line);) {
      const size_t colon = line.find(':');
      if (colon == std::string::npos) continue;
      key = line.substr(0, colon);
      kib = std::strtoull(line.c_str() + colon + 1, nullptr, 10);
      if (key == "VmRSS") memory.total_kib += kib;
      if (key == "RssAnon") memory.anon_kib += kib;
      if (key == "RssShmem") memory.shmem_kib += kib;
    }
  }
  return memory;
}

}  // namespace azimuth::bench
