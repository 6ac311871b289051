// SPDX-License-Identifier: Apache-2.0
//
// A suite whose cases share one sensor: starting it is the slow part of a case.
//
//   class Path : public SharedSensor<Path> {
//    public:
//     static std::string rules() { return "- rule: ..."; }
//   };
//
// It may have options() instead.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "tests/kernel/support/sensor.h"

namespace picket::test {

template <class Suite>
class SharedSensor : public testing::Test {
 public:
  static SensorOptions options() { return {.rules = Suite::rules()}; }
  static void SetUpTestSuite() { running() = std::make_unique<Sensor>(Suite::options()); }
  static void TearDownTestSuite() { running().reset(); }

 protected:
  static Sensor& sensor() { return *running(); }

 private:
  static std::unique_ptr<Sensor>& running() {
    static std::unique_ptr<Sensor> sensor;
    return sensor;
  }
};

}  // namespace picket::test
