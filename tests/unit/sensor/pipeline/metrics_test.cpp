// SPDX-License-Identifier: Apache-2.0
//
// What the sensor measures of itself, read back as Prometheus reads it; and docs/metrics.md, whose table is that of the
// metrics. When they have changed:
//
//   PICKET_WRITE_GOLDEN=1 ctest -R MetricsPage
#include "sensor/pipeline/metrics.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "rules/event/time.h"
#include "tests/support/compile.h"
#include "tests/support/exposition.h"
#include "tests/support/memory_sink.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using test::Exposition;

class MetricsTest : public testing::Test {
 protected:
  void open_file(std::string_view path) {
    test::Record<pk_open> record(Kind::open);
    record->header.process = pk_process_key(200, 1'000'000'000);
    record->header.time = ++time_;
    record.text(&pk_open::path, path);
    engine_.on_record(record.bytes());
  }

  Exposition read() {
    Status status = status_;
    status.losses = {{"ring_full", "", 5}, {"malformed", "", 0}};
    status.counts = {{"Quoted \"rule\"", {.denied = 2}}, {"gone", {.denied = 9}}};
    const Samples samples = measure({.engine = engine_,
                                     .outputs = outputs_,
                                     .status = status,
                                     .kernel = kernel_,
                                     .kinds = {Kind::open, Kind::exec},
                                     .processes_limit = 1024,
                                     .containers = 3});
    return test::read_exposition(samples.text());
  }

  // Delivers nothing, and has figures of a client library.
  class Client final : public Destination {
   public:
    std::size_t send(std::span<const Message> messages, Ledger& ledger) override {
      ledger.dropped(DropCause::too_large, messages.size());
      ledger.produced();
      ledger.delivered();
      ledger.shortened();
      ledger.set_client({.sent_messages = 5, .brokers = 3, .brokers_up = 2, .round_trip_p99_us = 1500});
      ledger.set_error("no");
      return messages.size();
    }
    void poll(Ledger&, std::chrono::milliseconds) override {}
    bool flush(Ledger&, std::chrono::milliseconds) override { return true; }
  };

  static test::Sinks sinks(std::vector<nlohmann::json>& lines) {
    test::Sinks sinks = test::json_sinks(lines);
    sinks.push_back(std::make_unique<Sink>(SinkTraits{.name = "queued", .queue_bytes = 65536},
                                           std::make_unique<test::CallDestination>([](const Message&) {})));
    sinks.push_back(std::make_unique<Sink>(SinkTraits{.name = "client"}, std::make_unique<Client>()));
    return sinks;
  }

  std::uint64_t time_ = 2'000'000'000;
  std::vector<nlohmann::json> lines_;
  Compiled compiled_ = test::compile_text(
      "- rule: Quoted \"rule\"\n  desc: d\n  condition: open.path = /etc/shadow\n  output: o\n  priority: INFO\n"
      "- rule: never\n  desc: d\n  condition: open.path = /nowhere\n  output: o\n  priority: INFO\n");
  Outputs outputs_{Host{"host", "b007"}, sinks(lines_)};
  ProcessTable processes_;
  test::FakeNames names_;
  ContainerTable containers_;
  Engine engine_{compiled_.policy, processes_, containers_, names_, outputs_};
  Status status_{
      .started = 1'700'000'000'500'000'000, .enforcement = "audit", .generation = 4, .rules = 2, .processes = 77};
  KernelStatistics kernel_{.counts_runs = true,
                           .programs = {{"file_open", 10, 2'500'000'000, 1}},
                           .maps = {{"subjects", 4096}},
                           .rings = {{"lifecycle", 65536, 128}, {"0", 65536, 0}}};
};

TEST_F(MetricsTest, AreWhatHappened) {
  for (int i = 0; i < 3; ++i) open_file("/etc/shadow");
  open_file("/etc/hosts");
  const Exposition read = this->read();
  EXPECT_EQ(read["picket_events_total{kind=\"open\"}"], 4);
  EXPECT_EQ(read["picket_events_total{kind=\"exec\"}"], 0) << "there before the first";
  EXPECT_FALSE(read.has("picket_events_total{kind=\"dns\"}"));
  EXPECT_EQ(read["picket_alerts_total"], 3);
  EXPECT_EQ(read["picket_rule_hits_total{rule=\"Quoted \\\"rule\\\"\"}"], 3);
  EXPECT_EQ(read["picket_rule_hits_total{rule=\"never\"}"], 0);
  EXPECT_EQ(read["picket_rule_decisions_total{rule=\"Quoted \\\"rule\\\"\",decision=\"denied\"}"], 2);
  EXPECT_FALSE(read.has("picket_rule_decisions_total{rule=\"gone\",decision=\"denied\"}"));
  EXPECT_EQ(read["picket_losses_total{cause=\"ring_full\"}"], 5);
  EXPECT_EQ(read["picket_enforcement_state{state=\"audit\"}"], 1);
  EXPECT_EQ(read["picket_enforcement_state{state=\"enforce\"}"], 0);
  EXPECT_EQ(read["picket_processes"], 77);
  EXPECT_EQ(read["picket_ring_used_bytes{ring=\"lifecycle\"}"], 128);
  EXPECT_EQ(read["picket_kernel_program_runs_total{program=\"file_open\"}"], 10);
  EXPECT_EQ(read["picket_kernel_program_run_seconds_total{program=\"file_open\"}"], 2.5);
  EXPECT_EQ(read["picket_kernel_map_memory_bytes{map=\"subjects\"}"], 4096);
  EXPECT_EQ(read["picket_sink_produced_messages_total{sink=\"memory\"}"], 3);
  EXPECT_EQ(read["picket_sink_delivered_messages_total{sink=\"memory\"}"], 3);
  EXPECT_EQ(read["picket_sink_dropped_messages_total{sink=\"memory\",cause=\"queue_full\"}"], 0);
  EXPECT_EQ(read["picket_sink_queue_size_bytes{sink=\"queued\"}"], 65536);
  EXPECT_FALSE(read.has("picket_sink_queue_size_bytes{sink=\"memory\"}")) << "it has none";
  EXPECT_EQ(read["picket_sink_delivery_seconds_count{sink=\"memory\"}"], 0) << "alerts without ids are of another time";
  EXPECT_EQ(read["picket_sink_dropped_messages_total{sink=\"client\",cause=\"too_large\"}"], 3);
  EXPECT_EQ(read["picket_sink_shortened_messages_total{sink=\"client\"}"], 3);
  EXPECT_EQ(read["picket_sink_shortened_messages_total{sink=\"memory\"}"], 0);
  EXPECT_EQ(read["picket_sink_failing{sink=\"client\"}"], 1);
  EXPECT_EQ(read["picket_sink_failing{sink=\"memory\"}"], 0);
  EXPECT_EQ(read["picket_kafka_brokers_up{sink=\"client\"}"], 2);
  EXPECT_EQ(read["picket_kafka_round_trip_p99_seconds{sink=\"client\"}"], 0.0015);
  EXPECT_FALSE(read.has("picket_kafka_brokers{sink=\"memory\"}"));
  EXPECT_EQ(read["process_start_time_seconds"], 1'700'000'000.5);
  EXPECT_GT(read["process_resident_memory_bytes"], 1e6);
}

TEST_F(MetricsTest, AlertsAreTimedFromTheHookOn) {
  outputs_.number_alerts_from(1);
  time_ = boot_clock() - 3'000'000'000;
  for (int i = 0; i < 2; ++i) open_file("/etc/shadow");
  time_ = boot_clock() + 3'600'000'000'000;
  open_file("/etc/shadow");  // not yet: a clock that is wrong is no latency
  const Exposition read = this->read();
  EXPECT_EQ(read["picket_sink_delivery_seconds_count{sink=\"memory\"}"], 2);
  EXPECT_EQ(read["picket_sink_delivery_seconds_bucket{sink=\"memory\",le=\"2.5\"}"], 0);
  EXPECT_EQ(read["picket_sink_delivery_seconds_bucket{sink=\"memory\",le=\"60\"}"], 2);
  EXPECT_EQ(read["picket_sink_delivery_seconds_bucket{sink=\"memory\",le=\"+Inf\"}"], 2);
  EXPECT_GE(read["picket_sink_delivery_seconds_sum{sink=\"memory\"}"], 6);
  EXPECT_EQ(read["picket_sink_delivery_seconds_count{sink=\"client\"}"], 0) << "dropped";
}

// Runs that nobody counts are not 0.
TEST_F(MetricsTest, WhatTheKernelDoesNotCountIsLeftOut) {
  kernel_.counts_runs = false;
  const Exposition read = this->read();
  EXPECT_EQ(read["picket_kernel_statistics_enabled"], 0);
  EXPECT_EQ(read.families.count("picket_kernel_program_runs_total"), 0u);
  EXPECT_EQ(read.families.count("picket_kernel_program_run_seconds_total"), 0u);
  EXPECT_EQ(read["picket_kernel_program_missed_total{program=\"file_open\"}"], 1);
}

TEST_F(MetricsTest, EveryMetricThatIsDocumentedIsThereAndNoOther) {
  open_file("/etc/shadow");
  const Exposition read = this->read();
  std::size_t measured = 0;
  for (const MetricRow& row : all_metrics()) {
    if (row.name.starts_with("picket_central_")) continue;  // not of sensors
    ++measured;
    const auto family = read.families.find(std::string(row.name));
    if (family == read.families.end()) {
      ADD_FAILURE() << "never measured: " << row.name;
      continue;
    }
    EXPECT_EQ(family->second.type, metric_type_name(row.type)) << row.name;
    std::set<std::string> labels;
    for (std::string_view rest = row.labels; !rest.empty();) labels.emplace(MetricRow::take_label(rest));
    EXPECT_EQ(family->second.labels, labels) << row.name;
  }
  EXPECT_EQ(read.families.size(), measured);
}

TEST(MetricsPage, HasTheTable) {
  const std::string path = PICKET_SOURCE_DIR "/docs/metrics.md";
  std::ifstream file(path, std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::string mark = "<!-- metrics -->\n";
  const std::size_t begin = page.find(mark), end = page.find("<!-- end -->", begin);
  ASSERT_TRUE(begin != page.npos && end != page.npos) << "no place for the table";
  const std::string made = page.substr(0, begin + mark.size()) + metrics_as_markdown() + page.substr(end);
  if (std::getenv("PICKET_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << made;
  } else {
    EXPECT_EQ(made, page) << "if the change is meant: PICKET_WRITE_GOLDEN=1 ctest -R MetricsPage";
  }
}

}  // namespace
}  // namespace picket
