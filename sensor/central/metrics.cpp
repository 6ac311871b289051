// SPDX-License-Identifier: Apache-2.0
#include "sensor/central/metrics.h"

#include <algorithm>
#include <string>

#include "sensor/pipeline/metrics.h"

namespace picket::central {
namespace {

double number(std::uint64_t count) { return static_cast<double>(count); }

// Of partitions of which the brokers have told their end.
void add_lag(Samples& samples, const MemberSources& sources) {
  for (const auto& [partition, position] : sources.member.positions()) {
    const auto end = sources.consumer.end_of(partition);
    if (!end) continue;
    const auto lag = std::max<std::int64_t>(*end - position, 0);
    samples.add(Metric::central_lag, {std::to_string(partition)}, static_cast<double>(lag));
  }
}

}  // namespace

Samples measure(const MemberSources& sources) {
  Samples samples;
  add_process(samples, sources.started);
  const MemberCounts& counts = sources.member.counts();
  samples.add(Metric::central_messages, {}, number(counts.messages));
  for (std::size_t i = 0; i < kProblems; ++i)
    samples.add(Metric::central_unreadable, {problem_name(static_cast<Problem>(i))}, number(counts.problems[i]));
  samples.add(Metric::central_events, {}, number(sources.evaluation.events()));
  samples.add(Metric::central_partitions, {}, number(sources.member.positions().size()));
  add_lag(samples, sources);
  samples.add(Metric::alerts, {}, number(sources.evaluation.alerts()));
  samples.add(Metric::rules, {}, number(sources.rules));
  add_sinks(samples, sources.outputs);
  return samples;
}

}  // namespace picket::central
