// SPDX-License-Identifier: Apache-2.0
#include "src/pump_handle.hh"

#include <cstdint>
#include <span>

#include "src/cpus.hh"
#include "src/kernel_handle.hh"

// Of libuv, which Node exports and keeps stable. Its headers are not needed for one function.
extern "C" int uv_backend_fd(const struct uv_loop_s* loop);

namespace azimuth {

namespace {

// Readable when the thread's event loop has something to do: a message, a timer's socket, its end.
int loop_descriptor(Napi::Env env) {
  uv_loop_s* loop = nullptr;
  return napi_get_uv_event_loop(env, &loop) == napi_ok ? uv_backend_fd(loop) : -1;
}

template <typename T>
T number(const Napi::Object& settings, const char* name) {
  return static_cast<T>(settings.Get(name).As<Napi::Number>().Int64Value());
}

// What an answer in JavaScript needs.
struct ScriptCall {
  napi_env env;
  napi_value self;
  napi_value function;
};

bool answer_in_script(void* context, uint32_t root, uint32_t first, uint32_t count) noexcept {
  const auto& call = *static_cast<ScriptCall*>(context);
  // Closed with each batch, or the handles of a turn would pile up.
  Napi::HandleScope scope(call.env);
  const napi_value arguments[] = {Napi::Number::New(call.env, count),
                                  Napi::Number::New(call.env, root),
                                  Napi::Number::New(call.env, first)};
  napi_value result = nullptr;
  return napi_call_function(call.env, call.self, call.function, 3, arguments, &result) == napi_ok;
}

struct KernelCall {
  Kernel& kernel;
  Pump& pump;
  std::span<uint8_t> slab;
};

bool answer_in_kernel(void* context, uint32_t root, uint32_t first, uint32_t count) noexcept {
  const auto& call = *static_cast<KernelCall*>(context);
  const size_t at = size_t{first} * slot_stride;
  answer_batch(call.kernel, root, call.slab, at, slot_stride, count);
  call.pump.keep_slow(first, count);
  refuse_slow_batch(call.kernel, call.slab, at, slot_stride, count);
  return true;
}

// Octets, family, port.
Address address_of(Napi::Value octets, Napi::Value family, Napi::Value port) {
  const auto bytes = octets.As<Napi::Uint8Array>();
  Address address;
  address.family = static_cast<uint8_t>(family.As<Napi::Number>().Uint32Value());
  address.port = static_cast<uint16_t>(port.As<Napi::Number>().Uint32Value());
  for (size_t i = 0; i < bytes.ElementLength(); i += 1) address.octets[i] = bytes[i];
  return address;
}

}  // namespace

Napi::Function PumpHandle::define(Napi::Env env) {
  return DefineClass(env, "Pump",
                     {InstanceMethod<&PumpHandle::Add>("add"),
                      InstanceMethod<&PumpHandle::Run>("run"),
                      InstanceMethod<&PumpHandle::KeepSlow>("keepSlow"),
                      InstanceMethod<&PumpHandle::TakeSlow>("takeSlow"),
                      InstanceMethod<&PumpHandle::Send>("send"),
                      InstanceMethod<&PumpHandle::Close>("close")});
}

PumpHandle::PumpHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<PumpHandle>(info) {
  auto slab = info[0].As<Napi::Uint8Array>();
  auto control = info[1].As<Napi::Int32Array>();
  auto counters = info[2].As<Napi::Float64Array>();
  const auto given = info[3].As<Napi::Object>();
  for (uint32_t i = 0; i < 3; i += 1) memories_[i] = Napi::Persistent(info[i].As<Napi::Object>());
  slab_ = std::span(slab.Data(), slab.ElementLength());
  PumpSettings settings;
  settings.reader = number<uint32_t>(given, "reader");
  settings.seed = number<uint32_t>(given, "seed");
  settings.spin_us = number<uint32_t>(given, "spinMicros");
  settings.loop_fd = loop_descriptor(info.Env());
  settings.socket.buffer_octets = number<int>(given, "bufferOctets");
  settings.socket.incoming_cpu = number<int>(given, "incomingCpu");
  settings.socket.spread_workers = number<uint32_t>(given, "spreadWorkers");
  settings.socket.busy_poll_us = number<int>(given, "busyPollMicros");
  // The same octets, signed there and unsigned here.
  auto* words = reinterpret_cast<uint32_t*>(control.Data());
  pump_.emplace(slab_, ControlWords(words, control.ElementLength()),
                std::span(counters.Data(), counters.ElementLength()), settings);
}

Napi::Value PumpHandle::Add(const Napi::CallbackInfo& info) {
  const Address address = address_of(info[0], info[1], info[2]);
  uint16_t bound = 0;
  const OpenFailure failure = pump_->add(address, bound);
  if (failure.error == 0) return Napi::Number::New(info.Env(), bound);
  Napi::Array refusal = Napi::Array::New(info.Env(), 2);
  refusal.Set(0u, Napi::Number::New(info.Env(), failure.error));
  refusal.Set(1u, Napi::String::New(info.Env(), failure.what));
  return refusal;
}

Napi::Value PumpHandle::Run(const Napi::CallbackInfo& info) {
  const uint32_t wait_ms = info[1].As<Napi::Number>().Uint32Value();
  if (!info[0].IsFunction()) {
    auto* handle = KernelHandle::Unwrap(info[0].As<Napi::Object>());
    KernelCall call = {handle->kernel(), *pump_, slab_};
    return Napi::Number::New(info.Env(), pump_->run({answer_in_kernel, &call}, wait_ms).received);
  }
  ScriptCall call = {info.Env(), info.This(), info[0]};
  const Turn turn = pump_->run({answer_in_script, &call}, wait_ms);
  if (turn.breach) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), turn.received);
}

void PumpHandle::KeepSlow(const Napi::CallbackInfo& info) {
  pump_->keep_slow(info[0].As<Napi::Number>().Uint32Value(),
                   info[1].As<Napi::Number>().Uint32Value());
}

Napi::Value PumpHandle::TakeSlow(const Napi::CallbackInfo& info) {
  auto sockets = info[0].As<Napi::Uint8Array>();
  const uint32_t count = pump_->take_slow({sockets.Data(), sockets.ElementLength()});
  return Napi::Number::New(info.Env(), count);
}

Napi::Value PumpHandle::Send(const Napi::CallbackInfo& info) {
  const Address to = address_of(info[1], info[2], info[3]);
  const auto message = info[4].As<Napi::Uint8Array>();
  const int error = pump_->send(info[0].As<Napi::Number>().Uint32Value(), to,
                                {message.Data(), message.ElementLength()});
  return Napi::Number::New(info.Env(), error);
}

}  // namespace azimuth
