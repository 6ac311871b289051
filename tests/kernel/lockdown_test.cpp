// SPDX-License-Identifier: Apache-2.0
//
// lockdown: what is asked for, with every wire field, on kernels that are not locked down and on one that is.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/kernel/support/system_events.h"

namespace picket::test {
namespace {

constexpr int kDevMem = 2;  // LOCKDOWN_DEV_MEM, in all kernels so far

Way open_memory(int error) {
  const bool opened = error == 0;
  return {"/dev/mem",
          "lockdown",
          SYS_openat,
          [=] { return (open("/dev/mem", O_RDONLY) >= 0) == opened ? 0 : 1; },
          {{{"lockdown.reason", std::to_string(kDevMem)}, {"header.error", std::to_string(error)}}}};
}

TEST_F(SystemEvents, EveryWireFieldOfLockdown) { expect_ways("lockdown", {open_memory(0)}); }

}  // namespace

// The boot parameter lockdown=integrity.
TEST(LockedDown, RefusalsAreTold) {
  Sensor sensor({.rules = wire_rule("lockdown", "lockdown", "lockdown.reason exists") + kEndRule});
  expect_ways(sensor, "lockdown", {open_memory(-EPERM)});
}

}  // namespace picket::test
