// SPDX-License-Identifier: Apache-2.0
//
// picket run.
#include <spdlog/spdlog.h>

#include <csignal>

#include "sensor/cli/commands.h"
#include "sensor/pipeline/sensor.h"

namespace picket::cli {
namespace {

volatile std::sig_atomic_t stop_requested = 0;

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_requested = 1; };
  sigemptyset(&action.sa_mask);  // no SA_RESTART: the wait for records must end
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaction(signal, &action, nullptr);

  // Failed writes are reported by the sinks: a reader that goes away or a file-size limit must not end the sensor.
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  for (const int signal : {SIGPIPE, SIGXFSZ}) sigaction(signal, &ignore, nullptr);
}

void say(const Error& error) {
  spdlog::error("{}", error.message);
  if (!error.hint.empty()) spdlog::info("hint: {}", error.hint);
}

ExitCode code_of(KernelError::Cause cause) {
  switch (cause) {
    case KernelError::Cause::NotPermitted:
      return ExitCode::NotPermitted;
    case KernelError::Cause::Unsupported:
      return ExitCode::Unsupported;
    case KernelError::Cause::Failed:
      break;
  }
  return ExitCode::Failure;
}

}  // namespace

ExitCode run(const Config& config) {
  const LoadedPolicy loaded = load_policy(config.rules);
  if (!loaded.ok) return ExitCode::Rules;
  if (loaded.policy.rules.empty()) {
    spdlog::error("no rule is enabled: there is nothing to watch for");
    return ExitCode::Rules;
  }

  handle_signals();
  const auto ended = run_sensor(config, loaded.policy, stop_requested);
  if (const auto* error = std::get_if<KernelError>(&ended)) {
    say(error->error);
    return code_of(error->cause);
  }
  if (const auto* error = std::get_if<Error>(&ended)) {
    say(*error);
    return ExitCode::Failure;
  }
  return ExitCode::Ok;
}

}  // namespace picket::cli
