// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

#include "exporters/format/product.h"
#include "rules/event/time.h"

namespace picket {
namespace {

constexpr double kSecond = 1e9;  // nanoseconds

double number(std::uint64_t count) { return static_cast<double>(count); }

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// The second number of /proc/self/statm, in pages.
double resident_bytes() {
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  unsigned long pages = 0;
  const bool read = std::fscanf(file, "%*u %lu", &pages) == 1;
  std::fclose(file);
  return read ? number(pages) * number(static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))) : 0;
}

// A kind that is asked for is there from the beginning: what appears only with its first event is no increase for
// Prometheus.
void add_events(Samples& samples, const MetricSources& sources) {
  const EngineCounters& counters = sources.engine.counters();
  for (unsigned i = 0; i < kKindEnd; ++i) {
    const auto kind = static_cast<Kind>(i);
    const bool wanted = sources.kinds.contains(kind);
    if (wanted || counters.by_kind[i] != 0) samples.add(Metric::events, {kind_name(kind)}, number(counters.by_kind[i]));
    if (wanted || counters.lost[i] != 0) samples.add(Metric::events_lost, {kind_name(kind)}, number(counters.lost[i]));
  }
  samples.add(Metric::alerts, {}, number(counters.alerts));
  for (const LossCause& loss : sources.status.losses) samples.add(Metric::losses, {loss.name}, number(loss.count));
}

void add_rules(Samples& samples, const MetricSources& sources) {
  const auto& decided = sources.status.counts;
  sources.engine.hits().each([&](std::string_view rule, std::uint64_t hits) {
    samples.add(Metric::rule_hits, {rule}, number(hits));
    const auto found = decided.find(std::string(rule));
    if (found == decided.end()) return;
    const RuleCount& count = found->second;
    samples.add(Metric::rule_decisions, {rule, "denied"}, number(count.denied));
    samples.add(Metric::rule_decisions, {rule, "killed"}, number(count.killed));
    samples.add(Metric::rule_decisions, {rule, "would_deny"}, number(count.would_deny));
    samples.add(Metric::rule_decisions, {rule, "would_kill"}, number(count.would_kill));
  });
  samples.add(Metric::rules, {}, number(sources.status.rules));
  samples.add(Metric::generation, {}, sources.status.generation);
  for (const std::string_view state : {"enforce", "audit", "observe", "off"}) {
    samples.add(Metric::enforcement, {state}, state == sources.status.enforcement ? 1 : 0);
  }
}

void add_tables(Samples& samples, const MetricSources& sources) {
  samples.add(Metric::processes, {}, number(sources.status.processes));
  samples.add(Metric::processes_limit, {}, number(sources.processes_limit));
  samples.add(Metric::containers, {}, number(sources.containers));
}

void add_kernel(Samples& samples, const KernelStatistics& kernel) {
  for (const RingState& ring : kernel.rings) {
    samples.add(Metric::ring_size, {ring.name}, number(ring.bytes));
    samples.add(Metric::ring_used, {ring.name}, number(ring.used));
  }
  samples.add(Metric::statistics_enabled, {}, kernel.counts_runs ? 1 : 0);
  for (const ProgramStatistics& program : kernel.programs) {
    samples.add(Metric::program_missed, {program.name}, number(program.missed));
    if (!kernel.counts_runs) continue;  // no number is better than a wrong one
    samples.add(Metric::program_runs, {program.name}, number(program.runs));
    samples.add(Metric::program_time, {program.name}, number(program.nanoseconds) / kSecond);
  }
  for (const MapMemory& map : kernel.maps) samples.add(Metric::map_memory, {map.name}, number(map.bytes));
}

struct ClientRow {
  Metric metric;
  std::uint64_t ClientStatistics::*figure;
  double unit;
};
constexpr ClientRow kClientRows[] = {{Metric::kafka_queued, &ClientStatistics::queued_messages, 1},
                                     {Metric::kafka_queued_bytes, &ClientStatistics::queued_bytes, 1},
                                     {Metric::kafka_sent, &ClientStatistics::sent_messages, 1},
                                     {Metric::kafka_sent_bytes, &ClientStatistics::sent_bytes, 1},
                                     {Metric::kafka_brokers, &ClientStatistics::brokers, 1},
                                     {Metric::kafka_brokers_up, &ClientStatistics::brokers_up, 1},
                                     {Metric::kafka_errors, &ClientStatistics::errors, 1},
                                     {Metric::kafka_retries, &ClientStatistics::retries, 1},
                                     {Metric::kafka_round_trip, &ClientStatistics::round_trip_p99_us, 1e-6},
                                     {Metric::kafka_throttled, &ClientStatistics::throttled_ms, 1e-3},
                                     {Metric::kafka_epochs, &ClientStatistics::producer_epochs, 1}};

void add_sink(Samples& samples, const Sink& sink) {
  const std::string_view name = sink.name();
  const LedgerCounts counts = sink.counts();
  samples.add(Metric::produced, {name}, number(counts.produced));
  samples.add(Metric::delivered, {name}, number(counts.delivered));
  for (std::size_t cause = 0; cause < kDropCauses; ++cause) {
    samples.add(Metric::dropped, {name, drop_cause_name(static_cast<DropCause>(cause))}, number(counts.dropped[cause]));
  }
  samples.add(Metric::shortened, {name}, number(counts.shortened));
  const Latencies& latencies = counts.latencies;
  samples.add(Metric::latency, {name},
              HistogramView{.bounds = Latencies::kBounds, .counts = latencies.counts, .sum = latencies.sum});
  samples.add(Metric::queued, {name}, number(counts.queued));
  samples.add(Metric::spooled, {name}, number(counts.spooled));
  samples.add(Metric::failing, {name}, counts.error.empty() ? 0 : 1);
  if (counts.client) {
    for (const ClientRow& row : kClientRows)
      samples.add(row.metric, {name}, number(*counts.client.*row.figure) * row.unit);
  }
  if (const auto queue = sink.queue()) {
    samples.add(Metric::queue_size, {name}, number(queue->size));
    samples.add(Metric::queue_used, {name}, number(queue->used));
  }
}

}  // namespace

void add_process(Samples& samples, std::uint64_t started) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  samples.add(Metric::build_info, {kProductVersion}, 1);
  samples.add(Metric::resident_memory, {}, resident_bytes());
  samples.add(Metric::cpu_time, {}, seconds(usage.ru_utime) + seconds(usage.ru_stime));
  samples.add(Metric::start_time, {}, number(started) / kSecond);
}

void add_sinks(Samples& samples, const Outputs& outputs) {
  for (const auto& sink : outputs.sinks()) add_sink(samples, *sink);
}

Samples measure(const MetricSources& sources) {
  Samples samples;
  add_process(samples, sources.status.started);
  add_events(samples, sources);
  add_rules(samples, sources);
  add_tables(samples, sources);
  add_kernel(samples, sources.kernel);
  add_sinks(samples, sources.outputs);
  return samples;
}

}  // namespace picket
