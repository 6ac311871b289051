// SPDX-License-Identifier: Apache-2.0
//
// What the commands that ask the running sensor have in common.
#pragma once

#include <string_view>

#include "sensor/cli/exit_code.h"
#include "sensor/pipeline/config.h"

namespace picket::cli {

// Sends the request to the sensor that listens on the configured socket and prints its answer.
ExitCode ask(const Config& config, std::string_view request);

}  // namespace picket::cli
