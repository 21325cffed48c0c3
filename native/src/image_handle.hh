// SPDX-License-Identifier: Apache-2.0
//
// The opener as JavaScript calls it. Arguments are checked there and trusted here.
#pragma once
#include <napi.h>

namespace azimuth {

// verifyImage(table: Uint8Array, plans: Int32Array, root, planRows): [fault, segment, offset], the
// numbers of Opened; fault 0 means that the table may be published. Once at a start: it allocates.
Napi::Value verify_image(const Napi::CallbackInfo& info);

}  // namespace azimuth
