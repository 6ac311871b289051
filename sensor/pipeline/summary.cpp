// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/summary.h"

#include <spdlog/spdlog.h>

namespace picket {
namespace {

void say_events(const EngineCounters& counters) {
  std::uint64_t lost = 0;
  for (const std::uint64_t count : counters.lost) lost += count;
  spdlog::info("stopped: {} events, {} alerts, {} lost, {} malformed", counters.events, counters.alerts, lost,
               counters.malformed());
  for (std::size_t cause = 0; cause < counters.refused.size(); ++cause) {
    const std::uint64_t count = counters.refused[cause];
    if (count != 0) spdlog::error("{} times: {}", count, describe(static_cast<DecodeError>(cause)));
  }
}

void say_outcomes(const HoldingCounters& waited) {
  if (waited.held + waited.refused == 0) return;
  spdlog::info("outcomes: {} awaited, {} not known in time, {} not awaited for want of room", waited.held,
               waited.overdue, waited.refused);
}

void say_rates(const RateCounters& rates, std::uint64_t forgotten_subjects) {
  if (rates.throttled != 0) spdlog::info("throttled: {} alerts were suppressed", rates.throttled);
  if (rates.throttles_evicted != 0) {
    spdlog::warn("throttled: {} keys gave way to others and began anew", rates.throttles_evicted);
  }
  if (rates.thresholds_evicted != 0) {
    spdlog::warn("thresholds: what was counted for {} keys was forgotten, there were too many",
                 rates.thresholds_evicted);
  }
  if (forgotten_subjects != 0) {
    spdlog::warn("sequences: {} subjects were forgotten, there were too many", forgotten_subjects);
  }
}

void say_hashes(const HashCounters& hashes, std::uint64_t files_read) {
  if (hashes.asked == 0) return;
  spdlog::info("hashes: {} awaited, {} known; {} files were read", hashes.asked, hashes.known, files_read);
  for (std::size_t problem = 0; problem < kHashProblems; ++problem) {
    const std::uint64_t count = hashes.missing[problem];
    if (count != 0) spdlog::warn("hashes: {} missing: {}", count, describe(static_cast<HashProblem>(problem)));
  }
}

void say_rules(const std::map<std::string, RuleCount>& counts) {
  for (const auto& [rule, count] : counts) {
    spdlog::info("rule '{}': {} denied, {} killed, {} would have been denied, {} would have been killed", rule,
                 count.denied, count.killed, count.would_deny, count.would_kill);
  }
}

// Without a loss only those say something that have a queue: what others got is what was written.
void say_outputs(const Outputs& outputs) {
  for (const auto& sink : outputs.sinks()) {
    if (sink->traits().queue_bytes == 0) continue;
    const LedgerCounts counts = sink->counts();
    spdlog::info("{}: {} produced, {} delivered, {} spooled, {} dropped", sink->name(), counts.produced,
                 counts.delivered, counts.spooled, counts.all_dropped());
  }
  for (const std::string& loss : outputs.losses()) spdlog::error("{}", loss);
}

}  // namespace

void say_summary(const Engine& engine, const KernelSide& kernel, const Hasher& hasher, const Outputs& outputs,
                 const std::map<std::string, RuleCount>& counts) {
  say_events(engine.counters());
  say_outcomes(engine.waited(Wait::Result));
  say_rates(engine.rates(), engine.sequences().evicted());
  say_hashes(engine.hashes(), hasher.files_read());
  say_rules(counts);
  if (kernel.reordered() != 0) spdlog::warn("{} events came after younger ones", kernel.reordered());
  say_outputs(outputs);
}

}  // namespace picket
