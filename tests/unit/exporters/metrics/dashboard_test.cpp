// SPDX-License-Identifier: Apache-2.0
//
// packaging/siem/grafana-dashboard.json: it is what Grafana loads, and its queries name metrics that there are, with
// labels that they have.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "exporters/metrics/metric_table.h"

namespace picket {
namespace {

using nlohmann::json;

json read_dashboard() { return json::parse(std::ifstream(PICKET_SOURCE_DIR "/packaging/siem/grafana-dashboard.json")); }

// The row of a name in a query; a histogram's samples have names of their own.
const MetricRow* find_metric(std::string name) {
  for (const char* suffix : {"", "_bucket", "_sum", "_count"}) {
    const std::string_view end(suffix);
    if (!name.ends_with(end)) continue;
    const std::string base = name.substr(0, name.size() - end.size());
    for (const MetricRow& row : all_metrics()) {
      if (row.name == base && end.empty() == (row.type != MetricType::Histogram)) return &row;
    }
  }
  return nullptr;
}

std::set<std::string> labels_of(const MetricRow& row) {
  std::set<std::string> labels = {"instance", "job"};  // Prometheus' own
  for (std::string_view rest = row.labels; !rest.empty();) labels.emplace(MetricRow::take_label(rest));
  if (row.type == MetricType::Histogram) labels.insert("le");
  return labels;
}

std::set<std::string> all_matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match)
    found.insert((*match)[1]);
  return found;
}

// Every name that looks like a metric's, and every label that is chosen or grouped by. A query here is about metrics
// that have all of its labels.
void check_query(const std::string& query, std::set<const MetricRow*>& used) {
  const auto names = all_matches(query, R"(\b((?:picket|process)_[a-z0-9_]+))");
  EXPECT_FALSE(names.empty()) << query;
  std::set<std::string> labels = all_matches(query, R"([{,]\s*([a-z_]+)\s*(?:=~|!~|!=|=))");
  for (const std::string& group : all_matches(query, R"(\bby \(([^)]*)\))"))
    labels.merge(all_matches(group, "([a-z_]+)"));
  for (const std::string& name : names) {
    const MetricRow* const row = find_metric(name);
    if (row == nullptr) {
      ADD_FAILURE() << "no such metric: " << name << " in " << query;
      continue;
    }
    used.insert(row);
    const auto known = labels_of(*row);
    for (const std::string& label : labels)
      EXPECT_TRUE(known.contains(label)) << name << " has no " << label << ": " << query;
    const bool rated = query.find("rate(") != query.npos || query.find("increase(") != query.npos;
    if (row->type != MetricType::Gauge) EXPECT_TRUE(rated) << query;
  }
}

TEST(Dashboard, QueriesNameMetricsAndLabelsThatThereAre) {
  const json dashboard = read_dashboard();
  std::set<const MetricRow*> used;
  for (const json& panel : dashboard.at("panels")) {
    if (panel.at("type") == "row") continue;
    EXPECT_FALSE(panel.at("targets").empty()) << panel.at("title");
    for (const json& target : panel.at("targets")) {
      check_query(target.at("expr"), used);
      const std::string legend = target.at("legendFormat");
      const std::string query = target.at("expr");
      for (const std::string& label : all_matches(legend, R"(\{\{([a-z_]+)\}\})")) {
        EXPECT_NE(query.find(label), query.npos) << "the legend's label is grouped away: " << query;
      }
    }
  }
  for (const json& variable : dashboard.at("templating").at("list")) {
    if (variable.at("type") == "query") check_query(variable.at("query").at("query"), used);
  }
  EXPECT_GT(used.size(), all_metrics().size() / 2) << "most metrics are worth a look";
}

TEST(Dashboard, PanelsAreWholeAndDoNotOverlap) {
  const json dashboard = read_dashboard();
  for (const char* member : {"title", "uid", "schemaVersion", "time", "templating", "panels"}) {
    EXPECT_TRUE(dashboard.contains(member)) << member;
  }
  std::set<int> ids;
  std::set<std::pair<int, int>> cells;
  std::set<std::string> variables;
  for (const json& variable : dashboard["templating"]["list"]) variables.insert(variable.at("name").get<std::string>());
  for (const json& panel : dashboard["panels"]) {
    EXPECT_TRUE(ids.insert(panel.at("id").get<int>()).second) << panel["title"];
    const json& at = panel.at("gridPos");
    EXPECT_LE(at.at("x").get<int>() + at.at("w").get<int>(), 24) << panel["title"];
    for (int x = at["x"]; x < at["x"].get<int>() + at["w"].get<int>(); ++x) {
      for (int y = at.at("y"); y < at["y"].get<int>() + at.at("h").get<int>(); ++y) {
        EXPECT_TRUE(cells.emplace(x, y).second) << panel["title"] << " lies on another";
      }
    }
    for (const std::string& used : all_matches(panel.dump(), R"(\$\{?([a-z]+)\}?)")) {
      EXPECT_TRUE(variables.contains(used)) << "no variable " << used << " in " << panel["title"];
    }
  }
}

TEST(Dashboard, WhatIsNotThereIsFound) {
  EXPECT_EQ(find_metric("picket_event_total"), nullptr);
  EXPECT_EQ(find_metric("picket_alerts_total_bucket"), nullptr);
  EXPECT_EQ(find_metric("picket_sink_delivery_seconds"), nullptr);
  EXPECT_NE(find_metric("picket_sink_delivery_seconds_bucket"), nullptr);
  EXPECT_FALSE(labels_of(row_of(Metric::events)).contains("rule"));
}

}  // namespace
}  // namespace picket
