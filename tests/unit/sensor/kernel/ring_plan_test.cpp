// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/ring_plan.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

TEST(RingPlan, OfMachines) {
  constexpr std::uint32_t kKiB = 1024, kMiB = 1024 * kKiB;
  const struct {
    std::uint32_t bytes, cpus, cpus_per_ring;     // given
    std::uint32_t lifecycle, each, count, shift;  // planned
  } rows[] = {
      {8 * kMiB, 1, 4, 4 * kMiB, 4 * kMiB, 1, 2},
      {8 * kMiB, 4, 4, 4 * kMiB, 4 * kMiB, 1, 2},
      {8 * kMiB, 5, 4, 4 * kMiB, 2 * kMiB, 2, 2},
      {8 * kMiB, 12, 4, 4 * kMiB, 1 * kMiB, 3, 2},
      {8 * kMiB, 128, 4, 4 * kMiB, 128 * kKiB, 32, 2},
      {8 * kMiB, 256, 4, 4 * kMiB, 128 * kKiB, 32, 3},  // smaller ones would serve nobody
      {1024 * kMiB, 1024, 4, 512 * kMiB, 8 * kMiB, 64, 4},
      {256 * kKiB, 8, 4, 128 * kKiB, 128 * kKiB, 1, 3},
      {8 * kMiB, 2, 1, 4 * kMiB, 2 * kMiB, 2, 0},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(testing::Message() << row.bytes << " bytes, " << row.cpus << " CPUs");
    const RingPlan plan = plan_rings(row.bytes, row.cpus, row.cpus_per_ring);
    EXPECT_EQ(plan.lifecycle_bytes, row.lifecycle);
    EXPECT_EQ(plan.cpu_bytes, row.each);
    EXPECT_EQ(plan.count, row.count);
    EXPECT_EQ(plan.shift, row.shift);
    EXPECT_EQ((row.cpus - 1) >> plan.shift, plan.count - 1) << "the last CPU has the last ring";
  }
}

}  // namespace
}  // namespace picket
