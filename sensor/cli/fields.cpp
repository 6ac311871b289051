// SPDX-License-Identifier: Apache-2.0
//
// picket fields.
#include <cstdio>

#include "sensor/cli/commands.h"
#include "sensor/cli/field_list.h"

namespace picket::cli {

// The command line takes no other names of formats.
ExitCode fields(const std::string& format) {
  const std::string text = list_fields(*field_list_format(format));
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return written ? ExitCode::Ok : ExitCode::Failure;
}

}  // namespace picket::cli
