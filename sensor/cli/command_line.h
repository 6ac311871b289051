// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sensor/cli/exit_code.h"

namespace picket::cli {

// Parses the arguments and runs the subcommand they name. Wrong arguments are explained on stderr.
ExitCode command_line(int argc, char** argv);

}  // namespace picket::cli
