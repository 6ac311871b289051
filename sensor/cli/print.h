// SPDX-License-Identifier: Apache-2.0
//
// Text that a command was asked for.
#pragma once

#include <cstdio>
#include <string>

#include "sensor/cli/exit_code.h"

namespace picket::cli {

// To standard output, all of it; Failure when that cannot be written.
inline ExitCode print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return written ? ExitCode::Ok : ExitCode::Failure;
}

}  // namespace picket::cli
