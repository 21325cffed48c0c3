// SPDX-License-Identifier: Apache-2.0
//
// What a native test needs of a test framework: one macro, which says what did not hold and ends.
#pragma once
#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                     \
  do {                                                                       \
    if (!(condition)) {                                                      \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);   \
      std::exit(1);                                                          \
    }                                                                        \
  } while (false)
