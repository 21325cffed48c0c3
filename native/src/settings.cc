// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/settings.ts: a copy of the settings that this kernel alone reads, renewed
// between batches. Its invariants S1 and S2 hold here too.
#include <algorithm>
#include <cstring>

#include "src/kernel.hh"

namespace azimuth {

namespace {

constexpr size_t settings_words = sizeof(Settings) / 4;

uint32_t load(std::span<int32_t> words, size_t at) noexcept {
  return static_cast<uint32_t>(std::atomic_ref(words[at]).load());
}

void bound(uint8_t& size, uint32_t max) noexcept {
  size = static_cast<uint8_t>(std::min<uint32_t>(size, max));
}

}  // namespace

void observe_settings(Kernel& k) noexcept {
  const uint32_t sequence = load(k.shared_settings, 0);
  if (sequence == k.settings.sequence || (sequence & 1) != 0) return;
  std::array<uint32_t, settings_words> draft;
  for (size_t i = 0; i < settings_words; i += 1) draft[i] = load(k.shared_settings, i);
  if (load(k.shared_settings, 0) != sequence) return;
  std::memcpy(&k.settings, draft.data(), sizeof k.settings);
  // What is read with these sizes lies in the copy, whatever was written.
  bound(k.settings.cookie_secret_count, cookie_secrets_max);
  bound(k.settings.nsid_size, identity_size_max);
  bound(k.settings.server_id_size, identity_size_max);
  bound(k.settings.version_size, identity_size_max);
  bound(k.settings.agent_size, name_size_max);
}

}  // namespace azimuth
