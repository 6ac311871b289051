// SPDX-License-Identifier: Apache-2.0
//
// How much a case does: what is usual takes seconds, since every `make test` waits for it. `make stress` has more done,
// by kernel parameters (run-boot's PARAMETERS): picket.NAME=NUMBER.
#pragma once

namespace picket::test {

// What the kernel was booted with, or the usual number.
long scaled(const char* name, long usual);

}  // namespace picket::test
