// SPDX-License-Identifier: Apache-2.0
//
// What the commands that run until they are stopped have in common: signals, and what their end means.
#pragma once

#include <variant>

#include "rules/event/result.h"
#include "sensor/cli/exit_code.h"
#include "sensor/kernel/kernel.h"
#include "sensor/pipeline/sensor.h"

namespace picket::cli {

// SIGTERM and SIGINT set `stop` from here on; so does SIGHUP, unless `reloads`: then it sets `reload`. Writes that fail
// by a signal (SIGPIPE, SIGXFSZ) fail with an errno instead.
Signals& handle_signals(bool reloads);

// Says the error, if that is what it ended with.
ExitCode exit_code_of(const std::variant<std::monostate, KernelError, Error>& ended);

// To the log, with its hint.
void say(const Error& error);

}  // namespace picket::cli
