// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/health.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

constexpr std::uint64_t kNow = 1'000'000'000'000;

TEST(Health, IsAliveWhileItStartsAndNotReady) {
  Health health;
  EXPECT_EQ(health.not_alive(kNow), "");
  EXPECT_EQ(health.not_ready(kNow), "the sensor starts: not all hooks are attached yet");
  health.turned(1);
  EXPECT_EQ(health.not_alive(kNow), "") << "steps of the start may take longer";
}

TEST(Health, LivesAsLongAsTheLoopTurns) {
  Health health;
  health.ready(kNow);
  EXPECT_EQ(health.not_alive(kNow + Health::kHangsAfterNs - 1), "");
  EXPECT_EQ(health.not_ready(kNow + Health::kHangsAfterNs - 1), "");
  const std::string reason = "its loop has not turned for 12 seconds";
  EXPECT_EQ(health.not_alive(kNow + 12'000'000'000), reason);
  EXPECT_EQ(health.not_ready(kNow + 12'000'000'000), reason);
  health.turned(kNow + 13'000'000'000);
  EXPECT_EQ(health.not_ready(kNow + 12'000'000'000), "") << "a clock that was read before";
}

TEST(Health, IsNotReadyWhenItEnds) {
  Health health;
  health.ready(kNow);
  health.ending();
  EXPECT_EQ(health.not_alive(kNow), "");
  EXPECT_EQ(health.not_ready(kNow), "it ends");
}

}  // namespace
}  // namespace picket
