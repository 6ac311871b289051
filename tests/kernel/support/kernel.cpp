// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/kernel.h"

#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <cstdio>

namespace picket::test {

KernelRelease kernel_release() {
  utsname names{};
  KernelRelease release;
  EXPECT_EQ(0, uname(&names));
  EXPECT_EQ(2, std::sscanf(names.release, "%d.%d", &release.first, &release.second)) << names.release;
  return release;
}

}  // namespace picket::test
