// SPDX-License-Identifier: Apache-2.0
//
// The command line of azimuth-load.
#pragma once
#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "generator.hh"

namespace azimuth::bench {

struct Options {
  GeneratorSettings generator;
  std::string questions;
  double seconds = 4;
  double warmup_seconds = 1;
  int cpu = -1;
  std::vector<pid_t> pids;
  bool help = false;
};

extern const std::string_view help_text;

// Reads the words behind the program's name. Empty, or what is wrong with them.
std::string read_options(std::span<const char* const> words, Options& out);

}  // namespace azimuth::bench
