// SPDX-License-Identifier: Apache-2.0
//
// picket reload.
#include <cstdio>

#include "sensor/cli/commands.h"
#include "sensor/cli/service.h"
#include "sensor/pipeline/control.h"

namespace picket::cli {
namespace {

// In the order of Verdict.
constexpr ExitCode kCodes[] = {ExitCode::Ok, ExitCode::Rules, ExitCode::Failure, ExitCode::Untrusted};

}  // namespace

ExitCode reload(const Config& config) {
  const auto answer = ask_sensor(config.control, "reload");
  if (!answer) {
    say(answer.error());
    return ExitCode::Failure;
  }
  std::fputs(answer->text.c_str(), answer->verdict == Verdict::Done ? stdout : stderr);
  return kCodes[static_cast<std::size_t>(answer->verdict)];
}

}  // namespace picket::cli
