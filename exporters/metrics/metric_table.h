// SPDX-License-Identifier: Apache-2.0
//
// The table of metrics: what there is to measure, one row each (metrics.def).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace picket {

enum class Metric : std::uint8_t {
#define METRIC(id, type, name, labels, help) id,
#include "exporters/metrics/metrics.def"
#undef METRIC
};

enum class MetricType : std::uint8_t { Counter, Gauge, Histogram };

struct MetricRow {
  Metric metric;
  MetricType type;
  std::string_view name;    // "picket_events_total"
  std::string_view labels;  // names, with commas between several
  std::string_view help;    // one line

  std::size_t label_count() const;
  // The next name of `rest`, which begins as `labels` and is shortened by it.
  static std::string_view take_label(std::string_view& rest);
};

// In the order of their numbers.
std::span<const MetricRow> all_metrics();
const MetricRow& row_of(Metric metric);

std::string_view metric_type_name(MetricType type);  // "counter"

// As a table for docs/metrics.md.
std::string metrics_as_markdown();

}  // namespace picket
