// SPDX-License-Identifier: Apache-2.0
#include "src/image_handle.hh"

#include <span>
#include <vector>

#include "src/image.hh"

namespace azimuth {

Napi::Value verify_image(const Napi::CallbackInfo& info) {
  const auto table = info[0].As<Napi::Uint8Array>();
  const auto plans = info[1].As<Napi::Int32Array>();
  const auto number = [&](size_t i) { return info[i].As<Napi::Number>().Uint32Value(); };
  std::vector<uint64_t> seen(seen_words(table.ElementLength()));
  const ImageMemory memory = {
      .table = {table.Data(), table.ElementLength()},
      .plans = {plans.Data(), plans.ElementLength()},
      .seen = seen,
  };
  const Opened opened = open_image(memory, number(2), number(3));
  Napi::Array result = Napi::Array::New(info.Env(), 3);
  const uint32_t words[] = {static_cast<uint32_t>(opened.fault), opened.segment, opened.at};
  for (uint32_t i = 0; i < 3; i += 1) result.Set(i, Napi::Number::New(info.Env(), words[i]));
  return result;
}

}  // namespace azimuth
