// SPDX-License-Identifier: Apache-2.0
//
// What the load generator counts with, without a socket: latencies, files, times of processes, the
// command line. Over sockets it is test/e2e/bench-load.test.ts.
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <thread>

#include "histogram.hh"
#include "options.hh"
#include "process_times.hh"
#include "question_file.hh"
#include "test/check.hh"

using namespace azimuth::bench;

namespace {

bool is_near(uint64_t got, double wanted) {
  return std::abs(static_cast<double>(got) - wanted) <= wanted / 100;
}

// A percentile is good to one percent, from a tenth of a microsecond to ten seconds.
void test_histogram() {
  for (uint64_t unit : {1u, 100u, 12'345u, 10'000'000u}) {
    static Histogram histogram;
    histogram = {};
    CHECK(histogram.quantile(0.5) == 0);
    for (uint64_t i = 1; i <= 1000; i += 1) histogram.add(i * unit);
    CHECK(histogram.total() == 1000);
    for (double p : {0.5, 0.9, 0.99, 0.999}) {
      CHECK(is_near(histogram.quantile(p), p * 1000 * static_cast<double>(unit)));
    }
    CHECK(histogram.quantile(1) <= histogram.max());
    CHECK(histogram.max() == 1000 * unit);
  }
  static Histogram one;
  one.add(uint64_t{1} << 40);
  CHECK(one.max() == uint64_t{1} << 40);
  CHECK(one.quantile(0.5) > 10'000'000'000);
}

constexpr uint8_t query[] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1};

void test_question_size() {
  CHECK(question_size(query) == 7);
  for (size_t size = 0; size < sizeof query; size += 1) CHECK(question_size({query, size}) == 0);
  uint8_t bent[sizeof query];
  std::memcpy(bent, query, sizeof query);
  bent[12] = 0xc0;
  CHECK(question_size(bent) == 0);
}

std::string file_of(uint32_t count, size_t records) {
  std::string text = "AZQ1";
  for (uint32_t i = 0; i < 4; i += 1) text += static_cast<char>(count >> 8 * i);
  for (size_t i = 0; i < records; i += 1) {
    text += {static_cast<char>(sizeof query), 0, static_cast<char>(i), 1};
    text.append(reinterpret_cast<const char*>(query), sizeof query);
  }
  return text;
}

std::string open_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  return QuestionFile().open(path);
}

// A sound file is walked round; whatever is cut, longer or bent is refused.
void test_question_file() {
  char path[] = "/tmp/azimuth-load-test-XXXXXX";
  const int fd = mkstemp(path);
  CHECK(fd >= 0);
  close(fd);
  const std::string sound = file_of(2, 2);
  CHECK(open_text(path, sound).empty());
  {
    QuestionFile file;
    CHECK(file.open(path).empty());
    const Question first = file.at(QuestionFile::first);
    CHECK(first.rcode == 0 && first.answers_min == 1 && first.query.size() == sizeof query);
    const Question second = file.at(first.next);
    CHECK(second.rcode == 1 && second.next == QuestionFile::first);
  }
  for (size_t size = 0; size < sound.size(); size += 1) {
    CHECK(!open_text(path, sound.substr(0, size)).empty());
  }
  CHECK(open_text(path, file_of(1, 2)) == "goes on behind its last record");
  CHECK(open_text(path, file_of(3, 2)) == "record 2 is missing");
  CHECK(open_text(path, file_of(0, 0)) == "holds no question");
  CHECK(open_text(path, "AZQ2" + sound.substr(4)) == "does not begin with AZQ1");
  for (size_t at : {14, 17, 24}) {
    // QR, QDCOUNT, the length of the first label.
    std::string bent = sound;
    bent[at] = static_cast<char>(0xc0);
    CHECK(open_text(path, bent) == "record 0 is not a query with one question");
  }
  CHECK(QuestionFile().open("/nowhere") == "No such file or directory");
  CHECK(QuestionFile().open("/tmp") == "not a file");
  unlink(path);
}

void work() {
  volatile uint64_t sum = 0;
  for (uint64_t i = 0; i < 20'000'000; i += 1) sum = sum + i;
}

// Threads that end in between are in the sum, and have a row together.
void test_times() {
  const pid_t self[] = {getpid()};
  ProcessTimes before;
  CHECK(read_times(self, before).empty());
  CHECK(before.ns > 0 && before.threads.size() == 1);
  std::thread(work).join();
  ProcessTimes after;
  CHECK(read_times(self, after).empty());
  CHECK(after.ns > before.ns);
  const ProcessTimes earlier = {0, {{1, "gone", 5}, {2, "stays", 10}}};
  const ProcessTimes later = {100, {{2, "stays", 40}, {3, "new", 50}, {4, "idle", 0}}};
  const auto rows = times_between(earlier, later);
  CHECK(rows.size() == 3);
  CHECK(rows[0].name == "new" && rows[0].ns == 50);
  CHECK(rows[1].name == "stays" && rows[1].ns == 30);
  CHECK(rows[2].name == "ended" && rows[2].ns == 20);
  const pid_t nobody[] = {1 << 22};
  CHECK(!read_times(nobody, after).empty());
  CHECK(read_memory(self).total_kib > 0);
}

std::string read_words(std::initializer_list<const char*> words, Options& out) {
  return read_options({words.begin(), words.size()}, out);
}

void test_options() {
  Options options;
  CHECK(read_words({"--server", "[::1]:53", "--questions", "q", "--mode", "open", "--rate", "1e5",
                    "--pid", "7,8", "--timeout-ms", "50", "--verify", "0"},
                   options)
            .empty());
  CHECK(options.generator.rate == 1e5 && options.generator.timeout_ns == 50'000'000);
  CHECK(options.pids.size() == 2 && options.pids[1] == 8 && !options.generator.verify);
  CHECK(address_text(options.generator.server) == "[::1]:53");
  for (const auto& words : std::initializer_list<std::initializer_list<const char*>>{
           {},
           {"--server", "127.0.0.1:53"},
           {"--questions", "q"},
           {"--server", "127.0.0.1", "--questions", "q"},
           {"--server", "host:53", "--questions", "q"},
           {"--server", "::1:53", "--questions", "q"},
           {"--server", "127.0.0.1:65536", "--questions", "q"},
           {"--server", "127.0.0.1:53", "--questions", "q", "--mode", "open"},
           {"--server", "127.0.0.1:53", "--questions", "q", "--rate", "5"},
           {"--server", "127.0.0.1:53", "--questions", "q", "--sockets", "65"},
           {"--server", "127.0.0.1:53", "--questions", "q", "--seconds", "nan"},
           {"--server", "127.0.0.1:53", "--questions", "q", "--pid", "1,"},
           {"--server", "127.0.0.1:53", "--questions", "q", "--cpu"},
           {"--server", "127.0.0.1:53", "--questions", "q", "--speed", "1"}}) {
    Options other;
    CHECK(!read_options({words.begin(), words.size()}, other).empty());
  }
}

}  // namespace

int main() {
  test_histogram();
  test_question_size();
  test_question_file();
  test_times();
  test_options();
}
