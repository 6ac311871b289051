// SPDX-License-Identifier: Apache-2.0
#include "exporters/metrics/metric_table.h"

#include <algorithm>

namespace picket {
namespace {

constexpr MetricRow kRows[] = {
#define METRIC(id, type, name, labels, help) {Metric::id, MetricType::type, name, labels, help},
#include "exporters/metrics/metrics.def"
#undef METRIC
};

constexpr std::string_view kTypeNames[] = {"counter", "gauge", "histogram"};  // in the order of MetricType

}  // namespace

std::size_t MetricRow::label_count() const {
  return labels.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(labels.begin(), labels.end(), ','));
}

std::string_view MetricRow::take_label(std::string_view& rest) {
  const std::string_view label = rest.substr(0, rest.find(','));
  rest.remove_prefix(std::min(label.size() + 1, rest.size()));
  return label;
}

std::span<const MetricRow> all_metrics() { return kRows; }
const MetricRow& row_of(Metric metric) { return kRows[static_cast<std::size_t>(metric)]; }
std::string_view metric_type_name(MetricType type) { return kTypeNames[static_cast<std::size_t>(type)]; }

std::string metrics_as_markdown() {
  std::string table = "| metric | type | labels | what it tells |\n|---|---|---|---|\n";
  for (const MetricRow& row : kRows) {
    std::string labels;
    for (std::string_view rest = row.labels; !rest.empty();) {
      labels += (labels.empty() ? "`" : ", `") + std::string(MetricRow::take_label(rest)) + "`";
    }
    table += "| `" + std::string(row.name) + "` | " + std::string(metric_type_name(row.type)) + " | " + labels + " | " +
             std::string(row.help) + " |\n";
  }
  return table;
}

}  // namespace picket
