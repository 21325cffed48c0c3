// SPDX-License-Identifier: Apache-2.0
//
// The load generator: options, warm-up, the measured part, one line of JSON.
//
// The server's processor time is read when nothing is under way, before the measured part begins
// and after its last answers: to read /proc takes as long as a hundred answers.
#include <cstdio>
#include <cstring>

#include "options.hh"
#include "process_times.hh"

namespace azimuth::bench {
namespace {

constexpr int exit_silent = 1;
constexpr int exit_usage = 2;
// What is still on its way when the sending ends comes within that, if it comes.
constexpr uint64_t settle_ns = 2'000'000;
// Late enough that all that is outstanding has timed out.
constexpr uint64_t drain_slack_ns = 50'000'000;
// Beyond that an open load is not what was asked for, and is told.
constexpr uint64_t behind_told_ns = 5'000'000;
constexpr double offered_told_part = 0.99;

double micros(uint64_t ns) noexcept { return static_cast<double>(ns) / 1000; }

uint64_t nanos(double seconds) noexcept { return static_cast<uint64_t>(seconds * 1e9); }

// The name of a thread is the server's choice, so it may hold anything.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet >= 0x7f) {
      out += '?';
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

struct Measured {
  double seconds = 0;
  uint64_t cpu_ns = 0;
  std::vector<ThreadTime> threads;
  Memory memory;
};

void print_report(const Options& options, const Tally& tally, const Measured& measured) {
  const auto part = [&](uint64_t of, double by) { return by == 0 ? 0 : static_cast<double>(of) / by; };
  const bool open = options.generator.rate > 0;
  const Histogram& latency = tally.latency;
  std::printf("{\"mode\":\"%s\",\"sent\":%llu,\"received\":%llu,\"lost\":%llu,\"late\":%llu,"
              "\"wrong\":%llu,\"refused\":%llu,\"seconds\":%.6f,\"rate\":%.1f,\"offered\":%.1f",
              open ? "open" : "closed", static_cast<unsigned long long>(tally.sent),
              static_cast<unsigned long long>(tally.received),
              static_cast<unsigned long long>(tally.lost),
              static_cast<unsigned long long>(tally.late),
              static_cast<unsigned long long>(tally.wrong),
              static_cast<unsigned long long>(tally.refused), measured.seconds,
              part(tally.received, measured.seconds), part(tally.sent, measured.seconds));
  std::printf(",\"latencyMicros\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,"
              "\"max\":%.1f}",
              micros(latency.quantile(0.5)), micros(latency.quantile(0.9)),
              micros(latency.quantile(0.99)), micros(latency.quantile(0.999)),
              micros(latency.max()));
  if (options.pids.empty() || tally.received == 0) {
    std::printf(",\"cpuMicrosPerQuery\":null");
  } else {
    std::printf(",\"cpuMicrosPerQuery\":%.4f",
                micros(measured.cpu_ns) / static_cast<double>(tally.received));
  }
  std::printf(",\"threads\":[");
  for (size_t i = 0; i < measured.threads.size(); i += 1) {
    const ThreadTime& thread = measured.threads[i];
    std::printf("%s{\"name\":%s,\"micros\":%.1f}", i == 0 ? "" : ",", quoted(thread.name).c_str(),
                micros(thread.ns));
  }
  const Memory& memory = measured.memory;
  if (options.pids.empty()) {
    std::printf("],\"rssKib\":null");
  } else {
    std::printf("],\"rssKib\":{\"total\":%llu,\"anon\":%llu,\"shmem\":%llu}",
                static_cast<unsigned long long>(memory.total_kib),
                static_cast<unsigned long long>(memory.anon_kib),
                static_cast<unsigned long long>(memory.shmem_kib));
  }
  std::printf(",\"behindMaxMicros\":%.1f,\"idlePart\":%.4f}\n", micros(tally.behind_ns_max),
              part(tally.idle_ns, static_cast<double>(tally.sending_ns)));
}

int fail(const std::string& fault) {
  std::fprintf(stderr, "azimuth-load: %s\n", fault.c_str());
  return exit_usage;
}

void tell_if_behind(const Options& options, const Tally& tally, double seconds) {
  const double rate = options.generator.rate;
  const double offered = static_cast<double>(tally.sent) / seconds;
  if (rate == 0) return;
  if (tally.behind_ns_max < behind_told_ns && offered >= rate * offered_told_part) return;
  std::fprintf(stderr,
               "azimuth-load: could not keep the rate: %.0f of %.0f per second, late by up to "
               "%.0f us\n",
               offered, rate, micros(tally.behind_ns_max));
}

int measure(const Options& options, Generator& generator) {
  const uint64_t drain_ns = options.generator.timeout_ns + drain_slack_ns;
  if (options.warmup_seconds > 0) {
    generator.run(nanos(options.warmup_seconds));
    generator.drain(drain_ns);
  }
  ProcessTimes before;
  ProcessTimes after;
  std::string fault = read_times(options.pids, before);
  if (!fault.empty()) return fail(fault);
  generator.run(nanos(options.seconds));
  generator.drain(settle_ns);
  fault = read_times(options.pids, after);
  if (!fault.empty()) return fail(fault + ": it ended under load");
  generator.drain(drain_ns);

  const Tally& tally = generator.tally();
  Measured measured;
  measured.seconds = static_cast<double>(tally.sending_ns) / 1e9;
  measured.cpu_ns = after.ns - before.ns;
  measured.threads = times_between(before, after);
  measured.memory = read_memory(options.pids);
  print_report(options, tally, measured);
  if (tally.received != 0) {
    tell_if_behind(options, tally, measured.seconds);
    return 0;
  }
  const char* reason = generator.send_error() != 0 ? std::strerror(generator.send_error())
                       : tally.refused != 0        ? std::strerror(ECONNREFUSED)
                                                   : "silence";
  std::fprintf(stderr, "azimuth-load: %s answered nothing: %s\n",
               address_text(options.generator.server).c_str(), reason);
  return exit_silent;
}

int run(std::span<const char* const> words) {
  Options options;
  std::string fault = read_options(words, options);
  if (!fault.empty()) {
    std::fprintf(stderr, "azimuth-load: %s\n\n%s", fault.c_str(), help_text.data());
    return exit_usage;
  }
  if (options.help) {
    std::fputs(help_text.data(), stdout);
    return 0;
  }
  QuestionFile questions;
  fault = questions.open(options.questions);
  if (!fault.empty()) return fail(options.questions + ": " + fault);
  if (options.cpu >= 0 && !pin_to(options.cpu)) {
    return fail("--cpu " + std::to_string(options.cpu) + ": " + std::strerror(errno));
  }
  Generator generator(questions, options.generator);
  fault = generator.open();
  if (!fault.empty()) return fail(fault);
  return measure(options, generator);
}

}  // namespace
}  // namespace azimuth::bench

int main(int count, char** words) {
  return azimuth::bench::run({words + 1, static_cast<size_t>(count - 1)});
}
