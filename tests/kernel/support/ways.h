// SPDX-License-Identifier: Apache-2.0
//
// The calls by which one thing can be done, each tried and told apart.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <span>
#include <string>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {

struct CallWay {
  const char* type;  // evt.type
  bool compat;       // a 32-bit call
  std::function<int()> act;
  Fields fields = {};  // what is special about it
};

// Each way in a child of its own: one alert of that rule, with the right call.
inline void expect_ways(Sensor& sensor, const std::string& rule, std::span<const CallWay> ways) {
  for (const CallWay& way : ways) {
    Child child(way.act);
    EXPECT_EQ(0, child.wait()) << way.type << " compat " << way.compat;
    const Json alert = sensor.next_alert(rule, child.pid());
    if (alert.is_null()) continue;
    EXPECT_EQ(way.type, alert.at("event").at("type"));
    EXPECT_EQ(way.compat ? Json::array({"compat"}) : Json::array(), alert.at("event").at("flags")) << way.type;
    const Fields fields = wire_fields(alert);
    for (const auto& [name, value] : way.fields) EXPECT_EQ(value, fields.at(name)) << way.type << ' ' << name;
  }
}

}  // namespace picket::test
