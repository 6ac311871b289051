// SPDX-License-Identifier: Apache-2.0
//
// io_uring: rings that are set up, with every wire field. What rings then do is tested with the kinds of it.
#include <gtest/gtest.h>
#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/system_events.h"

namespace picket::test {
namespace {

// The ring's descriptor is the first that is free.
constexpr int kDescriptor = 3;

int set_up(unsigned entries, unsigned flags, unsigned completions) {
  io_uring_params parameters{};
  parameters.flags = flags;
  parameters.cq_entries = completions;
  syscall(SYS_close_range, kDescriptor, ~0u, 0);
  return static_cast<int>(syscall(SYS_io_uring_setup, entries, &parameters));
}

Fields fields(unsigned flags, unsigned entries, unsigned completions) {
  return {{"io_uring.flags", std::to_string(flags)},
          {"io_uring.entries", std::to_string(entries)},
          {"io_uring.completions", std::to_string(completions)},
          {"io_uring.descriptor", std::to_string(kDescriptor)}};
}

TEST_F(SystemEvents, EveryWayAndWireFieldOfIoUring) {
  constexpr unsigned kFlags = IORING_SETUP_SQPOLL | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  expect_ways("io_uring", {
    {"plain", "io_uring_setup", SYS_io_uring_setup, [] { return set_up(5, 0, 0) != kDescriptor; }, {fields(0, 8, 16)}},
        {"polled, of a size",
         "io_uring_setup",
         SYS_io_uring_setup,
         [] { return set_up(1, kFlags, 64) != kDescriptor; },
         {fields(kFlags, 1, 64)}},
#if defined(__x86_64__)
        {"32 bits",
         "io_uring_setup",
         425,
         [] {
           const io_uring_params parameters{};
           syscall(SYS_close_range, kDescriptor, ~0u, 0);
           return compat_call(425, 2, low_copy(&parameters, sizeof parameters)) != kDescriptor;
         },
         {fields(0, 2, 4)},
         true},
#endif
        {"refused", "io_uring_setup", SYS_io_uring_setup, [] { return set_up(0, 0, 0) >= 0; }, {}},
  });
}

}  // namespace
}  // namespace picket::test
