// SPDX-License-Identifier: Apache-2.0
//
// picket run.
#include <spdlog/spdlog.h>

#include <utility>

#include "sensor/cli/commands.h"
#include "sensor/cli/service.h"
#include "sensor/pipeline/sensor.h"

namespace picket::cli {

ExitCode run(const Config& config) {
  LoadedPolicy loaded = load_policy(config.rules, Purpose::Run);
  if (!loaded.ok) return ExitCode::Rules;
  if (loaded.policy.rules.empty()) {
    spdlog::error("no rule is enabled: there is nothing to watch for");
    return ExitCode::Rules;
  }
  return exit_code_of(run_sensor(config, std::move(loaded.policy), handle_signals(true)));
}

}  // namespace picket::cli
