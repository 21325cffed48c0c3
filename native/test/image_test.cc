// SPDX-License-Identifier: Apache-2.0
//
// The opener over the golden images, the sound and the bad ones; and its verdicts on changed images,
// for test/fuzz/native-image.test.ts, which compares them with those of the reference.
//
//   image_test <folder of golden tables>     the tests
//   image_test - < lines                     a verdict for each line: fault, segment, offset
//   image_test <image file> <n>              milliseconds of the best of n openings
//
// Lines are `load <file>`, and `try <offset>:<octet> …`, which changes octets behind the head of the
// file, asks, and changes them back.
#include <chrono>
#include <cinttypes>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <sstream>

#include "test/image.hh"

namespace azimuth {

namespace {

constexpr const char* fault_names[] = {
    "",           "TABLE_IMAGE", "TABLE_FINGERPRINT", "TABLE_SEGMENT", "TABLE_DIRECTORY",
    "TABLE_SLOTS", "TABLE_NODE",  "TABLE_NAME",        "TABLE_REF",     "TABLE_RRSET",
    "TABLE_ZONE", "TABLE_MAP",   "TABLE_STEERING",  "TABLE_DENIAL",
};
static_assert(std::size(fault_names) == static_cast<size_t>(TableFault::denial) + 1);

const char* name_of(const Opened& opened) {
  return fault_names[static_cast<size_t>(opened.fault)];
}

Opened open(const Image& image) {
  std::vector<uint64_t> seen(seen_words(image.table.size()));
  return open_image({image.table, image.plans, seen}, image.root,
                    static_cast<uint32_t>(image.cursors.size()));
}

// Lines `"file": "FAULT"` of the list that stands beside the bad images.
void refuses_the_bad(const std::string& folder) {
  std::ifstream list(folder + "/expect.json");
  uint32_t count = 0;
  for (std::string line; std::getline(list, line);) {
    std::istringstream parts(line);
    std::string skipped;
    std::string file;
    std::string fault;
    std::getline(parts, skipped, '"');
    if (!std::getline(parts, file, '"')) continue;
    std::getline(parts, skipped, '"');
    std::getline(parts, fault, '"');
    const std::vector<uint8_t> octets = read_file(folder + "/" + file);
    ImageHeader header;
    Opened opened = read_image_header(octets, header);
    if (sound(opened)) opened = open(Image(folder + "/" + file));
    if (fault != name_of(opened)) {
      std::fprintf(stderr, "%s: %s, not %s\n", file.c_str(), name_of(opened), fault.c_str());
      std::exit(1);
    }
    count += 1;
  }
  CHECK(count > 50);
}

void refuses_bad_heads(const std::string& path) {
  const std::vector<uint8_t> file = read_file(path);
  ImageHeader header;
  CHECK(sound(read_image_header(file, header)));
  const auto refused = [&](size_t at, TableFault fault) {
    std::vector<uint8_t> bent = file;
    bent[at] ^= 4;
    return read_image_header(bent, header).fault == fault;
  };
  for (const size_t at : {0u, 4u, 8u, 16u, 20u, 24u, 36u}) CHECK(refused(at, TableFault::image));
  CHECK(refused(12, TableFault::fingerprint));
  for (const size_t size : {size_t{0}, image_header_size - 1, file.size() - 1}) {
    CHECK(!sound(read_image_header(std::span(file).first(size), header)));
  }
}

void refuses_bad_plans(const std::string& path) {
  Image image(path);
  CHECK(!image.plans.empty());
  const auto refused = [&](size_t at, int32_t value) {
    const int32_t before = image.plans[at];
    image.plans[at] = value;
    const Opened opened = open(image);
    image.plans[at] = before;
    return opened.fault == TableFault::steering && opened.segment == 0;
  };
  CHECK(refused(offsetof(Plan, settings) / 4, 0x09000000));
  CHECK(refused(offsetof(Plan, settings) / 4, 0x00030000));
  CHECK(refused(offsetof(Plan, settings) / 4, 0x00000005));
  CHECK(refused(offsetof(Plan, state) / 4, -1));
  CHECK(refused((sizeof(Plan) + offsetof(PlanEntry, endpoint)) / 4, 0x10000));
  std::vector<uint64_t> seen(seen_words(image.table.size()));
  const ImageMemory less = {image.table, std::span(image.plans).first(Plans::row_words - 1), seen};
  CHECK(open_plans(less, image.root).fault == TableFault::steering);
  CHECK(open_image(less, image.root, 0).fault == TableFault::directory);
}

// Roots that are none, and tables that end too early at every place.
void refuses_less_than_all(const std::string& path) {
  Image image(path);
  std::vector<uint64_t> seen(seen_words(image.table.size()));
  const auto rows = static_cast<uint32_t>(image.cursors.size());
  for (const Ref root : {0u, image.root + 4, image.root + 16, 0xfffffff0u, ~0u}) {
    CHECK(!sound(open_table({image.table, image.plans, seen}, root, rows)));
  }
  const size_t step = image.table.size() > 100'000 ? 4099 : 1;
  for (size_t size = 0; size + 4 <= image.table.size(); size += step) {
    const std::vector<uint8_t> cut(image.table.begin(),
                                   image.table.begin() + static_cast<ptrdiff_t>(size));
    CHECK(!sound(open_table({cut, image.plans, seen}, image.root, rows)));
  }
}

int run_tests(const std::string& folder) {
  for (const char* name : {"/image/zones.bin", "/image/shards.bin", "/image/steering.bin"}) {
    const Image image(folder + name);
    const Opened opened = open(image);
    if (!sound(opened)) std::fprintf(stderr, "%s: %s\n", name, name_of(opened));
    CHECK(sound(opened));
    refuses_less_than_all(folder + name);
  }
  refuses_the_bad(folder + "/bad");
  refuses_bad_heads(folder + "/image/zones.bin");
  refuses_bad_plans(folder + "/image/steering.bin");
  return 0;
}

uint8_t& octet_of(Image& image, size_t at) {
  if (at < image.table.size()) return image.table[at];
  return reinterpret_cast<uint8_t*>(image.plans.data())[at - image.table.size()];
}

int tell_verdicts() {
  std::unique_ptr<Image> image;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "load") {
      words >> word;
      image = std::make_unique<Image>(word);
      continue;
    }
    std::vector<std::pair<size_t, uint8_t>> before;
    while (words >> word) {
      size_t at = 0;
      unsigned value = 0;
      CHECK(std::sscanf(word.c_str(), "%zu:%u", &at, &value) == 2);
      CHECK(at < image->table.size() + image->plans.size() * 4);
      before.emplace_back(at, octet_of(*image, at));
      octet_of(*image, at) = static_cast<uint8_t>(value);
    }
    const Opened opened = open(*image);
    std::printf("%" PRIu32 " %" PRIu32 " %" PRIu32 "\n", static_cast<uint32_t>(opened.fault),
                opened.segment, opened.at);
    for (; !before.empty(); before.pop_back()) {
      octet_of(*image, before.back().first) = before.back().second;
    }
  }
  return 0;
}

int tell_speed(const std::string& path, int rounds) {
  const Image image(path);
  std::vector<uint64_t> seen(seen_words(image.table.size()));
  double best = 1e9;
  for (int i = 0; i < rounds; i += 1) {
    const auto start = std::chrono::steady_clock::now();
    const Opened opened = open_image({image.table, image.plans, seen}, image.root,
                                     static_cast<uint32_t>(image.cursors.size()));
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - start;
    CHECK(sound(opened));
    best = std::min(best, took.count());
  }
  std::printf("%.3f\n", best);
  return 0;
}

}  // namespace

}  // namespace azimuth

int main(int count, char** arguments) {
  using namespace azimuth;
  CHECK(count == 2 || count == 3);
  const std::string first = arguments[1];
  if (count == 3) return tell_speed(first, std::atoi(arguments[2]));
  return first == "-" ? tell_verdicts() : run_tests(first);
}
