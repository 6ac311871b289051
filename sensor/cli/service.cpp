// SPDX-License-Identifier: Apache-2.0
#include "sensor/cli/service.h"

#include <spdlog/spdlog.h>

namespace picket::cli {
namespace {

volatile std::sig_atomic_t stop_requested = 0;

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

const volatile std::sig_atomic_t& handle_stop_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_requested = 1; };
  sigemptyset(&action.sa_mask);  // no SA_RESTART: the wait for records must end
  for (const int signal : {SIGTERM, SIGINT}) sigaction(signal, &action, nullptr);

  // Failed writes are reported by the sinks: a reader that goes away or a file-size limit must not end the sensor.
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  for (const int signal : {SIGPIPE, SIGXFSZ}) sigaction(signal, &ignore, nullptr);
  return stop_requested;
}

ExitCode exit_code_of(const std::variant<std::monostate, KernelError, Error>& ended) {
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

void say(const Error& error) {
  spdlog::error("{}", error.message);
  if (!error.hint.empty()) spdlog::info("hint: {}", error.hint);
}

}  // namespace picket::cli
