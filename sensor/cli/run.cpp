// SPDX-License-Identifier: Apache-2.0
//
// picket run.
#include <spdlog/spdlog.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "sensor/cli/commands.h"
#include "sensor/cli/service.h"
#include "sensor/pipeline/ruleset.h"
#include "sensor/pipeline/sensor.h"

namespace picket::cli {
namespace {

// A signature that changes is a change of the rules, too.
std::unique_ptr<RuleWatch> watch_rules(const Config& config) {
  if (!config.watch_rules) return nullptr;
  std::vector<std::string> paths = config.rules;
  if (!config.trusted_keys.empty()) paths.push_back(config.policy_signature);
  return std::make_unique<RuleWatch>(std::move(paths));
}

}  // namespace

ExitCode run(const Config& config) {
  std::unique_ptr<trust::Trust> trust;
  if (!config.trusted_keys.empty()) {
    auto opened = trust::Trust::open({config.trusted_keys, config.policy_signature, config.policy_record});
    if (!opened) {
      say(opened.error());
      return ExitCode::Untrusted;
    }
    trust = std::move(*opened);
  }
  // First, so that no change after the files were read is missed.
  auto watch = watch_rules(config);
  CompiledRules rules = compile_rules(config.rules, plan_options(config), trust.get());
  for (const Diagnostic& diagnostic : rules.compiled.diagnostics) std::fputs(render(diagnostic).c_str(), stderr);
  if (!rules.trusted) return ExitCode::Untrusted;
  if (has_errors(rules.compiled.diagnostics)) return ExitCode::Rules;
  if (rules.compiled.policy.rules.empty()) {
    spdlog::error("no rule is enabled: there is nothing to watch for");
    return ExitCode::Rules;
  }
  RuleSource source{std::move(rules.compiled.policy), std::move(rules.plan), std::move(watch), trust.get(),
                    std::move(rules.approval)};
  return exit_code_of(run_sensor(config, std::move(source), handle_signals(true)));
}

}  // namespace picket::cli
