// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/kernel.h"

#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <cstdio>

#include "tests/kernel/support/files.h"

namespace picket::test {

KernelRelease kernel_release() {
  utsname names{};
  KernelRelease release;
  EXPECT_EQ(0, uname(&names));
  EXPECT_EQ(2, std::sscanf(names.release, "%d.%d", &release.first, &release.second)) << names.release;
  return release;
}

bool runs_bpf_lsm() { return ("," + read_file("/sys/kernel/security/lsm") + ",").find(",bpf,") != std::string::npos; }

}  // namespace picket::test
