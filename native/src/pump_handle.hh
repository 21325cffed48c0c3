// SPDX-License-Identifier: Apache-2.0
//
// A Pump as JavaScript holds it. Arguments are checked in src/io/native.ts and trusted here.
#pragma once
#include <napi.h>

#include <optional>

#include "src/pump.hh"

namespace azimuth {

// Keeps the memories alive for as long as it points into them.
class PumpHandle : public Napi::ObjectWrap<PumpHandle> {
 public:
  static Napi::Function define(Napi::Env env);

  // new Pump(slab: Uint8Array, control: Int32Array, counters: Float64Array, settings)
  explicit PumpHandle(const Napi::CallbackInfo& info);

 private:
  // add(octets: Uint8Array, family, port): the port that was bound, or [errno, what] if it was not.
  Napi::Value Add(const Napi::CallbackInfo& info);
  // run(answer, waitMs): requests of the turn. `answer` is a Kernel, or a function (count, root,
  // first) whose exceptions are thrown.
  Napi::Value Run(const Napi::CallbackInfo& info);
  // keepSlow(first, count): for an answer in JavaScript, in its call.
  void KeepSlow(const Napi::CallbackInfo& info);
  // takeSlow(sockets: Uint8Array): how many slots lie at slowAt.
  Napi::Value TakeSlow(const Napi::CallbackInfo& info);
  // send(socket, octets: Uint8Array, family, port, message: Uint8Array): 0 or an errno.
  Napi::Value Send(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo&) { pump_->close(); }

  Napi::ObjectReference memories_[3];
  std::span<uint8_t> slab_;
  std::optional<Pump> pump_;
};

}  // namespace azimuth
