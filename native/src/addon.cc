// SPDX-License-Identifier: Apache-2.0
//
// The Node-API surface and nothing else: unwrap, call, return a number. Arguments are checked in
// src/io/native.ts, where a wrong one can be explained. Here they are trusted.
//
// There is no state of the process: every worker thread loads the addon for itself, and what it
// makes ends with its environment.
#include <napi.h>

#include "gen/layout.hh"
#include "src/cpus.hh"
#include "src/image_handle.hh"
#include "src/kernel_handle.hh"
#include "src/pump_handle.hh"

namespace azimuth {

namespace {

Napi::Value LayoutFingerprint(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), layout_fingerprint);
}

// cpuAt(index): the number of that processor among those this thread may use, or -1.
Napi::Value CpuAt(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), cpu_at(info[0].As<Napi::Number>().Uint32Value()));
}

// pinThread(cpu): 0 or an errno.
Napi::Value PinThread(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), pin_thread(info[0].As<Napi::Number>().Int32Value()));
}

template <Napi::Value (*function)(const Napi::CallbackInfo&)>
void set(Napi::Object& exports, const char* name) {
  exports.Set(name, Napi::Function::New<function>(exports.Env(), name));
}

}  // namespace

}  // namespace azimuth

// Outside of the namespace: the macro makes an identifier of its name.
static Napi::Object init_azimuth(Napi::Env env, Napi::Object exports) {
  using namespace azimuth;
  set<LayoutFingerprint>(exports, "layoutFingerprint");
  set<CpuAt>(exports, "cpuAt");
  set<PinThread>(exports, "pinThread");
  set<verify_image>(exports, "verifyImage");
  exports.Set("slabSize", Napi::Number::New(env, slab_size));
  exports.Set("slowAt", Napi::Number::New(env, slow_at));
  exports.Set("slowMax", Napi::Number::New(env, slow_max));
  exports.Set("Pump", PumpHandle::define(env));
  exports.Set("Kernel", KernelHandle::define(env));
  return exports;
}

NODE_API_MODULE(azimuth, init_azimuth)
