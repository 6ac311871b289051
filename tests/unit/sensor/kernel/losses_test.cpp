// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/losses.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

TEST(Losses, TheFirstAndTheLastOfAllCpusByKind) {
  LossReader reader(2);
  reader.counters()[0].lost[PK_open] = {.count = 3, .epoch = 0, .since = 100, .until = 120};
  reader.counters()[1].lost[PK_open] = {.count = 2, .epoch = 0, .since = 90, .until = 110};
  reader.counters()[1].lost[PK_exit] = {.count = 1, .epoch = 0, .since = 95, .until = 95};
  const Losses losses = reader.next(0);
  EXPECT_EQ(losses[PK_open].count, 5u);
  EXPECT_EQ(losses[PK_open].since, 90u);
  EXPECT_EQ(losses[PK_open].until, 120u);
  EXPECT_EQ(losses[PK_exit].count, 1u);
  EXPECT_EQ(losses[PK_connect].count, 0u);
}

TEST(Losses, OnlyWhatCameSinceTheLastTime) {
  LossReader reader(1);
  reader.counters()[0].lost[PK_open] = {.count = 3, .epoch = 0, .since = 100, .until = 120};
  reader.next(0);
  reader.counters()[0].lost[PK_open] = {.count = 3, .epoch = 0, .since = 100, .until = 120};
  EXPECT_EQ(reader.next(1)[PK_open].count, 0u);
  reader.counters()[0].lost[PK_open] = {.count = 7, .epoch = 2, .since = 200, .until = 210};
  const Losses losses = reader.next(2);
  EXPECT_EQ(losses[PK_open].count, 4u);
  EXPECT_EQ(losses[PK_open].since, 200u);
}

// Lost after the counters were read and before the epoch was raised.
TEST(Losses, BetweenTwoEpochs) {
  LossReader reader(1);
  reader.counters()[0].lost[PK_open] = {.count = 3, .epoch = 0, .since = 100, .until = 120};
  reader.next(0);
  reader.counters()[0].lost[PK_open] = {.count = 4, .epoch = 0, .since = 100, .until = 130};
  const Losses losses = reader.next(1);
  EXPECT_EQ(losses[PK_open].count, 1u);
  EXPECT_EQ(losses[PK_open].since, 120u);
  EXPECT_EQ(losses[PK_open].until, 130u);
}

}  // namespace
}  // namespace picket
