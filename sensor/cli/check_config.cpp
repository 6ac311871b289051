// SPDX-License-Identifier: Apache-2.0
//
// picket check-config. The mistakes of single settings are said while the file is read, as for `run`; here is what the
// outputs say of theirs together, and what only others can say.
#include <chrono>
#include <cstdio>

#include "exporters/sink/sink_types.h"
#include "rules/event/diagnostic.h"
#include "sensor/cli/commands.h"

namespace picket::cli {

namespace {

// Says what is wrong with the output; whether that was nothing.
bool is_right(const SinkConfig& sink, const std::string& path, const Result<void>& answer) {
  if (answer) return true;
  Diagnostic diagnostic;
  diagnostic.where.file = path;
  diagnostic.where.line = sink.line;
  diagnostic.message = "output " + sink.name + ": " + answer.error().message;
  diagnostic.hint = answer.error().hint;
  std::fputs(render(diagnostic).c_str(), stderr);
  return false;
}

}  // namespace

ExitCode check_config(const Config& config, const std::string& path, std::optional<std::uint64_t> seconds) {
  std::size_t asked = 0, wrong = 0, failed = 0;
  for (const SinkConfig& sink : config.sinks) {
    if (sink.type->check != nullptr) wrong += !is_right(sink, path, sink.type->check(sink.settings));
  }
  if (wrong > 0) return ExitCode::Usage;
  for (const SinkConfig& sink : config.sinks) {
    if (!seconds || sink.type->connect == nullptr) continue;
    ++asked;
    failed += !is_right(sink, path, sink.type->connect(sink.settings, std::chrono::seconds(*seconds)));
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
