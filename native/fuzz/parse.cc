// SPDX-License-Identifier: Apache-2.0
//
// Any octets as a request: parse reads no octet beside them, and what it says of them holds.
#include <cstdlib>
#include <vector>

#include "src/kernel.hh"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace azimuth;
  if (size > tcp_size_max) return 0;
  // A copy of exactly that size, so that a sanitizer sees every read beside it.
  const std::vector<uint8_t> packet(data, data + size);
  static NameScratch name;
  static Question question;
  const Verdict verdict = parse(packet, name, question);
  if (question.end < header_size) std::abort();
  if (verdict == Verdict::Drop) return 0;
  if (question.end > size) std::abort();
  if (verdict != Verdict::Ok) return 0;
  if (name.size > name_size_max || name.label_count > labels_max) std::abort();
  if (name.size + header_size + 4 != question.end) std::abort();
  const uint32_t cookie = question.cookie_size;
  if (cookie != 0 && cookie != client_cookie_size && (cookie < 16 || cookie > 40)) std::abort();
  if (((question.options & has_cookie) != 0) != (cookie != 0)) std::abort();
  if (question.ecs_family == 1 && question.ecs_source > ecs_v4_bits_max) std::abort();
  return 0;
}
