// SPDX-License-Identifier: Apache-2.0
//
// What is measured: operations, each a function that does it once. Static tables, made for one process without threads
// that runs as root in a guest whose /run is a tmpfs.
#pragma once

#include <span>

namespace bench {

inline void nothing() {}

struct Operation {
  const char* kind;  // of the event that it makes, as bpf/shared/kinds.def names it; "-" when it makes none
  const char* name;
  int (*act)();                // counted; negative when it failed
  void (*before)() = nothing;  // not counted
  void (*after)() = nothing;
};

// Those of the table of increments in docs/performance.md. They make no events but in act().
std::span<const Operation> increments();

// The one that a deny rule refuses; without one it succeeds.
std::span<const Operation> refused();

// One or more for every kind of event that an operation can make.
std::span<const Operation> every_hook();

// Makes what they work on, once; false and errno when it cannot. `program` is what gets executed.
bool prepare(const char* program);

// Ends the processes that prepare() made.
void finish();

}  // namespace bench
