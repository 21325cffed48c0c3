// SPDX-License-Identifier: Apache-2.0
#include "options.hh"

namespace azimuth::bench {

const std::string_view help_text =
    R"(azimuth-load: asks a DNS server over UDP, verifies its answers, and measures both.

  azimuth-load --server ADDRESS:PORT --questions FILE [options]

  --server ADDRESS:PORT   127.0.0.1:53 or [::1]:53
  --questions FILE        written by bench/load/questions.ts, walked round and round
  --mode closed|open      a number of queries on their way, or a fixed rate (closed)
  --outstanding N         closed: how many are on their way, 1..65536 (64)
  --rate N                open: queries per second
  --sockets N             source ports, 1..64 (16)
  --seconds S             length of the measured part (4)
  --warmup S              load before it, not counted (1)
  --timeout-ms N          after that a query is lost, 1..10000 (200)
  --verify 0|1            1: question, RCODE and number of records as FILE says (1)
  --cpu N                 binds the generator to a processor; it spins
  --pid PID[,PID...]      processes of the server, for processor time and memory

One line of JSON on stdout: bench/load/load.ts tells what is in it. The first wrong answer goes to
stderr. Ends with 0; 1 if nothing was answered; 2 if the command line, FILE or system is at fault.
)";

namespace {

std::string read_pids(std::string_view text, std::vector<pid_t>& out) {
  for (;;) {
    const size_t comma = text.find(',');
    long pid = 0;
    if (!parse_whole(text.substr(0, comma), 1, 1 << 22, pid)) return "--pid wants process ids";
    out.push_back(static_cast<pid_t>(pid));
    if (comma == std::string_view::npos) return {};
    text.remove_prefix(comma + 1);
  }
}

struct Words {
  std::string_view mode = "closed";
  bool has_server = false;
  bool has_outstanding = false;
};

std::string read_option(std::string_view name, std::string_view value, Options& out, Words& words) {
  GeneratorSettings& settings = out.generator;
  const auto whole = [&](long min, long max, auto& to) -> std::string {
    long number = 0;
    if (!parse_whole(value, min, max, number)) {
      return std::string(name) + " wants a whole number, " + std::to_string(min) + ".." +
             std::to_string(max);
    }
    to = static_cast<std::remove_reference_t<decltype(to)>>(number);
    return {};
  };
  const auto number = [&](double min, double max, double& to) -> std::string {
    if (parse_number(value, min, max, to)) return {};
    return std::string(name) + " wants a number above 0";
  };
  if (name == "--server") {
    words.has_server = true;
    if (parse_address(value, settings.server)) return {};
    return "--server wants an address and a port: 127.0.0.1:53 or [::1]:53";
  }
  if (name == "--questions") return out.questions = value, "";
  if (name == "--mode") {
    words.mode = value;
    return value == "closed" || value == "open" ? "" : "--mode is closed or open";
  }
  if (name == "--outstanding") {
    words.has_outstanding = true;
    return whole(1, 65536, settings.outstanding);
  }
  if (name == "--rate") return number(0.001, 1e8, settings.rate);
  if (name == "--sockets") return whole(1, sockets_max, settings.sockets);
  if (name == "--seconds") return number(0.001, 86400, out.seconds);
  if (name == "--warmup") return number(0, 86400, out.warmup_seconds);
  if (name == "--verify") return whole(0, 1, settings.verify);
  if (name == "--cpu") return whole(0, cpu_max, out.cpu);
  if (name == "--pid") return read_pids(value, out.pids);
  if (name == "--timeout-ms") {
    std::string fault = whole(1, 10'000, settings.timeout_ns);
    settings.timeout_ns *= 1'000'000;
    return fault;
  }
  return "there is no option " + std::string(name);
}

}  // namespace

std::string read_options(std::span<const char* const> words, Options& out) {
  Words seen;
  for (size_t i = 0; i < words.size(); i += 2) {
    const std::string_view name = words[i];
    if (name == "--help") {
      out.help = true;
      return {};
    }
    if (!name.starts_with("--")) return "what is " + std::string(name) + "?";
    if (i + 1 == words.size()) return std::string(name) + " wants a value";
    std::string fault = read_option(name, words[i + 1], out, seen);
    if (!fault.empty()) return fault;
  }
  if (!seen.has_server) return "--server is missing";
  if (out.questions.empty()) return "--questions is missing";
  const bool has_rate = out.generator.rate > 0;
  if (seen.mode == "open" && !has_rate) return "--mode open wants --rate";
  if (seen.mode == "closed" && has_rate) return "--rate is for --mode open";
  if (seen.mode == "open" && seen.has_outstanding) return "--outstanding is for --mode closed";
  return {};
}

}  // namespace azimuth::bench
