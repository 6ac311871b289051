// SPDX-License-Identifier: Apache-2.0
//
// userfaultfd: by system call and by /dev/userfaultfd, with every wire field.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/system_events.h"

namespace picket::test {
namespace {

constexpr const char* kDevice = "/dev/userfaultfd";  // since 6.1
constexpr unsigned kFlags = O_CLOEXEC | O_NONBLOCK;
constexpr unsigned kNoSuchFlag = 4;

Fields fields(unsigned flags, int error = 0) {
  return {{"userfaultfd.flags", std::to_string(flags)}, {"header.error", std::to_string(error)}};
}

TEST_F(SystemEvents, EveryWayAndWireFieldOfUserfaultfd) {
  std::vector<Way> ways = {
    {"system call",
     "userfaultfd",
     SYS_userfaultfd,
     [] { return syscall(SYS_userfaultfd, kFlags) < 0; },
     {fields(kFlags)}},
    {"refused",
     "userfaultfd",
     SYS_userfaultfd,
     [] { return syscall(SYS_userfaultfd, kNoSuchFlag) >= 0; },
     {fields(kNoSuchFlag, -EINVAL)}},
#if defined(__x86_64__)
    {"32 bits", "userfaultfd", 374, [] { return compat_call(374, kFlags) < 0; }, {fields(kFlags)}, true},
#endif
  };
  if (access(kDevice, F_OK) == 0) {
    ways.push_back({"device",
                    "userfaultfd",
                    SYS_ioctl,
                    [] { return ioctl(open(kDevice, O_RDWR), USERFAULTFD_IOC_NEW, kFlags) < 0; },
                    {fields(kFlags)}});
  }
  expect_ways("userfaultfd", ways);
}

}  // namespace
}  // namespace picket::test
