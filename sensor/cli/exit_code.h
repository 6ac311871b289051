// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace picket::cli {

// ExitCode::Ok = 0, ...: the rows of exit_codes.def.
enum class ExitCode : int {
#define EXIT_CODE(number, name, when) name = number,
#include "sensor/cli/exit_codes.def"
#undef EXIT_CODE
};

}  // namespace picket::cli
