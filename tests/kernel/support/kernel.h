// SPDX-License-Identifier: Apache-2.0
//
// Which kernel the guest runs, for the few cases where kernels differ: a case asserts what an older kernel does
// instead.
#pragma once

#include <utility>

namespace picket::test {

using KernelRelease = std::pair<int, int>;  // major, minor

// The first two numbers of uname -r.
KernelRelease kernel_release();

// Whether `bpf` is among its security modules. Where it is not, programs are at the ends of functions and observe only.
bool runs_bpf_lsm();

}  // namespace picket::test
