// SPDX-License-Identifier: Apache-2.0
//
// picket reload and status, and what they have in common with picket enforce.
#include "sensor/cli/ask.h"

#include <cstdio>

#include "sensor/cli/commands.h"
#include "sensor/cli/service.h"
#include "sensor/pipeline/control.h"

namespace picket::cli {
namespace {

// In the order of Verdict.
constexpr ExitCode kCodes[] = {ExitCode::Ok, ExitCode::Rules, ExitCode::Failure, ExitCode::Untrusted};

}  // namespace

ExitCode ask(const Config& config, std::string_view request) {
  const auto answer = ask_sensor(config.control, request);
  if (!answer) {
    say(answer.error());
    return ExitCode::Failure;
  }
  std::fputs(answer->text.c_str(), answer->verdict == Verdict::Done ? stdout : stderr);
  return kCodes[static_cast<std::size_t>(answer->verdict)];
}

ExitCode reload(const Config& config) { return ask(config, "reload"); }

ExitCode status(const Config& config, bool json) { return ask(config, json ? "status json" : "status"); }

}  // namespace picket::cli
