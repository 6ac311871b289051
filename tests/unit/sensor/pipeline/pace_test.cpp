// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/pace.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

TEST(Pace, LooksSoonWhileRecordsComeAndLaterWhenNoneDo) {
  struct Step {
    std::size_t found;
    int then_ms;
  };
  constexpr Step kSteps[] = {{0, 40}, {3, 10}, {1, 10}, {0, 20}, {1, 10}, {0, 20}, {0, 40}, {0, 40}, {1000, 10}};
  Pace pace;
  EXPECT_EQ(pace.wait_ms(), 40);
  for (const Step& step : kSteps) {
    pace.found(step.found);
    EXPECT_EQ(pace.wait_ms(), step.then_ms) << &step - kSteps;
  }
}

}  // namespace
}  // namespace picket
