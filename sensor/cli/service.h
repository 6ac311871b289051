// SPDX-License-Identifier: Apache-2.0
//
// What the commands that run until they are stopped have in common: signals, and what their end means.
#pragma once

#include <csignal>
#include <variant>

#include "rules/event/result.h"
#include "sensor/cli/exit_code.h"
#include "sensor/kernel/kernel.h"

namespace picket::cli {

// SIGTERM and SIGINT set it from here on. Writes that fail by a signal (SIGPIPE, SIGXFSZ) fail with an errno instead.
const volatile std::sig_atomic_t& handle_stop_signals();

// Says the error, if that is what it ended with.
ExitCode exit_code_of(const std::variant<std::monostate, KernelError, Error>& ended);

// To the log, with its hint.
void say(const Error& error);

}  // namespace picket::cli
