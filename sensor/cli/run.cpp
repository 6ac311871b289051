// SPDX-License-Identifier: Apache-2.0
//
// picket run.
#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

#include "sensor/cli/commands.h"
#include "sensor/cli/service.h"
#include "sensor/pipeline/sensor.h"

namespace picket::cli {

ExitCode run(const Config& config) {
  // First, so that no change after the files were read is missed.
  auto watch = config.watch_rules ? std::make_unique<RuleWatch>(config.rules) : nullptr;
  LoadedPolicy loaded = load_policy(config.rules, Purpose::Run);
  if (!loaded.ok) return ExitCode::Rules;
  if (loaded.policy.rules.empty()) {
    spdlog::error("no rule is enabled: there is nothing to watch for");
    return ExitCode::Rules;
  }
  return exit_code_of(run_sensor(config, std::move(loaded.policy), std::move(watch), handle_signals(true)));
}

}  // namespace picket::cli
