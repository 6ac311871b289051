// SPDX-License-Identifier: Apache-2.0
//
// The table of metrics, and samples as Prometheus reads them.
#include "exporters/metrics/samples.h"

#include <gtest/gtest.h>

#include <array>
#include <cctype>
#include <set>

#include "tests/support/exposition.h"

namespace picket {
namespace {

using test::Exposition;
using test::read_exposition;

TEST(MetricTable, NamesFollowTheConventions) {
  std::set<std::string_view> names;
  for (const MetricRow& row : all_metrics()) {
    EXPECT_EQ(&row, &row_of(row.metric)) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(row.name.starts_with("picket_") || row.name.starts_with("process_")) << row.name;
    EXPECT_EQ(row.name.ends_with("_total"), row.type == MetricType::Counter) << row.name;
    EXPECT_EQ(row.name.find("_ms"), row.name.npos) << row.name;
    EXPECT_TRUE(row.help.ends_with('.')) << row.name;
    EXPECT_EQ(row.help.find_first_of("\n\\"), row.help.npos) << row.name;
    for (const char c : row.name) EXPECT_TRUE(std::islower(c) || std::isdigit(c) || c == '_') << row.name;
  }
}

TEST(MetricTable, LabelsAreTakenOneByOne) {
  MetricRow row{};
  row.labels = "sink,cause";
  EXPECT_EQ(row.label_count(), 2u);
  std::string_view rest = row.labels;
  EXPECT_EQ(MetricRow::take_label(rest), "sink");
  EXPECT_EQ(MetricRow::take_label(rest), "cause");
  EXPECT_TRUE(rest.empty());
  row.labels = "";
  EXPECT_EQ(row.label_count(), 0u);
}

TEST(Samples, AreReadBack) {
  Samples samples;
  samples.add(Metric::alerts, {}, 3);
  samples.add(Metric::events, {"open"}, 9'007'199'254'740'991.0);
  samples.add(Metric::events, {"exec"}, 0);
  samples.add(Metric::dropped, {"stdout", "queue_full"}, 7);
  const Exposition read = read_exposition(samples.text());
  EXPECT_EQ(read["picket_alerts_total"], 3);
  EXPECT_EQ(read["picket_events_total{kind=\"open\"}"], 9'007'199'254'740'991.0);
  EXPECT_EQ(read["picket_events_total{kind=\"exec\"}"], 0);
  EXPECT_EQ(read["picket_sink_dropped_messages_total{sink=\"stdout\",cause=\"queue_full\"}"], 7);
  EXPECT_EQ(read.families.size(), 3u) << "what has no sample is left out";
  EXPECT_EQ(read.families.at("picket_alerts_total").type, "counter");
  EXPECT_EQ(read.families.at("picket_alerts_total").help, row_of(Metric::alerts).help);
}

TEST(Samples, HostileNamesStayInTheirLabel) {
  struct Row {
    std::string name, written;
  };
  const Row rows[] = {{"a\"} 1\npicket_alerts_total 666", R"(a\"} 1\npicket_alerts_total 666)"},
                      {"back\\slash", R"(back\\slash)"},
                      {"torn \xc3", "torn \xef\xbf\xbd"},
                      {"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},
                      {"\xc3\xa9", "\xc3\xa9"},
                      {"", ""}};
  for (const Row& row : rows) {
    Samples samples;
    samples.add(Metric::rule_hits, {row.name}, 1);
    const Exposition read = read_exposition(samples.text());
    EXPECT_EQ(read.values.size(), 1u) << row.name;
    EXPECT_EQ(read["picket_rule_hits_total{rule=\"" + row.written + "\"}"], 1);
  }
}

TEST(SamplesDeathTest, WrongNumberOfLabelsIsABug) {
  Samples samples;
  EXPECT_DEATH(samples.add(Metric::events, {}, 1), "");
  EXPECT_DEATH(samples.add(Metric::alerts, {"x"}, 1), "");
}

}  // namespace
}  // namespace picket
