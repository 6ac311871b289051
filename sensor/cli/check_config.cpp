// SPDX-License-Identifier: Apache-2.0
//
// picket check-config. The mistakes that can be seen in the file are said while it is read, as for `run`; here is what
// only others can say.
#include <chrono>
#include <cstdio>

#include "exporters/sink/sink_types.h"
#include "rules/event/diagnostic.h"
#include "sensor/cli/commands.h"

namespace picket::cli {

ExitCode check_config(const Config& config, const std::string& path, std::optional<std::uint64_t> seconds) {
  std::size_t asked = 0, failed = 0;
  for (const SinkConfig& sink : config.sinks) {
    if (!seconds || sink.type->connect == nullptr) continue;
    ++asked;
    const auto answer = sink.type->connect(sink.settings, std::chrono::seconds(*seconds));
    if (answer) continue;
    ++failed;
    Diagnostic diagnostic;
    diagnostic.where.file = path;
    diagnostic.where.line = sink.line;
    diagnostic.message = "output " + sink.name + ": " + answer.error().message;
    diagnostic.hint = answer.error().hint;
    std::fputs(render(diagnostic).c_str(), stderr);
  }
  if (failed > 0) return ExitCode::Unreachable;
  if (seconds) {
    std::printf("%s: all right; %zu outputs were asked and take messages\n", path.c_str(), asked);
  } else {
    std::printf("%s: all right\n", path.c_str());
  }
  return ExitCode::Ok;
}

}  // namespace picket::cli
