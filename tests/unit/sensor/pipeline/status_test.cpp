// SPDX-License-Identifier: Apache-2.0
//
// What `picket status` shows, in both forms.
#include "sensor/pipeline/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace picket {
namespace {

using testing::HasSubstr;

Status sample() {
  Status status;
  status.pid = 812;
  status.running_seconds = 7200;
  status.enforcement = "off";
  status.on_again_seconds = 90;
  status.dead_man_seconds = 60;
  status.enforcing_rules = 3;
  status.auditing_rules = 1;
  status.generation = 2;
  status.rules = 117;
  status.events = 5000;
  status.losses = {{"ring_full", "events", 7}, {"malformed", "malformed records", 0}};
  status.lost_by_kind = {{"open", 7}};
  LedgerCounts counts{.produced = 20, .delivered = 9, .queued = 2, .spooled = 1};
  status.sinks = {{"stdout", counts}};
  counts.produced += 8;
  counts.dropped[static_cast<std::size_t>(DropCause::queue_full)] = 5;
  counts.dropped[static_cast<std::size_t>(DropCause::too_large)] = 3;
  counts.shortened = 4;
  counts.error = "Broken pipe";
  status.sinks.push_back({"so\x1b", counts});
  status.counts = {{"Keys", {.denied = 2, .killed = 0, .would_deny = 1, .would_kill = 0}},
                   {"Sh\x1b[m", {.denied = 0, .killed = 9, .would_deny = 0, .would_kill = 0}}};
  return status;
}

TEST(StatusText, ForPeople) {
  EXPECT_EQ(
      "sensor       pid 812, running for 2h\n"
      "enforcement  off, on again in 90s (3 rules refuse or kill, 1 say what they would do)\n"
      "dead man     1m, has ended enforcement 0 times\n"
      "rules        117 in force, generation 2\n"
      "events       5000, 0 alerts, 0 processes known\n"
      "lost         7 events\n"
      "\n"
      "  produced  delivered     queued    spooled    dropped  output\n"
      "        20          9          2          1          0  stdout\n"
      "        28          9          2          1          8  so\\x1b: dropped 5 queue_full, 3 too_large; shortened "
      "4; "
      "now: Broken pipe\n"
      "\n"
      "    denied     killed would deny would kill  rule\n"
      "         0          9          0          0  Sh\\x1b[m\n"
      "         2          0          1          0  Keys\n",
      status_text(sample()));
}

TEST(StatusText, AsJson) {
  const auto json = nlohmann::json::parse(status_json(sample()));
  EXPECT_EQ("picket.status.v1", json["schema"]);
  EXPECT_EQ("off", json["enforcement"]["state"]);
  EXPECT_EQ(90, json["enforcement"]["on_again_seconds"]);
  EXPECT_EQ(2, json["policy"]["generation"]);
  EXPECT_EQ(7, json["losses"]["ring_full"]);
  EXPECT_EQ(0, json["losses"]["malformed"]);
  EXPECT_EQ(7, json["lost_by_kind"]["open"]);
  EXPECT_EQ(9, json["rules"][0]["killed"]);
  ASSERT_EQ(2u, json["outputs"].size());
  const auto& output = json["outputs"][1];
  EXPECT_EQ(28, output["produced"]);
  EXPECT_EQ(9, output["delivered"]);
  EXPECT_EQ(2, output["queued"]);
  EXPECT_EQ(1, output["spooled"]);
  EXPECT_EQ(5, output["dropped"]["queue_full"]);
  EXPECT_EQ(0, output["dropped"]["rejected"]);
  EXPECT_EQ(4, output["shortened"]);
  EXPECT_EQ(0, json["outputs"][0]["shortened"]);
  EXPECT_EQ("Broken pipe", output["error"]);
  EXPECT_FALSE(json["outputs"][0].contains("error"));
  EXPECT_EQ(0, json["outputs_left_out"]);
  EXPECT_EQ(0, json["rules_left_out"]);
}

TEST(StatusText, HasItsLimits) {
  Status status = sample();
  for (int i = 0; i < 5000; ++i) status.counts[std::string(1000, '\xff') + std::to_string(i)].denied = 1;
  for (int i = 0; i < 100; ++i) {
    LedgerCounts counts{.produced = UINT64_MAX, .delivered = UINT64_MAX, .queued = UINT64_MAX, .spooled = UINT64_MAX};
    counts.dropped.fill(UINT64_MAX / kDropCauses);
    counts.error = std::string(1000, '\xff');
    status.sinks.push_back({std::string(1000, '\xff'), counts});
  }
  const std::string text = status_text(status), json = status_json(status);
  EXPECT_LE(text.size(), 50'000u);
  EXPECT_LE(json.size(), 50'000u);
  EXPECT_THAT(text, HasSubstr("Keys\n"));
  EXPECT_THAT(text, HasSubstr(" rules that decided less\n"));
  const auto parsed = nlohmann::json::parse(json);
  EXPECT_EQ(102u, parsed["outputs"].size() + parsed["outputs_left_out"].get<std::size_t>());
  EXPECT_EQ(5002u, parsed["rules"].size() + parsed["rules_left_out"].get<std::size_t>());
}

}  // namespace
}  // namespace picket
