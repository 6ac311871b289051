// SPDX-License-Identifier: Apache-2.0
//
// Which kernel the guest runs, for the few cases where kernels differ. A case says what an older kernel does instead
// and asserts that; only where there is nothing to assert it is skipped, with the reason:
//
//   TEST(Ring, Submits) {
//     if (!requires_kernel(6, 1, "io_uring has no setxattr")) return;
#pragma once

#include <utility>

namespace picket::test {

using KernelRelease = std::pair<int, int>;  // major, minor

// The first two numbers of uname -r.
KernelRelease kernel_release();

// False on an older kernel: the case is SKIPPED then, which ctest and `make test` count and show, and has to return.
[[nodiscard]] bool requires_kernel(int major, int minor, const char* reason);

}  // namespace picket::test
