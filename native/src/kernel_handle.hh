// SPDX-License-Identifier: Apache-2.0
//
// A Kernel as JavaScript holds it. Arguments are checked in src/io/native.ts and trusted here.
#pragma once
#include <napi.h>

#include <optional>

#include "src/kernel.hh"

namespace azimuth {

// Keeps the memories alive for as long as it points into them.
class KernelHandle : public Napi::ObjectWrap<KernelHandle> {
 public:
  static Napi::Function define(Napi::Env env);

  // new Kernel(table: Uint8Array, plans: Int32Array, counters: Float64Array, cursors: Uint32Array,
  // settings: Int32Array, udpSizeMax)
  explicit KernelHandle(const Napi::CallbackInfo& info);

  // What a pump in native code calls: the same kernel, without a way through JavaScript.
  Kernel& kernel() noexcept { return *kernel_; }

 private:
  // answerBatch(root, slab: Uint8Array, first, stride, count)
  void AnswerBatch(const Napi::CallbackInfo& info);

  Napi::ObjectReference memories_[6];
  std::optional<Kernel> kernel_;
};

}  // namespace azimuth
