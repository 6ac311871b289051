// SPDX-License-Identifier: Apache-2.0
#include "sensor/cli/service.h"

#include <spdlog/spdlog.h>

#include <csignal>

namespace picket::cli {
namespace {

Signals signals;

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);  // no SA_RESTART: the wait for records must end
  sigaction(signal, &action, nullptr);
}

void stop(int) { signals.stop = 1; }
void reload(int) { signals.reload = 1; }

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

Signals& handle_signals(bool reloads) {
  for (const int signal : {SIGTERM, SIGINT}) handle(signal, stop);
  handle(SIGHUP, reloads ? reload : stop);
  // Failed writes are reported by the sinks: a reader that goes away or a file-size limit must not end the sensor.
  for (const int signal : {SIGPIPE, SIGXFSZ}) handle(signal, SIG_IGN);
  return signals;
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
