// SPDX-License-Identifier: Apache-2.0
//
// picket replay.
#include "sensor/pipeline/replay.h"

#include <chrono>
#include <cstdio>

#include "sensor/cli/commands.h"
#include "sensor/cli/service.h"

namespace picket::cli {
namespace {

// What was played, and how fast: for people, on standard error.
void say_report(const std::string& file, const ReplayReport& report, double seconds) {
  const double records = static_cast<double>(report.records);
  std::fprintf(stderr, "picket: %s: %llu events, %llu alerts, %llu lost, %.3f seconds, %.0f events/s\n", file.c_str(),
               static_cast<unsigned long long>(report.records), static_cast<unsigned long long>(report.alerts),
               static_cast<unsigned long long>(report.lost), seconds, seconds > 0 ? records / seconds : 0.0);
  const RecordingEnd& end = report.end;
  if (end.whole) return;
  std::fprintf(
      stderr,
      "picket: %s ends early: %s; %llu blocks were whole, up to byte %llu and %.3f seconds after the boot; %llu "
      "bytes behind them were not read\n",
      file.c_str(), end.reason.c_str(), static_cast<unsigned long long>(end.blocks),
      static_cast<unsigned long long>(end.offset), static_cast<double>(end.last_time) / 1e9,
      static_cast<unsigned long long>(end.unread));
}

}  // namespace

ExitCode replay(const Config& config, const std::vector<std::string>& files) {
  const LoadedPolicy loaded = load_policy(config.rules);
  if (!loaded.ok) return ExitCode::Rules;

  ExitCode code = ExitCode::Ok;
  for (const std::string& file : files) {
    const auto begin = std::chrono::steady_clock::now();
    const auto report = picket::replay(file, loaded.policy, config);
    if (!report) {
      say(report.error());
      return ExitCode::Failure;
    }
    say_report(file, *report, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    if (!report->end.whole) code = ExitCode::Incomplete;
  }
  return code;
}

}  // namespace picket::cli
