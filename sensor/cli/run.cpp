// SPDX-License-Identifier: Apache-2.0
//
// picket run.
#include <spdlog/spdlog.h>

#include "sensor/cli/commands.h"
#include "sensor/cli/service.h"
#include "sensor/pipeline/sensor.h"

namespace picket::cli {

ExitCode run(const Config& config) {
  const LoadedPolicy loaded = load_policy(config.rules);
  if (!loaded.ok) return ExitCode::Rules;
  if (loaded.policy.rules.empty()) {
    spdlog::error("no rule is enabled: there is nothing to watch for");
    return ExitCode::Rules;
  }
  return exit_code_of(run_sensor(config, loaded.policy, handle_stop_signals()));
}

}  // namespace picket::cli
