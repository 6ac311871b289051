// SPDX-License-Identifier: Apache-2.0
//
// Ids of alerts over several runs, as sinks see them.
#include "sensor/pipeline/alert_id.h"

#include <gtest/gtest.h>

#include "sensor/pipeline/outputs.h"
#include "tests/support/memory_sink.h"
#include "tests/support/sample.h"

namespace picket {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr system_clock::time_point kStart{std::chrono::seconds{1'785'000'000}};

TEST(AlertId, RunsFollowEachOther) {
  const std::uint64_t first = first_alert_id(kStart);
  EXPECT_EQ(first, 1'785'000'000'000u << 21);
  EXPECT_EQ(first_alert_id(kStart + milliseconds{1}), first + (1u << 21)) << "two million alerts later";
  EXPECT_LT(first_alert_id(system_clock::time_point{std::chrono::seconds{4'390'000'000}}), std::uint64_t{1} << 63);
  EXPECT_NE(first_alert_id(system_clock::time_point{std::chrono::hours{-1}}), 0u) << "a clock before 1970";
}

// The ids that the messages of a run have, and those that its JSON says.
struct Seen {
  std::vector<std::uint64_t> messages;
  std::vector<nlohmann::json> said;
};

Seen run(std::uint64_t first, int alerts) {
  Seen seen;
  Outputs outputs(Host{"host", "b007"}, test::call_sinks([&seen](const Message& message) {
                    seen.messages.push_back(message.id);
                    seen.said.push_back(nlohmann::json::parse(message.text));
                  }));
  if (first != 0) outputs.number_alerts_from(first);
  test::SampleAlert sample;
  Scratch scratch;
  outputs.write(EnforcementChange{.from = "enforce", .to = "off", .cause = "command"}, scratch);
  for (int i = 0; i < alerts; ++i) {
    sample.id = outputs.next_alert_id();
    outputs.write(sample.alert(), scratch);
  }
  return seen;
}

TEST(AlertId, IsInMessagesAndInWhatTheySay) {
  const std::uint64_t first = first_alert_id(kStart);
  const Seen seen = run(first, 2);
  EXPECT_EQ(seen.messages, (std::vector<std::uint64_t>{0, first, first + 1})) << "what is no alert has none";
  EXPECT_FALSE(seen.said[0].contains("id"));
  EXPECT_EQ(seen.said[1]["id"], "33f3494f40000000");
  EXPECT_EQ(seen.said[2]["id"], "33f3494f40000001");
}

TEST(AlertId, OfWhatIsReplayed) {
  const Seen seen = run(0, 1);
  EXPECT_EQ(seen.messages, (std::vector<std::uint64_t>{0, 0}));
  EXPECT_FALSE(seen.said[1].contains("id"));
}

}  // namespace
}  // namespace picket
