// SPDX-License-Identifier: Apache-2.0
//
// Processors: which ones this thread may use, staying on one, and having the system give each
// thread what its own processor received.
#pragma once
#include <cstdint>

namespace azimuth {

// The number of the processor at place `index` of those that this thread may use, going round when
// there are fewer; -1 if the system does not say.
int cpu_at(uint32_t index) noexcept;
// How many processors this thread may use; 0 if the system does not say.
uint32_t cpu_count() noexcept;

// Keeps this thread on one processor. 0 or an errno.
int pin_thread(int cpu) noexcept;

// Attaches a classic BPF program to the reuseport group of a bound socket (SO_ATTACH_REUSEPORT_CBPF):
// what processor cpu_at(i) received goes to the i-th socket of the group, for i below `workers`; what
// another received goes by hash, as does everything for a socket that is gone. 0 or an errno.
//
// Every member may attach it, and the last one counts for all. The order of a group is that of
// binding. A socket that is closed leaves its place to the last one, so after the restart of a
// thread two of them may have changed places until the process is started anew: a matter of speed.
int attach_spread(int fd, uint32_t workers) noexcept;

}  // namespace azimuth
