// SPDX-License-Identifier: Apache-2.0
//
// A driver for compilers without libFuzzer: the seeds as they are, then spoiled ones, a fixed
// number of them. It knows nothing of coverage; what it finds is real, what it does not find may be there.
//
//   fuzz_parse <runs> <folder of seeds>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "src/hash.hh"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Octets = std::vector<uint8_t>;

uint32_t state = 1;

uint32_t below(size_t n) {
  state += 0x9e3779b9;
  return static_cast<uint32_t>(azimuth::mix_hash(state) % n);
}

void spoil(Octets& octets, const Octets& other) {
  for (uint32_t n = 1 + below(4); n > 0 && !octets.empty(); n -= 1) {
    const uint32_t at = below(octets.size());
    switch (below(6)) {
      case 0:
        octets[at] = static_cast<uint8_t>(octets[at] ^ 1u << below(8));
        break;
      case 1:
        octets[at] = static_cast<uint8_t>(below(256));
        break;
      case 2:
        octets.resize(at);
        break;
      case 3:
        octets.insert(octets.begin() + at, 1 + below(16), static_cast<uint8_t>(below(256)));
        break;
      case 4:
        octets.erase(octets.begin() + at, octets.begin() + at + below(octets.size() - at) + 1);
        break;
      default:
        octets.insert(octets.end(), other.begin() + below(other.size()), other.end());
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  std::vector<Octets> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[2])) {
    std::ifstream file(entry.path(), std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    if (seeds.back().empty()) seeds.pop_back();
  }
  if (seeds.empty()) return 2;
  for (const Octets& seed : seeds) LLVMFuzzerTestOneInput(seed.data(), seed.size());
  const long runs = std::atol(arguments[1]);
  for (long i = 0; i < runs; i += 1) {
    Octets octets = seeds[below(seeds.size())];
    spoil(octets, seeds[below(seeds.size())]);
    LLVMFuzzerTestOneInput(octets.data(), octets.size());
  }
  std::printf("%zu seeds, %ld runs\n", seeds.size(), runs);
  return 0;
}
