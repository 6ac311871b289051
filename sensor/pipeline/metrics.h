// SPDX-License-Identifier: Apache-2.0
//
// What the sensor knows of itself, as samples of the metrics that there are (exporters/metrics/metrics.def).
#pragma once

#include <cstddef>
#include <cstdint>

#include "exporters/metrics/samples.h"
#include "sensor/kernel/statistics.h"
#include "sensor/pipeline/engine.h"
#include "sensor/pipeline/outputs.h"
#include "sensor/pipeline/status.h"

namespace picket {

struct MetricSources {
  const Engine& engine;
  const Outputs& outputs;
  const Status& status;
  const KernelStatistics& kernel;
  KindSet kinds;  // whose events are asked for
  std::size_t processes_limit = 0;
  std::size_t containers = 0;
};

// The parts that picket central has, too: of this process, which started at that time (nanoseconds since 1970), and of
// the sinks.
void add_process(Samples& samples, std::uint64_t started);
void add_sinks(Samples& samples, const Outputs& outputs);

// Of this moment. The series of rules are those of the rules in force.
Samples measure(const MetricSources& sources);

}  // namespace picket
