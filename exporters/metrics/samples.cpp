// SPDX-License-Identifier: Apache-2.0
#include "exporters/metrics/samples.h"

#include <prometheus/text_serializer.h>

#include <cstdlib>
#include <sstream>

#include "exporters/format/text.h"

namespace picket {
namespace {

constexpr double kBillion = 1e9;  // to divide by: what has an exact quotient gets it, 0.1 as 60

std::string as_utf8(const std::string& text) {
  if (is_utf8(text)) return text;
  std::string clean;
  for (std::string_view rest = text; !rest.empty();) {
    const Character character = first_character(rest);
    clean += character.valid ? rest.substr(0, character.size) : std::string_view("\xef\xbf\xbd");
    rest.remove_prefix(character.size);
  }
  return clean;
}

prometheus::MetricType type_of(MetricType type) {
  static constexpr prometheus::MetricType kTypes[] = {prometheus::MetricType::Counter, prometheus::MetricType::Gauge,
                                                      prometheus::MetricType::Histogram};
  return kTypes[static_cast<std::size_t>(type)];
}

void fill(prometheus::ClientMetric::Histogram& histogram, std::span<const std::uint64_t> bounds,
          std::span<const std::uint64_t> counts, double sum) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    count += counts[i];
    histogram.bucket.push_back({count, static_cast<double>(bounds[i]) / kBillion});
  }
  histogram.sample_count = count + counts.back();
  histogram.sample_sum = sum;
}

}  // namespace

Samples::Sample& Samples::add(Metric metric, std::initializer_list<std::string_view> labels) {
  if (labels.size() != row_of(metric).label_count()) std::abort();
  Sample& sample = samples_.emplace_back();
  sample.metric = metric;
  sample.labels.assign(labels.begin(), labels.end());
  return sample;
}

void Samples::add(Metric metric, std::initializer_list<std::string_view> labels, double value) {
  add(metric, labels).value = value;
}

void Samples::add(Metric metric, std::initializer_list<std::string_view> labels, const HistogramView& histogram) {
  if (histogram.counts.size() != histogram.bounds.size() + 1) std::abort();
  Sample& sample = add(metric, labels);
  sample.value = static_cast<double>(histogram.sum) / kBillion;
  sample.bounds = histogram.bounds;
  sample.counts.assign(histogram.counts.begin(), histogram.counts.end());
}

std::string Samples::text() const {
  std::vector<prometheus::MetricFamily> families;
  for (const MetricRow& row : all_metrics()) {
    families.push_back({std::string(row.name), std::string(row.help), type_of(row.type), {}});
  }
  for (const Sample& sample : samples_) {
    prometheus::ClientMetric& metric = families[static_cast<std::size_t>(sample.metric)].metric.emplace_back();
    std::string_view names = row_of(sample.metric).labels;
    for (const std::string& value : sample.labels) {
      metric.label.push_back({std::string(MetricRow::take_label(names)), as_utf8(value)});
    }
    if (!sample.counts.empty()) fill(metric.histogram, sample.bounds, sample.counts, sample.value);
    metric.counter.value = metric.gauge.value = sample.value;
  }
  std::erase_if(families, [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace picket
