// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/kernel.h"

#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <cstdio>

namespace picket::test {
namespace {

// GTEST_SKIP returns from the function it stands in.
void skip(KernelRelease needed, const char* reason) {
  GTEST_SKIP() << "before " << needed.first << "." << needed.second << ": " << reason;
}

}  // namespace

KernelRelease kernel_release() {
  utsname names{};
  KernelRelease release;
  EXPECT_EQ(0, uname(&names));
  EXPECT_EQ(2, std::sscanf(names.release, "%d.%d", &release.first, &release.second)) << names.release;
  return release;
}

bool requires_kernel(int major, int minor, const char* reason) {
  const KernelRelease needed{major, minor};
  if (kernel_release() >= needed) return true;
  skip(needed, reason);
  return false;
}

}  // namespace picket::test
