// SPDX-License-Identifier: Apache-2.0
#include "src/kernel_handle.hh"

#include <span>

namespace azimuth {

namespace {

template <typename Array>
auto span_of(const Napi::Value& value) {
  auto array = value.As<Array>();
  return std::span(array.Data(), array.ElementLength());
}

uint32_t number(const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); }

}  // namespace

Napi::Function KernelHandle::define(Napi::Env env) {
  return DefineClass(env, "Kernel",
                     {InstanceMethod<&KernelHandle::AnswerBatch>("answerBatch")});
}

KernelHandle::KernelHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<KernelHandle>(info) {
  for (uint32_t i = 0; i < 6; i += 1) memories_[i] = Napi::Persistent(info[i].As<Napi::Object>());
  const KernelMemory memory = {
      .table = span_of<Napi::Uint8Array>(info[0]),
      .plans = span_of<Napi::Int32Array>(info[1]),
      .counters = span_of<Napi::Float64Array>(info[2]),
      .cursors = span_of<Napi::Uint32Array>(info[3]),
      .settings = span_of<Napi::Int32Array>(info[4]),
      .limits = span_of<Napi::Int32Array>(info[5]),
  };
  kernel_.emplace(memory, number(info[6]), number(info[7]));
}

void KernelHandle::AnswerBatch(const Napi::CallbackInfo& info) {
  answer_batch(*kernel_, number(info[0]), span_of<Napi::Uint8Array>(info[1]), number(info[2]),
               number(info[3]), number(info[4]));
}

}  // namespace azimuth
