// SPDX-License-Identifier: Apache-2.0
//
// Samples: what was measured at one moment, and how Prometheus reads it. Writing the text is prometheus-cpp's work.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/metrics/metric_table.h"

namespace picket {

// How many values lay up to each of the bounds, in units of a billionth of what the metric is in: nanoseconds.
struct HistogramView {
  std::span<const std::uint64_t> bounds;  // rising
  std::span<const std::uint64_t> counts;  // one for each bound: those above the one before; and one for all above
  std::uint64_t sum = 0;
};

// A value; may be handed from one thread to another.
class Samples {
 public:
  // One value for each row's label, in the order of the row; of a label's value, bytes that are no UTF-8 are replaced
  // when the text is written. The same metric with the same labels may be added once only.
  void add(Metric metric, std::initializer_list<std::string_view> labels, double value);
  void add(Metric metric, std::initializer_list<std::string_view> labels, const HistogramView& histogram);

  // In Prometheus' text format, version 0.0.4. Metrics without a sample are left out.
  std::string text() const;

 private:
  struct Sample {
    Metric metric;
    double value = 0;
    std::vector<std::string> labels;
    std::span<const std::uint64_t> bounds;  // static
    std::vector<std::uint64_t> counts;      // empty: no histogram
  };

  Sample& add(Metric metric, std::initializer_list<std::string_view> labels);

  std::vector<Sample> samples_;
};

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace picket
